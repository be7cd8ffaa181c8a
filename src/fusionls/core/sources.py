"""Which recorded cases come from one source: holes in one file, or in copies of it.

Whoever learns from one of them has seen the answer to the others, so they belong into one fold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from fusionls.core.text import split_lines

# Shorter lines (closers, `return`, `try`) stand in every file.
LEAST_LINE = 12
# Two documents with so many of the shorter one's lines in common are one file.
SHARED_LINES = 0.5
# A line that stands in more documents than this, as an import does, tells nothing.
MOST_DOCUMENTS = 20


def telling_lines(document: str) -> frozenset[int]:
    """Return hashes of the lines by which ``document`` may be known again. Equal within one process."""
    lines = (line.strip() for line in split_lines(document))
    return frozenset(hash(line) for line in lines if len(line) >= LEAST_LINE)


def same_sources(documents: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """Return for each of the documents, given by its telling lines, the number of the first of its source."""
    places: dict[int, list[int]] = defaultdict(list)
    for number, lines in enumerate(documents):
        for line in lines:
            places[line].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in places.values():
        if len(numbers) <= MOST_DOCUMENTS:
            shared.update((a, b) for n, a in enumerate(numbers) for b in numbers[n + 1 :])
    pairs = (
        pair
        for pair, count in shared.items()
        if count >= SHARED_LINES * min(len(documents[number]) for number in pair)
    )
    return _united(len(documents), pairs)


def _united(count: int, pairs: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    first = list(range(count))

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = number = first[first[number]]
        return number

    for pair in pairs:
        a, b = sorted(map(root, pair))
        first[b] = a
    return tuple(map(root, range(count)))
