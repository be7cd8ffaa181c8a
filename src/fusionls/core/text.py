"""The text of a document, and how it is cut into lines.

Offsets are code points. Lines end at ``\\n``, ``\\r\\n`` or ``\\r`` and at nothing else (Language Server
Protocol 3.17, "Text Documents"): ``str.splitlines()`` also splits at U+2028, form feed and others,
and must not be used.
"""

import re
from bisect import bisect_left, bisect_right
from copy import copy
from itertools import accumulate, pairwise

from fusionls.core.chunks import (
    BREAKS,
    CHUNK_SIZE,
    COUNTS,
    LENGTH,
    LINE_END,
    Chunk,
    chunks_of,
    same_length,
    spliced,
)
from fusionls.core.units import Encoding, fitting, units

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class DocumentSnapshot:
    """One version of a document. It never changes; an edit makes another one.

    The text is held in chunks that versions share, so that an edit costs what it touches (see
    docs/decisions/0005-documents-in-chunks.md). Lines count from 0, offsets and lengths are in code
    points, columns in units of an encoding.
    """

    __slots__ = (
        "_breaks",
        "_chunk_size",
        "_chunks",
        "_counted",
        "_starts",
        "_text",
        "language_id",
        "uri",
        "version",
    )

    def __init__(
        self, uri: str, language_id: str, version: int, text: str, chunk_size: int = CHUNK_SIZE
    ) -> None:
        self._hold(uri, language_id, version, tuple(chunks_of(text, chunk_size)), chunk_size)

    def _hold(
        self,
        uri: str,
        language_id: str,
        version: int,
        chunks: tuple[Chunk, ...],
        chunk_size: int,
    ) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self._chunks = chunks
        self._chunk_size = chunk_size
        self._text: str | None = None
        # Before each chunk, and at the end: the code points and the line ends so far.
        self._starts = list(accumulate(map(LENGTH, chunks), initial=0))
        self._breaks = list(accumulate(map(BREAKS, chunks), initial=0))
        self._counted: tuple[Encoding, list[int]] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DocumentSnapshot):
            return NotImplemented
        return self is other or (
            (self.uri, self.language_id, self.version, self.length)
            == (other.uri, other.language_id, other.version, other.length)
            and self.same_head(other, self.length)
        )

    def __hash__(self) -> int:
        return hash((self.uri, self.language_id, self.version, self.length))

    def __repr__(self) -> str:
        # Without the text: what a person wrote must not reach a log by way of a repr.
        return (
            f"DocumentSnapshot({self.uri!r}, {self.language_id!r}, version={self.version}, "
            f"length={self.length}, line_count={self.line_count})"
        )

    @property
    def text(self) -> str:
        """The whole text. It is put together when first asked for, and then kept."""
        if self._text is None:
            self._text = "".join([chunk.text for chunk in self._chunks])
        return self._text

    @property
    def length(self) -> int:
        """The number of code points."""
        return self._starts[-1]

    @property
    def line_count(self) -> int:
        """The number of lines: one more than there are line ends."""
        return self._breaks[-1] + 1

    @property
    def chunk_count(self) -> int:
        """In how many pieces the text is held."""
        return len(self._chunks)

    def bare(self) -> "DocumentSnapshot":
        """Return the same version without what was found out about it, for who keeps it for long."""
        same = copy(self)
        same._text = same._counted = None
        return same

    def own_length(self, other: "DocumentSnapshot") -> int:
        """Return how many code points are held here in pieces that ``other`` does not share."""
        shared = set(map(id, other._chunks))
        return sum(one.length for one in self._chunks if id(one) not in shared)

    def slice(self, start: int, end: int) -> str:
        """Return the text from ``start`` to ``end``, both clamped. Costs what it returns."""
        start, end = max(start, 0), min(end, self.length)
        if start >= end:
            return ""
        first, last = self._chunk_at(start), self._chunk_at(end)
        start, end = start - self._starts[first], end - self._starts[last]
        if first == last:
            return self._chunks[first].text[start:end]
        whole = [chunk.text for chunk in self._chunks[first + 1 : last]]
        return "".join([self._chunks[first].text[start:], *whole, self._chunks[last].text[:end]])

    def edited(self, start: int, end: int, text: str, version: int) -> "DocumentSnapshot":
        """Return the document as ``version``, with ``text`` in place of ``start`` to ``end``.

        Both offsets are clamped to the document, and ``end`` to ``start``.
        """
        start = min(max(start, 0), self.length)
        end = min(max(end, start), self.length)
        chunks = self._chunks
        if start < end or text:
            first, last = self._chunk_at(start), self._chunk_at(end)
            head = chunks[first].text[: start - self._starts[first]]
            tail = chunks[last].text[end - self._starts[last] :]
            chunks = spliced(chunks, first, last, head + text + tail, self._chunk_size)
        edited = DocumentSnapshot.__new__(DocumentSnapshot)
        edited._hold(self.uri, self.language_id, version, chunks, self._chunk_size)
        return edited

    def line(self, number: int) -> str:
        """Return line ``number`` without its line end. Raises IndexError beyond the last."""
        return self.slice(self.line_start(number), self.content_end(number))

    def line_start(self, number: int) -> int:
        """Return the offset of the start of line ``number``. Raises IndexError beyond the last."""
        if not 0 <= number < self.line_count:
            raise IndexError(number)
        if number == 0:
            return 0
        chunk = bisect_left(self._breaks, number) - 1
        ends = self._chunks[chunk].ends
        return self._starts[chunk] + ends[number - self._breaks[chunk] - 1]

    def line_end(self, number: int) -> int:
        """Return the offset just behind line ``number``, its line end included."""
        following = number + 1
        return self.line_start(following) if following < self.line_count else self.length

    def content_end(self, number: int) -> int:
        """Return the offset of the end of line ``number``, before its line end."""
        end = self.line_end(number)
        last_two = self.slice(max(end - 2, self.line_start(number)), end)
        return end - len(last_two) + len(strip_line_end(last_two))

    def line_at(self, offset: int) -> int:
        """Return the number of the line that ``offset``, clamped, stands in."""
        offset = max(offset, 0)
        chunk = self._chunk_at(offset)
        ends = self._chunks[chunk].ends
        return self._breaks[chunk] + bisect_right(ends, offset - self._starts[chunk])

    def offset_in_line(self, number: int, column: int, encoding: Encoding) -> int:
        """Return the offset of ``column`` (units of ``encoding``) in line ``number``.

        A column beyond the line is its end, one inside a character the character's start, and a
        negative one 0.
        """
        start, end = self.line_start(number), self.content_end(number)
        room = max(column, 0)
        # Nearly every line lies in one chunk, and then what the others hold need not be added up.
        if self._chunk_at(start) == self._chunk_at(end):
            return start + fitting(self.slice(start, end), room, encoding)
        wanted = self._units_before(start, encoding) + room
        units_before = self._unit_starts(encoding)
        chunk = min(bisect_right(units_before, wanted), len(self._chunks)) - 1
        room = wanted - units_before[chunk]
        found = self._starts[chunk] + fitting(self._chunks[chunk].text, room, encoding)
        return min(found, end)

    def column_of(self, offset: int, encoding: Encoding) -> tuple[int, int]:
        """Return the line and the column (units of ``encoding``) of ``offset``, which is clamped.

        An offset between ``\\r`` and ``\\n``, which no column denotes, counts as before both.
        """
        offset = min(max(offset, 0), self.length)
        number = self.line_at(offset)
        start, end = self.line_start(number), min(offset, self.content_end(number))
        if self._chunk_at(start) == self._chunk_at(end):
            return number, units(self.slice(start, end), encoding)
        return number, self._units_before(end, encoding) - self._units_before(start, encoding)

    def same_head(self, other: "DocumentSnapshot", length: int) -> bool:
        """Tell whether both documents begin with the same ``length`` code points."""
        same = same_length(self._chunks, other._chunks, from_end=False)
        return same >= length or self.slice(same, length) == other.slice(same, length)

    def same_tail(self, other: "DocumentSnapshot", length: int) -> bool:
        """Tell whether both documents end with the same ``length`` code points."""
        same = same_length(self._chunks, other._chunks, from_end=True)
        return same >= length or self.slice(
            self.length - length, self.length - same
        ) == other.slice(other.length - length, other.length - same)

    def shared_ends(self, other: "DocumentSnapshot") -> tuple[int, int]:
        """Return how many code points at the start and at the end are surely the same in ``other``.

        Only whole chunks are compared; the two stretches do not overlap.
        """
        head = same_length(self._chunks, other._chunks, from_end=False)
        tail = same_length(self._chunks, other._chunks, from_end=True)
        return head, min(tail, self.length - head, other.length - head)

    def _chunk_at(self, offset: int) -> int:
        """Return the index of the chunk that ``offset`` stands in; of two that meet, the later."""
        return min(bisect_right(self._starts, offset), len(self._chunks)) - 1

    def _units_before(self, offset: int, encoding: Encoding) -> int:
        """Return the units of ``encoding`` from the start of the document to ``offset``."""
        chunk = self._chunk_at(offset)
        head = self._chunks[chunk].text[: offset - self._starts[chunk]]
        return self._unit_starts(encoding)[chunk] + units(head, encoding)

    def _unit_starts(self, encoding: Encoding) -> list[int]:
        """Return the units of ``encoding`` before each chunk, and in the whole document."""
        if encoding is Encoding.UTF_32:
            return self._starts
        # A session speaks one encoding: a list for the other one would be built for nothing.
        if self._counted is None or self._counted[0] is not encoding:
            counts = accumulate(map(COUNTS[encoding], self._chunks), initial=0)
            self._counted = (encoding, list(counts))
        return self._counted[1]


