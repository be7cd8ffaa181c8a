"""The tokens of an open document, which follow its edits at the price of the lines that changed."""

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple, Self

import numpy as np

from fusionls.core.memory.segment import DEEPEST
from fusionls.core.memory.tokens import BOUNDARY, Ids, Vocabulary, columns
from fusionls.core.text import DocumentSnapshot, indentation, split_lines

# So many lines are cut into tokens within two milliseconds.
LINES_AT_ONCE = 150
_START = np.array([BOUNDARY], np.int32)


class OpenText:
    """The tokens of the newest snapshot of a document, in the form of a segment without places.

    ``numbers`` are the numbers in the document of the lines that are not blank.
    """

    def __init__(self, vocabulary: Vocabulary, snapshot: DocumentSnapshot) -> None:
        self._vocabulary = vocabulary
        self.snapshot = snapshot
        self._hold([_read(vocabulary, snapshot, 0, snapshot.line_count)])

    @classmethod
    def in_steps(
        cls, vocabulary: Vocabulary, snapshot: DocumentSnapshot
    ) -> Generator[None, None, Self]:
        """Return the tokens of a long document after steps of some two milliseconds each."""
        text = cls.__new__(cls)
        text._vocabulary, text.snapshot = vocabulary, snapshot
        pieces = []
        for first in range(0, snapshot.line_count, LINES_AT_ONCE):
            end = min(first + LINES_AT_ONCE, snapshot.line_count)
            pieces.append(_read(vocabulary, snapshot, first, end))
            yield
        text._hold(pieces)
        return text

    def _hold(self, pieces: Sequence["_Lines"]) -> None:
        self.ids: Ids = np.concatenate([_START, *(piece.ids for piece in pieces)])
        self.line_first: Ids = _firsts(np.concatenate([piece.lengths for piece in pieces]), 1)
        self.numbers: Ids = np.concatenate([piece.numbers for piece in pieces])
        self.indents: Ids = np.concatenate([piece.indents for piece in pieces])

    def follow(self, snapshot: DocumentSnapshot) -> None:
        """Become the tokens of ``snapshot``, a later version of the document."""
        before, self.snapshot = self.snapshot, snapshot
        first, end, new_end = changed_lines(before, snapshot)
        if first == end == new_end:
            return
        low, high = (int(i) for i in np.searchsorted(self.numbers, (first, end)))
        new = _read(self._vocabulary, snapshot, first, new_end)
        ends = np.append(self.line_first, len(self.ids))
        start, stop = int(ends[low]), int(ends[high])
        firsts = self.line_first
        self.ids = np.concatenate([self.ids[:start], new.ids, self.ids[stop:]])
        moved = firsts[high:] + np.int32(len(new.ids) - (stop - start))
        self.line_first = np.concatenate([firsts[:low], _firsts(new.lengths, start), moved])
        shifted = self.numbers[high:] + np.int32(new_end - end)
        self.numbers = np.concatenate([self.numbers[:low], new.numbers, shifted])
        self.indents = np.concatenate([self.indents[:low], new.indents, self.indents[high:]])

    def line_text(self, line: int) -> str:
        """Return line ``line`` (of those that are not blank) with its indentation."""
        return self.snapshot.line(int(self.numbers[line]))


class _Lines(NamedTuple):
    """Tokens, token counts, numbers and indentations of the lines that are not blank."""

    ids: Ids
    lengths: Ids
    numbers: Ids
    indents: Ids


def _read(vocabulary: Vocabulary, snapshot: DocumentSnapshot, first: int, end: int) -> _Lines:
    if first >= end:
        nothing = np.zeros(0, np.int32)
        return _Lines(nothing, nothing, nothing, nothing)
    start, stop = snapshot.line_start(first), snapshot.content_end(end - 1)
    lines = split_lines(snapshot.slice(start, stop))
    ids = vocabulary.ids_of_lines(lines)
    filled = [number for number, line_ids in enumerate(ids) if line_ids]
    return _Lines(
        np.array([token for line_ids in ids for token in line_ids], np.int32),
        np.array([len(ids[number]) for number in filled], np.int32),
        np.array(filled, np.int32) + np.int32(first),
        np.array([min(columns(indentation(lines[n])), DEEPEST) for n in filled], np.int32),
    )


def changed_lines(before: DocumentSnapshot, after: DocumentSnapshot) -> tuple[int, int, int]:
    """Return the first line that differs, and the lines from which both are equal to their ends."""
    head, tail = before.shared_ends(after)
    one = before.slice(head, before.length - tail)
    other = after.slice(head, after.length - tail)
    shorter = min(len(one), len(other))
    same = _longest(shorter, lambda length: one[:length] == other[:length])
    head += same
    shorter -= same
    tail += _longest(shorter, lambda n: one[len(one) - n :] == other[len(other) - n :])
    if head == before.length == after.length:
        line = before.line_count
        return line, line, line
    first = before.line_at(head)
    # Between "\r" and "\n" no line starts, but one did before the "\n" came.
    first = min(first, after.line_at(max(head - 1, 0)), before.line_at(max(head - 1, 0)))
    end = before.line_at(before.length - tail) + 1
    new_end = after.line_at(after.length - tail) + 1
    return first, end, new_end


def _longest(limit: int, is_same: Callable[[int], bool]) -> int:
    """Return the greatest length up to ``limit`` that is the same; all shorter ones are, too."""
    if is_same(limit):
        return limit
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        if is_same(middle):
            low = middle
        else:
            high = middle
    return low


def _firsts(lengths: Ids, start: int) -> Ids:
    ends = np.cumsum(lengths, dtype=np.int64) + start
    return np.concatenate([[start], ends[:-1]]).astype(np.int32) if len(lengths) else lengths
