"""Completions, one request after the other, and what is kept between them."""

import asyncio
import logging
from dataclasses import replace
from functools import partial

from fusionls.core.feedback import FeedbackEvent
from fusionls.core.kept_in import Keep
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.status import Status, status_of
from fusionls.core.suggestion import Suggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import summary
from fusionls.core.typing_pace import TypingPace
from fusionls.engine.asking import Ask
from fusionls.engine.awaiting import Awaiting
from fusionls.engine.closing import Closing
from fusionls.engine.completion import Completion
from fusionls.engine.edit_ports import EditDesks, FormStore
from fusionls.engine.flights import Flight, Flights
from fusionls.engine.following import Following
from fusionls.engine.learning import Learning
from fusionls.engine.newest import NewestOnly
from fusionls.engine.ports import BackgroundReading, Pool, PoolSource, TraceKeeper, TraceRecorder
from fusionls.engine.prompting import Prompting
from fusionls.engine.refactoring import EditEngine
from fusionls.engine.remembering import Remembering
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from fusionls.engine.stopwatch import Stopwatch
from fusionls.engine.trees import Trees
from fusionls.engine.unasked import declined, outrun, recalled
from fusionls.engine.warming import Warming

log = logging.getLogger(__name__)

# How the names of files end that say which others are left out: .gitignore, .ignore.
IGNORE_FILE = "ignore"


