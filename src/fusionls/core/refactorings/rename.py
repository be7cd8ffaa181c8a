"""A name that says what it means. The model gives the name, a rule makes the edit."""

from fusionls.core.editing.renaming import LONGEST_ANSWER, rename_at, renamed
from fusionls.core.refactorings._offering import name_at
from fusionls.core.refactorings._refactoring import Refactoring, Where


def _title(where: Where) -> str:
    name = name_at(where)
    return f"Rename `{name}` to say what it means" if name else ""


def _instruction(where: Where) -> str:
    name = name_at(where)
    what = f"`{name}`" if name else "the selected name"
    return f"Find a better name for {what} in this code. The new name says what it means."


def _lead(where: Where) -> tuple[str, str]:
    """The smallest models know no better name, but they know what it stands for."""
    name = name_at(where)
    does = "returns" if f"{name}(" in where.line else "holds"
    return f"In this code, `{name}` {does} the", ""


REFACTORING = Refactoring(
    "rename",
    "refactor.rewrite.rename",
    _title,
    _instruction,
    rename_at,
    renamed,
    answer="Answer with the new name only.",
    most_tokens=LONGEST_ANSWER,
    lead=_lead,
)
