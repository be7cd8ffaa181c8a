"""Solves when to stop, backwards from the cap (Bellman, 1957). Imports numpy: not for the server."""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fusionls.core.stopping.outcomes import Expectations
from fusionls.core.stopping.problem import Problem
from fusionls.core.stopping.signature import MOST_MEMBERS, PENDING, Signature, all_signatures
from fusionls.core.stopping.table import STEPS, CutoffTable

# What a further alternative is worth by hand, as a share of the first.
ALTERNATIVE_SHARE = 0.5
# Below this chance that the missing ones change what is shown, waiting is idle.
LEAST_CHANGE = 0.01

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class _Steps:
    """Of one member: the states in which it is missing, those that may follow, and how likely each does."""

    def __init__(self, rows: Places, after: Places, chances: Floats) -> None:
        self.rows, self.after, self.chances = rows, after, chances

    def expected(self, values: Floats) -> Floats:
        """What ``values`` of states are expected once it has ended, for the states in which it is missing."""
        followed: Floats = (self.chances * values[self.after]).sum(axis=1)
        return followed


class Situation:
    """A pool's states, what follows them and what showing an answer in them is worth: all but the times."""

    def __init__(self, problem: Problem) -> None:
        self.states = all_signatures(len(problem.members))
        self.expectations = expectations = Expectations(problem.outcomes)
        rights = [expectations.rights(state) for state in self.states]
        self.worth = np.array([_worth(found, problem) for found in rights])
        self.best = [_best(found) for found in rights]
        self.steps = _steps_of(self.states, expectations)
        self.sure = np.zeros(len(self.states), bool)
        if problem.offers == 1:
            self.sure = _sure(self.states, self.best, self.steps) & (self.worth > 0)
        self.pending = np.array([state.count(PENDING) for state in self.states])


def solve(problem: Problem) -> CutoffTable:
    """Return what to do in each state and step; for members that share a machine also who is asked when.

    At each step the value of a state is that of answering now or of waiting one more step, whichever is
    more. Within a step members end independently, also several at once. Who ends within a step is
    shown in its middle. Raises ValueError for more members than there may be.
    """
    if not 0 < len(problem.members) <= MOST_MEMBERS:
        raise ValueError(f"a table is for 1 to {MOST_MEMBERS} members, not {len(problem.members)}")
    if problem.launching is not None and problem.launching.cases:
        from fusionls.core.stopping.launches import solve_launching

        return solve_launching(problem, problem.launching)
    situation = Situation(problem)
    count = len(problem.members)
    return table_of(problem, situation, np.array([problem.hazards] * (count + 1)))


def table_of(problem: Problem, situation: Situation, hazards: Floats) -> CutoffTable:
    """Return the table for ``hazards`` by how many have ended, member and step."""
    later = _backwards(problem, situation, hazards)
    kept = {
        state: (float(value), klass, bool(certain))
        for state, value, klass, certain in zip(
            situation.states, situation.worth, situation.best, situation.sure, strict=True
        )
    }
    quantized = np.rint(np.clip(later, 0.0, 1.0) * STEPS).astype(np.uint16)
    values = array("H", quantized.ravel().tolist())
    return CutoffTable(problem.members, problem.step_ms, problem.survival, kept, values)


def _best(rights: Sequence[float]) -> int:
    return max(range(len(rights)), key=lambda place: (rights[place], -place)) + 1 if rights else 0


def _worth(rights: Sequence[float], problem: Problem) -> float:
    """What showing an answer in a state with such classes is worth to somebody who is still there."""
    shown = sorted((right for right in rights if right >= problem.threshold), reverse=True)
    shown = shown[: problem.offers]
    return min(1.0, shown[0] + ALTERNATIVE_SHARE * sum(shown[1:])) if shown else 0.0


def _steps_of(states: Sequence[Signature], expectations: Expectations) -> list[_Steps]:
    rows_of = {state: row for row, state in enumerate(states)}
    found = []
    for place in range(len(states[0])):
        rows = [row for row, state in enumerate(states) if state[place] == PENDING]
        moves = [expectations.steps(states[row], place) for row in rows]
        width = max(len(move) for move in moves)
        after = np.zeros((len(rows), width), dtype=np.intp)
        chances = np.zeros((len(rows), width))
        for line, move in enumerate(moves):
            for column, (state, chance) in enumerate(move):
                after[line, column], chances[line, column] = rows_of[state], chance
        found.append(_Steps(np.array(rows, dtype=np.intp), after, chances))
    return found


def _backwards(problem: Problem, situation: Situation, hazards: Floats) -> Floats:
    """What waiting is worth: a row per state, a column per edge of the steps."""
    cost = problem.cost_per_second * problem.step_ms / 1000.0 * situation.pending
    count = len(problem.survival) - 1
    later = np.zeros((len(situation.states), count + 1))
    ended = [len(problem.members) - situation.pending[step.rows] for step in situation.steps]
    rates = [hazards[by, member] for member, by in enumerate(ended)]
    for place in range(count - 1, -1, -1):
        alive = (problem.survival[place] + problem.survival[place + 1]) / 2
        value: Floats = np.maximum(situation.worth * alive, later[:, place + 1])
        for rate, step in zip(rates, situation.steps, strict=True):
            hazard = rate[:, place]
            value[step.rows] = (1 - hazard) * value[step.rows] + hazard * step.expected(value)
        later[:, place] = np.where(situation.pending > 0, value - cost, 0.0)
    return later


def _sure(
    states: Sequence[Signature], best: Sequence[int], steps: Sequence[_Steps]
) -> NDArray[np.bool_]:
    """In which states the missing ones, if all came, would hardly change what is shown."""
    count = len(states[0])
    changed = np.zeros((len(states), count))
    for row, (state, klass) in enumerate(zip(states, best, strict=True)):
        changed[row] = [value != klass or klass == 0 for value in state]
    lines = [{int(row): line for line, row in enumerate(step.rows)} for step in steps]
    final = changed.copy()
    for row, state in enumerate(states):
        missing = [place for place, value in enumerate(state) if value == PENDING]
        if missing:
            ways = []
            for place in missing:
                line = lines[place][row]
                ways.append(steps[place].chances[line] @ final[steps[place].after[line]])
            final[row] = np.mean(ways, axis=0)
    sure = np.zeros(len(states), dtype=bool)
    for row, (state, klass) in enumerate(zip(states, best, strict=True)):
        if klass:
            sure[row] = final[row, state.index(klass)] < LEAST_CHANGE
    return sure
