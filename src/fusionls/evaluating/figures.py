"""Shares with their intervals, paired differences, and percentiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Two standard normal quantiles that hold 95 %.
_Z95 = 1.959964
# Percentiles of 95 % settle to half a point with this many resamples.
RESAMPLES = 2000
# The same cases must give the same interval.
_SEED = 1


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``cases``, and between which shares (0 to 1) it lies in 95 % of samples like this one."""

    count: int
    cases: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, 0 without any case."""
        return self.count / self.cases if self.cases else 0.0


def share(values: Sequence[bool]) -> Share:
    """Return the share of true ``values``, with Wilson's score interval (Wilson 1927)."""
    cases, count = len(values), sum(values)
    if not cases:
        return Share(0, 0, 0.0, 1.0)
    p, z2 = count / cases, _Z95**2
    middle = (p + z2 / (2 * cases)) / (1 + z2 / cases)
    half = _Z95 * math.sqrt(p * (1 - p) / cases + z2 / (4 * cases**2)) / (1 + z2 / cases)
    return Share(count, cases, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more often one is right than another on the same cases: points of a share, -1 to 1.

    ``won`` and ``lost`` count the cases in which only one of them is right, ``p`` is McNemar's (exact,
    two-sided).
    """

    value: float
    low: float
    high: float
    won: int
    lost: int
    p: float


def difference(ours: Sequence[bool], theirs: Sequence[bool]) -> Difference:
    """Return ours minus theirs, with a bootstrap interval of 95 % over the cases (percentile method)."""
    pairs = list(zip(ours, theirs, strict=True))
    if not pairs:
        return Difference(0.0, 0.0, 0.0, 0, 0, 1.0)
    won = sum(a and not b for a, b in pairs)
    lost = sum(b and not a for a, b in pairs)
    gains = np.array([int(a) - int(b) for a, b in pairs], dtype=np.float64)
    drawn = np.random.default_rng(_SEED).integers(0, len(gains), (RESAMPLES, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5])
    n, k = won + lost, min(won, lost)
    p = min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0
    return Difference(float(gains.mean()), float(low), float(high), won, lost, p)


def percentile(values: Sequence[float], part: float) -> float | None:
    """Return the smallest value that ``part`` (0 to 1) of ``values`` do not exceed, None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
