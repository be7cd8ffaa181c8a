"""Hunks of a text, put where they belong in a newer version of it.

Lines that nobody touched are found again with Patience diff (``alignment.py``). A hunk moves with the lines
around it; where its own lines, or one next to them, became others meanwhile, it is refused: what a person
has typed since is never undone and never guessed at.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from fusionls.core.editing import signals
from fusionls.core.editing.alignment import aligned
from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import Rebased
from fusionls.core.language import Language
from fusionls.core.text import lines_with_ends


def rebased(
    hunks: Sequence[Hunk],
    files: Mapping[str, str],
    now: Mapping[str, str],
    languages: Mapping[str, Language | None],
) -> Rebased:
    """Return ``hunks`` of ``files`` in those files as they are ``now``.

    A file that is not in ``now`` is as it was. What does not fit any more is refused with a sentence that
    names the lines, counted from 1 in the text as it was; half of an edit is never returned.
    """
    moved: list[Hunk] = []
    for name in dict.fromkeys(hunk.file for hunk in hunks):
        own = [hunk for hunk in hunks if hunk.file == name]
        old, new = files.get(name, ""), now.get(name, files.get(name, ""))
        if old == new:
            moved += own
            continue
        found = _in_file(own, old, new)
        if isinstance(found, str):
            return Rebased((), found)
        language = languages.get(name)
        before = signals.state_of(new, language)
        if signals.breaks(before, signals.state_of(applied_to(new, found), language, before)):
            return Rebased((), f"{name} changed while the models worked; ask again")
        moved += found
    return Rebased(tuple(sorted(moved, key=lambda hunk: (hunk.file, hunk.start, hunk.end))))


def applied_to(text: str, hunks: Sequence[Hunk]) -> str:
    """Return ``text`` with ``hunks``, which are in order and do not overlap."""
    at, parts = 0, []
    for hunk in hunks:
        parts += [text[at : hunk.start], hunk.text]
        at = max(at, hunk.end)
    return "".join((*parts, text[at:]))


def _in_file(hunks: Sequence[Hunk], old: str, new: str) -> list[Hunk] | str:
    there = _Lines(old, new)
    moved: list[Hunk] = []
    for hunk in hunks:
        drift = there.drift(hunk.start, hunk.end)
        if drift is None:
            low, high = there.numbers(hunk.start, hunk.end)
            lines = f"line {low}" if low == high else f"lines {low}-{high}"
            return f"{lines} of {hunk.file} changed while the models worked; ask again"
        moved.append(replace(hunk, start=hunk.start + drift, end=hunk.end + drift))
    return moved


class _Lines:
    """Which lines of a text are which lines of a newer one."""

    def __init__(self, old: str, new: str) -> None:
        here, there = lines_with_ends(old), lines_with_ends(new)
        self._starts = [0, *accumulate(map(len, here))]
        self._ends = [0, *accumulate(map(len, there))]
        self._homes = dict(aligned(here, there))
        self._count, self._new_count = len(here), len(there)

    def numbers(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last line of a hunk, from 1."""
        first = self._row(start)
        return first + 1, max(first, self._row(max(start, end - 1))) + 1

    def drift(self, start: int, end: int) -> int | None:
        """Return by how far a hunk moved; None where its lines or one next to them changed."""
        first = self._row(start)
        last = max(first, self._row(max(start, end - 1)))
        # An insertion at the start of a line lies between two, and touches the one above as well.
        low = max(first - 1, 0)
        high = min(last + 1, self._count - 1)
        homes = [self._homes.get(row) for row in range(low, high + 1)]
        if any(home is None for home in homes):
            return None
        places = [home for home in homes if home is not None]
        if any(there - here != places[0] - low for here, there in enumerate(places, low)):
            return None
        if (low == 0) != (places[0] == 0) and first == 0:
            return None
        if last == self._count - 1 and places[-1] != self._new_count - 1:
            return None
        return self._ends[places[0]] - self._starts[low]

    def _row(self, at: int) -> int:
        return min(max(bisect_right(self._starts, at) - 1, 0), self._count - 1)
