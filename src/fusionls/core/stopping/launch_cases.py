"""What plans of who is asked when are tried on: how long members take alone, and what they said."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fusionls.core.launching import LaunchPlan, Machine, works_of
from fusionls.core.panel import Panel
from fusionls.core.stopping.outcomes import is_fair
from fusionls.core.stopping.signature import Signature, signature_of

# Plans are tried on so many of the newest panels: with 300 chance decided between the best ones.
CASES_KEPT = 600


@dataclass(frozen=True, slots=True)
class LaunchCase:
    """A panel: how long (ms) each member would have taken alone, None if not asked, and what they said.

    Of a member that was cut off (not in ``ended``, which holds places) the work is what it had done by then.
    ``fair`` is whether all came, whatever they said.
    """

    works: tuple[float | None, ...]
    ended: tuple[int, ...]
    state: Signature
    fair: bool


@dataclass(frozen=True, slots=True)
class Launching:
    """Members that share machines (pairs of a member and a machine's name), and the panels to try plans on.

    With a ``plan`` the search is done: the table is solved for it.
    """

    groups: tuple[tuple[str, str], ...]
    contention: float
    cases: tuple[LaunchCase, ...]
    plan: LaunchPlan | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        cases = [
            [
                [None if work is None else round(work, 1) for work in case.works],
                list(case.ended),
                list(case.state),
                case.fair,
            ]
            for case in self.cases
        ]
        return {
            "groups": [list(pair) for pair in self.groups],
            "contention": self.contention,
            "cases": cases,
            "plan": self.plan.to_json() if self.plan is not None else None,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Launching":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError if it is something else."""
        cases = tuple(
            LaunchCase(
                tuple(None if work is None else float(work) for work in works),
                tuple(int(place) for place in ended),
                tuple(int(value) for value in state),
                bool(fair),
            )
            for works, ended, state, fair in written["cases"]
        )
        groups = tuple((str(member), str(group)) for member, group in written["groups"])
        plan = LaunchPlan.from_json(written["plan"]) if written.get("plan") is not None else None
        return cls(groups, float(written["contention"]), cases, plan)


class LaunchMemory:
    """The newest panels of a pool whose members share machines. Learning one costs tens of microseconds."""

    def __init__(self, members: Sequence[str], machine: Machine) -> None:
        self.members = tuple(members)
        self.machine = machine
        self._cases: deque[LaunchCase] = deque(maxlen=CASES_KEPT)

    def learn(self, panel: Panel) -> None:
        """Keep a panel."""
        works = works_of(panel, self.machine)
        known = {
            a.member: a for a in panel.answers if a.member in works and a.member in self.members
        }
        ended = {
            member: a.klass if a.is_sound else "" for member, a in known.items() if works[member][1]
        }
        if not ended:
            return
        state = signature_of(self.members, ended)
        self._cases.append(
            LaunchCase(
                tuple(works[member][0] if member in known else None for member in self.members),
                tuple(place for place, member in enumerate(self.members) if member in ended),
                state,
                len(ended) == len(self.members) and is_fair(panel),
            )
        )

    def launching(self, plan: LaunchPlan | None = None) -> Launching:
        """Return what a solver needs to find the best plan, or the table for ``plan``."""
        groups = tuple(sorted(self.machine.groups.items()))
        return Launching(groups, self.machine.contention, tuple(self._cases), plan)


def launching_of(panels: Iterable[Panel], members: Sequence[str], machine: Machine) -> Launching:
    """Return what plans are tried on: the newest of ``panels``, oldest first."""
    memory = LaunchMemory(members, machine)
    for panel in panels:
        memory.learn(panel)
    return memory.launching()
