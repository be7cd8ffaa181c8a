"""What a latency budget costs in agreement with the answer of the whole panel, and whom it can do without.

Only times and agreement of recorded panels are used, so what is said holds for a person's own requests. A
member that is not there is left out of the vote; those that are left are taken to be as fast as they
were beside it.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.evaluating.figures import Share, percentile, share
from fusionls.simulating.yardstick import accepted, chosen_by_all

# With fewer, a share of one half is known to less than ten points either way (Wilson's interval of 95 %).
FEWEST_TRACES = 100
# What a smaller pool may change in the answers: even the upper end of the interval stays below it.
MOST_CHANGED = 0.02
# Of more members than this not every pool is tried: they are taken away one after the other.
MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget (ms, None for no limit): waiting for everybody, but no longer than this.

    ``answered`` is how many requests would have had an answer, ``agreed`` in how many of those in which the
    whole panel has one it would have been the same, ``kept`` in how many of those that were accepted.
    """

    budget_ms: float | None
    answered: Share
    agreed: Share
    kept: Share | None
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class MemberRow:
    """The pool without a member, within the budget, against the pool with it.

    ``changed`` counts answers that would have been others, ``lost`` those that would not have agreed with the
    whole panel and did. The times (ms) are shorter by ``p50_saved_ms`` and ``p95_saved_ms``; ``tokens`` and
    ``cost`` are what the member takes for a request, None where nobody said.
    """

    member: str
    changed: Share
    lost: Share
    p50_saved_ms: float
    p95_saved_ms: float
    tokens: float | None
    cost: float | None

    @property
    def can_go(self) -> bool:
        """Whether so few answers need it that this is sure, and somebody gains by it."""
        gains = self.p50_saved_ms > 0 or self.p95_saved_ms > 0 or bool(self.tokens or self.cost)
        return gains and self.lost.high <= MOST_CHANGED


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows, and which members are enough; ``recommended`` is empty where that cannot be told."""

    traces: int
    members: tuple[str, ...]
    budget_ms: float
    budgets: tuple[BudgetRow, ...]
    without: tuple[MemberRow, ...]
    recommended: tuple[str, ...]
    why: str

    @property
    def is_enough(self) -> bool:
        """Whether there are enough traces to conclude anything."""
        return self.traces >= FEWEST_TRACES


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One request within a budget: the class that would be given, and how long it was waited for."""

    klass: str
    waited_ms: float


