"""One task per member, and their replies in the order of arrival."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from fusionls.core.cutoff import Plan, plan_for
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind, Reply, ReplyState
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import ModelFailure, PoolMember

log = logging.getLogger(__name__)

# A task begins in one turn of the loop, and its request's body is written in the next. Whatever is computed
# before that, the members wait for.
TURNS_TO_SEND = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """One prompt for one member, which may be asked in several shapes at once."""

    pool_member: PoolMember
    prompt: RenderedPrompt

    @property
    def name(self) -> str:
        """The member's name, with the shape of the prompt if it is not the first one."""
        name = self.pool_member.member.name
        return f"{name}/{self.prompt.shape}" if self.prompt.shape else name


class FanOut:
    """Asks every member. Leaving the block cancels who has not answered, at the socket.

    ``now_ms`` gives milliseconds since the request was read. ``adopt`` takes tasks that are still
    closing when the block is left; whoever adopts them awaits them. Who cannot answer within ``cap_ms``
    is not waited for; ``by_hand`` says that a person is waiting.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        now_ms: Callable[[], float],
        adopt: Callable[[asyncio.Task[None]], None],
        cap_ms: float,
        *,
        by_hand: bool = False,
    ) -> None:
        self._cap_ms = cap_ms
        self._by_hand = by_hand
        self._hopeless: set[str] = set()
        self._asks = asks
        self._now_ms = now_ms
        self._adopt = adopt
        self._arrivals: asyncio.Queue[Reply | None] = asyncio.Queue()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.replies: dict[str, Reply] = {}

    async def __aenter__(self) -> Self:
        for ask in self._asks:
            name = ask.name
            self.replies[name] = Reply(name, ReplyState.ASKED, asked_ms=self._now_ms())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        for name in self.replies:
            self._end(name, ReplyState.CANCELLED)
        for task in self._tasks.values():
            if not task.done():
                self._adopt(task)
                # They hang up in the turn after the next, behind the answer's back: nobody who types
                # waits for a farewell.
                loop.call_soon(task.cancel)

    async def ask(self) -> None:
        """Ask everybody, and return once every request is on its way, if no connection has to be made.

        One after the other: the first members work already while the last are asked, and answers that
        take equally long do not all come at the same moment.
        """
        for ask in self._asks:
            name = ask.name
            if self._plan(ask) is Plan.SKIP:
                continue
            self._tasks[name] = asyncio.create_task(self._ask(ask), name=f"ask {name}")
            for _ in range(TURNS_TO_SEND):
                await asyncio.sleep(0)

    @property
    def outstanding(self) -> int:
        """How many of those that may answer in time have neither answered nor failed.

        Answers that nobody has read yet count, too: a member may be faster than its asking.
        """
        return self._arrivals.qsize() + sum(
            reply.state is not ReplyState.SKIPPED
            and reply.done_ms is None
            and name not in self._hopeless
            for name, reply in self.replies.items()
        )

    @property
    def somebody_reads(self) -> bool:
        """Whether somebody was not waited for, and had nothing to say yet, as its server still reads."""
        return any(not self.replies[name].text for name in self._hopeless)

    async def next_reply(self, timeout_s: float) -> Reply | None:
        """Return the next reply that brought a finished line, an end or a failure.

        Returns None if ``timeout_s`` seconds pass first, or after ``wake``.
        """
        if not self._arrivals.empty():
            return self._arrivals.get_nowait()
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                return await self._arrivals.get()
        except TimeoutError:
            return None

    def wake(self) -> None:
        """End a wait for the next reply now."""
        self._arrivals.put_nowait(None)

    def enough(self, name: str) -> None:
        """Take what ``name`` has sent as its whole answer, and hang up."""
        self._end(name, ReplyState.ANSWERED)
        self._tasks[name].cancel()

    def _plan(self, ask: Ask) -> Plan:
        """Decide about one prompt, now that the ones before it are on their way."""
        name, now_ms = ask.name, self._now_ms()
        expected_ms = ask.pool_member.client.expected_ms(ask.prompt)
        plan = plan_for(
            now_ms,
            expected_ms,
            self._cap_ms,
            further=bool(ask.prompt.shape),
            by_hand=self._by_hand,
        )
        when = "" if expected_ms is None else f": an answer would take {expected_ms:.0f} ms"
        reply = self.replies[name]
        if plan is Plan.SKIP:
            reply = replace(reply, state=ReplyState.SKIPPED, asked_ms=None)
            self.replies[name] = replace(reply, note=f"not asked{when}")
        elif plan is Plan.ASK:
            self._hopeless.add(name)
            self.replies[name] = replace(reply, note=f"cannot arrive in time{when}")
        return plan

    def _end(self, name: str, state: ReplyState) -> None:
        reply = self.replies[name]
        if reply.done_ms is None and reply.state is not ReplyState.SKIPPED:
            self.replies[name] = replace(reply, state=state, done_ms=self._now_ms())

    async def _ask(self, ask: Ask) -> None:
        name = ask.name
        try:
            async with aclosing(ask.pool_member.client.stream(ask.prompt)) as chunks:
                async for chunk in chunks:
                    self._take(name, chunk)
            self._finish(name, ReplyState.ANSWERED)
        except ModelFailure as error:
            # Not the member failed, but this request was in a newer one's way.
            outrun = error.failure.kind is FailureKind.SUPERSEDED
            state = ReplyState.CANCELLED if outrun else ReplyState.FAILED
            self._finish(name, state, error.failure)
        except Exception as error:
            # A bug in a wire or a family must not take the other members' answers with it.
            place = where_it_broke(error)
            log.error("asking %s failed: %s", name, place)
            self._finish(name, ReplyState.FAILED, Failure(FailureKind.BUG, place))

    def _take(self, name: str, chunk: Chunk) -> None:
        before = self.replies[name]
        if before.done_ms is not None:
            return
        reply = grown(before, chunk, self._now_ms())
        self.replies[name] = reply
        if "\n" in chunk.text or "\r" in chunk.text:
            self._arrivals.put_nowait(reply)

    def _finish(self, name: str, state: ReplyState, failure: Failure | None = None) -> None:
        before = self.replies[name]
        if before.done_ms is not None:
            return
        reply = replace(before, state=state, done_ms=self._now_ms(), failure=failure)
        self.replies[name] = reply
        self._arrivals.put_nowait(reply)


def grown(reply: Reply, chunk: Chunk, now_ms: float) -> Reply:
    """Return ``reply`` with ``chunk`` added, that came at ``now_ms`` (milliseconds)."""
    logprob = reply.logprob
    if chunk.logprob is not None:
        logprob = (logprob or 0.0) + chunk.logprob
    counted = reply.tokens_out + (chunk.tokens if chunk.text else 0)
    return replace(
        reply,
        state=ReplyState.PARTIAL,
        text=reply.text + chunk.text,
        first_token_ms=now_ms if reply.first_token_ms is None else reply.first_token_ms,
        tokens_in=reply.tokens_in if chunk.tokens_in is None else chunk.tokens_in,
        tokens_out=counted if chunk.tokens_out is None else chunk.tokens_out,
        logprob=logprob,
    )
