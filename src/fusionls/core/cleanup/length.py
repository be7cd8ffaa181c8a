"""Answers that are far too long for anything that a person would accept."""

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import lines_with_ends

# The prompts ask for ten lines. The rest is a model gone astray, or one that wants to keep us busy.
MOST_CODE_POINTS = 65_536
MOST_LINES = 500


def _apply(text: str, context: CleaningContext) -> str:
    """Cut ``text`` to its first lines."""
    text = text[:MOST_CODE_POINTS]
    return "".join(lines_with_ends(text)[:MOST_LINES])


FILTER = Filter("length", 5, _apply)
