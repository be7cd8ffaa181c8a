"""Answers that are far too long for anything that a person would accept."""

from itertools import islice

from fusionls.core.chunks import LINE_END
from fusionls.core.cleanup._filter import CleaningContext, Filter

# The prompts ask for ten lines. The rest is a model gone astray, or one that wants to keep us busy.
MOST_CODE_POINTS = 65_536
MOST_LINES = 500


def _apply(text: str, context: CleaningContext) -> str:
    """Cut ``text`` to its first lines."""
    text = text[:MOST_CODE_POINTS]
    end = next(islice(LINE_END.finditer(text), MOST_LINES - 1, None), None)
    return text[: end.end()] if end else text


FILTER = Filter("length", 5, _apply)
