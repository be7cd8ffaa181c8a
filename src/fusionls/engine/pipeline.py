"""The way of a completion, from request to suggestion. This file reads like the picture in the docs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from fusionls.core import cutoff
from fusionls.core.candidate import Candidate
from fusionls.core.choice import Choice, choose
from fusionls.core.cleanup import CleaningContext
from fusionls.core.context import CompletionContext, gather
from fusionls.core.extent import extent_of
from fusionls.core.families import family_for
from fusionls.core.language import Language
from fusionls.core.languages import language_for
from fusionls.core.member import PromptBudget
from fusionls.core.reading import Reading
from fusionls.core.recall import Remembered, still_fitting
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest, Extent, Trigger
from fusionls.core.status import Status, status_of
from fusionls.core.suggestion import Suggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import summary
from fusionls.core.tracing import trace_of
from fusionls.core.validation import Hole, open_hole
from fusionls.engine.fan_out import Ask, FanOut
from fusionls.engine.newest import NewestOnly, Ticket
from fusionls.engine.ports import Pool, PoolMember, PoolSource
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from fusionls.engine.stopwatch import Stopwatch
from fusionls.engine.trees import Trees

log = logging.getLogger(__name__)

# Trying every way of putting an answer in place took up to 128 ms on recorded answers. Closer to the end of
# waiting than half of that, an answer is taken as it came.
JOINING_MS = 64.0


class CompletionEngine:
    """Answers completion requests from the pools of ``pools``."""

    def __init__(self, pools: PoolSource) -> None:
        self._pools = pools
        self._newest = NewestOnly()
        self._standings = Standings()
        self.scopes = Scopes()
        self._remembered: dict[tuple[str, str], Remembered] = {}
        self._trees = Trees()
        self._closing: set[asyncio.Task[None]] = set()

    async def complete(self, request: CompletionRequest) -> Suggestion:
        """Return a suggestion within the hard cap of the request's trigger.

        A newer request for the same document and surface ends this one at once: its suggestion then
        says ``superseded``. Members that fail are in the trace; nothing is raised but cancellation.
        Where the editor's settings switched completion off, it says ``declined`` and nobody is asked.
        """
        stopwatch = Stopwatch()
        with self._newest.admit((request.document.uri, request.surface)) as ticket:
            pool = self._pool_for(request.document.uri)
            suggestion = self._settled(request, pool, stopwatch)
            if suggestion is None:
                completion = Completion(request, pool, stopwatch)
                earlier = self._trees.latest(request.document.uri)
                suggestion = await completion.run(ticket, self._adopt, earlier)
                if completion.hole is not None:
                    self._trees.keep(request.document, completion.hole)
        if not suggestion.superseded and not suggestion.declined:
            self._remember(request, suggestion)
        self._standings.hear(suggestion.trace.members)
        if log.isEnabledFor(logging.INFO):
            log.info("%s", summary(suggestion.trace))
        return suggestion

    async def prepare(self, uri: str = "") -> None:
        """Start what takes long (processes, connections) for the pool that serves ``uri``."""
        pool = self._pool_for(uri)
        if not pool.off:
            await asyncio.gather(
                *map(self._standings.prepare, pool.members), return_exceptions=True
            )

    def status(self, uri: str = "") -> Status:
        """Return how the pool is that serves ``uri``, without asking anybody."""
        pool = self._pool_for(uri)
        return status_of(self._standings.of(pool.members), pool.off)

    def configure(self, folder: str, block: object) -> tuple[str, ...]:
        """Take what an editor's settings say for ``folder`` ("" for everywhere).

        Returns what is wrong with them, in sentences; of what cannot be used the last good state stays.
        The next request acts by them, running ones end as they began.
        """
        read = self._pools.read_wish(block)
        if read.wish is not None and self.scopes.take(folder, read.wish):
            # What members said that are not asked any more is not offered any more.
            self._remembered.clear()
        return read.problems

    def _pool_for(self, uri: str) -> Pool:
        return self._pools.pool_for(uri, self.scopes.wish_for(uri))

    def parse_soon(self, document: DocumentSnapshot) -> None:
        """Parse a changed document as soon as nothing happens to it, so that no answer waits for it."""
        self._trees.parse_soon(document)

    def forget(self, uri: str) -> None:
        """Drop what is remembered of a closed document, and end its running requests."""
        self._newest.end(lambda key: key[0] == uri)
        self._trees.forget(uri)
        for key in [key for key in self._remembered if key[0] == uri]:
            del self._remembered[key]

    async def aclose(self) -> None:
        """End every request, close every member. Never raises."""
        self._newest.end(lambda key: True)
        self._trees.clear()
        if self._closing:
            await asyncio.wait(self._closing)
        await self._pools.aclose()

    def _settled(
        self, request: CompletionRequest, pool: Pool, stopwatch: Stopwatch
    ) -> Suggestion | None:
        """Return the suggestion that needs no member to be asked, if there is one."""
        if pool.off:
            nothing = Choice((), None, "nobody was asked")
            declined = Completion(request, pool, stopwatch).suggestion(nothing, {}, pool.off)
            return replace(declined, declined=True)
        remembered = self._remembered.get((request.document.uri, request.surface))
        offers = still_fitting(remembered, request) if remembered else ()
        if not offers or request.trigger is Trigger.MANUAL:
            return None
        return Completion(request, pool, stopwatch).suggestion(
            Choice(offers, None, "it is what is left of it"), {}, "the last suggestion still fits"
        )

    def _remember(self, request: CompletionRequest, suggestion: Suggestion) -> None:
        key = (request.document.uri, request.surface)
        self._remembered[key] = Remembered(request.document, request.offset, suggestion.offers)

    def _adopt(self, task: asyncio.Task[None]) -> None:
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class Completion:
    """One request on its way."""

    def __init__(self, request: CompletionRequest, pool: Pool, stopwatch: Stopwatch) -> None:
        self._request = request
        self._pool = pool
        self._stopwatch = stopwatch
        self._cap_ms = (
            pool.caps.automatic_ms if request.trigger is Trigger.AUTOMATIC else pool.caps.manual_ms
        )
        self.hole: Hole | None = None
        document = request.document
        self._language = language_for(document.language_id, document.uri)

    async def run(
        self,
        ticket: Ticket,
        adopt: Callable[[asyncio.Task[None]], None],
        earlier: Hole | None = None,
    ) -> Suggestion:
        """Ask, wait as long as it is worth it, and fuse.

        ``earlier`` is the hole of the document's last request; its tree makes the parse incremental.
        """
        extent = extent_of(self._request)
        contexts: dict[PromptBudget, CompletionContext] = {}
        asks = [a for m in self._pool.members for a in self._asks(m, extent, contexts)]
        self._stopwatch.stage("context")
        async with FanOut(asks, self._stopwatch.now_ms, adopt) as fan_out:
            ticket.wake = fan_out.wake
            await fan_out.ask()
            # Parsing the document overlaps with the members' work.
            request = self._request
            hole = open_hole(self._language, request.prefix, request.suffix, earlier)
            hole.look_ahead()
            self.hole = hole
            self._stopwatch.stage("parse")
            readings = {ask.name: self._reading(ask, extent, hole) for ask in asks}
            candidates, why = await self._gather_candidates(fan_out, readings, ticket)
            self._stopwatch.stage("wait")
        if ticket.superseded:
            nothing = Choice((), None, "nothing was decided")
            return replace(self.suggestion(nothing, fan_out.replies, why), superseded=True)
        choice = choose(candidates, hole, self._request)
        self._stopwatch.stage("choose")
        return self.suggestion(choice, fan_out.replies, why, candidates, hole)

    async def _gather_candidates(
        self, fan_out: FanOut, readings: dict[str, Reading], ticket: Ticket
    ) -> tuple[list[Candidate], str]:
        """Collect candidates until the cutoff says stop; return them and its reason."""
        candidates: dict[str, Candidate] = {}
        while not ticket.superseded:
            now = self._stopwatch.now_ms()
            stop = cutoff.decide(now, self._cap_ms, list(candidates.values()), fan_out.outstanding)
            if stop is not None:
                return _in_pool_order(candidates, fan_out), stop.why
            reply = await fan_out.next_reply((cutoff.waiting_ends_ms(self._cap_ms) - now) / 1000)
            if reply is not None:
                self._read(reply, readings[reply.member], candidates, fan_out)
        return [], "a newer request took its place"

    def _read(
        self,
        reply: Reply,
        reading: Reading,
        candidates: dict[str, Candidate],
        fan_out: FanOut,
    ) -> None:
        if not reading.is_readable(reply):
            return
        left_ms = cutoff.waiting_ends_ms(self._cap_ms) - self._stopwatch.now_ms()
        candidate = reading.candidate(reply, hurry=left_ms < JOINING_MS)
        if candidate.key or reply.state is ReplyState.ANSWERED:
            candidates[reply.member] = candidate
        if reply.state is ReplyState.PARTIAL and reading.is_enough(candidate):
            fan_out.enough(reply.member)

    def _asks(
        self,
        pool_member: PoolMember,
        extent: Extent,
        contexts: dict[PromptBudget, CompletionContext],
    ) -> list[Ask]:
        member = pool_member.member
        context = contexts.get(member.budget)
        if context is None:
            language, comment = _described(self._language, self._request)
            context = gather(self._request, member.budget, language, comment)
            contexts[member.budget] = context
        prompts = family_for("", member.family).render(context, extent)
        return [Ask(pool_member, prompt) for prompt in prompts]

    def _reading(self, ask: Ask, extent: Extent, hole: Hole) -> Reading:
        member = ask.pool_member.member
        family = family_for("", member.family)
        cleaning = CleaningContext(
            prefix=self._request.prefix,
            suffix=self._request.suffix,
            extent=extent,
            withheld=ask.prompt.withheld,
            special_tokens=family.special_tokens,
            language=self._language,
        )
        return Reading(member, cleaning, hole, given=ask.prompt.given, talks=family.chat)

    def suggestion(
        self,
        choice: Choice,
        replies: dict[str, Reply],
        why: str,
        candidates: Sequence[Candidate] = (),
        hole: Hole | None = None,
    ) -> Suggestion:
        """Return ``choice`` as a suggestion, with the trace of how it came about."""
        return Suggestion(
            offers=choice.offers,
            trace=trace_of(
                self._request,
                _described(self._language, self._request)[0],
                (hole.why or "checked") if hole else "not needed",
                self._cap_ms,
                replies,
                candidates,
                choice,
                (self._stopwatch.now_ms(), why),
                self._stopwatch.stages,
            ),
        )


def _in_pool_order(candidates: dict[str, Candidate], fan_out: FanOut) -> list[Candidate]:
    """Return the candidates in the order of the pool, which settles ties: arrival times must not."""
    return [candidates[name] for name in fan_out.replies if name in candidates]


def _described(language: Language | None, request: CompletionRequest) -> tuple[str, str]:
    """Return the name of the language and its line comment."""
    if language is None:
        return request.document.language_id or "plaintext", ""
    return language.name, language.line_comment
