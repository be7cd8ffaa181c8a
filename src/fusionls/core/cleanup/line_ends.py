"""Line ends: the document's own."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import line_end_of

_ANY = re.compile(r"\r\n|\n|\r")


def _apply(text: str, context: CleaningContext) -> str:
    """Return ``text`` with the line ends that the document uses first."""
    near = context.prefix if _ANY.search(context.prefix) else context.suffix
    return _ANY.sub(line_end_of(near), text)


FILTER = Filter("line ends", 40, _apply)
