"""Reads, judges and fuses edits in a process of its own, so that nobody who types ever waits for it.

A text that was written to harm may take a parser down, or keep it busy for minutes; then that process ends,
one request gets nothing, and the next one gets a fresh process.
"""

import asyncio
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


class EditProcess:
    """Opens desks in processes. One that was used and is sound is kept for the next request for a while."""

    def __init__(self, command: Sequence[str] = (), call_s: float = CALL_S) -> None:
        """``command`` is another process than the usual one, a call may take ``call_s`` seconds."""
        self._command = tuple(command)
        self._call_s = call_s
        self._all: set[LineProcess] = set()
        self._spare: LineProcess | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def desk(self) -> "ProcessDesk":
        """Return a desk of its own. Its process is started now, in the background."""
        # Imported late: most servers are never asked for an edit.
        from fusionls.local.line_process import COMMAND, LineProcess

        process, self._spare = self._spare, None
        self._stop_timer()
        if process is None or not process.is_sound:
            process = LineProcess(self._command or COMMAND)
            self._all.add(process)
        return ProcessDesk(process, self._call_s, self._take_back)

    async def aclose(self) -> None:
        """End all processes. Never raises."""
        self._closed = True
        self._stop_timer()
        self._spare = None
        await asyncio.gather(*(process.end() for process in self._all), return_exceptions=True)
        self._all.clear()
        if self._ending:
            await asyncio.wait(self._ending)

    def _take_back(self, process: "LineProcess", *, sound: bool) -> None:
        """Keep a process whose desk is closed, or end it."""
        if sound and process.is_sound and self._spare is None and not self._closed:
            self._spare = process
            self._timer = asyncio.get_running_loop().call_later(SPARE_S, self._end_spare)
            return
        self._end(process)

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

    def __init__(self, process: "LineProcess", call_s: float, give_back: _GiveBack) -> None:
        self._process = process
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
            self._give_back(self._process, sound=self._process.forget())

    async def _asked(self, call: str, order: object, within_s: float | None = None) -> Any:
        return await self._process.ask(call, order, within_s or self._call_s)
