"""How likely each continuation is, as a multinomial regression over what can be counted of it.

The weights were fitted on places of one library with ``python -m tests.eval_memory --fit``; none of what is
counted depends on a language.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fusionls.core.memory.continuing import Continuation, Occurrence
from fusionls.core.memory.tokens import CLOSERS, OPENERS
from fusionls.core.memory.weights import WEIGHTS, Kind

# What is counted of a continuation, in the order of the weights.
TRAITS = (
    "length",
    "length above 2",
    "length above 5",
    "length above 8",
    "length above 12",
    "weighted count",
    "evenly weighted count",
    "has the longest context",
    "share among the longest",
    "share of the weights",
    "stands in the document",
    "distance in the document",
    "stands in the folder",
    "same depth",
    "tokens",
    "is a single token",
    "tokens behind a long context",
    "count",
    "is confirmed",
    "names unknown to the document",
    "share of such names",
    "such names behind a long context",
    "share of names used recently",
    "share of names used nearby",
    "closes what is not open",
    "leaves brackets open",
)
# What is counted of the place, for the case that none of the continuations is right.
PLACE_TRAITS = ("always", "longest context", "greatest share", "characters typed")
# More unknown names than this make a continuation no less likely.
MOST_UNKNOWN = 3
# A context that is one token longer weighs this much more (e to the power of it).
STEEP, EVEN = 0.8, 0.3
# What an occurrence in the document itself weighs more, and how that fades with its distance.
AT_HOME, FADING = 2.4, 0.2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the document says about names, and how many brackets are open on the cursor's line.

    ``known`` are all tokens of the document, ``recent`` and ``nearby`` those shortly before the cursor.
    ``is_name`` tells names from other tokens. ``read`` (0 to 1) says how much there is to know names from:
    in a document that has just begun all are unknown, and that says nothing.
    """

    known: Callable[[int], bool]
    recent: frozenset[int]
    nearby: frozenset[int]
    open_brackets: int
    is_name: Callable[[int], bool]
    read: float


def traits(
    continuations: Sequence[Continuation], around: Surroundings, typed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return a row of TRAITS for each continuation, and the PLACE_TRAITS.

    ``typed`` is the number of code points of the word that the cursor stands in.
    """
    occurrences = [continuation.occurrences for continuation in continuations]
    longest = max(o.length for found in occurrences for o in found)
    at_longest = sum(o.length == longest for found in occurrences for o in found)
    weights = [_log_sum(_weight(o) for o in found) for found in occurrences]
    total = _log_sum(weights)
    rows = [
        _row(c, weight, math.exp(weight - total), longest, at_longest) + _words(c, around)
        for c, weight in zip(continuations, weights, strict=True)
    ]
    share = math.exp(max(weights) - total)
    place = [1.0, math.log(longest), share, math.log(1 + typed)]
    return np.array(rows), np.array(place)


def _row(
    continuation: Continuation, weight: float, share: float, longest: int, at_longest: int
) -> list[float]:
    found = continuation.occurrences
    length = max(o.length for o in found)
    distances = [o.distance for o in found if o.distance >= 0]
    return [
        math.log(length),
        min(max(length - 2, 0), 3) / 3,
        min(max(length - 5, 0), 3) / 3,
        min(max(length - 8, 0), 4) / 4,
        min(max(length - 12, 0), 16) / 16,
        weight / 5,
        _log_sum(EVEN * o.length for o in found) / 3,
        float(length == longest),
        sum(o.length == longest for o in found) / at_longest,
        share,
        float(bool(distances)),
        math.log(1 + min(distances)) / 5 if distances else 0.0,
        float(any(o.near for o in found)),
        sum(o.same_depth for o in found) / len(found),
        math.log(len(continuation.ids)),
        float(len(continuation.ids) <= 1),
        math.log(len(continuation.ids)) * _copied(length),
        math.log(len(found)),
        float(len(found) > 1),
    ]


def _words(continuation: Continuation, around: Surroundings) -> list[float]:
    ids = continuation.ids.tolist()
    names = [token for token in ids if around.is_name(token)]
    unknown = min(sum(not around.known(name) for name in names), MOST_UNKNOWN) * around.read
    length = max(o.length for o in continuation.occurrences)
    of_names = 1 / max(len(names), 1)
    depth, lowest = 0, 0
    for token in ids:
        depth += (token in OPENERS) - (token in CLOSERS)
        lowest = min(lowest, depth)
    return [
        unknown / MOST_UNKNOWN,
        unknown * of_names,
        unknown / MOST_UNKNOWN * _copied(length),
        sum(name in around.recent for name in names) * of_names,
        sum(name in around.nearby for name in names) * of_names,
        float(around.open_brackets + lowest < 0),
        float(around.open_brackets + depth != 0),
    ]


def _copied(length: int) -> float:
    """Return how much a context of so many tokens looks like a copy, which brings its own names (0 to 1)."""
    return min(max(length - 5, 0), 10) / 10


def _weight(occurrence: Occurrence) -> float:
    weight = STEEP * occurrence.length
    if occurrence.distance >= 0:
        weight += AT_HOME - FADING * math.log(1 + occurrence.distance)
    return weight


def _log_sum(logarithms: Iterable[float]) -> float:
    values = list(logarithms)
    greatest = max(values)
    return greatest + math.log(sum(math.exp(value - greatest) for value in values))


def probabilities(
    rows: npt.NDArray[np.float64], place: npt.NDArray[np.float64], kind: Kind
) -> npt.NDArray[np.float64]:
    """Return for each row how likely it is right (0 to 1); together less than 1."""
    weights = WEIGHTS[kind]
    scores = rows @ np.array(weights.traits)
    none = float(place @ np.array(weights.place))
    greatest = max(float(scores.max()), none)
    exponentials = np.exp(scores - greatest)
    found: npt.NDArray[np.float64] = exponentials / (exponentials.sum() + math.exp(none - greatest))
    return found