class Vote:
    """Which class some members of a panel would give, by how often each agrees with the whole panel."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        """``panels`` are what it learns from."""
        agreed: dict[str, list[bool]] = {}
        self._chosen = {id(panel): chosen_by_all(panel) for panel in panels}
        self._panels = panels
        for panel in panels:
            for answer in panel.answers:
                if answer.is_sound:
                    found = answer.klass == self.chosen(panel)
                    agreed.setdefault(answer.member, []).append(found)
        self._weights = {member: _weight(sum(said), len(said)) for member, said in agreed.items()}

    def chosen(self, panel: Panel) -> str:
        """Return the class that the whole panel gives, "" for none."""
        return self._chosen[id(panel)]

    def outcome(self, panel: Panel, members: Collection[str], budget_ms: float) -> _Outcome:
        """Return what ``members`` would have given by ``budget_ms``, waiting for all of them."""
        asked = [one for one in panel.answers if _owner(one.member, panel.members) in members]
        ends = [ended_ms(one) for one in asked]
        waited_ms = min(budget_ms, max(ends, default=0.0))
        come = [one for one in asked if one.is_sound and (one.at_ms or 0.0) <= budget_ms]
        if len(come) == sum(one.is_sound for one in panel.answers):
            # Nothing is missing that could have been used: what the panel says is known.
            return _Outcome(self.chosen(panel), waited_ms)
        return _Outcome(self._voted(come), waited_ms)

    def _voted(self, come: Sequence[PanelAnswer]) -> str:
        votes: dict[str, float] = {}
        for answer in come:
            votes[answer.klass] = votes.get(answer.klass, 0.0) + self._weights[answer.member]
        # Of equals the class of the earlier member of the pool.
        return max(votes, key=lambda klass: votes[klass], default="")


def ended_ms(answer: PanelAnswer) -> float:
    """Return when nobody waited for a member any more: its answer could vote, or it failed."""
    if answer.at_ms is not None:
        return answer.at_ms
    return answer.done_ms if answer.done_ms is not None else math.inf


def planned(
    panels: Sequence[Panel], budget_ms: float, costs: Sequence[Mapping[str, float]] = ()
) -> Plan:
    """Return what ``budget_ms`` means for full ``panels`` of one pool; ``costs`` are those of its members."""
    vote = Vote(panels)
    members = owners(panels[0].members) if panels else ()
    budgets = tuple(
        _budget(vote, panels, members, one)
        for one in (budget_ms / 2, budget_ms, budget_ms * 2, None)
    )
    rows = [_without(vote, panels, members, one, budget_ms, costs) for one in members]
    without = tuple(sorted(rows, key=lambda row: row.lost.count)) if len(members) > 1 else ()
    recommended, why = _recommended(vote, panels, members, budget_ms)
    return Plan(len(panels), members, budget_ms, budgets, without, recommended, why)


def owners(names: Sequence[str]) -> tuple[str, ...]:
    """Return the members behind ``names``: one that is asked in several shapes is one member."""
    return tuple(dict.fromkeys(_owner(name, names) for name in names))


def _owner(name: str, names: Sequence[str]) -> str:
    first, slash, _ = name.partition("/")
    return first if slash and first in names else name


def _budget(
    vote: Vote, panels: Sequence[Panel], members: Collection[str], budget_ms: float | None
) -> BudgetRow:
    outcomes = [
        vote.outcome(one, members, math.inf if budget_ms is None else budget_ms) for one in panels
    ]
    pairs = list(zip(panels, outcomes, strict=True))
    taken = [(panel, outcome) for panel, outcome in pairs if accepted(panel)]
    waits = [outcome.waited_ms for outcome in outcomes if math.isfinite(outcome.waited_ms)]
    return BudgetRow(
        budget_ms,
        answered=share([bool(outcome.klass) for outcome in outcomes]),
        agreed=share([o.klass == vote.chosen(panel) for panel, o in pairs if vote.chosen(panel)]),
        kept=share([o.klass == panel.chosen for panel, o in taken]) if taken else None,
        p50_ms=percentile(waits, 0.5) or 0.0,
        p95_ms=percentile(waits, 0.95) or 0.0,
    )


def _without(
    vote: Vote,
    panels: Sequence[Panel],
    members: Sequence[str],
    left_out: str,
    budget_ms: float,
    costs: Sequence[Mapping[str, float]],
) -> MemberRow:
    rest = [member for member in members if member != left_out]
    before = [vote.outcome(panel, members, budget_ms) for panel in panels]
    after = [vote.outcome(panel, rest, budget_ms) for panel in panels]
    tokens = [
        sum(
            one.tokens_out for one in panel.answers if _owner(one.member, panel.members) == left_out
        )
        for panel in panels
    ]
    known = [one[left_out] for one in costs if left_out in one]
    return MemberRow(
        left_out,
        changed=share([a.klass != b.klass for a, b in zip(before, after, strict=True)]),
        lost=share(_lost(vote, panels, before, after)),
        p50_saved_ms=_saved(before, after, 0.5),
        p95_saved_ms=_saved(before, after, 0.95),
        tokens=sum(tokens) / len(tokens) if any(tokens) else None,
        cost=sum(known) / len(panels) if known else None,
    )


def _lost(
    vote: Vote, panels: Sequence[Panel], before: Sequence[_Outcome], after: Sequence[_Outcome]
) -> list[bool]:
    """Tell of each request whether it agreed with the whole panel before, and does not after."""
    return [
        bool(vote.chosen(panel)) and b.klass == vote.chosen(panel) != a.klass
        for panel, b, a in zip(panels, before, after, strict=True)
    ]


def _saved(before: Sequence[_Outcome], after: Sequence[_Outcome], part: float) -> float:
    was = percentile([one.waited_ms for one in before], part) or 0.0
    return round(was - (percentile([one.waited_ms for one in after], part) or 0.0), 2)


def _recommended(
    vote: Vote, panels: Sequence[Panel], members: tuple[str, ...], budget_ms: float
) -> tuple[tuple[str, ...], str]:
    """Return the pool that waits least of those that surely change almost nothing, and why."""
    if len(panels) < FEWEST_TRACES:
        return (
            (),
            f"{len(panels)} traces are too few to recommend anything: it takes {FEWEST_TRACES}",
        )
    before = [vote.outcome(panel, members, budget_ms) for panel in panels]
    best, least = members, (_mean_wait(before), len(members))
    for pool in _pools(members):
        after = [vote.outcome(panel, pool, budget_ms) for panel in panels]
        wait = _mean_wait(after), len(pool)
        if share(_lost(vote, panels, before, after)).high <= MOST_CHANGED and wait < least:
            best, least = pool, wait
    if best == members:
        return members, f"every smaller pool may change more than {MOST_CHANGED:.0%} of the answers"
    dropped = ", ".join(member for member in members if member not in best)
    return (
        best,
        f"without {dropped} at most {MOST_CHANGED:.0%} of the answers are lost, and waiting is shortest",
    )


def _pools(members: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the smaller pools that are tried."""
    if len(members) > MOST_TRIED:
        return [tuple(m for m in members if m != one) for one in members]
    sizes = range(1, len(members))
    return [pool for size in sizes for pool in combinations(members, size)]


def _mean_wait(outcomes: Sequence[_Outcome]) -> float:
    return sum(outcome.waited_ms for outcome in outcomes) / len(outcomes)


def _weight(right: int, of: int) -> float:
    """Return how much a member's vote weighs: as if voters were wrong independently of each other.

    One right and one wrong answer more are counted than were seen.
    """
    return -math.log(1 - (right + 1) / (of + 2))