class CompletionEngine:
    """Answers completion requests from the pools of ``pools``."""

    def __init__(
        self,
        pools: PoolSource,
        keeper: TraceKeeper | None = None,
        recorder: TraceRecorder | None = None,
        learning: Learning | None = None,
        desks: EditDesks | None = None,
        answers: FormStore | None = None,
    ) -> None:
        """``keeper`` takes the traces of what was suggested, ``recorder`` those that a person asked for.

        ``learning`` knows when waiting is worth it. ``desks`` are for edits, ``answers`` keeps how they came.
        """
        self._pools = pools
        self._keeper = keeper
        self._recorder = recorder
        self._learning = learning or Learning(explores_always=recorder is not None)
        self._newest = NewestOnly()
        self._standings = Standings()
        self.scopes = Scopes()
        self.edits = EditEngine(
            pools, self._standings, self.scopes, desks, keeper, recorder, answers=answers
        )
        self._remembering = Remembering()
        self._following = Following(self._learning, recorder, self._remembering, self.scopes)
        self._afterwards = self._following.afterwards
        self._flights = Flights()
        self._awaiting = Awaiting(self._remembering, self._flights)
        self._warming = Warming(self._asks_at, self._flights.is_running)
        self._trees = Trees()
        self._closing = Closing()
        self._generation = 0

    async def complete(self, request: CompletionRequest) -> Suggestion:
        """Return a suggestion within the hard cap of the request's trigger.

        A newer request for the same document and surface ends this one at once: its suggestion then
        says ``superseded``. Members that fail are in the trace; nothing is raised but cancellation.
        Where the editor's settings switched completion off, it says ``declined`` and nobody is asked.
        """
        stopwatch = Stopwatch()
        pace = self._remembering.typed(request, stopwatch.start_ms)
        self._warming.asked(request.document, request.offset)
        with self._newest.admit((request.document.uri, request.surface)) as ticket:
            self._flights.outrun(request)
            pool = self._pool_for(request.document.uri, request.document.language_id)
            if not pool.off:
                # A command asks about a document that nobody has opened.
                self._pools.document_changed(request.document)
            settled = partial(self._settled, request, pool, stopwatch)
            if (suggestion := settled()) is None:
                due_ms = self._awaiting.due_ms(request, pool, pace)
                work = partial(self._asked, request, pool, stopwatch, pace)
                suggestion = await self._awaiting.answer(
                    request, ticket, (due_ms, stopwatch), settled, work
                )
        if suggestion is None:
            return outrun(request, pool, stopwatch)
        self._flights.settle(request.document.uri)
        return suggestion

    async def _asked(
        self,
        request: CompletionRequest,
        pool: Pool,
        stopwatch: Stopwatch,
        pace: TypingPace,
        flight: Flight,
    ) -> Suggestion:
        """Ask the members, and take in what they bring, whether or not somebody still waits for it."""
        if flight.ticket.superseded:
            return outrun(request, pool, stopwatch)
        uri, began_ms = request.document.uri, stopwatch.now_ms()
        self._afterwards.make_room()
        if self._flights.is_crowded(uri):
            await self._afterwards.end_now(uri)
        completion = Completion(
            request,
            pool,
            stopwatch,
            pace.due_after_ms(began_ms),
            self._keep_of,
            self._standings,
            self._learning.policy(pool, request.trigger),
            pace.since_ms,
            self._learning.meanwhile,
        )
        earlier = self._trees.latest(uri)
        suggestion = await completion.run(flight.ticket, self._closing.adopt, earlier)
        if not suggestion.superseded:
            self._remembering.keep(request, suggestion, pool, shown=flight.awaited)
        flight.land(suggestion)
        # Who waits for it goes first, and may close the document.
        await asyncio.sleep(0)
        if completion.hole is not None:
            self._trees.keep(request.document, completion.hole)
        closed = flight.ticket.superseded
        self._following.follow(uri, pool, completion.rest, suggestion, closed=closed)
        if flight.awaited and suggestion.trace.skipped:
            self._warming.left_out(request.document, request.offset)
        self._standings.hear(suggestion.trace.members)
        if not suggestion.superseded:
            took_ms = suggestion.trace.decision.at_ms - began_ms
            self._awaiting.took(request, pool, took_ms)
        self._tell(suggestion)
        return suggestion

    def _tell(self, suggestion: Suggestion) -> None:
        if self._keeper is not None and not suggestion.superseded and not suggestion.declined:
            self._keeper.keep(suggestion.trace)
        if log.isEnabledFor(logging.INFO):
            log.info("%s", summary(suggestion.trace))

    def heard(self, event: FeedbackEvent) -> None:
        """Take what the person did with a suggestion."""
        if self._recorder is not None:
            self._recorder.judge(event)

    async def prepare(self, uri: str = "") -> None:
        """Start what takes long (processes, connections) for the pool that serves ``uri``."""
        pool = self._pool_for(uri)
        if not pool.off:
            await asyncio.gather(
                *map(self._standings.prepare, pool.members), return_exceptions=True
            )

    def set_folders(self, folders: tuple[str, ...]) -> None:
        """Take the URIs of the workspace folders that are open now."""
        self.scopes.set_folders(folders)
        self._remembering.forget_offers()
        self._pools.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Note that files or folders came, changed or went on disk."""
        if any(uri.endswith(IGNORE_FILE) for uri in uris):
            # Who may be shown what is decided anew; so are the answers.
            self._remembering.forget_offers()
        self._pools.files_changed(uris)

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read in the background."""
        return self._pools.reading

    @property
    def reads_files(self) -> bool:
        """Whether folders were read, so that changes in them are of use."""
        return self._pools.reads_files

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
            self._remembering.forget_offers()
        return read.problems

    def news(self) -> tuple[str, ...]:
        """Return what the person has to know of settings and members, in sentences, each of them once."""
        return (*self._pools.news(), *self._standings.news())

    def _pool_for(self, uri: str, language_id: str = "") -> Pool:
        pool = self._pools.pool_for(uri, self.scopes.wish_for(uri), language_id)
        if pool.generation != self._generation:
            self._generation = pool.generation
            self._remembering.forget_offers()
            self._standings.settings_changed()
        self._standings.meet(pool.members)
        return pool

    def parse_soon(self, document: DocumentSnapshot) -> None:
        """Parse a changed document as soon as nothing happens to it, so that no answer waits for it.

        Where it was changed far from the last place, the members read what they will be asked there.
        """
        self._trees.parse_soon(document)
        self._warming.changed(document)
        if not self._pool_for(document.uri, document.language_id).off:
            self._pools.document_changed(document)

    async def warm(self, document: DocumentSnapshot, offset: int) -> None:
        """Have the members read what they will be asked at ``offset``, if they read slowly; return then.

        Nothing is done beside a running request of the document, or if a newer place comes. Never raises.
        """
        await self._warming.warm(document, offset)

    def focus(self, uri: str) -> None:
        """Warm up where the person was last in the document ``uri``."""
        self._warming.focus(uri)

    def forget(self, uri: str) -> None:
        """Drop what is remembered of a closed document, and end its running requests."""
        self._newest.end(lambda key: key[0] == uri)
        self._flights.end(lambda one: one == uri)
        self._afterwards.end(lambda one: one == uri)
        self._trees.forget(uri)
        self._warming.forget(uri)
        self._remembering.forget(uri)
        self._pools.document_closed(uri)

    async def aclose(self) -> None:
        """End every request, close every member. Never raises."""
        self._newest.end(lambda key: True)
        await self._flights.aclose()
        await self.edits.aclose()
        self._trees.clear()
        await self._afterwards.aclose()
        await self._warming.aclose()
        await self._closing.aclose()
        await self._pools.aclose()
        await self._learning.aclose()
        for keeper in (self._keeper, self._recorder):
            if keeper is not None:
                keeper.close()

    def _settled(
        self, request: CompletionRequest, pool: Pool, stopwatch: Stopwatch
    ) -> Suggestion | None:
        """Return the suggestion that needs no member to be asked, if there is one."""
        if pool.off:
            return declined(request, pool, stopwatch)
        offers = self._remembering.fitting(request, pool)
        if not offers:
            return None
        suggestion = recalled(request, pool, stopwatch, offers)
        self._tell(suggestion)
        return replace(suggestion, hasty=self._remembering.is_hasty(request))

    def _asks_at(self, document: DocumentSnapshot, offset: int) -> list[Ask]:
        """Return what an automatic request at ``offset`` would ask."""
        pool = self._pool_for(document.uri, document.language_id)
        request = CompletionRequest("warm-up", document, offset, Trigger.AUTOMATIC)
        if pool.off:
            return []
        prompting = Prompting(request, self._keep_of, self._standings)
        now_s = asyncio.get_running_loop().time()
        return [
            ask
            for ask in prompting.asks(pool.members)
            if not self._standings.why_not(ask.pool_member.member.name, now_s)
        ]

    def _keep_of(self, uri: str) -> Keep:
        """Return to whom another open document may be shown."""
        return self._pools.keep_of(uri, self.scopes.wish_for(uri))
