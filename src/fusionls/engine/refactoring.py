"""Edits that a person asks for: several members propose, one edit is offered, and nothing is applied here."""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

from fusionls.core.edit_tracing import edit_trace
from fusionls.core.refactoring import EditSuggestion, RefactorRequest
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import summary
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.closing import Closing
from fusionls.engine.edit_formats import EditFormats
from fusionls.engine.edit_ports import EditDesks, FormStore
from fusionls.engine.edit_recovery import SteadyDesk
from fusionls.engine.edit_request import Now, Refactor, ends_ms
from fusionls.engine.edit_round import Round, Shares
from fusionls.engine.ports import EditPool, PoolSource, TraceKeeper
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from fusionls.engine.stopwatch import Stopwatch

log = logging.getLogger(__name__)

NOBODY = "no model can be asked for edits of this file"


def _nothing(_: str) -> None:
    return


class EditEngine:
    """Answers requests for edits from the pools of ``pools``."""

    def __init__(
        self,
        pools: PoolSource,
        standings: Standings,
        scopes: Scopes,
        desks: EditDesks | None = None,
        keeper: TraceKeeper | None = None,
        recorder: TraceKeeper | None = None,
        chance: Callable[[], float] | None = None,
        answers: FormStore | None = None,
    ) -> None:
        """``scopes`` knows what the editor wishes for a document; without ``desks`` all is done in here.

        ``chance`` draws a number (0 to 1) by lot: for how long an overloaded server is left alone, and
        whether a member is tried with another form of answer. ``answers`` keeps how members answered.
        """
        self._pools = pools
        self._standings = standings
        self._scopes = scopes
        self._desks = desks or _inline()
        self._keepers = tuple(one for one in (keeper, recorder) if one is not None)
        self._chance = chance or random.random
        self._formats = EditFormats(answers, self._chance, scopes.folder_of)
        self._shares = Shares()
        self._generation = 0
        self._running: set[asyncio.Task[EditSuggestion]] = set()
        self._closing = Closing()

    async def refactor(
        self,
        request: RefactorRequest,
        report: Callable[[str], None] = _nothing,
        now: Now = lambda uri: None,
    ) -> EditSuggestion:
        """Return an edit within the budget of the pool, or why there is none.

        ``report`` is told in a sentence how far it is, ``now`` returns the newest version of an open
        document: what changed meanwhile is rebased upon. Members that fail are in the trace; nothing is
        raised but cancellation, which hangs up on all of them.
        """
        stopwatch = Stopwatch()
        pool = self._pool_for(request)
        if pool.off or not pool.members:
            return self._declined(request, pool, stopwatch)
        round_ = Round(
            SteadyDesk(self._desks),
            self._standings,
            self._shares,
            stopwatch.now_ms,
            ends_ms(pool.budget_ms),
            max(1, pool.samples),
            self._chance,
            formats=self._formats.begin(request),
        )
        told = partial(_told, report)
        edit = Refactor(request, pool, round_, stopwatch, told, now, self._closing.adopt)
        # A task of its own, so that closing the engine ends it and not who waits for it.
        task = asyncio.create_task(edit.run(), name=f"refactor {request.id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        suggestion = await task
        self._keep(suggestion)
        return suggestion

    def why_not(self, uri: str, language_id: str = "") -> str:
        """Return why nobody would be asked to edit the document ``uri``, "" if somebody would.

        It is asked with every move of a cursor, and cheap.
        """
        pool = self._pools.edit_pool_for((uri,), self._scopes.wish_for(uri), language_id)
        if pool.off or not pool.members:
            return pool.off or NOBODY
        now_s = asyncio.get_running_loop().time()
        reasons = [
            one.cannot or self._standings.why_not(one.member.name, now_s) for one in pool.members
        ]
        if not all(reasons):
            return ""
        names = (one.member.name for one in pool.members)
        return "; ".join(f"{name}: {why}" for name, why in zip(names, reasons, strict=True))

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open. Raises NoFile."""
        return await self._pools.file_at(uri, must_exist=must_exist)

    async def aclose(self) -> None:
        """End every request and every desk. Never raises."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._formats.aclose()
        await self._closing.aclose()
        await self._desks.aclose()

    def _pool_for(self, request: RefactorRequest) -> EditPool:
        uris = tuple(one.document.uri for one in request.files)
        first = request.first.document
        pool = self._pools.edit_pool_for(uris, self._scopes.wish_for(first.uri), first.language_id)
        if pool.generation != self._generation:
            self._generation = pool.generation
            self._shares.forget()
            self._standings.settings_changed()
        return pool

    def _declined(
        self, request: RefactorRequest, pool: EditPool, stopwatch: Stopwatch
    ) -> EditSuggestion:
        why = pool.off or NOBODY
        stopped = stopwatch.now_ms(), why
        trace = edit_trace(request, pool.budget_ms, (), stopped)
        return EditSuggestion(request, trace, request.files, refusal=why, declined=True)

    def _keep(self, suggestion: EditSuggestion) -> None:
        if suggestion.declined:
            return
        for keeper in self._keepers:
            keeper.keep(suggestion.trace)
        log.info("%s", summary(suggestion.trace))


def _inline() -> EditDesks:
    # Imported here: with a process for it, a server never loads what reads and fuses edits.
    from fusionls.engine.inline_desk import InlineDesks

    return InlineDesks()


def _told(report: Callable[[str], None], sentence: str) -> None:
    """Tell how far it is. Who cannot hear it is not the reason why there is no edit."""
    try:
        report(sentence)
    except Exception as error:
        log.error("progress could not be told: %s", where_it_broke(error))
