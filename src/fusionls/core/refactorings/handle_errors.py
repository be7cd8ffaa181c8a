"""Errors that can happen are handled, or passed on with what is needed to understand them."""

from fusionls.core.refactorings._offering import has_statements, quoted_lines, title_of
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where

# What handling an error looks like where the language has its own way.
_WAYS = {
    "go": "Check every error that is returned, and return it with context.",
    "rust": "Return a `Result` and use `?` in place of `unwrap` and `expect`.",
    "c": "Check the results of calls that can fail.",
    "bash": "Check the commands that can fail, and say what went wrong on stderr.",
    "lua": "Check the results of calls that can fail.",
}
_USUAL = (
    "Catch only the errors that can happen here, each by its own type, and say what went wrong."
)


def _title(where: Where) -> str:
    return title_of(where, "Handle errors in the selection", "Handle errors")


def _instruction(where: Where) -> str:
    lines = quoted_lines(where) if has_statements(where) else ""
    what = f" Look at {lines}." if lines else ""
    return (
        f"Handle the errors that can happen in this code.{what} "
        f"{_WAYS.get(where.language, _USUAL)} Do not hide an error, and change nothing else."
    )


def _rules() -> Rules:
    from fusionls.core.editing.checking import keeps_names
    from fusionls.core.editing.enclosing import in_definition

    return Rules(in_definition, check=keeps_names)


REFACTORING = Refactoring("errors", "refactor.rewrite.errors", _title, _instruction, _rules)
