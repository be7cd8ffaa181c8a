"""What is known at a place of a text without parsing it."""

import re
from collections.abc import Sequence

from fusionls.core.refactorings._refactoring import Where

_WORD = re.compile(r"\w+")
# A name that a person gave is no longer.
_LONGEST_WORD = 200
# What a menu or an instruction can do with; longer ones are generated.
_LONGEST_LINE = 1_000


def where_at(text: str, language: str, start: int, end: int, reported: Sequence[str] = ()) -> Where:
    """Return what is known of ``start`` to ``end`` (code points, clamped) in ``text``.

    ``language`` is the name of its language, ``reported`` are the messages of the diagnostics there.
    """
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    low = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    ends = [at for at in (text.find("\n", start), text.find("\r", start)) if at >= 0]
    line = text[low : min(min(ends, default=len(text)), low + _LONGEST_LINE)]
    selected = text[start:end]
    return Where(language, selected, _word(line, start - low, selected), line, tuple(reported))


def _word(line: str, column: int, selected: str) -> str:
    """Return the selection if it is one word, else the word that touches the cursor."""
    if selected:
        bare = selected.strip()
        return bare if len(bare) <= _LONGEST_WORD and _WORD.fullmatch(bare) else ""
    for word in _WORD.finditer(line):
        if word.start() <= column <= word.end():
            return word.group()
    return ""
