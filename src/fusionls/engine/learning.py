"""What is learned of pools from their requests, and put to use in the next one."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from fusionls.core.latency import Latencies
from fusionls.core.launching import LaunchPlan, Machine
from fusionls.core.panel import Panel
from fusionls.core.panel_of import panel_of
from fusionls.core.patience import Patience
from fusionls.core.policy import Policy, tabled
from fusionls.core.ranking import USUAL_THRESHOLD, USUAL_THRESHOLD_SAID
from fusionls.core.request import Trigger
from fusionls.core.stopping.launch_cases import LaunchMemory
from fusionls.core.stopping.outcomes import Outcomes
from fusionls.core.stopping.problem import Problem, problem_from
from fusionls.core.stopping.signature import MOST_MEMBERS
from fusionls.core.stopping.table import CutoffTable
from fusionls.core.trace import Trace
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import LearnedStore, Pool, Solver

log = logging.getLogger(__name__)

# Under so many requests the cold-start rule holds: chances counted from fewer are mostly chance.
COLD_START = 200
# A table is drawn anew after so many more. It takes a quarter of a second of another processor.
DRAWN_EVERY = 50
# It changes little from one minute to the next, and who works needs the processor for something else.
DRAWN_AGAIN_S = 30.0
# One request in so many lets everybody run to the end: 2.5 %. What is learned only from requests that were
# ended early would be as biased as their ends.
EXPLORED_EVERY = 40
# Looking for a better order of asking takes seconds of another processor: it is done when so many times as
# many requests are known as the last time.
PLANNED_AGAIN = 2
# So many requests are remembered of a pool. Older ones tell of other machines and other code.
PANELS_KEPT = 1000
# What was learned before is taken in a few at a time: each takes some 0.1 ms.
TAKEN_AT_ONCE = 10
# What requests teach is learned when nobody has asked for so long. It takes up to a millisecond each.
LEARNED_AFTER_S = 0.3
# Who asks without a pause has it learned while members work: so many may wait, and so many are learned then.
MOST_WAITING = 8
LEARNED_MEANWHILE = 2

_Name = tuple[str, ...]


class _PoolKnowledge:
    """What is known of one pool: what its members say, and what was worked out from that."""

    def __init__(self) -> None:
        self.panels: deque[Panel] = deque(maxlen=PANELS_KEPT)
        self.tables: dict[Trigger, CutoffTable] = {}
        self.planned: dict[Trigger, int] = {}
        self.asked = 0
        self.learned = 0
        self.new: dict[Trigger, int] = {}
        self.loaded = False


class Learning:
    """Learns from traces, and gives each request the policy of its pool.

    ``store`` keeps what was learned for the next session, ``solver`` works out tables beside the event loop;
    without them what is learned ends with the session, and the cold-start rule holds.
    ``explores_always`` lets everybody run to the end in every request, for a recording of full panels.
    """

    def __init__(
        self,
        store: LearnedStore | None = None,
        solver: Solver | None = None,
        *,
        explores_always: bool = False,
    ) -> None:
        self._store = store
        self._solver = solver
        self._explores_always = explores_always
        self._speeds = Latencies()
        self._patience = Patience()
        self._pools: dict[_Name, _PoolKnowledge] = {}
        self._waiting: list[tuple[Pool, Trace, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._solving = False
        self._drawn_s = 0.0

    @property
    def speeds(self) -> Latencies:
        """How fast each member is."""
        return self._speeds

    def policy(self, pool: Pool, trigger: Trigger) -> Policy:
        """Return what is known of ``pool``, for one request."""
        known = self._known(pool)
        known.asked += 1
        table = known.tables.get(trigger)
        return Policy(
            speeds=self._speeds,
            table=table,
            launch=table.plan if table is not None else None,
            explores=self._explores_always or known.asked % EXPLORED_EVERY == 0,
            records=self._explores_always,
        )

    def learn(self, pool: Pool, trace: Trace, project: str) -> None:
        """Learn from a request of ``pool`` that has ended, in a moment. Never raises."""
        if not trace.members:
            return
        self._waiting.append((pool, trace, project))
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEARNED_AFTER_S, self._learn_waiting)

    def meanwhile(self) -> None:
        """Use the time in which members work, if more than a little waits to be learned."""
        if len(self._waiting) > MOST_WAITING:
            self._learn_some(LEARNED_MEANWHILE)

    async def aclose(self) -> None:
        """Learn what waits, end what runs and write what is not written. Never raises."""
        if self._timer is not None:
            self._timer.cancel()
            self._learn_waiting()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._solver is not None:
            await self._solver.aclose()
        if self._store is not None:
            self._store.close()

    def _learn_waiting(self) -> None:
        self._timer = None
        self._learn_some(len(self._waiting))

    def _learn_some(self, count: int) -> None:
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        for pool, trace, project in some:
            try:
                self._learn_one(pool, trace, project)
            except Exception as error:
                # What was wrong with one request must not keep the others from being learned.
                log.error("learning from a request failed: %s", where_it_broke(error))

    def _learn_one(self, pool: Pool, trace: Trace, project: str) -> None:
        names = _names(pool)
        panel = panel_of(trace, names)
        if panel is None:
            return
        known, trigger = self._known(pool), Trigger(trace.trigger)
        self._take(known, panel)
        if self._store is not None:
            self._store.keep(pool_key(names), project, panel)
            if not known.loaded:
                known.loaded = True
                self._start(self._load(self._store, names, known))
        known.new[trigger] = known.new.get(trigger, 0) + 1
        if self._solver is not None and self._is_due(known, trigger):
            known.new[trigger] = 0
            self._solving = True
            self._start(self._draw(self._solver, pool, known, trigger))

    def _is_due(self, known: _PoolKnowledge, trigger: Trigger) -> bool:
        """Tell whether a table is to be drawn now."""
        if self._solving or known.learned < COLD_START:
            return False
        if trigger not in known.tables:
            return True
        rested_s = asyncio.get_running_loop().time() - self._drawn_s
        return known.new[trigger] >= DRAWN_EVERY and rested_s >= DRAWN_AGAIN_S

    def _take(self, known: _PoolKnowledge, panel: Panel) -> None:
        self._speeds.learn(panel)
        self._patience.learn(panel)
        known.panels.append(panel)
        known.learned += 1

    async def _load(self, store: LearnedStore, names: _Name, known: _PoolKnowledge) -> None:
        """Take in what earlier sessions learned of a pool."""
        this_session = known.learned
        earlier = await store.panels(pool_key(names), PANELS_KEPT)
        for number, panel in enumerate(earlier[: max(0, len(earlier) - this_session)]):
            self._take(known, panel)
            if number % TAKEN_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _draw(
        self, solver: Solver, pool: Pool, known: _PoolKnowledge, trigger: Trigger
    ) -> None:
        try:
            problem = await self._problem(pool, known, trigger)
            table = None if problem is None else await solver.solve(problem)
            if table is not None:
                known.tables[trigger] = table
        except Exception as error:
            # Without a table the cold-start rule holds.
            log.error("drawing a table failed: %s", where_it_broke(error))
        finally:
            self._solving = False
            self._drawn_s = asyncio.get_running_loop().time()

    async def _problem(self, pool: Pool, known: _PoolKnowledge, trigger: Trigger) -> Problem | None:
        """Return what the table is to be drawn from, None if nobody can be waited for."""
        by_hand = trigger is Trigger.MANUAL
        cap_ms = pool.caps.manual_ms if by_hand else pool.caps.automatic_ms
        # Who is too slow to be asked only makes the others' chances coarser.
        slow = Policy(speeds=self._speeds).too_slow(dict.fromkeys(_names(pool)), cap_ms)
        priors = {m.member.name: m.member.prior for m in pool.members if m.member.name not in slow}
        outcomes = Outcomes(tabled(priors))
        sharing = _sharing(pool, outcomes.members) if len(priors) <= MOST_MEMBERS else {}
        launches = LaunchMemory(outcomes.members, Machine(sharing))
        for number, panel in enumerate(tuple(known.panels)):
            outcomes.learn(panel)
            if sharing:
                launches.learn(panel)
            if number % TAKEN_AT_ONCE == 0:
                await asyncio.sleep(0)
        if not outcomes.members:
            return None
        problem = problem_from(
            self._speeds,
            outcomes,
            cap_ms=cap_ms,
            trigger=trigger.value,
            survival=None if by_hand else self._patience.survival(cap_ms),
            threshold=0.0 if by_hand else _threshold(pool),
        )
        if not sharing:
            return problem
        return replace(problem, launching=launches.launching(self._plan(known, trigger)))

    def _plan(self, known: _PoolKnowledge, trigger: Trigger) -> LaunchPlan | None:
        """Return the plan of who is asked when that still serves, None to have a better one looked for."""
        table = known.tables.get(trigger)
        if table is not None and known.learned < PLANNED_AGAIN * known.planned.get(trigger, 0):
            return table.plan
        known.planned[trigger] = known.learned
        return None

    def _known(self, pool: Pool) -> _PoolKnowledge:
        names = _names(pool)
        known = self._pools.get(names)
        if known is None:
            known = self._pools[names] = _PoolKnowledge()
        return known

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="learning")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def pool_key(names: _Name) -> str:
    """Return by what the pool of the members ``names`` is known in the store."""
    return " ".join(names)


def _names(pool: Pool) -> _Name:
    return tuple(pool_member.member.name for pool_member in pool.members)


def _sharing(pool: Pool, names: _Name) -> dict[str, str]:
    """Return which of the members ``names`` share a machine with another one, and its name."""
    shares = {m.member.name: m.member.shares for m in pool.members if m.member.shares}
    groups = [shares[name] for name in names if name in shares]
    return {name: shares[name] for name in names if groups.count(shares.get(name, "")) > 1}


def _threshold(pool: Pool) -> float:
    """Return below which chance an automatic answer is not shown."""
    if pool.threshold is not None:
        return pool.threshold
    knows = all(pool_member.member.knows_its_chance for pool_member in pool.members)
    return USUAL_THRESHOLD_SAID if knows else USUAL_THRESHOLD
