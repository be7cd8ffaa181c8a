"""One task per member, and their replies in the order of arrival."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from fusionls.core.cutoff import CLOCK_GRAIN_MS, Plan, waiting_ends_ms
from fusionls.core.health import is_worth_another
from fusionls.core.policy import NO_POLICY, Policy
from fusionls.core.reply import Chunk, Failure, FailureKind, Reply, ReplyState, ends_a_line, grown
from fusionls.engine.admission import Admission
from fusionls.engine.arrivals import Arrivals
from fusionls.engine.asking import Ask
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import ModelFailure
from fusionls.engine.standings import Running, Standings
from fusionls.engine.waves import Waves

log = logging.getLogger(__name__)

# A task begins in one turn of the loop, and its request's body is
# written behind that. Whatever is computed before, the members wait for.
TURNS_TO_SEND = 2
_SAID = (ReplyState.PARTIAL, ReplyState.ANSWERED)


class FanOut:
    """Asks every member. Leaving the block cancels who has not answered, at the socket.

    ``now_ms`` gives milliseconds since the request was read. ``adopt`` takes tasks that are still
    closing when the block is left; whoever adopts them awaits them. Who cannot answer within ``cap_ms``
    is not waited for; ``by_hand`` says that a person is waiting. ``standings`` say who is not to be asked,
    and learn from how each request ends; ``policy`` knows how fast members are, and in which order those
    are asked that share a machine. Tokens are timed if it records.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        now_ms: Callable[[], float],
        adopt: Callable[[asyncio.Task[None]], None],
        cap_ms: float,
        *,
        by_hand: bool = False,
        standings: Standings | None = None,
        policy: Policy = NO_POLICY,
    ) -> None:
        self._standings = standings or Standings()
        self._admission = Admission(self._standings, policy, cap_ms, by_hand=by_hand)
        self._waves = Waves(asks, policy.launch)
        self._records = policy.records
        self._staying: frozenset[str] = frozenset()
        self._staying_asks = False
        self._cap_ms = cap_ms
        self._asks = asks
        self._now_ms = now_ms
        self._adopt = adopt
        self._arrivals = Arrivals()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Running] = {}
        self._left: set[str] = set()
        self._began_ms = 0.0
        self.replies: dict[str, Reply] = {}

    async def __aenter__(self) -> Self:
        for ask in self._asks:
            self.replies[ask.name] = Reply(ask.name, ReplyState.ASKED)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None or not self._staying_asks:
            for ask in self._waves.rest():
                self._skip(ask.name, "not asked: others of its machine were first")
        in_vain = self._now_ms() >= waiting_ends_ms(self._cap_ms) - CLOCK_GRAIN_MS
        self._hang_up(self._staying if error is None else frozenset(), in_vain=in_vain)

    def stay(self, names: Iterable[str], *, asking: bool = False) -> None:
        """Let ``names`` run on when the block is left; whoever says so calls ``hang_up``.

        ``asking``: those whose turn has not come are asked then, too.
        """
        self._staying = frozenset(names)
        self._staying_asks = asking

    @property
    def goes_on(self) -> bool:
        """Whether somebody was let run on, or will be asked yet."""
        return bool(self._staying or self._waves.waiting)

    @property
    def running_ms(self) -> dict[str, float]:
        """For how long (ms) those have been asked who run, the first shape of each member's prompt."""
        now_ms = self._now_ms()
        members = {ask.pool_member.member.name for ask in self._asks}
        return {
            name: now_ms - reply.asked_ms
            for name, reply in self.replies.items()
            if name in members and reply.asked_ms is not None and reply.done_ms is None
        }

    def hang_up(self) -> None:
        """Cancel who was let run on and has not ended."""
        self._hang_up(())

    def hang_up_local(self) -> None:
        """Cancel those of them who run on this machine."""
        self._hang_up({a.name for a in self._asks if not a.pool_member.member.is_local})

    def _hang_up(self, but: Collection[str], *, in_vain: bool = False) -> None:
        loop = asyncio.get_running_loop()
        for name in self.replies:
            if name not in but:
                self._end(name, ReplyState.CANCELLED)
        for name, task in self._tasks.items():
            if not task.done() and name not in but and name not in self._left:
                self._left.add(name)
                self._running[name].let_go_s = _now_s()
                self._running[name].in_vain = in_vain
                self._adopt(task)
                # They hang up in the turn after the next, behind the answer's back: nobody who types
                # waits for a farewell.
                loop.call_soon(task.cancel)

    async def ask(self) -> None:
        """Ask everybody whose turn it is, and return once every request is on its way.

        One after the other: the first members work already while the last are asked, and answers that
        take equally long do not all come at the same moment. Connections may still have to be made.
        """
        self._began_ms = self._now_ms()
        self._admission.look_at(self._asks, self._began_ms)
        await self.ask_more()

    async def ask_more(self) -> None:
        """Ask those whose turn has come meanwhile."""
        for ask in self._waves.due(self._now_ms() - self._began_ms, self.ended):
            await self._begin(ask)

    async def ask_the_rest(self) -> None:
        """Ask everybody whose turn has not come, too."""
        for ask in self._waves.rest():
            await self._begin(ask)

    def asks_again_ms(self) -> float | None:
        """Return when (ms since the request) somebody's turn comes, None if nobody waits for one."""
        next_ms = self._waves.next_ms(self._now_ms() - self._began_ms)
        return None if next_ms is None else self._began_ms + next_ms

    @property
    def began_ms(self) -> float:
        """When the first were asked (ms since the request was read)."""
        return self._began_ms

    @property
    def ended(self) -> set[str]:
        """The members from whom nothing more will come."""
        return {name for name, reply in self.replies.items() if reply.done_ms is not None}

    def is_awaited(self, name: str) -> bool:
        """Tell whether something may still come in time from ``name``."""
        reply = self.replies[name]
        skipped = reply.state is ReplyState.SKIPPED
        return not skipped and reply.done_ms is None and name not in self._admission.hopeless

    async def _begin(self, ask: Ask) -> None:
        name, member = ask.name, ask.pool_member.member.name
        plan, note = self._admission.decide(ask, self._now_ms())
        if plan is Plan.SKIP:
            self._skip(name, note)
            return
        waited_for = name not in self._admission.silent
        running = self._standings.begin(member, _now_s(), waited_for=waited_for)
        self._running[name] = running
        self.replies[name] = replace(
            self.replies[name], asked_ms=self._now_ms(), prompt=ask.prompt.length, note=note
        )
        task = asyncio.create_task(self._ask(ask), name=f"ask {name}")
        # Not in the task itself: one that is cancelled before its first turn never runs.
        task.add_done_callback(partial(self._learn, name, running))
        self._tasks[name] = task
        for _ in range(TURNS_TO_SEND):
            await asyncio.sleep(0)

    @property
    def outstanding(self) -> int:
        """How many of those that may answer in time have neither answered nor failed.

        Answers that nobody has read yet count, too: a member may be faster than its asking.
        """
        said = any(reply.text and reply.state in _SAID for reply in self.replies.values())
        ignored = (
            self._admission.hopeless | self._admission.silent if said else self._admission.hopeless
        )
        return len(self._arrivals) + sum(
            reply.state is not ReplyState.SKIPPED and reply.done_ms is None and name not in ignored
            for name, reply in self.replies.items()
        )

    @property
    def somebody_reads(self) -> bool:
        """Whether somebody was not waited for, and had nothing to say yet, as its server still reads."""
        return any(not self.replies[name].text for name in self._admission.hopeless)

    async def next_reply(self, timeout_s: float) -> Reply | None:
        """Return the next reply that brought a finished line, an end or a failure.

        Returns None if ``timeout_s`` seconds pass first, or after ``wake``.
        """
        return await self._arrivals.next(timeout_s)

    def come_already(self) -> Reply | None:
        """Return a reply that nobody has to wait for, None if there is none."""
        return self._arrivals.come_already()

    def wake(self) -> None:
        """End a wait for the next reply now."""
        self._arrivals.put(None)

    def enough(self, name: str) -> None:
        """Take what ``name`` has sent as its whole answer, and hang up."""
        self._end(name, ReplyState.ANSWERED)
        self._tasks[name].cancel()

    def _end(self, name: str, state: ReplyState) -> None:
        reply = self.replies[name]
        if reply.done_ms is None and reply.state is not ReplyState.SKIPPED:
            self.replies[name] = replace(reply, state=state, done_ms=self._now_ms())

    def _skip(self, name: str, why: str) -> None:
        reply = replace(self.replies[name], state=ReplyState.SKIPPED, asked_ms=None, note=why)
        self.replies[name] = reply

    def _learn(self, name: str, running: Running, _task: asyncio.Task[None]) -> None:
        self._standings.end(running, self.replies[name], _now_s())

    async def _ask(self, ask: Ask) -> None:
        name = ask.name
        failure = await self._listen(ask)
        reply, now_ms = self.replies[name], self._now_ms()
        waited_for = reply.done_ms is None and not reply.text
        if failure and waited_for and is_worth_another(failure, now_ms, self._cap_ms):
            failure = await self._listen(ask)
        if failure is None:
            self._finish(name, ReplyState.ANSWERED)
        else:
            # Not the member failed, but this request was in a newer one's way.
            outrun = failure.kind is FailureKind.SUPERSEDED
            self._finish(name, ReplyState.CANCELLED if outrun else ReplyState.FAILED, failure)

    async def _listen(self, ask: Ask) -> Failure | None:
        """Take what a member says to its end, and return how it failed, if it did."""
        try:
            async with aclosing(ask.pool_member.client.stream(ask.prompt)) as chunks:
                async for chunk in chunks:
                    self._take(ask.name, chunk)
        except ModelFailure as error:
            return error.failure
        except Exception as error:
            # A bug in a wire or a family must not take the other members' answers with it.
            place = where_it_broke(error)
            log.error("asking %s failed: %s", ask.name, place)
            return Failure(FailureKind.BUG, place)
        return None

    def _take(self, name: str, chunk: Chunk) -> None:
        before = self.replies[name]
        if before.done_ms is not None:
            return
        reply = grown(before, chunk, self._now_ms())
        if self._records and chunk.text:
            reply = replace(reply, token_ms=(*reply.token_ms, self._now_ms()))
        self.replies[name] = reply
        if ends_a_line(chunk.text):
            self._arrivals.put(reply)

    def _finish(self, name: str, state: ReplyState, failure: Failure | None = None) -> None:
        before = self.replies[name]
        if before.done_ms is not None:
            return
        reply = replace(before, state=state, done_ms=self._now_ms(), failure=failure)
        self.replies[name] = reply
        self._arrivals.put(reply)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
