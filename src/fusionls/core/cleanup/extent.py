"""No more than was asked for: one line, or lines of the block that the cursor stands in."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.request import Extent
from fusionls.core.text import indentation, lines_with_ends, strip_line_end

# Only comparisons of indentation depend on it, and mixed ones are rare.
TAB_COLUMNS = 8
_WORD = re.compile(r"\w")
_FIRST_WORD = re.compile(r"[\s}]*(\w+)")
# Where the language is not known: words that go on with the statement above them.
CONTINUERS = ("else", "elif", "elsif", "catch", "except", "finally", "rescue", "ensure")
# Whether something stands behind the cursor is seen in its first lines.
_REACH = 2_000
_CLOSERS = frozenset(")]}")


def _apply(text: str, context: CleaningContext) -> str:
    """Return the first line with text, if a line was asked for or the cursor stands inside of one.

    Closing brackets behind the cursor do not count as text: an argument may well be a block. Blank
    lines before it stay behind text on the cursor's line: they ask for another line.
    """
    inside = bool(context.partial.strip() and _WORD.search(context.rest)) and not context.at_seam
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

    A line that begins with a closer ends it too, and may be its own. Where nothing stands behind the cursor
    an ``else`` goes on with the statement; elsewhere it was not asked for.
    """
    lines = lines_with_ends(text)
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return text
    margin = indentation(lines[first])
    depth = _columns(margin if first else indentation(context.partial + lines[first]))
    for number, line in enumerate(lines[first + 1 :], first + 1):
        if line.strip() and _columns(indentation(line)) < depth:
            if _goes_on(line, context) and not _WORD.search(context.suffix[:_REACH]):
                continue
            closes = line.lstrip()[0] in _CLOSERS
            return "".join(lines[: number + closes]).rstrip("\r\n")
    return text


def _within_block(text: str, context: CleaningContext) -> str:
    """Return the lines up to where one is further out than the cursor's line.

    There the block is over that the person is writing in, and the model goes on with something else. What
    closes it may stand there, and the rest of the same statement, such as an ``else``; behind a blank
    line neither does. An answer that is
    further out from its first line on has ended that block itself.
    """
    depth = 0 if context.at_seam else _columns(indentation(context.partial))
    if not depth or ("\n" not in text and "\r" not in text):
        return text
    lines = lines_with_ends(text)
    if not lines[0].strip():
        first = next((line for line in lines if line.strip()), "")
        depth = min(depth, _columns(indentation(first)))
    within = False  # an answer all of which is further out was written as if the cursor stood there
    for number, line in enumerate(lines[1:], 1):
        if not line.strip():
            continue
        if _columns(indentation(line)) >= depth:
            within = True
        elif not lines[number - 1].strip() or (within and not _is_bound(line, context)):
            return "".join(lines[:number]).rstrip("\r\n")
    return text


def _is_bound(line: str, context: CleaningContext) -> bool:
    """Tell whether a line may belong to the statement above it."""
    return not line.lstrip()[0].isalnum() or _goes_on(line, context)


def _goes_on(line: str, context: CleaningContext) -> bool:
    found = _FIRST_WORD.match(line)
    known = context.language.continuers if context.language else CONTINUERS
    return found is not None and found[1] in known


def _columns(blanks: str) -> int:
    return len(blanks.expandtabs(TAB_COLUMNS))


EXTENT = "extent"
FILTER = Filter(EXTENT, 70, _apply)
