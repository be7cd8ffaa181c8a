"""Simpler code that does the same."""

from fusionls.core.refactorings._offering import has_statements, quoted_lines, title_of
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where


def _title(where: Where) -> str:
    return title_of(where, "Simplify the selection", "Simplify this function")


def _instruction(where: Where) -> str:
    lines = quoted_lines(where) if has_statements(where) else ""
    what = f" Change only {lines}." if lines else ""
    return (
        f"Simplify this code: fewer and clearer lines that do exactly the same.{what} "
        "Keep the names of functions and their parameters, and keep docstrings."
    )


def _rules() -> Rules:
    from fusionls.core.editing.checking import keeps_names

    return Rules(check=keeps_names)


REFACTORING = Refactoring("simplify", "refactor.rewrite.simplify", _title, _instruction, _rules)
