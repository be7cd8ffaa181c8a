"""Which members of two lists are the same, in order.

Patience diff (Bram Cohen): what occurs once in both lists is matched first, by the longest increasing
sequence, and then what lies between. Near-linear: n log n, but for gaps so small that all pairs are tried.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

# Of a gap without anything unique so many pairs are tried, about 20 ms.
MOST_PAIRS = 40_000


def aligned(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return pairs of indices of equal members, increasing in both."""
    pairs: list[tuple[int, int]] = []
    stack = [(0, len(left), 0, len(right))]
    while stack:
        low, high, at, end = stack.pop()
        while low < high and at < end and left[low] == right[at]:
            pairs.append((low, at))
            low, at = low + 1, at + 1
        while low < high and at < end and left[high - 1] == right[end - 1]:
            high, end = high - 1, end - 1
            pairs.append((high, end))
        if low == high or at == end:
            continue
        anchors = _anchors(left, right, (low, high, at, end))
        if not anchors:
            if (high - low) * (end - at) <= MOST_PAIRS:
                found = _longest_common(left[low:high], right[at:end])
                pairs += [(low + i, at + j) for i, j in found]
            continue
        for i, j in [*anchors, (high, end)]:
            stack.append((low, i, at, j))
            if i < high:
                pairs.append((i, j))
            low, at = i + 1, j + 1
    return sorted(pairs)


def _anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], part: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    low, high, at, end = part
    here = Counter(left[low:high])
    there = Counter(right[at:end])
    places = {right[j]: j for j in range(at, end) if there[right[j]] == 1}
    found = [
        (i, places[left[i]]) for i in range(low, high) if here[left[i]] == 1 and left[i] in places
    ]
    return [found[n] for n in increasing(j for _, j in found)]


def increasing(numbers: Iterable[int]) -> list[int]:
    """Return the indices of a longest increasing sequence."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, number in enumerate(numbers):
        place = bisect_left(tails, number)
        before.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(number)
            ends.append(n)
        else:
            tails[place] = number
            ends[place] = n
    found: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]


def _longest_common(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    width = len(right) + 1
    lengths = [[0] * width for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        row, below = lengths[i], lengths[i + 1]
        for j in range(len(right) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if left[i] == right[j] else max(below[j], row[j + 1])
    pairs = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
