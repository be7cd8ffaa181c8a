"""Prompts are read before somebody waits for them: when a document opens, and on a jump."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from fusionls.core.text import DocumentSnapshot
from fusionls.engine.asking import Ask
from fusionls.engine.bugs import where_it_broke

log = logging.getLogger(__name__)

# A request that comes with its change reads its own prompts. Only without one is there need to.
IDLE_S = 0.03
# The further shapes of a prompt are as long again, and what a server reads is not interrupted: they are
# read only when a person seems to think.
LONG_IDLE_S = 2.0
# An edit so near (lines) to the last one is in the same window, or soon asked for.
NEAR_LINES = 12
# The start of a document is the beginning of every prompt in its first window (code points).
START_WINDOW = 900


class Warming:
    """Has members read the prompts of a place, the newest place only, never beside a request.

    ``asks_at`` gives what would be asked at an offset of a document, ``busy`` tells whether a request
    of the document ``uri`` is running.
    """

    def __init__(
        self,
        asks_at: Callable[[DocumentSnapshot, int], Sequence[Ask]],
        busy: Callable[[str], bool],
    ) -> None:
        self._asks_at = asks_at
        self._busy = busy
        self._seen: dict[str, tuple[DocumentSnapshot, int]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def warm(self, document: DocumentSnapshot, offset: int, *, further: bool = False) -> None:
        """Have the prompts of a place read; returns then. ``further``: those of further shapes too."""
        self._seen[document.uri] = (document, offset)
        if self._busy(document.uri):
            return
        asks = self._asks_at(document, offset)
        first = (a for a in asks if not a.prompt.shape)
        await asyncio.gather(*(ask.pool_member.client.warm(ask.prompt) for ask in first))
        for ask in asks if further else ():
            if ask.prompt.shape and not self._busy(document.uri):
                await ask.pool_member.client.warm(ask.prompt)

    def changed(self, document: DocumentSnapshot) -> None:
        """Take note of a document that was opened or changed; warm up if the place is a new one."""
        before = self._seen.get(document.uri)
        if before is None:
            offset, far = min(document.length, START_WINDOW), True
        else:
            offset = place_of_edit(before[0], document, before[1])
            was = before[0].line_at(before[1])
            far = abs(document.line_at(offset) - was) > NEAR_LINES
        self._seen[document.uri] = (document, offset)
        if far:
            self._soon(IDLE_S, document, offset)

    def asked(self, document: DocumentSnapshot, offset: int) -> None:
        """Take note of a request: it has its prompts read itself."""
        self._stop()
        self._seen[document.uri] = (document, offset)

    def left_out(self, document: DocumentSnapshot, offset: int) -> None:
        """Have further shapes read later, that a request did without as they were not read."""
        self._soon(LONG_IDLE_S, document, offset, further=True)

    def focus(self, uri: str) -> None:
        """Warm up where the person was last in a document."""
        seen = self._seen.get(uri)
        if seen is not None:
            self._soon(0.0, *seen)

    def forget(self, uri: str) -> None:
        """Drop what is known of a closed document."""
        if self._seen.pop(uri, None) is not None:
            self._stop()

    async def aclose(self) -> None:
        """End what runs. Never raises."""
        self._stop()
        self._cancel_running()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _soon(
        self, seconds: float, document: DocumentSnapshot, offset: int, *, further: bool = False
    ) -> None:
        self._stop()
        loop = asyncio.get_running_loop()
        work = partial(self.warm, document, offset, further=further)
        self._timer = loop.call_later(seconds, self._start, work)

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._timer = None
        # What is being read is read to its end; what waits gives way to this.
        self._cancel_running()
        task = asyncio.create_task(_logged(work()), name="warm-up")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cancel_running(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        log.error("a warm-up failed: %s", where_it_broke(error))


def place_of_edit(before: DocumentSnapshot, after: DocumentSnapshot, last: int) -> int:
    """Return the offset in ``after`` where what was changed ends.

    ``last`` is the last known place in ``before``; most edits are there.
    """
    tail = before.length - last
    if tail <= after.length and after.same_tail(before, tail):
        # What was typed at the place, or before it: that its tail is longer says little.
        low = tail
        if after.same_head(before, min(last, after.length - tail)):
            return after.length - tail
    else:
        low = 0
    high = min(before.length, after.length) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if after.same_tail(before, middle):
            low = middle
        else:
            high = middle
    return after.length - low
