"""One line where only one was asked for, or where only one can stand."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.request import Extent
from fusionls.core.text import lines_with_ends, strip_line_end

_WORD = re.compile(r"\w")


def _apply(text: str, context: CleaningContext) -> str:
    """Return the first line with text, if a line was asked for or the cursor stands inside of one.

    Closing brackets behind the cursor do not count as text: an argument may well be a block. Blank
    lines before it stay behind text on the cursor's line: they ask for another line.
    """
    inside = bool(context.partial.strip() and _WORD.search(context.rest))
    if not inside and context.extent is not Extent.LINE:
        return text
    if "\n" not in text and "\r" not in text:
        return text
    lines = lines_with_ends(text)
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return ""
    line = strip_line_end(lines[first])
    if context.partial.strip():
        return "".join(lines[:first]) + line
    # A line of its own brings the indentation that the cursor's line has already.
    return line.removeprefix(context.partial) if first else line


FILTER = Filter("extent", 70, _apply)
