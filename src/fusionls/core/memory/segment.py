"""Many texts as one array of tokens, with the places of each token: built once, then only searched."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fusionls.core.memory.tokens import (
    BOUNDARY,
    HIDDEN,
    LINE_BREAK,
    LINE_START,
    Ids,
    Vocabulary,
    columns,
)

# Deeper indentation than this is a table, and the numbers fit in a byte.
DEEPEST = 255


# Cutting so many code points into tokens takes a millisecond or two: nobody waits longer for the rest.
PIECE = 16_384


class SegmentBuilder:
    """Takes texts one by one. ``size`` is the number of tokens so far."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._texts: dict[str, str] = {}
        self._ids: list[Ids] = []
        self._spans: list[Ids] = []
        self.size = 0

    def add(self, name: str, text: str) -> None:
        """Take in ``text``, whose lines end with a line feed, under a ``name`` that is its own."""
        for _ in self.steps(name, text):
            pass

    def steps(self, name: str, text: str) -> Iterator[None]:
        """Do what ``add`` does piece by piece, each of which takes some two milliseconds."""
        ids: list[int] = [BOUNDARY]
        # Of each line where it starts and how far it is indented.
        spans: list[tuple[int, int]] = []
        start = 0
        while start < len(text):
            end = text.find("\n", start + PIECE) + 1 or len(text)
            piece = text[start:end]
            found = self._vocabulary.ids(piece)
            # Blank lines between two pieces are part of the line end before them.
            ids += found[1:] if found[:1] == [LINE_BREAK] else found
            for match in LINE_START.finditer(piece):
                spans.append((match.start() + start, columns(match.group())))
            start = end
            yield
        if not spans:
            return
        if ids[-1] != LINE_BREAK:
            ids.append(LINE_BREAK)
        self._texts[name] = text
        self._ids.append(np.array(ids, np.int32))
        self._spans.append(np.array(spans, np.int32))
        self.size += len(ids)

    def segment(self) -> "Segment":
        """Return what was taken in. Most of this is sorting, during which other threads run."""
        return Segment(self._texts, self._ids, self._spans)


class Segment:
    """Texts to be found again. ``names`` says of each which one it is.

    ``ids`` are all tokens, ``line_first`` is where in them each line starts that is not blank, and
    ``indents`` how far it is indented (columns).
    """

    def __init__(self, texts: Mapping[str, str], ids: Sequence[Ids], spans: Sequence[Ids]) -> None:
        self.names = tuple(texts)
        self.folders = [name.rpartition("/")[0] for name in self.names]
        self._texts = list(texts.values())
        self._numbers = {name: number for number, name in enumerate(self.names)}
        lengths = np.array([0, *map(len, ids)], np.int64)
        self._first = np.cumsum(lengths).astype(np.int32)
        self.ids: Ids = np.concatenate([np.zeros(0, np.int32), *ids])
        all_spans = np.concatenate([np.zeros((0, 2), np.int32), *spans])
        self._offsets: Ids = all_spans[:, 0].copy()
        self.indents = np.minimum(all_spans[:, 1], DEEPEST).astype(np.uint8)
        # A line starts behind each boundary, and behind each line end that no boundary follows.
        starts = np.flatnonzero((self.ids == LINE_BREAK) | (self.ids == BOUNDARY)) + 1
        starts = starts[starts < len(self.ids)]
        self.line_first: Ids = starts[self.ids[starts] != BOUNDARY].astype(np.int32)
        order = np.argsort(self.ids, kind="stable")
        self._places: Ids = order.astype(np.int32)
        counts = np.bincount(self.ids) if len(self.ids) else np.zeros(1, np.int64)
        self._ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self._hidden: dict[str, Ids] = {}

    def count(self, token: int) -> int:
        """Return how often ``token`` stands here, hidden text included."""
        if not 0 <= token < len(self._ends) - 1:
            return 0
        return int(self._ends[token + 1] - self._ends[token])

    def places(self, token: int) -> Ids:
        """Return where ``token`` stands, in order, hidden text included."""
        if not 0 <= token < len(self._ends) - 1:
            return self._places[:0]
        return self._places[self._ends[token] : self._ends[token + 1]]

    def hide(self, name: str) -> None:
        """Let the text ``name``, if it is here, not be found any more."""
        number = self._numbers.get(name)
        if number is None or name in self._hidden:
            return
        first, end = self._first[number], self._first[number + 1]
        self._hidden[name] = self.ids[first + 1 : end].copy()
        self.ids[first + 1 : end] = HIDDEN

    def show(self, name: str) -> None:
        """Let the text ``name``, if it was hidden, be found again."""
        ids = self._hidden.pop(name, None)
        if ids is not None:
            first = self._first[self._numbers[name]]
            self.ids[first + 1 : first + 1 + len(ids)] = ids

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the texts that are not to be found."""
        return frozenset(self._hidden)

    def parts(self) -> Iterator[tuple[str, str, Ids, Ids]]:
        """Yield name, text, tokens, and starts and indentations of each text that is not hidden."""
        firsts = np.append(self.line_first, len(self.ids))
        for number, name in enumerate(self.names):
            if name in self._hidden:
                continue
            first, end = self._first[number], self._first[number + 1]
            low, high = np.searchsorted(firsts, (first, end))
            spans = np.stack([self._offsets[low:high], self.indents[low:high]], axis=1)
            yield name, self._texts[number], self.ids[first:end].copy(), spans.astype(np.int32)

    def are_in(self, folder: str, places: Ids) -> list[bool]:
        """Tell of each place whether its text lies in ``folder`` itself."""
        numbers = np.searchsorted(self._first, places, side="right") - 1
        return [self.folders[number] == folder for number in numbers.tolist()]

    def line_text(self, line: int) -> str:
        """Return line ``line`` (of those that are not blank) with its indentation."""
        place = self.line_first[line]
        text = self._texts[int(np.searchsorted(self._first, place, side="right")) - 1]
        start = int(self._offsets[line])
        end = text.find("\n", start)
        return text[start:] if end < 0 else text[start:end]


def merged(segments: Sequence[Segment]) -> Segment:
    """Return one segment of all texts of ``segments`` that are not hidden."""
    texts: dict[str, str] = {}
    ids: list[Ids] = []
    spans: list[Ids] = []
    for segment in segments:
        for name, text, its_ids, its_spans in segment.parts():
            texts[name] = text
            ids.append(its_ids)
            spans.append(its_spans)
    return Segment(texts, ids, spans)
