"""Replies in the order in which they came."""

import asyncio

from fusionls.core.reply import Reply


class Arrivals:
    """A queue of replies. None among them only wakes who waits."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Reply | None] = asyncio.Queue()

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, reply: Reply | None) -> None:
        """Add a reply, or wake who waits."""
        self._queue.put_nowait(reply)

    async def next(self, timeout_s: float) -> Reply | None:
        """Return the next reply, None if ``timeout_s`` seconds pass first or who waits is woken."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                return await self._queue.get()
        except TimeoutError:
            return None

    def come_already(self) -> Reply | None:
        """Return a reply that nobody has to wait for, None if there is none."""
        while not self._queue.empty():
            reply = self._queue.get_nowait()
            if reply is not None:
                return reply
        return None
