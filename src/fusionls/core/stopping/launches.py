"""Finds who of a shared machine is asked when, by trying plans on recent panels. Imports numpy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from fusionls.core.launching import NO_ANSWERS, LaunchPlan, Machine, Wave, timeline
from fusionls.core.panel import Panel
from fusionls.core.stopping.drawing import Drawn, cases_for
from fusionls.core.stopping.launch_cases import Launching, launching_of
from fusionls.core.stopping.problem import Problem, problem_of, survival_of
from fusionls.core.stopping.signature import Signature, without
from fusionls.core.stopping.solving import Floats, Situation, table_of
from fusionls.core.stopping.table import CutoffTable

# When somebody may be asked: at such a time (ms) or once so many have ended.
WAITS_MS = (0.0, 120.0, 250.0, inf)
ENDED = (1, 2)
# A further round over all members gained nothing.
ROUNDS = 2
# A plan must gain so much to be taken instead of a simpler one: less is chance.
LEAST_GAIN = 0.001
# What was seen of a member over all states counts as so many requests in each.
BACK_OFF = 8.0
FLOOR = 1e-4

_Trigger = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Launched:
    """A plan with its table, and what it is worth on the panels that it was tried on."""

    plan: LaunchPlan
    table: CutoffTable
    value: float


class _Trial:
    """Tries plans on the same recent panels."""

    def __init__(self, problem: Problem, launching: Launching) -> None:
        self.problem = problem
        self.machine = Machine(dict(launching.groups), launching.contention)
        self.situation = Situation(problem)
        self.cases = cases_for(problem, launching, self.situation.expectations)
        self._worth = dict(zip(self.situation.states, self.situation.worth.tolist(), strict=True))
        self._tried: dict[LaunchPlan, Launched] = {}

    def of(self, plan: LaunchPlan) -> Launched:
        """Return what ``plan`` is worth with the table that fits it."""
        found = self._tried.get(plan)
        if found is None:
            arrivals = [self._arrivals(case, plan) for case in self.cases]
            hazards = hazards_by_count(arrivals, self.problem)
            table = table_of(self.problem, self.situation, hazards)
            value = sum(
                self._value(case.state, arrived, table)
                for case, arrived in zip(self.cases, arrivals, strict=True)
            )
            found = self._tried[plan] = Launched(plan, table, value / max(1, len(self.cases)))
        return found

    def _arrivals(self, case: Drawn, plan: LaunchPlan) -> list[tuple[float, int]]:
        members = self.problem.members
        works = dict(zip(members, case.works, strict=True))
        ended = timeline(works, plan, self.machine)
        return sorted((ended[member][1], members.index(member)) for member in ended)

    def _value(
        self, state: Signature, arrivals: Sequence[tuple[float, int]], table: CutoffTable
    ) -> float:
        """What stopping by ``table`` is worth in one case, by how likely right its states are."""
        now = 0.0
        come: list[int] = []
        reached = without(state, come)
        for at_ms, place in [*arrivals, (inf, -1)]:
            stop = table.stops_ms(reached, now)
            if stop is None or stop < at_ms or at_ms > table.cap_ms:
                now = min(table.cap_ms, now if stop is None else max(now, stop))
                break
            now = at_ms
            come.append(place)
            reached = without(state, come)
        survival, where = self.problem.survival, now / self.problem.step_ms
        whole = min(int(where), len(survival) - 2)
        alive = survival[whole] + (survival[whole + 1] - survival[whole]) * (where - whole)
        return float(self._worth[reached] * alive)


def hazards_by_count(arrivals: Sequence[Sequence[tuple[float, int]]], problem: Problem) -> Floats:
    """Return hazards by how many have ended, by member and step, from full ``arrivals`` (ms, place).

    How many have ended tells who is still running and, a little, how slow everything is today.
    """
    members, count = len(problem.members), len(problem.survival) - 1
    ends = np.zeros((members + 1, members, count))
    # Who is at risk from which step on, and from which no longer: summed up along the steps.
    edges = np.zeros((members + 1, members, count + 1))
    for arrived in arrivals:
        missing = list(range(members))
        begun = done = 0
        for at_ms, place in [*arrived, (inf, -1)]:
            step = int(min(at_ms / problem.step_ms, count))
            until = min(step + 1, count)
            if until > begun:
                for member in missing:
                    edges[done, member, begun] += 1
                    edges[done, member, until] -= 1
            if step >= count:
                break
            ends[done, place, step] += 1
            missing.remove(place)
            done, begun = done + 1, max(begun, until)
    risk = np.maximum(np.cumsum(edges, axis=2)[:, :, :count], ends)
    overall_ends, overall_risk = ends.sum(axis=0), risk.sum(axis=0)
    mean = (overall_ends.sum(axis=1) + FLOOR) / (overall_risk.sum(axis=1) + 1.0)
    overall = (overall_ends + 2.0 * mean[:, None]) / (overall_risk + 2.0)
    hazards: Floats = (ends + BACK_OFF * overall) / (risk + BACK_OFF)
    return np.clip(hazards, 0.0, 1.0)


def solve_launching(problem: Problem, launching: Launching) -> CutoffTable:
    """Return the table with the best plan that was found, or with the one that is given."""
    if launching.plan is not None:
        found = _Trial(problem, launching).of(launching.plan)
    else:
        found = best_of(problem, launching)
    found.table.plan = found.plan
    return found.table


def best_of(problem: Problem, launching: Launching) -> Launched:
    """Return the best plan found from all at once and from one by one, moving one member at a time."""
    trial = _Trial(problem, launching)
    members = problem.members
    speed = {
        member: float(np.median([case.works[place] for case in trial.cases] or [0.0]))
        for place, member in enumerate(members)
    }
    ordered = sorted(members, key=lambda member: (speed[member], member))
    starts: list[dict[str, _Trigger]] = [
        dict.fromkeys(members, (0.0, NO_ANSWERS)),
        {
            member: (0.0 if not place else inf, place or NO_ANSWERS)
            for place, member in enumerate(ordered)
        },
    ]
    found = [_climbed(trial, start, ordered) for start in starts]
    return max(found, key=lambda launched: launched.value)


def _climbed(trial: _Trial, start: Mapping[str, _Trigger], ordered: Sequence[str]) -> Launched:
    triggers = dict(start)
    best = trial.of(_plan(triggers, ordered))
    for _ in range(ROUNDS):
        before = best
        for member in reversed(ordered):
            for trigger in _choices(len(ordered)):
                changed = {**triggers, member: trigger}
                if all(wait > 0 for wait, _ in changed.values()):
                    continue
                tried = trial.of(_plan(changed, ordered))
                if tried.value > best.value + LEAST_GAIN:
                    best, triggers = tried, changed
        if best is before:
            break
    return best


def _choices(count: int) -> Iterator[_Trigger]:
    for wait in WAITS_MS:
        yield wait, NO_ANSWERS
        if wait > 0:
            yield from ((wait, ended) for ended in ENDED if ended < count)


def _plan(triggers: Mapping[str, _Trigger], ordered: Sequence[str]) -> LaunchPlan:
    waves: dict[_Trigger, list[str]] = {}
    for member in ordered:
        if triggers[member] != (inf, NO_ANSWERS):
            waves.setdefault(triggers[member], []).append(member)
    return LaunchPlan(
        tuple(Wave(tuple(members), *trigger) for trigger, members in sorted(waves.items()))
    )


def best_plan(
    panels: Sequence[Panel],
    members: Sequence[str],
    groups: Mapping[str, str],
    contention: float,
    *,
    cap_ms: float,
    survival: Sequence[tuple[float, float]],
) -> LaunchPlan:
    """Return who is best asked when, by trying plans on the full ones of ``panels``. Takes seconds.

    ``groups`` names each member's machine, ``contention`` says how much each further running member slows
    all on it, ``survival`` is the person's patience as (weight, ms) of exponentials.
    """
    problem = problem_of(panels, members, cap_ms=cap_ms, survival=survival_of(survival, cap_ms))
    launching = launching_of(panels, members, Machine(dict(groups), contention))
    return best_of(replace(problem, launching=launching), launching).plan
