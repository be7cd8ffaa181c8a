"""How long something takes, learned from what ended and from what was cut off before it did.

A discrete hazard: for every bin of 10 ms, how likely it ends there if it has not before. What was cut is
*censored* (Kaplan and Meier, 1958): it counts among those that had not ended as long as it ran, and not as an
end. Counting it as one makes slow members look fast: in a simulation 211 ms for 425.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import isfinite

BIN_MS = 10.0
# 20 s, the cap of a refactoring; what takes longer ends in the last bin.
MOST_BINS = 2000
# After so many requests an observation counts half. A change is noticed by its own test (core/latency.py), so
# memory may be long: with 200, as proposed, the median of a member of which 85 % are cut scattered by 10 %.
HALF_LIFE = 1000.0
# What is known before counts as much as so many requests.
PRIOR_COUNT = 2.0
# An unknown member ends within a second as likely as not.
WIDE_HAZARD = 0.007
# Weights grow instead of every bin being faded at each request; beyond this all are scaled down.
LARGEST_WEIGHT = 1e9


class Hazard:
    """What was seen, fading; times in milliseconds. Updates cost microseconds."""

    __slots__ = ("_curve", "_cut", "_ended", "_growth", "_total", "_weight")

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        self._ended: list[float] = []
        self._cut: list[float] = []
        self._growth = 2.0 ** (1.0 / half_life)
        self._weight = 1.0
        self._total = 0.0
        self._curve: list[float] | None = None

    @property
    def count(self) -> float:
        """The effective number of observations, of both kinds."""
        return self._total / self._weight

    @property
    def ends(self) -> float:
        """The effective number of those that ended."""
        return sum(self._ended) / self._weight

    def informed(self, ms: float) -> float:
        """Return the effective number of observations that tell whether it ends by ``ms``.

        What was cut off earlier does not.
        """
        place = min(MOST_BINS - 1, int(max(0.0, ms) / BIN_MS)) if isfinite(ms) else MOST_BINS - 1
        return (sum(self._ended) + sum(self._cut[place:])) / self._weight

    def finished(self, ms: float, weight: float = 1.0) -> None:
        """Learn that it took ``ms``."""
        self._add(self._ended, ms, weight)

    def cut(self, ms: float, weight: float = 1.0) -> None:
        """Learn that it was cut off after ``ms``: it takes longer, nobody knows how long."""
        self._add(self._cut, ms, weight)

    def _add(self, into: list[float], ms: float, weight: float) -> None:
        if not (isfinite(ms) and isfinite(weight)) or weight <= 0:
            return
        place = min(MOST_BINS - 1, int(max(0.0, ms) / BIN_MS))
        if place >= len(self._ended):
            more = [0.0] * (place + 1 - len(self._ended))
            self._ended.extend(more)
            self._cut.extend(more)
        self._weight *= self._growth
        into[place] += self._weight * weight
        self._total += self._weight * weight
        self._curve = None
        if self._weight > LARGEST_WEIGHT:
            self._shrink()

    def _shrink(self) -> None:
        self._ended = [value / self._weight for value in self._ended]
        self._cut = [value / self._weight for value in self._cut]
        self._total /= self._weight
        self._weight = 1.0

    def _at_risk(self) -> list[float]:
        """How many had not ended at the start of each bin; who was cut within it counts half."""
        after = list(
            accumulate(reversed([e + c for e, c in zip(self._ended, self._cut, strict=True)]))
        )
        after.reverse()
        return [(n - cut / 2) / self._weight for n, cut in zip(after, self._cut, strict=True)]

    def hazards(self, bins: int, prior: Sequence[float] = ()) -> list[float]:
        """Return for each of ``bins`` bins how likely it ends there if not before, leaning on ``prior``.

        Without a prior it leans on its own mean, so that nothing is certain where nothing was seen.
        """
        risk = self._at_risk()
        exposure, ends = sum(risk), self.ends
        mean = (ends + PRIOR_COUNT * WIDE_HAZARD) / (exposure + PRIOR_COUNT)
        found = []
        for place in range(bins):
            expected = prior[place] if place < len(prior) else mean
            seen = place < len(risk)
            ended = self._ended[place] / self._weight if seen else 0.0
            at_risk = risk[place] if seen else 0.0
            found.append(min(1.0, (ended + PRIOR_COUNT * expected) / (at_risk + PRIOR_COUNT)))
        return found

    def _survivals(self) -> list[float]:
        """The Kaplan-Meier curve at the edges of the bins: one more than there are bins."""
        if self._curve is None:
            alive, curve = 1.0, [1.0]
            for ended, risk in zip(self._ended, self._at_risk(), strict=True):
                if ended and risk > 0:
                    alive *= max(0.0, 1.0 - ended / self._weight / risk)
                curve.append(alive)
            self._curve = curve
        return self._curve

    def survival(self, ms: float) -> float:
        """Return how likely it takes longer than ``ms``, by what was seen alone; 1 if nothing was."""
        curve = self._survivals()
        if not ms > 0:
            return 1.0
        place = ms / BIN_MS
        if place >= len(curve) - 1:
            return curve[-1]
        whole = int(place)
        return curve[whole] + (curve[whole + 1] - curve[whole]) * (place - whole)

    def chance_by(self, until_ms: float, since_ms: float = 0.0) -> float:
        """Return how likely it ends by ``until_ms`` if not by ``since_ms``; never quite 0 or 1."""
        since = since_ms if since_ms > 0 else 0.0
        if not until_ms > since:
            return 0.0
        bins = min((until_ms - since) / BIN_MS, float(MOST_BINS))
        guess = 1.0 - float((1.0 - WIDE_HAZARD) ** bins)
        alive = self.survival(since)
        count = min(alive * self.count, self.informed(until_ms))
        found = 1.0 - self.survival(until_ms) / alive if alive > 0 else guess
        return (count * found + PRIOR_COUNT * guess) / (count + PRIOR_COUNT)

    def quantile(self, share: float) -> float | None:
        """Return the time (ms) by which a ``share`` has ended, None where that is beyond what was seen."""
        curve = self._survivals()
        left = 1.0 - share
        for place in range(len(curve) - 1):
            before, after = curve[place], curve[place + 1]
            if after <= left < before:
                return BIN_MS * (place + (before - left) / (before - after))
        return None

    def stretched(self, factor: float, count: float) -> "Hazard":
        """Return a new one of the same shape, ``factor`` times as slow, that counts as ``count`` requests."""
        fresh = Hazard()
        fresh._growth = self._growth
        curve = self._survivals()
        for place in range(len(curve) - 1):
            mass = curve[place] - curve[place + 1]
            if mass > 0:
                fresh._put((place + 0.5) * BIN_MS * factor, mass * count)
        return fresh

    def _put(self, ms: float, weight: float) -> None:
        """Learn without that anything fades."""
        growth, self._growth = self._growth, 1.0
        self._add(self._ended, ms, weight)
        self._growth = growth
