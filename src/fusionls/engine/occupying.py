"""Long requests to a server that has others to answer, too.

llama.cpp has one slot here: what it reads for an edit takes the place of what it has read for the next
key, and a key that is asked for meanwhile waits until the edit is written.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Protocol

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.engine.ports import ModelClient


class Occupied(Protocol):
    """Who has to know that its server is busy with something else."""

    def others_begin(self) -> None:
        """Something else is sent to the server."""

    def others_end(self) -> None:
        """It is over."""


class OccupyingClient:
    """Asks ``client``, and tells whoever shares its server. It is closed when the last answer has ended."""

    def __init__(self, client: ModelClient, beside: Callable[[], Iterable[Occupied]]) -> None:
        """``beside`` returns who shares the server now."""
        self._client = client
        self._beside = beside
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else."""
        told = tuple(self._beside())
        self._running += 1
        self._idle.clear()
        for one in told:
            one.others_begin()
        try:
            async with aclosing(self._client.stream(prompt)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            for one in told:
                one.others_end()
            self._running -= 1
            if not self._running:
                self._idle.set()

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return when the answer may begin (ms from now), None if that is not known."""
        return self._client.expected_ms(prompt)

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Do nothing: an edit is asked for once."""

    async def prepare(self) -> None:
        """Make ready what takes long. Raises ModelFailure."""
        await self._client.prepare()

    async def close_when_idle(self) -> None:
        """Free what is held, once nobody is being answered any more. Never raises."""
        await self._idle.wait()
        await self._client.aclose()

    async def aclose(self) -> None:
        """Free what is held now. Never raises."""
        await self._client.aclose()
