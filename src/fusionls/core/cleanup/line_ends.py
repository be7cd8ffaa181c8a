"""Line ends: the document's own."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import line_end_of

# Lines are seldom longer; one that is has no line end near.
_REACH = 8_000
_ANY = re.compile(r"\r\n|\n|\r")


def _apply(text: str, context: CleaningContext) -> str:
    """Return ``text`` with the line ends that the document uses near the cursor."""
    if "\n" not in text and "\r" not in text:
        return text
    before, behind = context.prefix[-_REACH:], context.suffix[:_REACH]
    near = before if _ANY.search(before) else behind
    return _ANY.sub(line_end_of(near), text)


FILTER = Filter("line ends", 40, _apply)
