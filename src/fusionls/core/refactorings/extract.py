"""Statements that become a function of their own."""

from fusionls.core.refactorings._offering import has_statements, quoted_lines
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where


def _title(where: Where) -> str:
    return "Extract into a function" if has_statements(where) else ""


def _instruction(where: Where) -> str:
    lines = quoted_lines(where) or "the selected lines"
    place = "its" if lines.startswith("the line ") else "their"
    return (
        f"Extract {lines} into a new function, and call it in {place} place. "
        "Give the function a name that says what it does, pass what it needs as parameters and return "
        "what is used after them. Write both functions in full. The code must do the same as before."
    )


def _rules() -> Rules:
    from fusionls.core.editing.checking import extracted
    from fusionls.core.editing.selecting import statements_at

    return Rules(statements_at, check=extracted)


REFACTORING = Refactoring("extract", "refactor.extract.function", _title, _instruction, _rules)
