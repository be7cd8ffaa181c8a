"""One edit, from request to suggestion. This file reads like the picture in the docs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from fusionls.core.edit_tracing import (
    NOTHING,
    Heard,
    all_failed,
    edit_trace,
    nobody_was_asked,
    why_nothing,
)
from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import Decision, EditOrder, Opened
from fusionls.core.editing.waiting import LEAST_FOR_JUDGE_MS, classes_of, room_ms
from fusionls.core.refactoring import EditFile, EditSuggestion, RefactorRequest
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.edit_fan_out import Adopt, EditFanOut
from fusionls.engine.edit_judging import judged
from fusionls.engine.edit_ports import DeskFailed, EditDesk
from fusionls.engine.edit_round import Round
from fusionls.engine.ports import EditPool
from fusionls.engine.stopwatch import Stopwatch

log = logging.getLogger(__name__)

# Of what is left when waiting ends: for answers that are being read, and then for choosing and merging. The
# rest is for what changed meanwhile.
SHARE_FOR_READING = 0.4
SHARE_FOR_DECIDING = 0.7
# Who types all the while is asked to ask again.
MOST_REBASES = 3
OUT_OF_TIME = "there was no time left to put the edit together"
TOO_SHORT = "the time was up before anybody could be asked"
NOTHING_FITS = "no model proposed an edit that can be used"
BUG = "something went wrong in here: the log says where"
STILL_CHANGING = "the text changed again and again meanwhile: ask again"

Now = Callable[[str], DocumentSnapshot | None]


class Refactor:
    """One request on its way. ``round_`` asks at ``desk``; ``now`` and ``report`` as in EditEngine."""

    def __init__(
        self,
        request: RefactorRequest,
        pool: EditPool,
        round_: Round,
        stopwatch: Stopwatch,
        report: Callable[[str], None],
        now: Now,
        adopt: Adopt,
    ) -> None:
        self._request = request
        self._pool = pool
        self._round = round_
        self._desk: EditDesk = round_.desk
        self._stopwatch = stopwatch
        self._report = report
        self._now = now
        self._adopt = adopt
        self._open = {uri for uri in map(_uri_of, request.files) if now(uri) is not None}
        self._opened = Opened("", "")
        self._heard: tuple[Heard, ...] = ()
        self._stopped: tuple[float, str] | None = None

    async def run(self) -> EditSuggestion:
        """Return what comes of it, within the pool's budget. Raises nothing but cancellation."""
        async with aclosing(self._desk):
            try:
                async with asyncio.timeout(self._left_ms / 1000):
                    return await self._proposed()
            except DeskFailed as error:
                return self._refused(f"the edit could not be worked out: {error}")
            except TimeoutError:
                return self._refused(OUT_OF_TIME if self._heard else TOO_SHORT)
            except Exception as error:
                # A bug is no reason for an editor to lose its server.
                log.error("%s failed: %s", self._request.id, where_it_broke(error))
                return self._refused(BUG)

    async def _proposed(self) -> EditSuggestion:
        self._opened = await self._desk.open(_order(self._request))
        self._stopwatch.stage("open")
        self._round.formats.length = self._opened.length
        if self._opened.refusal:
            return replace(self._refused(self._opened.refusal), declined=True)
        await self._asked()
        decision = NOTHING
        if any(one.reading and one.reading.passes for one in self._heard):
            decision = await self._decided()
        self._stopwatch.stage("decide")
        if not decision.hunks:
            why = self._why_nothing(decision)
            told = why_nothing(self._heard, why)
            return replace(self._refused(why, decision), refusal=told)
        return await self._upon_what_changed(decision)

    async def _asked(self) -> None:
        """Ask everybody, wait as long as it is worth it, and have the judge look at what came."""
        pool = self._pool
        fan_out = EditFanOut(pool.members, self._round, pool.budget_ms, self._report, self._adopt)
        try:
            async with fan_out:
                why = await fan_out.waited()
                self._stopped = self._stopwatch.now_ms(), why
                await fan_out.hang_up(self._left_ms * SHARE_FOR_READING)
        finally:
            self._heard = fan_out.heard
        self._round.standings.hear(fan_out.ends)
        self._stopwatch.stage("wait")
        differ = len(classes_of(fan_out.voices)) > 1
        if pool.judge is not None and differ and self._round.left_ms >= LEAST_FOR_JUDGE_MS:
            self._report(f"{pool.judge.member.name} compares what they propose")
            self._heard += await judged(pool.judge, pool, self._round, self._adopt)
            self._stopwatch.stage("judge")

    async def _decided(self) -> Decision:
        """Choose and merge; where that takes the desk down, the best single edit is offered as it is."""
        try:
            return await self._desk.decide(self._left_ms * SHARE_FOR_DECIDING)
        except DeskFailed:
            return await self._desk.decide(0.0)

    async def _upon_what_changed(self, decision: Decision) -> EditSuggestion:
        """Put the edit upon the newest versions of its files."""
        files, hunks = self._request.files, decision.hunks
        for _ in range(MOST_REBASES + 1):
            if closed := next((one.name for one in files if self._is_closed(one)), ""):
                return self._refused(f"{closed} was closed meanwhile", decision)
            newest = tuple(map(self._newest, files))
            if all(_same(*pair) for pair in zip(files, newest, strict=True)):
                return self._offered(replace(decision, hunks=hunks), newest)
            texts = {one.name: one.document.text for one in newest}
            rebased = await self._desk.rebase(decision.hunks, texts)
            self._stopwatch.stage("rebase")
            if rebased.refusal or not rebased.hunks:
                return self._refused(rebased.refusal or STILL_CHANGING, decision)
            files, hunks = newest, rebased.hunks
        return self._refused(STILL_CHANGING, decision)

    def _newest(self, file: EditFile) -> EditFile:
        newest = self._now(file.document.uri)
        return file if newest is None else replace(file, document=newest)

    def _is_closed(self, file: EditFile) -> bool:
        uri = _uri_of(file)
        return uri in self._open and self._now(uri) is None

    def _offered(self, decision: Decision, files: tuple[EditFile, ...]) -> EditSuggestion:
        return self._suggestion(decision, files, hunks=decision.hunks)

    def _refused(self, why: str, decision: Decision = NOTHING) -> EditSuggestion:
        nothing = replace(decision, hunks=())
        suggestion = self._suggestion(nothing, self._request.files, refusal=why)
        if not self._heard:
            return replace(suggestion, failed=why == TOO_SHORT)
        return replace(
            suggestion,
            failed=all_failed(self._heard),
            declined=nobody_was_asked(self._heard),
        )

    def _why_nothing(self, decision: Decision) -> str:
        if not self._heard:
            return TOO_SHORT
        if nobody_was_asked(self._heard):
            return "nobody could be asked"
        if all_failed(self._heard):
            return "nobody has answered"
        return decision.why or NOTHING_FITS

    def _suggestion(
        self,
        decision: Decision,
        files: tuple[EditFile, ...],
        *,
        hunks: Sequence[Hunk] = (),
        refusal: str = "",
    ) -> EditSuggestion:
        trace = edit_trace(
            self._request,
            self._pool.budget_ms,
            self._heard,
            self._stopped or (self._stopwatch.now_ms(), ""),
            language=self._opened.language,
            decision=decision,
            stages=self._stopwatch.stages,
            files=files,
            refusal=refusal,
        )
        return EditSuggestion(
            self._request,
            trace,
            files,
            tuple(hunks),
            decision.dropped,
            self._opened.title,
            refusal,
        )

    @property
    def _left_ms(self) -> float:
        return max(0.0, self._pool.budget_ms - self._stopwatch.now_ms())


def ends_ms(budget_ms: float) -> float:
    """Return until when answers are waited for (milliseconds since the request was read)."""
    return budget_ms - room_ms(budget_ms)


def _order(request: RefactorRequest) -> EditOrder:
    files = request.files
    return EditOrder(
        files={one.name: one.document.text for one in files},
        languages={one.name: one.document.language_id for one in files},
        first=request.first.name,
        start=request.start,
        end=request.end,
        instruction=request.instruction,
        refactoring=request.refactoring,
        diagnostics=request.diagnostics,
        created=tuple(one.name for one in files if not one.exists),
    )


def _uri_of(file: EditFile) -> str:
    return file.document.uri


def _same(old: EditFile, new: EditFile) -> bool:
    if old.document.version == new.document.version:
        return True
    return old.document.text == new.document.text
