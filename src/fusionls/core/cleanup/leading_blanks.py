"""Blanks and blank lines before an answer that the document has itself."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import split_lines

_BLANK_START = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))+")
# Margins are of an even width, or of tabs: behind any other, one more blank may complete it.
_EVEN = 2
_OPENERS = ("{", ":", "(", "[")
# The line above, if it is of an ordinary length.
_REACH = 2_000


def _apply(text: str, context: CleaningContext) -> str:
    """Drop blanks behind a blank, and empty lines on an empty line that needs none above it.

    Blanks that the prompt withheld are for the answer to bring; those before the rest of a line end with it.
    """
    partial = context.partial
    if context.withheld or not text.strip() or not partial:
        return text
    if partial.strip():
        found = _BLANK_START.match(text)
        if found:
            return text[len(found.group()) - len(found.group().lstrip(" \t")) :]
        return text.lstrip(" \t") if partial[-1] in " \t" else text
    found = _BLANK_LINES.match(text)
    if found:
        return text[found.end() :].removeprefix(partial) if _is_first(context) else text
    # Tokenizers put a lone blank before a word; a star goes on with a comment.
    even = not partial.strip("\t") or len(partial) % _EVEN == 0
    lone = text[0] == " " and text[1] not in " \t*"
    return text[1:] if even and lone else text


def _is_first(context: CleaningContext) -> bool:
    """Tell whether the line above opens a block or is empty itself."""
    above = split_lines(context.prefix[-_REACH:])[-2:-1]
    return not above or not above[0].strip() or above[0].rstrip().endswith(_OPENERS)


FILTER = Filter("leading blanks", 47, _apply)