def strip_line_end(line: str) -> str:
    """Return ``line`` without one line end."""
    return line.removesuffix("\n").removesuffix("\r")


def split_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without their ends. Empty text has one empty line."""
    return LINE_END.split(text)


def lines_with_ends(text: str) -> list[str]:
    """Return the lines of ``text``, each with its own line end. ``"".join()`` gives the text back."""
    cuts = [match.end() for match in LINE_END.finditer(text)]
    bounds = [0, *cuts, len(text)]
    lines = [text[a:b] for a, b in pairwise(bounds)]
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def first_content_line(text: str) -> str:
    """Return the first line of ``text`` that is not blank, or ``""`` if there is none."""
    return next((line for line in split_lines(text) if line.strip()), "")


def fold_blanks(line: str) -> str:
    """Return ``line`` with every run of white space as one blank, and none at the ends."""
    return " ".join(line.split())


def indentation(line: str) -> str:
    """Return the blanks and tabs at the start of ``line``."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def line_end_of(text: str) -> str:
    """Return the line end that ``text`` uses first, ``"\\n"`` if it has none."""
    match = LINE_END.search(text)
    return match.group() if match else "\n"


def without_lone_surrogates(text: str) -> str:
    """Return ``text`` with lone surrogates, which no encoding can carry, as U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)
