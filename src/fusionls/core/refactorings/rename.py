"""A name that says what it means. The model gives the name, a rule makes the edit."""

from fusionls.core.refactorings._offering import name_at
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where

# A name has a few tokens; some models say something before it.
_MOST_TOKENS = 40


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


def _rules() -> Rules:
    from fusionls.core.editing.renaming import rename_at, renamed

    return Rules(rename_at, renamed)


REFACTORING = Refactoring(
    "rename",
    "refactor.rewrite.rename",
    _title,
    _instruction,
    _rules,
    answer="Answer with the new name only.",
    most_tokens=_MOST_TOKENS,
    lead=_lead,
)
