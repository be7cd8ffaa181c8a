"""What a solver needs to know: how fast members are, what they say, how long a person waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from fusionls.core.hazard import BIN_MS
from fusionls.core.latency import Latencies
from fusionls.core.panel import Panel
from fusionls.core.stopping.launch_cases import Launching
from fusionls.core.stopping.outcomes import Outcomes
from fusionls.core.stopping.signature import MOST_MEMBERS

# A table has at most so many steps; those of a long cap are longer than 10 ms.
MOST_STEPS = 150
LEAST_EDGES = 2
# What one running member costs a second, as a share of a right answer. 0 while
# nobody pays for tokens.
COST_PER_SECOND = 0.0
# The chance that the person is still there, as (weight, ms) of exponentials, where nothing better is known.
# By hand people wait.
WAITS_TYPING = ((0.45, 250.0), (0.55, 2000.0))
WAITS_BY_HAND = ((0.1, 400.0), (0.9, 4000.0))
# By hand an alternative is worth half of what the first is.
OFFERS_BY_HAND = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Hazards (a row per member) and the chance that the person is still there, per ``step_ms``.

    ``survival`` has a value for each edge of the steps. ``threshold`` is the chance below which nothing is
    shown. ``offers`` is how many answers may be offered. With ``launching`` it is also to be found who is
    asked when.
    """

    members: tuple[str, ...]
    hazards: tuple[tuple[float, ...], ...]
    outcomes: Outcomes
    survival: tuple[float, ...]
    step_ms: float = BIN_MS
    cost_per_second: float = COST_PER_SECOND
    threshold: float = 0.0
    offers: int = 1
    launching: Launching | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "members": list(self.members),
            "hazards": [[round(value, 6) for value in row] for row in self.hazards],
            "outcomes": self.outcomes.to_json(),
            "survival": [round(value, 6) for value in self.survival],
            "step_ms": self.step_ms,
            "cost_per_second": self.cost_per_second,
            "threshold": self.threshold,
            "offers": self.offers,
            "launching": self.launching.to_json() if self.launching is not None else None,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Problem":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError if it is something else."""
        return cls(
            tuple(written["members"]),
            tuple(tuple(float(value) for value in row) for row in written["hazards"]),
            Outcomes.from_json(written["outcomes"]),
            tuple(float(value) for value in written["survival"]),
            float(written["step_ms"]),
            float(written["cost_per_second"]),
            float(written["threshold"]),
            int(written["offers"]),
            Launching.from_json(written["launching"])
            if written.get("launching") is not None
            else None,
        )


def step_for(cap_ms: float) -> float:
    """Return how long a step is (ms) in a table up to ``cap_ms``."""
    return max(BIN_MS, cap_ms / MOST_STEPS)


def survival_of(parts: Sequence[tuple[float, float]], cap_ms: float) -> tuple[float, ...]:
    """Return the chance that the person is still there at each step, from (weight, ms) of exponentials."""
    step = step_for(cap_ms)
    count = max(1, round(cap_ms / step))
    return tuple(
        sum(weight * exp(-place * step / ms) for weight, ms in parts) for place in range(count + 1)
    )


def coarser(hazards: Sequence[float], step_ms: float, count: int) -> tuple[float, ...]:
    """Return hazards over steps of ``step_ms`` from those over bins of 10 ms."""
    alive, edges = 1.0, [1.0]
    for hazard in hazards:
        alive *= 1.0 - hazard
        edges.append(alive)

    def at(ms: float) -> float:
        place = min(ms / BIN_MS, len(edges) - 1.0)
        whole = min(int(place), len(edges) - 2)
        return edges[whole] + (edges[whole + 1] - edges[whole]) * (place - whole)

    found = []
    for place in range(count):
        before, after = at(place * step_ms), at((place + 1) * step_ms)
        found.append(1.0 - after / before if before > 0 else 1.0)
    return tuple(found)


def problem_of(
    panels: Sequence[Panel],
    members: Sequence[str],
    *,
    cap_ms: float,
    trigger: str = "automatic",
    survival: Sequence[float] | None = None,
) -> Problem:
    """Return the problem of a pool as its ``panels``, oldest first, tell it.

    Raises ValueError for no members or more than the solver takes.
    """
    latencies, outcomes = Latencies(), Outcomes(members)
    for panel in panels:
        latencies.learn(panel)
        outcomes.learn(panel)
    return problem_from(latencies, outcomes, cap_ms=cap_ms, trigger=trigger, survival=survival)


def problem_from(
    latencies: Latencies,
    outcomes: Outcomes,
    *,
    cap_ms: float,
    trigger: str = "automatic",
    survival: Sequence[float] | None = None,
    threshold: float = 0.0,
) -> Problem:
    """Return the problem as far as it was learned. Raises ValueError as ``problem_of`` does."""
    members = outcomes.members
    if not 0 < len(members) <= MOST_MEMBERS:
        raise ValueError(f"a table is for 1 to {MOST_MEMBERS} members, not {len(members)}")
    by_hand = trigger != "automatic"
    if survival is None:
        survival = survival_of(WAITS_BY_HAND if by_hand else WAITS_TYPING, cap_ms)
    if len(survival) < LEAST_EDGES:
        raise ValueError("a table needs a cap of at least one step")
    step, count = step_for(cap_ms), len(survival) - 1
    bins = int(cap_ms / BIN_MS) + 1
    hazards = tuple(coarser(latencies.arrival(m).hazards(bins), step, count) for m in members)
    offers = OFFERS_BY_HAND if by_hand else 1
    return Problem(
        members,
        hazards,
        outcomes,
        tuple(survival),
        step_ms=step,
        threshold=threshold,
        offers=offers,
    )
