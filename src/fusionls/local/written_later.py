"""What is kept of answers is written behind their backs, several at a time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

WRITTEN_AFTER_S = 0.5


class WrittenLater(Generic[Kept]):
    """Collects what is to be kept and hands it to ``write`` half a second after the first of it came."""

    def __init__(self, write: Callable[[Sequence[Kept]], None]) -> None:
        self._write = write
        self._new: list[Kept] = []
        self._waiting: asyncio.TimerHandle | None = None

    def add(self, one: Kept) -> None:
        """Have ``one`` written soon. It is spelled out then: an answer does not wait for it."""
        self._new.append(one)
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(WRITTEN_AFTER_S, self._flush)

    def close(self) -> None:
        """Write what was not written yet."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._flush()

    def _flush(self) -> None:
        self._waiting = None
        new, self._new = self._new, []
        self._write(new)
