"""Where the tokens before the cursor stand elsewhere, and for how long."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from fusionls.core.memory.segment import Segment
from fusionls.core.memory.tokens import BOUNDARY, HIDDEN, Ids

# What is the same for longer than this is a copy; longer contexts decide nothing more.
LONGEST = 40
# A search begins at the rarest of so many last tokens, in this order, until it has enough.
STEPS = (12, 6, 3, 2)
# With so many places the shorter contexts say nothing new.
ENOUGH = 16
# More places than this of one token are too many to look at: they would take 3 ms and more.
MOST_LOOKED_AT = 40_000
# Of so many places at most, those with the longest contexts, the continuations are read.
MOST_READ = 100


class Source(Protocol):
    """Tokens to search in, and the lines that they form."""

    @property
    def ids(self) -> Ids:
        """All tokens."""

    @property
    def line_first(self) -> Ids:
        """Where in ``ids`` each line starts that is not blank."""

    @property
    def indents(self) -> npt.NDArray[np.integer]:
        """How far each of these lines is indented (columns)."""

    def line_text(self, line: int) -> str:
        """Return the text of line ``line`` of them."""


class Matches(NamedTuple):
    """Places behind which the text may continue, and how many tokens before each are the same."""

    places: Ids
    lengths: Ids

    def longest(self) -> "Matches":
        """Return the matches that are worth reading."""
        if len(self.places) <= MOST_READ:
            return self
        # Stable, and later places first: what was written last is nearest to the cursor.
        order = np.argsort(-self.lengths[::-1], kind="stable")[:MOST_READ]
        return Matches(self.places[::-1][order], self.lengths[::-1][order])


NOTHING = Matches(np.zeros(0, np.int32), np.zeros(0, np.int32))
# Says of tokens which of them may come next.
Fits = Callable[[Ids], npt.NDArray[np.bool_]]


def anything(tokens: Ids) -> npt.NDArray[np.bool_]:
    """Say that every token fits but those that stand for no text."""
    found: npt.NDArray[np.bool_] = (tokens != BOUNDARY) & (tokens != HIDDEN)
    return found


def in_segment(segment: Segment, context: Sequence[int], fits: Fits = anything) -> Matches:
    """Return the places in ``segment`` that match the end of ``context`` longest."""
    found = NOTHING
    for least in STEPS:
        if least > len(context):
            continue
        counts = [segment.count(token) for token in context[-least:]]
        rarest = min(counts)
        if rarest == 0 or rarest > MOST_LOOKED_AT:
            continue
        at = counts.index(rarest)
        places = segment.places(context[at - least]) + np.int32(least - at)
        found = _narrowed(segment.ids, places, context, least, fits)
        if len(found.places) >= ENOUGH:
            break
    return found


def in_text(ids: Ids, context: Sequence[int], fits: Fits = anything) -> Matches:
    """Return the places in ``ids`` that match the last two tokens of ``context`` and more."""
    least = STEPS[-1]
    if len(context) < least or len(ids) <= least:
        return NOTHING
    same = (ids[1:-1] == context[-1]) & (ids[:-2] == context[-2])
    return _narrowed(ids, np.flatnonzero(same).astype(np.int32) + 2, context, least, fits)


def _narrowed(ids: Ids, places: Ids, context: Sequence[int], least: int, fits: Fits) -> Matches:
    """Return those of ``places`` that match at least ``least`` tokens, with the full lengths."""
    left = places[(places >= least) & (places < len(ids))]
    for back in range(1, least + 1):
        left = left[ids[left - back] == context[-back]]
        if not len(left):
            return NOTHING
    left = left[fits(ids[left])]
    found, lengths = [], []
    longest = min(LONGEST, len(context))
    for back in range(least + 1, longest + 1):
        same = (left >= back) & (ids[left - back] == context[-back])
        if not same.all():
            dropped = left[~same]
            found.append(dropped)
            lengths.append(np.full(len(dropped), back - 1, np.int32))
            left = left[same]
        if not len(left):
            break
    found.append(left)
    lengths.append(np.full(len(left), longest, np.int32))
    return Matches(np.concatenate(found), np.concatenate(lengths))
