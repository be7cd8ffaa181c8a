"""Pieces of a long text: an edit rebuilds the piece it touches, however long the text is.

A line end is never split: no piece ends with a ``\\r`` whose ``\\n`` begins the next one.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from fusionls.core.units import Encoding, units

LINE_END = re.compile(r"\r\n|\n|\r")
# An edit scans one chunk for line ends and adds up the starts of all: the more of the one, the less of the
# other. Their sum is lowest between 4,096 and 16,384 in a document of 10 MB (decision 0005).
CHUNK_SIZE = 8192


class Chunk:
    """A piece of text that never changes, with what is counted in it.

    ``length`` is in code points, ``breaks`` the number of line ends, ``utf_8`` and ``utf_16`` the units
    of these encodings.
    """

    __slots__ = ("_ends", "breaks", "length", "text", "utf_8", "utf_16")

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)
        self.breaks = text.count("\n") + text.count("\r") - text.count("\r\n")
        self.utf_8 = units(text, Encoding.UTF_8)
        self.utf_16 = units(text, Encoding.UTF_16)
        self._ends: array[int] | None = None

    @property
    def ends(self) -> Sequence[int]:
        """The offsets (code points) just behind each line end. Found when first asked for."""
        # Most pieces of a long document are never looked into; a place in lines is wanted of a few.
        if self._ends is None:
            self._ends = array("I", [match.end() for match in LINE_END.finditer(self.text)])
        return self._ends


# What a document adds up over its chunks. These run in C, which halves the price of an edit.
LENGTH: Callable[[Chunk], int] = attrgetter("length")
BREAKS: Callable[[Chunk], int] = attrgetter("breaks")
COUNTS: dict[Encoding, Callable[[Chunk], int]] = {
    Encoding.UTF_8: attrgetter("utf_8"),
    Encoding.UTF_16: attrgetter("utf_16"),
}


def chunks_of(text: str, size: int) -> Iterator[Chunk]:
    """Yield ``text`` in pieces of about ``size`` code points; empty text is one empty piece.

    Up to twice the size is left whole, and longer text is cut evenly, so that typing at one place does
    not cut and join the same piece again and again.
    """
    if len(text) <= 2 * size:
        yield Chunk(text)
        return
    pieces = -(-len(text) // size)
    step = -(-len(text) // pieces)
    start = 0
    while start < len(text):
        end = start + step
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        yield Chunk(text[start:end])
        start = end


def spliced(
    chunks: tuple[Chunk, ...], first: int, last: int, middle: str, size: int
) -> tuple[Chunk, ...]:
    """Return ``chunks`` with ``middle`` in place of the pieces ``first`` to ``last``, both included.

    Neighbours are taken in where the middle is too short to stand alone or where a ``\\r`` and a
    ``\\n`` have come together.
    """
    if first > 0 and (len(middle) <= size // 2 or _meet(chunks[first - 1].text, middle)):
        first -= 1
        middle = chunks[first].text + middle
    if last + 1 < len(chunks) and (
        len(middle) <= size // 2 or _meet(middle, chunks[last + 1].text)
    ):
        last += 1
        middle += chunks[last].text
    return (*chunks[:first], *chunks_of(middle, size), *chunks[last + 1 :])


def _meet(before: str, after: str) -> bool:
    return before.endswith("\r") and after.startswith("\n")


def same_length(one: Sequence[Chunk], other: Sequence[Chunk], *, from_end: bool) -> int:
    """Return how long (code points) the run of equal pieces is at the start or the end of both."""
    # The longer text may go on: only what both have is compared.
    pairs = zip(reversed(one), reversed(other)) if from_end else zip(one, other)  # noqa: B905
    length = 0
    for mine, theirs in pairs:
        if mine is not theirs and mine.text != theirs.text:
            break
        length += mine.length
    return length
