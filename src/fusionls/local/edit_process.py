"""Reads, judges and fuses edits in a process of its own, so that nobody who types ever waits for it.

A text that was written to harm may take a parser down, or keep it busy for minutes; then that process ends,
one request gets nothing, and the next one gets a fresh process.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
)
from fusionls.core.prompt import RenderedPrompt
from fusionls.engine.edit_ports import DeskFailed

if TYPE_CHECKING:
    from fusionls.local.line_process import LineProcess

# A file of 20,000 lines takes one to two seconds; a machine may be five times as busy.
CALL_S = 10.0
# Of an answer, in code points: one more than the desk reads. To write down 8 MB would hold the server up for
# a tenth of a second.
MOST_SENT = 1_000_001
# What is decided within a time is allowed this much more: it is a measure of work, not of a clock.
DECIDE_MORE_S = 2.0
# Who asks for one edit often asks for the next: a process that is ready saves 0.3 s of its start, and takes
# 20 to 40 MB while it waits.
SPARE_S = 60.0
# To start one holds the server up for 10 ms, and each takes a core. Few people have more edits under way.
MOST_AT_ONCE = 4


class EditProcess:
    """Opens desks in processes. One that was used and is sound is kept for the next request for a while.

    There are MOST_AT_ONCE at most: the next desk has its process when one of the others is closed.
    """

    def __init__(self, command: Sequence[str] = (), call_s: float = CALL_S) -> None:
        """``command`` is another process than the usual one, a call may take ``call_s`` seconds."""
        self._command = tuple(command)
        self._call_s = call_s
        self._all: set[LineProcess] = set()
        self._spare: LineProcess | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._in_use = 0
        self._waiting: deque[asyncio.Future[LineProcess]] = deque()
        self._closed = False

    def desk(self) -> "ProcessDesk":
        """Return a desk of its own. Its process is started now, in the background, if it may have one."""
        coming: asyncio.Future[LineProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(coming)
        self._serve()
        return ProcessDesk(coming, self._call_s, self._take_back)

    async def aclose(self) -> None:
        """End all processes. Never raises."""
        self._closed = True
        self._stop_timer()
        self._spare = None
        for coming in self._waiting:
            coming.cancel()
        await asyncio.gather(*(process.end() for process in self._all), return_exceptions=True)
        self._all.clear()
        if self._ending:
            await asyncio.wait(self._ending)

    def _serve(self) -> None:
        """Give a process to each desk that may have one, in the order in which they came."""
        while self._waiting and self._in_use < MOST_AT_ONCE:
            coming = self._waiting.popleft()
            if not coming.done():
                self._in_use += 1
                coming.set_result(self._process())

    def _process(self) -> "LineProcess":
        # Imported late: most servers are never asked for an edit.
        from fusionls.local.line_process import COMMAND, LineProcess

        process, self._spare = self._spare, None
        self._stop_timer()
        if process is None or not process.is_sound:
            process = LineProcess(self._command or COMMAND)
            self._all.add(process)
        return process

    def _take_back(self, process: "LineProcess", *, sound: bool) -> None:
        """Keep a process whose desk is closed, or end it."""
        self._in_use -= 1
        if sound and process.is_sound and self._spare is None and not self._closed:
            self._spare = process
            self._timer = asyncio.get_running_loop().call_later(SPARE_S, self._end_spare)
        else:
            self._end(process)
        self._serve()

    def _end_spare(self) -> None:
        process, self._spare = self._spare, None
        if process is not None:
            self._end(process)

    def _end(self, process: "LineProcess") -> None:
        self._all.discard(process)
        task = asyncio.get_running_loop().create_task(process.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _GiveBack(Protocol):
    """Takes a process back whose desk is closed."""

    def __call__(self, process: "LineProcess", *, sound: bool) -> None:
        """``sound`` says that it can serve the next request."""


class ProcessDesk:
    """A desk in a process. Whoever is cancelled leaves what was asked for to be done, unless it is closed."""

    def __init__(
        self, coming: "asyncio.Future[LineProcess]", call_s: float, give_back: _GiveBack
    ) -> None:
        self._coming = coming
        self._call_s = call_s
        self._give_back = give_back
        self._closed = False

    async def open(self, order: EditOrder) -> Opened:
        """Take the request. Raises DeskFailed."""
        opened: Opened = await self._asked("open", order)
        return opened

    async def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        """Return what a member is asked, or why it cannot be. Raises DeskFailed."""
        prompt: RenderedPrompt | str = await self._asked("prompt", order)
        return prompt

    async def read(self, order: ReadOrder) -> Reading:
        """Take in an answer. Raises DeskFailed."""
        if len(order.text) > MOST_SENT:
            order = replace(order, text=order.text[:MOST_SENT])
        reading: Reading = await self._asked("read", order)
        return reading

    async def decide(self, within_ms: float) -> Decision:
        """Choose among what was read and merge it. Raises DeskFailed."""
        within_s = within_ms / 1000 + DECIDE_MORE_S
        decision: Decision = await self._asked("decide", within_ms, within_s)
        return decision

    async def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        """Return what a judge is asked, None where there is nothing to judge. Raises DeskFailed."""
        prompt: RenderedPrompt | None = await self._asked("judge_prompt", order)
        return prompt

    async def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        """Return ``hunks`` in the files as they are ``now``. Raises DeskFailed."""
        from fusionls.local.edit_lines import RebaseOrder

        rebased: Rebased = await self._asked("rebase", RebaseOrder(tuple(hunks), now))
        return rebased

    async def aclose(self) -> None:
        """Give the process back; one that is still at something is ended. Never raises."""
        if not self._closed:
            self._closed = True
            if self._coming.done() and not self._coming.cancelled():
                process = self._coming.result()
                self._give_back(process, sound=process.forget())
            self._coming.cancel()

    async def _asked(self, call: str, order: object, within_s: float | None = None) -> Any:
        # Not `await self._coming`: who is cancelled here must not take the process from the others.
        await asyncio.wait({self._coming})
        if self._coming.cancelled():
            raise DeskFailed("the edits could not be read and compared: it was closed")
        return await self._coming.result().ask(call, order, within_s or self._call_s)
