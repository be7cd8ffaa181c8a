"""One member's answers to one edit: asked again where it failed, and where what it wrote is no good."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from fusionls.core.edit_tracing import Heard, sample_name
from fusionls.core.editing.edit import Format
from fusionls.core.editing.orders import PromptOrder, Reading, ReadOrder
from fusionls.core.editing.retrying import Tries, again_after
from fusionls.core.editing.votes import TELLING_NOTHING
from fusionls.core.editing.waiting import LEAST_OF_LAST, Given, Voice
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind, Reply, ReplyState, grown
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.edit_ports import DeskFailed
from fusionls.engine.edit_round import Round, shrunk
from fusionls.engine.ports import EditMember, ModelFailure
from fusionls.engine.standings import Running

log = logging.getLogger(__name__)

# Before who has answered is asked once more: members that are about as fast may agree in a moment.
GRACE_S = 0.1
NOT_ITS_TURN = "not asked: its turn had not come when waiting ended"
NOTHING_TO_ASK = "not asked: there is nothing to compare"


class Proposing:
    """Asks ``member`` for edits in ``round_``. ``run`` is to be a task of its own; ``heard`` is what came.

    ``prompt`` returns what it is asked, or why it is not; None is for the desk's usual question. Answers are
    counted from ``first``.
    """

    def __init__(
        self,
        member: EditMember,
        round_: Round,
        first: int = 0,
        prompt: Callable[[PromptOrder], Awaitable[RenderedPrompt | str | None]] | None = None,
    ) -> None:
        self.member = member
        self._first = first
        self._prompt = prompt or round_.desk.prompt
        self.heard: list[Heard] = []
        self.ended = False
        self.reads = False
        self._round = round_
        self._tries = Tries()
        self._share = min(round_.shares.of(self.name), round_.standings.share(self.name))
        self._running: Running | None = None
        self._enough = False
        self._given: list[Given] = []
        # What the prompt already held of the answer.
        self._begun = ""
        self._format = Format.DEFINITION

    @property
    def name(self) -> str:
        """The member's name."""
        return self.member.member.name

    @property
    def was_skipped(self) -> bool:
        """Whether it is known that it will not be asked."""
        return any(one.reply.state is ReplyState.SKIPPED for one in self.heard)

    @property
    def voice(self) -> Voice:
        """What it has said so far, for who decides about waiting."""
        read = sum(one.reading is not None for one in self.heard)
        outstanding = 0 if self.ended else self._round.samples - read
        if self._paid:
            outstanding = 0 if self._given else min(1, outstanding)
        return Voice(self.name, self.member.member.prior, tuple(self._given), outstanding)

    @property
    def _paid(self) -> bool:
        return self.member.member.price is not None

    async def run(self) -> None:
        """Ask until enough has come. Raises nothing but cancellation."""
        try:
            while await self._another():
                pass
        except DeskFailed as error:
            self._end(ReplyState.FAILED, Failure(FailureKind.BUG, str(error)))
        except Exception as error:
            # A bug must not take the other members' answers with it.
            place = where_it_broke(error)
            log.error("asking %s for an edit failed: %s", self.name, place)
            self._end(ReplyState.FAILED, Failure(FailureKind.BUG, place))
        finally:
            self.ended = True
            self._round.moved()

    def hang_up(self) -> None:
        """Take note that nothing more is wanted; whoever calls it cancels the task that does not read."""
        self._enough = True
        if not self.reads and self.heard:
            self._withdraw()
        if self._running is not None:
            self._running.let_go_s = _now_s()

    async def _another(self) -> bool:
        """Ask for one more answer; tell whether to go on."""
        sample, began_ms = self._first + len(self.heard), self._round.now_ms()
        self.heard.append(Heard(self._blank(sample), price=self.member.member.price))
        why = self.member.cannot or self._round.standings.why_not(self.name, _now_s())
        if why:
            self._end(ReplyState.SKIPPED, note=why)
            return False
        spare = bool(self._given) or len(self.heard) < self._round.samples
        self._format = self._round.formats.of(self.member, sample, can_fail=spare)
        if not await self._answered(sample):
            return False
        await self._read(sample)
        took_ms = self._round.now_ms() - began_ms
        lasts = self._round.left_ms >= took_ms * LEAST_OF_LAST
        if len(self.heard) >= self._round.samples or not lasts or not self._is_wanted:
            return False
        if self._given:
            await asyncio.sleep(GRACE_S)
        return self._is_wanted

    async def _answered(self, sample: int) -> bool:
        """Ask until an answer is whole; False if none will be."""
        notes: list[str] = []
        while True:
            async with self._round.turn(self.member.member.shares):
                if not self._is_wanted:
                    self._withdraw()
                    return False
                prompt = await self._prompt(self._order(sample))
                if not isinstance(prompt, RenderedPrompt):
                    self._end(ReplyState.SKIPPED, note=prompt or NOTHING_TO_ASK)
                    return False
                failure = await self._listened(prompt, "; ".join(notes))
            if failure is None:
                self._begun = prompt.given
                return True
            if failure.kind is FailureKind.TOO_LONG:
                self._round.shares.too_long(self.name, self._share)
            again = again_after(failure, self._tries, self._round.left_ms, self._round.chance())
            if again is None or not self._is_wanted:
                self._end(ReplyState.FAILED, failure)
                return False
            self._tries = again.tries
            if again.shrinks:
                self._share = shrunk(self._share)
            notes.append(f"asked again after {failure.kind.value}: {failure.message}")
            # What broke off is not kept: an answer is of one piece.
            asked_ms = self.heard[-1].reply.asked_ms
            self._put(replace(self._blank(sample), asked_ms=asked_ms, note="; ".join(notes)))
            await asyncio.sleep(again.after_ms / 1000)

    @property
    def _is_wanted(self) -> bool:
        return not self._enough and self._round.asks_on(self.name)

    def _withdraw(self) -> None:
        """Take back what was not asked: while it waited for its turn others said enough."""
        reply = self.heard[-1].reply
        if reply.asked_ms is not None:
            self._end(ReplyState.CANCELLED)
        elif reply.state is ReplyState.ASKED and len(self.heard) > 1:
            self.heard.pop()
        else:
            self._end(ReplyState.SKIPPED, note=NOT_ITS_TURN)

    def _order(self, sample: int) -> PromptOrder:
        return PromptOrder(
            self.member.style,
            self._format,
            sample=sample,
            share=self._share,
            tokens=self.member.tokens,
            redacts=not self.member.member.is_local,
            special_tokens=self.member.special_tokens,
        )

    async def _listened(self, prompt: RenderedPrompt, note: str) -> Failure | None:
        """Take in one answer to its end, and return how it failed, if it did."""
        sample = self._first + len(self.heard) - 1
        blank = replace(self._blank(sample), note=note, prompt=prompt.length)
        asked_ms = self.heard[-1].reply.asked_ms
        self._put(replace(blank, asked_ms=self._round.now_ms() if asked_ms is None else asked_ms))
        running = self._round.standings.begin(self.name, _now_s())
        self._running = running
        failure: Failure | None = None
        ended = False
        try:
            failure = await self._streamed(prompt)
            ended = True
        finally:
            self._running = None
            self._round.standings.end(running, self._outcome(failure, ended), _now_s())
        return failure

    async def _streamed(self, prompt: RenderedPrompt) -> Failure | None:
        try:
            async with aclosing(self.member.client.stream(prompt)) as chunks:
                async for chunk in chunks:
                    self._take(chunk)
        except ModelFailure as error:
            return error.failure
        except Exception as error:
            # A bug in a wire is the failure of one member.
            place = where_it_broke(error)
            log.error("asking %s for an edit failed: %s", self.name, place)
            return Failure(FailureKind.BUG, place)
        self.reads = True
        self._end(ReplyState.ANSWERED)
        return None

    def _outcome(self, failure: Failure | None, ended: bool) -> Reply:
        """Return how a request ended, as the standings learn from it.

        What is too long of an edit is no measure of what a member can take of a completion.
        """
        reply = self.heard[-1].reply
        if failure is None or failure.kind is FailureKind.TOO_LONG:
            state = ReplyState.ANSWERED if ended and failure is None else ReplyState.CANCELLED
            return replace(reply, state=state)
        return replace(reply, state=ReplyState.FAILED, failure=failure)

    async def _read(self, sample: int) -> None:
        reply = self.heard[-1].reply
        member = self.member.member
        order = ReadOrder(
            self.name, sample, self._begun + reply.text, member.prior, redacted=not member.is_local
        )
        try:
            reading = await self._round.desk.read(order)
            self._round.formats.heard(self._format, reading)
        except DeskFailed as error:
            reading = Reading(self.name, sample, False, why=(str(error),), weight=member.prior)
        finally:
            self.reads = False
        self.heard[-1] = replace(self.heard[-1], reading=reading)
        if reading.passes:
            doubted = any(doubt not in TELLING_NOTHING for doubt in reading.doubts)
            self._given.append(Given(reading.klass, self._round.now_ms(), doubted))
        self._round.moved()

    def _take(self, chunk: Chunk) -> None:
        reply = self.heard[-1].reply
        if reply.done_ms is None:
            self._put(grown(reply, chunk, self._round.now_ms()))

    def _end(self, state: ReplyState, failure: Failure | None = None, note: str = "") -> None:
        reply = self.heard[-1].reply
        if reply.done_ms is not None or reply.state is ReplyState.SKIPPED:
            return
        done_ms = None if state is ReplyState.SKIPPED else self._round.now_ms()
        said = reply.note or note
        self._put(replace(reply, state=state, failure=failure, done_ms=done_ms, note=said))

    def _put(self, reply: Reply) -> None:
        self.heard[-1] = replace(self.heard[-1], reply=reply)

    def _blank(self, sample: int) -> Reply:
        return Reply(sample_name(self.name, sample), ReplyState.ASKED)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
