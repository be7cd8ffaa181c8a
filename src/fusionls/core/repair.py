"""Texts that lack nothing but their end: closing brackets, the end of a string, a line end.

A model stops where its tokens are spent. Only what is shown is repaired, never what votes: an answer that
lacks its end is hardly ever right, and a line that opens a block is meant to.
"""

from fusionls.core.candidate import Gate
from fusionls.core.text import split_lines
from fusionls.core.validation import Hole

# A line may end with these because more is meant to come.
_GOES_ON = ("(", "[", "{", ",", ":", "=>", "->", "\\", "=", ".")


def repaired(hole: Hole, text: str) -> str:
    """Return ``text`` with what it lacks at its end, if it is valid then and incomplete without.

    Otherwise, and where the last line wants more than a bracket, ``text`` as it is. Beside ``text`` itself at
    most two texts are parsed.
    """
    if hole.check(text).gate is not Gate.INCOMPLETE or not text.strip():
        return text
    last = split_lines(text.rstrip())[-1]
    if last.rstrip().endswith(_GOES_ON):
        return text
    for end in hole.endings(text):
        if hole.check(text + end).gate is Gate.VALID:
            return text + end
    return text
