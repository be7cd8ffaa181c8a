"""What a latency budget costs in agreement with the answer of the whole panel, and whom it can do without.

Only times and agreement of recorded panels are used, so what is said holds for a person's own requests. A
member that is not there is left out of the vote; those that are left are taken to be as fast as they
were beside it.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.evaluating.figures import Share, percentile, share
from fusionls.simulating.reading import owner
from fusionls.simulating.replay import replay
from fusionls.simulating.synthetic import USUAL_SURVIVAL
from fusionls.simulating.voting import Outcome, Vote
from fusionls.simulating.yardstick import accepted, measured, usual_for

# With fewer, a share of one half is known to less than ten points either way (Wilson's interval of 95 %).
FEWEST_TRACES = 100
# More tell no more: a share of 10,000 is known to one point (its interval of 95 %).
MOST_TRACES = 10_000
# Until then a server stops by the rule for beginners, and little can be said of what it has learned.
FEWEST_LEARNED = 400
# So many answers a smaller pool may lose: even the upper end of the interval stays below it.
MOST_LOST = 0.02
# Of more members than this not every pool is tried, but each member taken away by itself.
MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget (ms, None for no limit): waiting for everybody, but no longer than this.

    With the rule "table" waiting ends earlier where it is not worth it, as a server does that has learned
    from these traces. ``answered`` is how many requests would have had an answer, ``agreed`` in how many of
    those in which the whole panel has one it would have been the same, ``kept`` in how many of those that
    were accepted. ``right`` is there where all answers were judged.
    """

    budget_ms: float | None
    answered: Share
    agreed: Share
    kept: Share | None
    right: Share | None
    p50_ms: float
    p95_ms: float
    rule: str = "all"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """The pool without a member, within the budget, against the pool with it.

    ``in_time`` is how often its answer can be used and came by then, ``median_ms`` how long it took.
    ``changed`` counts answers that would have been others, ``lost`` those that would not have agreed with the
    whole panel and did, ``right_lost`` those that were right, where that was judged. The times (ms) are
    shorter by ``p50_saved_ms`` and ``p95_saved_ms``; ``tokens`` and ``cost`` are what the member takes for a
    request, None where nobody said.
    """

    member: str
    in_time: Share
    median_ms: float | None
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
    panels: Sequence[Panel],
    budget_ms: float,
    costs: Sequence[Mapping[str, float]] = (),
    tell: Callable[[int, int], None] | None = None,
) -> Plan:
    """Return what ``budget_ms`` means for full ``panels`` of one pool; ``costs`` are those of its members.

    ``tell(done, of)`` hears how far it is.
    """
    vote = Vote(panels)
    members = panels[0].members if panels else ()
    steps = (budget_ms / 2, budget_ms, budget_ms * 2, None)
    budgets = [_budget(vote, panels, members, one) for one in steps]
    if len(panels) >= FEWEST_LEARNED:
        budgets.append(_stopping_early(vote, panels, members, budget_ms, tell))
    before = vote.outcomes(members, budget_ms)
    rows = []
    for member in members if len(members) > 1 else ():
        after = vote.outcomes([one for one in members if one != member], budget_ms)
        own = [one for panel in panels for one in panel.answers if one.member == member]
        rows.append(_without(own, budget_ms, before, after, _cost(member, costs)))
    rows.sort(key=lambda row: row.lost.count)
    recommended, why = _recommended(vote, before, members, budget_ms)
    return Plan(len(panels), members, budget_ms, tuple(budgets), tuple(rows), recommended, why)


def _budget(
    vote: Vote, panels: Sequence[Panel], members: Collection[str], budget_ms: float | None
) -> BudgetRow:
    limit_ms = math.inf if budget_ms is None else budget_ms
    return _row(budget_ms, panels, vote.outcomes(members, limit_ms), "all")


def _stopping_early(
    vote: Vote,
    panels: Sequence[Panel],
    members: Collection[str],
    budget_ms: float,
    tell: Callable[[int, int], None] | None,
) -> BudgetRow:
    """Return what a server gives that learns from these traces, one after the other."""
    known = measured(panels, usual_for(panels))
    run = replay(known, "table", USUAL_SURVIVAL, cap_ms=budget_ms, progress=tell)
    whole = vote.outcomes(members, math.inf)
    outcomes = [
        Outcome(
            done.klass,
            done.stopped_ms,
            agrees=None if full.agrees is None else done.klass == full.klass,
            right=None if full.right is None else done.right == 1.0,
        )
        for done, full in zip(run.requests, whole, strict=True)
    ]
    return _row(budget_ms, panels, outcomes, "table")


def _row(
    budget_ms: float | None, panels: Sequence[Panel], outcomes: Sequence[Outcome], rule: str
) -> BudgetRow:
    pairs = zip(panels, outcomes, strict=True)
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
        rule=rule,
    )


def _without(
    own: Sequence[PanelAnswer],
    budget_ms: float,
    before: Sequence[Outcome],
    after: Sequence[Outcome],
    cost: float | None,
) -> MemberRow:
    """Return the row of the member whose answers are ``own``, by what was given with it and without."""
    pairs = list(zip(before, after, strict=True))
    judged = [b.right and not a.right for b, a in pairs if b.right is not None]
    tokens = sum(one.tokens_out for one in own) / len(before)
    times = [one.at_ms - one.asked_ms for one in own if one.at_ms is not None]
    return MemberRow(
        own[0].member,
        in_time=share([one.is_sound and (one.at_ms or 0.0) <= budget_ms for one in own]),
        median_ms=percentile(times, 0.5),
        changed=share([b.klass != a.klass for b, a in pairs]),
        lost=_lost(before, after),
        right_lost=_shared(judged),
        p50_saved_ms=_saved(before, after, 0.5),
        p95_saved_ms=_saved(before, after, 0.95),
        tokens=tokens or None,
        cost=cost,
    )


def _lost(before: Sequence[Outcome], after: Sequence[Outcome]) -> Share:
    """Return in how many requests the answer agreed with the whole panel before, and does not after."""
    pairs = zip(before, after, strict=True)
    return share([bool(b.agrees) and not a.agrees for b, a in pairs])


def _shared(judged: Sequence[bool | None]) -> Share | None:
    known = [one for one in judged if one is not None]
    return share(known) if known else None


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
