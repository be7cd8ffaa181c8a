"""Where the text that a model is given begins: at places that stay while a person types.

A model's server re-reads a prompt from its first changed code point, so the beginning of the window
must move seldom, by much, and to the same places again. The places form a chain: behind each one the
next is the strongest boundary within reach. They depend on the text before them alone, so typing behind
them moves none, and what is inserted far above shifts the chain only until it meets its old places.
"""

import re
from zlib import crc32

from fusionls.core.member import PromptBudget
from fusionls.core.text import DocumentSnapshot

# Two places are between a third and two thirds of the prefix apart. So a third of the prefix at least is
# always shown, and what is read anew after a move is no more than two thirds and a bit.
PARTS = 3
# Chains from different beginnings meet at the first strong boundary, mostly within some ten places.
# Beginnings lie on a coarse grid, so that not every key has another one.
PREFIXES_BEFORE = 2
# A line that is not blank, with its indentation.
_LINE = re.compile(r"(?<=\n)([ \t]*)[^ \t\r\n][^\n]*")


def window_start(document: DocumentSnapshot, offset: int, budget: PromptBudget) -> int:
    """Return where the prefix begins: the first of the places that the budget reaches back to.

    That is 0 while all fits. A place is the start of a line, unless a line alone is too long. The same
    text before the cursor gives the same window.
    """
    earliest = offset - budget.prefix
    if earliest <= 0:
        return 0
    reach = max(1, budget.prefix // PARTS)
    before = PREFIXES_BEFORE * budget.prefix
    origin = max(0, earliest - before) // max(1, before) * before
    text = document.slice(origin, offset)
    place = _strongest(text, 0, reach) if origin else 0
    while origin + place < earliest:
        place = _strongest(text, place + reach, place + 2 * reach)
    return origin + place


def _strongest(text: str, first: int, last: int) -> int:
    """Return the strongest boundary of ``text`` from ``first`` to ``last``, ``last`` if there is none.

    A line behind a blank one, as definitions are, is stronger than others; then the one that is
    indented least is, as what stands there belongs to nothing before it. Among equals it is the words
    that decide, not the order: so chains that began in different places come to the same ones.
    """
    best: tuple[bool, int, int, int] | None = None
    for line in _LINE.finditer(text, first):
        start = line.start()
        if start > last:
            break
        above = text.rfind("\n", 0, start - 1) + 1
        words = crc32(line[0].encode("utf-8", "replace"))
        rank = (bool(text[above : start - 1].strip()), len(line[1]), words, start)
        best = rank if best is None else min(best, rank)
    return last if best is None else best[3]
