"""The learned rule: a table of when to stop, solved again and again from earlier requests only."""

from dataclasses import replace

from fusionls.core.latency import Latencies
from fusionls.core.launching import LaunchPlan
from fusionls.core.panel import Panel
from fusionls.core.stopping.launch_cases import LaunchMemory
from fusionls.core.stopping.outcomes import Outcomes
from fusionls.core.stopping.problem import problem_from, survival_of
from fusionls.core.stopping.signature import GONE, signature_of
from fusionls.core.stopping.solving import solve
from fusionls.core.stopping.table import CutoffTable
from fusionls.simulating.policies import Agree, Circumstances, View

# Under so many earlier requests there is no table.
COLD_START = 200
# The table is solved anew after so many requests, and when a member has become faster or slower.
SOLVED_EVERY = 100
# Plans of who is asked when are looked for after so many requests, each time the count has doubled.
LEAST_FOR_PLAN = 200
# One request in so many lets everybody finish.
EXPLORED_EVERY = 40


class Tabled(Agree):
    """The first two that agree, and after 200 requests the table.

    With ``learns`` "panels" it learns from the full panels of earlier requests, as if nobody had been cut
    off. With "own" only from what it saw itself: who was cut is censored, what was not shown is not
    judged, and one request in 40 lets everybody finish.
    """

    def __init__(self, where: Circumstances, learns: str) -> None:
        self.learns = learns
        self._where = where
        self._latencies, self._outcomes = Latencies(), Outcomes(where.members)
        self._survival = survival_of(where.survival, where.cap_ms)
        machine = where.machine
        self._launches = LaunchMemory(where.members, machine) if machine is not None else None
        self._count = self._changes = 0
        self._plans_at = LEAST_FOR_PLAN
        self._table: CutoffTable | None = None
        self._plan: LaunchPlan | None = None

    def explores(self, number: int) -> bool:
        """Let all finish now and then, unless their answers are learned anyway."""
        return self.learns == "own" and number % EXPLORED_EVERY == 0

    def plan(self) -> LaunchPlan | None:
        """Return who is best asked when, as far as was learned."""
        return self._plan

    def stops_at(self, view: View) -> float:
        """Stop when the table says so; without one at the first two that agree."""
        state = signature_of(self._where.members, {a.member: a.klass for a in view.ended})
        stops = self._table.stops_ms(state, view.now_ms) if self._table is not None else None
        return super().stops_at(view) if stops is None else min(view.cap_ms, stops)

    def shows(self, view: View) -> str:
        """Return the class that is most likely right by what was counted."""
        classes = {answer.member: answer.klass for answer in view.ended}
        state = signature_of(self._where.members, classes)
        best = self._table.best_class(state) if self._table is not None else 0
        if best <= GONE:
            return super().shows(view)
        return classes[self._where.members[state.index(best)]]

    def learn(self, panel: Panel) -> None:
        """Learn from an earlier request, and solve anew when it is time."""
        self._latencies.learn(panel)
        self._outcomes.learn(panel)
        if self._launches is not None:
            self._launches.learn(panel)
        self._count += 1
        changes = sum(self._latencies.changes(member) for member in self._where.members)
        due = self._count % SOLVED_EVERY == 0 or changes != self._changes
        if self._count >= COLD_START and due:
            self._changes = changes
            self._solve()

    def _solve(self) -> None:
        problem = problem_from(
            self._latencies, self._outcomes, cap_ms=self._where.cap_ms, survival=self._survival
        )
        if self._launches is not None:
            again = self._plan is None or self._count >= self._plans_at
            if again:
                self._plans_at = 2 * self._count
            launching = self._launches.launching(None if again else self._plan)
            problem = replace(problem, launching=launching)
        self._table = solve(problem)
        self._plan = self._table.plan
