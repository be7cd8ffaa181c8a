"""Long prompts are read one after the other on one machine.

Two that are read side by side on the same processors both come late; one after the other, the first is
back in half the time.
"""

import asyncio
from typing import Protocol


class Reader(Protocol):
    """One who reads: ``reading`` tells whether it still does."""

    @property
    def reading(self) -> bool:
        """Whether nothing has been said yet."""


class Turns:
    """Whose turn it is to read a long prompt. The models of one machine share one of these."""

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._moved = asyncio.Event()

    @property
    def free(self) -> bool:
        """Whether nobody reads a long prompt."""
        return self._reader is None or not self._reader.reading

    def take(self, reader: Reader) -> None:
        """Say that ``reader`` has begun."""
        self._reader = reader

    def tell(self) -> None:
        """Have those look again who wait: somebody may be done, or a newer request may have come."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def change(self) -> None:
        """Wait until somebody tells."""
        await self._moved.wait()
