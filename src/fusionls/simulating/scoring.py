"""What a replay was worth, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp

from fusionls.core.panel import Panel

# (weight, ms) pairs: the chance that the person has not moved on by t is the sum of weight * exp(-t / ms).
Survival = Sequence[tuple[float, float]]

# A chance of this and more counts as right where an answer is counted as right or wrong.
RIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Replayed:
    """One request under a rule: when waiting ended, the class shown ("" none), how likely it was right.

    ``value`` is that chance times the chance that the person had not moved on. ``right_of_all`` is how likely
    right the rule would have been had it waited for everybody until the cap. ``cut`` names who was asked
    and cut off; ``wasted_tokens`` are tokens of members that were cut or not shown. ``observed`` is what
    the rule would have seen itself: who was cut is censored.
    """

    id: str
    stopped_ms: float
    klass: str
    right: float
    value: float
    right_of_all: float
    asked: tuple[str, ...]
    cut: tuple[str, ...]
    tokens: float
    wasted_tokens: float
    explored: bool
    observed: Panel


@dataclass(frozen=True, slots=True)
class Run:
    """A rule's whole replay. ``fixed`` is whether it is one that learns and foresees nothing."""

    policy: str
    requests: tuple[Replayed, ...]
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Scores:
    """A run in figures; times in milliseconds, shares 0 to 1, ``value`` and tokens the mean per request.

    ``of_clairvoyant`` is value / value of the clairvoyant; ``regret`` is against that, ``regret_fixed``
    against the best fixed rule of the runs compared; NaN where there is none. ``lost`` is the share of
    requests in which waiting for all would have turned wrong into right, ``saved`` right into wrong.
    """

    policy: str
    value: float
    right: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    tokens: float
    wasted_tokens: float
    of_clairvoyant: float
    regret: float
    regret_fixed: float
    lost: float
    saved: float


def alive(survival: Survival, ms: float) -> float:
    """Return the chance that the person has not moved on ``ms`` after the key."""
    return sum(weight * exp(-max(0.0, ms) / mean) for weight, mean in survival if mean > 0)


def scores(runs: Sequence[Run], clairvoyant: Run | None = None) -> list[Scores]:
    """Return the figures of each run, compared with the one named "clairvoyant" if none is given."""
    if clairvoyant is None:
        clairvoyant = next((run for run in runs if run.policy == "clairvoyant"), None)
    nothing = float("nan")
    best = _value(clairvoyant) if clairvoyant is not None else nothing
    fixed = max((_value(run) for run in runs if run.fixed), default=nothing)
    return [_scores_of(run, best, fixed) for run in runs]


def _value(run: Run) -> float:
    return sum(request.value for request in run.requests) / max(1, len(run.requests))


def _scores_of(run: Run, best: float, fixed: float) -> Scores:
    count = max(1, len(run.requests))
    times = sorted(request.stopped_ms for request in run.requests)
    value = _value(run)
    return Scores(
        policy=run.policy,
        value=value,
        right=sum(request.right for request in run.requests) / count,
        p50_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
        p99_ms=percentile(times, 0.99),
        tokens=sum(request.tokens for request in run.requests) / count,
        wasted_tokens=sum(request.wasted_tokens for request in run.requests) / count,
        of_clairvoyant=value / best if best else float("nan"),
        regret=best - value,
        regret_fixed=fixed - value,
        lost=sum(one.right < RIGHT <= one.right_of_all for one in run.requests) / count,
        saved=sum(one.right_of_all < RIGHT <= one.right for one in run.requests) / count,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value that a ``share`` of the ``ordered`` values does not exceed; 0 of none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0
