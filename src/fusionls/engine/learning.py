"""What is learned of pools from their requests, and put to use in the next one."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from fusionls.core.latency import Latencies
from fusionls.core.launching import LaunchPlan
from fusionls.core.panel import Panel
from fusionls.core.panel_json import PanelError, panel_from_json
from fusionls.core.patience import Patience
from fusionls.core.policy import Policy, tabled
from fusionls.core.ranking import USUAL_THRESHOLD, USUAL_THRESHOLD_SAID
from fusionls.core.request import Trigger
from fusionls.core.stopping.outcomes import Outcomes
from fusionls.core.stopping.problem import Problem, problem_from
from fusionls.core.stopping.table import CutoffTable
from fusionls.core.trace import Trace
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import LearnedStore, Pool, Solver

log = logging.getLogger(__name__)

# Under so many requests the cold-start rule holds: chances counted from fewer are mostly chance.
COLD_START = 200
# A table is drawn anew after so many more. It takes a quarter of a second of another processor.
DRAWN_EVERY = 50
# One request in so many lets everybody run to the end: 2.5 %. What is learned only from requests that were
# ended early would be as biased as their ends.
EXPLORED_EVERY = 40
# So many requests are remembered of a pool. Older ones tell of other machines and other code.
PANELS_KEPT = 1000
# What was learned before is taken in a few at a time: each takes some 0.1 ms.
TAKEN_AT_ONCE = 10
# What a request teaches is learned behind its answer's back.
LEARNED_AFTER_S = 0.05

# A request that was decided so much (ms) after its cap was asleep with the machine: its times are nobody's.
ASLEEP_MS = 1000.0

_Name = tuple[str, ...]


class _PoolKnowledge:
    """What is known of one pool: what its members say, and what was worked out from that."""

    def __init__(self, pool: Pool) -> None:
        priors = {m.member.name: m.member.prior for m in pool.members}
        self.outcomes = Outcomes(tabled(priors))
        self.panels: deque[Panel] = deque(maxlen=PANELS_KEPT)
        self.tables: dict[Trigger, CutoffTable] = {}
        self.launch: LaunchPlan | None = None
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

    @property
    def speeds(self) -> Latencies:
        """How fast each member is."""
        return self._speeds

    def policy(self, pool: Pool, trigger: Trigger) -> Policy:
        """Return what is known of ``pool``, for one request."""
        known = self._known(pool)
        known.asked += 1
        return Policy(
            members=_names(pool),
            speeds=self._speeds,
            table=known.tables.get(trigger),
            launch=known.launch,
            explores=self._explores_always or known.asked % EXPLORED_EVERY == 0,
            records=self._explores_always,
        )

    def learn(self, pool: Pool, trace: Trace, project: str) -> None:
        """Learn from a request of ``pool`` that has ended, in a moment. Never raises."""
        if not trace.members:
            return
        self._waiting.append((pool, trace, project))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LEARNED_AFTER_S, self._learn_waiting)

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
        waiting, self._waiting = self._waiting, []
        for pool, trace, project in waiting:
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
        due = trigger not in known.tables or known.new[trigger] >= DRAWN_EVERY
        if known.learned >= COLD_START and due and not self._solving and self._solver is not None:
            known.new[trigger] = 0
            self._solving = True
            self._start(self._draw(self._solver, pool, known, trigger))

    def _take(self, known: _PoolKnowledge, panel: Panel) -> None:
        self._speeds.learn(panel)
        self._patience.learn(panel)
        known.outcomes.learn(panel)
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
            table = await solver.solve(self._problem(pool, known, trigger))
            if table is not None:
                known.tables[trigger] = table
        except Exception as error:
            # Without a table the cold-start rule holds.
            log.error("drawing a table failed: %s", where_it_broke(error))
        finally:
            self._solving = False

    def _problem(self, pool: Pool, known: _PoolKnowledge, trigger: Trigger) -> Problem:
        by_hand = trigger is Trigger.MANUAL
        cap_ms = pool.caps.manual_ms if by_hand else pool.caps.automatic_ms
        return problem_from(
            self._speeds,
            known.outcomes,
            cap_ms=cap_ms,
            trigger=trigger.value,
            survival=None if by_hand else self._patience.survival(cap_ms),
            threshold=0.0 if by_hand else _threshold(pool),
        )

    def _known(self, pool: Pool) -> _PoolKnowledge:
        return self._pools.setdefault(_names(pool), _PoolKnowledge(pool))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="learning")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def panel_of(trace: Trace, names: _Name) -> Panel | None:
    """Return what ``trace`` teaches of the members ``names``, None if that is nothing."""
    if trace.decision.at_ms > trace.cap_ms + ASLEEP_MS:
        return None
    told = trace.to_json()
    # A member may have been asked in several shapes; the first, which has its name, stands for it.
    told["members"] = [member for member in told["members"] if member["name"] in names]
    try:
        panel = panel_from_json(told)
    except PanelError as error:
        log.error("a trace teaches nothing: %s", error)
        return None
    if not panel.answers:
        return None
    # What everybody together did not say is taken for wrong: nobody judged it, and it was not shown.
    given = panel.whole or panel.chosen
    answers = (
        replace(a, right=0.0) if given and a.klass not in ("", given) else a for a in panel.answers
    )
    return replace(panel, answers=tuple(answers))


def pool_key(names: _Name) -> str:
    """Return by what the pool of the members ``names`` is known in the store."""
    return " ".join(names)


def _names(pool: Pool) -> _Name:
    return tuple(pool_member.member.name for pool_member in pool.members)


def _threshold(pool: Pool) -> float:
    """Return below which chance an automatic answer is not shown."""
    if pool.threshold is not None:
        return pool.threshold
    knows = all(pool_member.member.knows_its_chance for pool_member in pool.members)
    return USUAL_THRESHOLD_SAID if knows else USUAL_THRESHOLD
