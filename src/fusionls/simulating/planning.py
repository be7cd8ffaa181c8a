"""What a latency budget costs in agreement with the answer of the whole panel, and whom it can do without.

Only times and agreement of recorded panels are used, so what is said holds for a person's own requests. A
member that is not there is left out of the vote; those that are left are taken to be as fast as they
were beside it.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fusionls.core.panel import Panel
from fusionls.evaluating.figures import Share, percentile, share
from fusionls.simulating.reading import owner
from fusionls.simulating.voting import Outcome, Vote
from fusionls.simulating.yardstick import accepted

# With fewer, a share of one half is known to less than ten points either way (Wilson's interval of 95 %).
FEWEST_TRACES = 100
# So many answers a smaller pool may lose: even the upper end of the interval stays below it.
MOST_LOST = 0.02
# Of more members than this not every pool is tried, but each member taken away by itself.
MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget (ms, None for no limit): waiting for everybody, but no longer than this.

    ``answered`` is how many requests would have had an answer, ``agreed`` in how many of those in which the
    whole panel has one it would have been the same, ``kept`` in how many of those that were accepted.
    ``right`` is there where all answers were judged.
    """

    budget_ms: float | None
    answered: Share
    agreed: Share
    kept: Share | None
    right: Share | None
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class MemberRow:
    """The pool without a member, within the budget, against the pool with it.

    ``changed`` counts answers that would have been others, ``lost`` those that would not have agreed with the
    whole panel and did, ``right_lost`` those that were right, where that was judged. The times (ms) are
    shorter by ``p50_saved_ms`` and ``p95_saved_ms``; ``tokens`` and ``cost`` are what the member takes for a
    request, None where nobody said.
    """

    member: str
    changed: Share
    lost: Share
    right_lost: Share | None
    p50_saved_ms: float
    p95_saved_ms: float
    tokens: float | None
    cost: float | None

    @property
    def can_go(self) -> bool:
        """Whether so few answers need it that this is sure, and somebody gains by it."""
        gains = self.p50_saved_ms > 0 or self.p95_saved_ms > 0 or bool(self.tokens or self.cost)
        return gains and self.lost.high <= MOST_LOST


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


def planned(
    panels: Sequence[Panel], budget_ms: float, costs: Sequence[Mapping[str, float]] = ()
) -> Plan:
    """Return what ``budget_ms`` means for full ``panels`` of one pool; ``costs`` are those of its members."""
    vote = Vote(panels)
    members = panels[0].members if panels else ()
    steps = (budget_ms / 2, budget_ms, budget_ms * 2, None)
    budgets = tuple(_budget(vote, panels, members, one) for one in steps)
    before = vote.outcomes(members, budget_ms)
    rows = []
    for member in members if len(members) > 1 else ():
        after = vote.outcomes([one for one in members if one != member], budget_ms)
        rows.append(_without(member, before, after, _tokens(member, panels), _cost(member, costs)))
    rows.sort(key=lambda row: row.lost.count)
    recommended, why = _recommended(vote, before, members, budget_ms)
    return Plan(len(panels), members, budget_ms, budgets, tuple(rows), recommended, why)


def _budget(
    vote: Vote, panels: Sequence[Panel], members: Collection[str], budget_ms: float | None
) -> BudgetRow:
    outcomes = vote.outcomes(members, math.inf if budget_ms is None else budget_ms)
    pairs = list(zip(panels, outcomes, strict=True))
    taken = [outcome.klass == panel.chosen for panel, outcome in pairs if accepted(panel)]
    waits = [outcome.waited_ms for outcome in outcomes if math.isfinite(outcome.waited_ms)]
    return BudgetRow(
        budget_ms,
        answered=share([bool(outcome.klass) for outcome in outcomes]),
        agreed=share([one.agrees for one in outcomes if one.agrees is not None]),
        kept=share(taken) if taken else None,
        right=_shared([one.right for one in outcomes]),
        p50_ms=percentile(waits, 0.5) or 0.0,
        p95_ms=percentile(waits, 0.95) or 0.0,
    )


def _without(
    member: str,
    before: Sequence[Outcome],
    after: Sequence[Outcome],
    tokens: float | None,
    cost: float | None,
) -> MemberRow:
    pairs = list(zip(before, after, strict=True))
    judged = [b.right and not a.right for b, a in pairs if b.right is not None]
    return MemberRow(
        member,
        changed=share([b.klass != a.klass for b, a in pairs]),
        lost=_lost(before, after),
        right_lost=_shared(judged),
        p50_saved_ms=_saved(before, after, 0.5),
        p95_saved_ms=_saved(before, after, 0.95),
        tokens=tokens,
        cost=cost,
    )


def _lost(before: Sequence[Outcome], after: Sequence[Outcome]) -> Share:
    """Return in how many requests the answer agreed with the whole panel before, and does not after."""
    pairs = zip(before, after, strict=True)
    return share([bool(b.agrees) and not a.agrees for b, a in pairs])


def _shared(judged: Sequence[bool | None]) -> Share | None:
    known = [one for one in judged if one is not None]
    return share(known) if known else None


def _tokens(member: str, panels: Sequence[Panel]) -> float | None:
    """Return how many tokens the member writes for a request, None where nobody counted."""
    counted = sum(
        answer.tokens_out for panel in panels for answer in panel.answers if answer.member == member
    )
    return counted / len(panels) if counted else None


def _cost(member: str, costs: Sequence[Mapping[str, float]]) -> float | None:
    """Return what the member costs for a request, None where nobody said."""
    known = [
        cost for one in costs for name, cost in one.items() if owner(name, tuple(one)) == member
    ]
    return sum(known) / len(costs) if known else None


def _saved(before: Sequence[Outcome], after: Sequence[Outcome], part: float) -> float:
    was, now = (percentile([one.waited_ms for one in side], part) for side in (before, after))
    return round((was or 0.0) - (now or 0.0), 2)


def _recommended(
    vote: Vote, before: Sequence[Outcome], members: tuple[str, ...], budget_ms: float
) -> tuple[tuple[str, ...], str]:
    """Return the pool that waits least of those that surely change almost nothing, and why."""
    if len(before) < FEWEST_TRACES:
        return (
            (),
            f"{len(before)} traces are too few to recommend anything: it takes {FEWEST_TRACES}",
        )
    best, least = members, (_mean_wait(before), len(members))
    for pool in _pools(members):
        after = vote.outcomes(pool, budget_ms)
        wait = _mean_wait(after), len(pool)
        if _lost(before, after).high <= MOST_LOST and wait < least:
            best, least = pool, wait
    if best == members:
        return members, f"every smaller pool may lose more than {MOST_LOST:.0%} of the answers"
    dropped = ", ".join(member for member in members if member not in best)
    why = f"without {dropped} at most {MOST_LOST:.0%} of the answers are lost, and waiting is shortest"
    return best, why


def _pools(members: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the smaller pools that are tried."""
    if len(members) > MOST_TRIED:
        return [tuple(m for m in members if m != one) for one in members]
    sizes = range(1, len(members))
    return [pool for size in sizes for pool in combinations(members, size)]


def _mean_wait(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.waited_ms for outcome in outcomes) / len(outcomes)
