"""One completion, from request to suggestion. This file reads like the picture in the docs."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from fusionls.core import cutoff
from fusionls.core.candidate import Candidate
from fusionls.core.choice import Choice, choose
from fusionls.core.features import around
from fusionls.core.further import further_offers
from fusionls.core.kept_in import Keep
from fusionls.core.member import Price
from fusionls.core.policy import NEXT_KEY_MS, NO_POLICY, Policy
from fusionls.core.reply import Reply
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion
from fusionls.core.trace import Trace
from fusionls.core.tracing import trace_of
from fusionls.core.validation import Hole, open_hole
from fusionls.engine.afterwards import Rest
from fusionls.engine.answers import Answers
from fusionls.engine.asking import Ask
from fusionls.engine.fan_out import FanOut
from fusionls.engine.newest import Ticket
from fusionls.engine.ports import Pool
from fusionls.engine.prompting import Prompting
from fusionls.engine.standings import Standings
from fusionls.engine.stopwatch import Stopwatch

# Trying every way of putting an answer in place took up to 128 ms on recorded answers. Closer to the end of
# waiting than half of that, an answer is taken as it came.
JOINING_MS = 64.0


class Completion:
    """One request on its way."""

    def __init__(
        self,
        request: CompletionRequest,
        pool: Pool,
        stopwatch: Stopwatch,
        next_key_ms: float | None = None,
        keep_of: Callable[[str], Keep] = lambda _uri: Keep.ALL,
        standings: Standings | None = None,
        policy: Policy = NO_POLICY,
        gap_ms: float | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """``keep_of`` tells to whom another open document may be shown.

        ``policy`` is what is known of the pool, ``gap_ms`` the time since the key before. ``meanwhile`` is
        called while members work.
        """
        self._meanwhile = meanwhile
        self._standings = standings or Standings()
        self._policy = policy
        self._gap_ms = gap_ms
        self._next_key_ms = next_key_ms
        self._request = request
        self._pool = pool
        self._stopwatch = stopwatch
        self._cap_ms = (
            pool.caps.automatic_ms if request.trigger is Trigger.AUTOMATIC else pool.caps.manual_ms
        )
        self._by_hand = request.trigger is Trigger.MANUAL
        self.hole: Hole | None = None
        self.rest: Rest | None = None
        self._prices: dict[str, Price] = {}
        self._prompting = Prompting(request, keep_of, self._standings)

    async def run(
        self,
        ticket: Ticket,
        adopt: Callable[[asyncio.Task[None]], None],
        earlier: Hole | None = None,
    ) -> Suggestion:
        """Ask, wait as long as it is worth it, and fuse.

        ``earlier`` is the hole of the document's last request; its tree makes the parse incremental.
        """
        asks = self._asks()
        self._stopwatch.stage("context")
        fan_out = FanOut(
            asks,
            self._stopwatch.now_ms,
            adopt,
            self._cap_ms,
            by_hand=self._by_hand,
            standings=self._standings,
            policy=self._policy,
        )
        async with fan_out:
            ticket.wake = fan_out.wake
            await fan_out.ask()
            # This overlaps with the members' work.
            self.hole = hole = self._opened(earlier)
            self._meanwhile()
            self._stopwatch.stage("parse")
            answers = Answers(fan_out, {a.name: self._prompting.reading(a, hole) for a in asks})
            candidates, why = await self._gather_candidates(answers, ticket)
            stopped_ms = self._stopwatch.now_ms()
            self._stopwatch.stage("wait")
            if not ticket.superseded:
                fan_out.stay(self._staying(fan_out), asking=self._policy.explores)
        if ticket.superseded:
            nothing = Choice((), None, "nothing was decided")
            return replace(self.suggestion(nothing, fan_out.replies, why), superseded=True)
        choice = self._choosing(hole)(candidates)
        self._stopwatch.stage("choose")
        if fan_out.goes_on:
            self.rest = self._rest(answers, choice, (stopped_ms, why), candidates, hole)
        suggestion = self.suggestion(choice, fan_out.replies, why, candidates, hole)
        hasty, further = fan_out.somebody_reads, further_offers(choice)
        return replace(suggestion, hasty=hasty, further=further)

    def _rest(
        self,
        answers: Answers,
        choice: Choice,
        stopped: tuple[float, str],
        candidates: Sequence[Candidate],
        hole: Hole,
    ) -> Rest:
        """Return the part of this request that runs on behind the answer's back."""
        return Rest(
            self._request,
            self._pool,
            answers,
            choice,
            stopped,
            frozenset(candidate.reply.member for candidate in candidates),
            self._choosing(hole, by_hand=True),
            self._telling(answers.fan_out.replies, hole),
        )

    def _staying(self, fan_out: FanOut) -> Collection[str]:
        """Return who is let run on behind the answer's back: everybody to explore, else one straggler."""
        running = fan_out.running_ms
        if self._policy.explores:
            return running
        within_ms = NEXT_KEY_MS if self._next_key_ms is None else self._next_key_ms
        straggler = self._policy.straggler(running, within_ms)
        return () if straggler is None else (straggler,)

    def _opened(self, earlier: Hole | None) -> Hole:
        """Return the hole, with all found out that will be asked when answers come."""
        request = self._request
        hole = open_hole(self._prompting.language, request.prefix, request.suffix, earlier)
        hole.look_ahead()
        if not all(one.member.knows_its_chance for one in self._pool.members):
            # Without log-probabilities the names in an answer tell something, and what stands around.
            _ = hole.scopes
            around(request)
        return hole

    async def _gather_candidates(
        self, answers: Answers, ticket: Ticket
    ) -> tuple[list[Candidate], str]:
        """Collect candidates until the cutoff says stop; return them and its reason."""
        fan_out = answers.fan_out
        while not ticket.superseded:
            await fan_out.ask_more()
            now, found = self._stopwatch.now_ms(), answers.candidates()
            stop = cutoff.decide(
                now,
                self._cap_ms,
                found,
                fan_out.outstanding,
                self._next_key_ms,
                by_hand=self._by_hand,
                # The table counts from the asking, which may have waited for the next key.
                advice=self._policy.advice(
                    answers.classes(), answers.gone(), now - fan_out.began_ms
                ),
            )
            if stop is not None:
                return found, stop.why
            again = self._looks_again_ms(answers, found, now)
            reply = await fan_out.next_reply((again - now) / 1000)
            while reply is not None:
                left_ms = cutoff.waiting_ends_ms(self._cap_ms) - self._stopwatch.now_ms()
                answers.read(reply, hurry=left_ms < JOINING_MS)
                # What has come at the same moment counts, whoever was first in the queue.
                reply = fan_out.come_already()
        return [], "a newer request took its place"

    def _looks_again_ms(self, answers: Answers, found: Sequence[Candidate], now_ms: float) -> float:
        again_ms = cutoff.looks_again_ms(
            now_ms, self._cap_ms, self._next_key_ms, found, by_hand=self._by_hand
        )
        turn_ms = answers.fan_out.asks_again_ms()
        if turn_ms is not None and turn_ms > now_ms:
            again_ms = min(again_ms, turn_ms)
        began_ms = answers.fan_out.began_ms
        stops_ms = self._policy.stops_ms(answers.classes(), answers.gone(), now_ms - began_ms)
        if stops_ms is None or began_ms + stops_ms <= now_ms:
            # Where the table would stop now and nothing sound is there to show, an answer is waited for.
            return again_ms
        return min(again_ms, max(began_ms + stops_ms, now_ms + cutoff.CLOCK_GRAIN_MS))

    def _asks(self) -> list[Ask]:
        """Return the prompts for every member of the pool."""
        asks = self._prompting.asks(self._pool.members)
        self._prices = {
            ask.name: price for ask in asks if (price := ask.pool_member.member.price) is not None
        }
        return asks

    def suggestion(
        self,
        choice: Choice,
        replies: dict[str, Reply],
        why: str,
        candidates: Sequence[Candidate] = (),
        hole: Hole | None = None,
    ) -> Suggestion:
        """Return ``choice`` as a suggestion, with the trace of how it came about."""
        stopped = self._stopwatch.now_ms(), why
        return Suggestion(choice.offers, self._telling(replies, hole)(choice, candidates, stopped))

    def _choosing(
        self, hole: Hole, *, by_hand: bool = False
    ) -> Callable[[Sequence[Candidate]], Choice]:
        """Return what chooses among candidates, as if the person had asked ``by_hand``: with alternatives."""
        request = replace(self._request, trigger=Trigger.MANUAL) if by_hand else self._request
        weights, threshold = self._pool.weights, self._pool.threshold
        return lambda candidates: choose(candidates, hole, request, weights, threshold)

    def _telling(
        self, replies: dict[str, Reply], hole: Hole | None
    ) -> Callable[[Choice, Sequence[Candidate], tuple[float, str]], Trace]:
        """Return what makes the trace of a choice, of its candidates, and of when and why waiting ended."""
        gate = (hole.why or "checked") if hole else "not needed"
        language = self._prompting.language_name

        def tell(
            choice: Choice, candidates: Sequence[Candidate], stopped: tuple[float, str]
        ) -> Trace:
            told = trace_of(
                self._request,
                language,
                gate,
                self._cap_ms,
                replies,
                candidates,
                choice,
                stopped,
                self._stopwatch.stages,
                self._prices,
                self._gap_ms,
            )
            return replace(told, explored=self._policy.explores)

        return tell
