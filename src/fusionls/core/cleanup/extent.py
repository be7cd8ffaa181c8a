"""No more than was asked for: one line, or lines of the block that the cursor stands in."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.request import Extent
from fusionls.core.text import indentation, lines_with_ends, strip_line_end

# Only comparisons of indentation depend on it, and mixed ones are rare.
TAB_COLUMNS = 8
_WORD = re.compile(r"\w")
_CLOSERS = frozenset(")]}")


def _apply(text: str, context: CleaningContext) -> str:
    """Return the first line with text, if a line was asked for or the cursor stands inside of one.

    Closing brackets behind the cursor do not count as text: an argument may well be a block. Blank
    lines before it stay behind text on the cursor's line: they ask for another line.
    """
    inside = bool(context.partial.strip() and _WORD.search(context.rest))
    if not inside and context.extent is Extent.BODY:
        return _body(text, context)
    if not inside and context.extent is Extent.BLOCK:
        return _within_block(text, context)
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


def _body(text: str, context: CleaningContext) -> str:
    """Return the lines up to where one is further out than the first: there the body is over.

    A line that begins with a closer ends it too, and may be its own.
    """
    lines = lines_with_ends(text)
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return text
    margin = indentation(lines[first])
    depth = _columns(margin if first else indentation(context.partial + lines[first]))
    for number, line in enumerate(lines[first + 1 :], first + 1):
        if line.strip() and _columns(indentation(line)) < depth:
            closes = line.lstrip()[0] in _CLOSERS
            return "".join(lines[: number + closes]).rstrip("\r\n")
    return text


def _within_block(text: str, context: CleaningContext) -> str:
    """Return the lines up to where, behind a blank line, one is further out than the cursor's line.

    There the block is over that the person is writing in, and the model goes on with something else.
    Without a blank line it may be the rest of the same statement, such as an ``else``.
    """
    depth = _columns(indentation(context.partial))
    if not depth or ("\n" not in text and "\r" not in text):
        return text
    lines = lines_with_ends(text)
    for number, line in enumerate(lines[1:], 1):
        new = line.strip() and not lines[number - 1].strip()
        if new and _columns(indentation(line)) < depth:
            return "".join(lines[:number]).rstrip("\r\n")
    return text


def _columns(blanks: str) -> int:
    return len(blanks.expandtabs(TAB_COLUMNS))


EXTENT = "extent"
FILTER = Filter(EXTENT, 70, _apply)
