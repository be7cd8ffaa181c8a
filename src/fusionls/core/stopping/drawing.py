"""Whole requests to try plans on: seen ones, or, where they are too few, drawn from counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from fusionls.core.hazard import Hazard
from fusionls.core.latency import Speed
from fusionls.core.stopping.launch_cases import LaunchCase, Launching
from fusionls.core.stopping.outcomes import Expectations
from fusionls.core.stopping.problem import Problem
from fusionls.core.stopping.signature import PENDING, Signature

# With fewer fair panels than this requests are drawn: chance would decide between plans.
LEAST_FAIR = 200
DRAWN = 400
# A member that was never seen to end takes longer than any cap.
NEVER_MS = 20_000.0
# Draws are spread evenly by multiples of irrational numbers: the same problem has the same plan.
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request: how long each member takes alone (ms) and what all of them say."""

    works: tuple[float, ...]
    state: Signature


def cases_for(problem: Problem, launching: Launching, expectations: Expectations) -> list[Drawn]:
    """Return requests to try plans on. The fair ones that were seen know what is slow together."""
    fair = [case for case in launching.cases if case.fair]
    if len(fair) >= LEAST_FAIR:
        return [Drawn(tuple(work or 0.0 for work in case.works), case.state) for case in fair]
    works = [_work_of(launching.cases, place) for place in range(len(problem.members))]
    return [_drawn(number, works, expectations) for number in range(DRAWN)]


def _work_of(cases: Sequence[LaunchCase], place: int) -> Hazard:
    speed = Speed()
    for case in cases:
        work = case.works[place]
        if work is not None:
            speed.learn(work, ended=place in case.ended)
    return speed.hazard


def _drawn(number: int, works: Sequence[Hazard], expectations: Expectations) -> Drawn:
    count = len(works)
    spread = [(0.5 + number * sqrt(prime)) % 1.0 for prime in PRIMES[: 2 * count]]
    times = [work.quantile(spread[place]) for place, work in enumerate(works)]
    taken = [NEVER_MS if ms is None else ms for ms in times]
    state: Signature = (PENDING,) * count
    for place in sorted(range(count), key=lambda place: (taken[place], place)):
        left = spread[count + place]
        for state_after, chance in expectations.steps(state, place):
            following = state_after
            left -= chance
            if left < 0:
                break
        state = following
    return Drawn(tuple(taken), state)
