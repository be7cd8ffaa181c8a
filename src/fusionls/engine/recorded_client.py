"""A member whose answers are written down, and a member that answers as was written down."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelClient, ModelFailure

# What a recorded member did that was not waited for is not known: on replay it says nothing for this
# long, which in virtual time costs nothing.
SILENCE_S = 3600.0
# Takes the source of a line ("model" or "pool") and the line.
Write = Callable[[str, Mapping[str, Any]], None]


class RecordedClient:
    """``client``, with everything it says written down by ``write`` as plain objects."""

    def __init__(self, member: str, client: ModelClient, write: Write, asks: int = 0) -> None:
        """``asks`` are those that were written down before."""
        self._member = member
        self._client = client
        self._write = write
        self.asks = asks

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return what the client expects, which decides whether it is waited for."""
        expected = self._client.expected_ms(prompt)
        self._write("model", {"member": self._member, "event": "expected", "ms": expected})
        return expected

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Pass it on: what a model reads ahead decides nothing by itself."""
        await self._client.warm(prompt)

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield what the client yields. Raises ModelFailure."""
        loop = asyncio.get_running_loop()
        self.asks += 1
        number, start = self.asks, loop.time()

        def note(event: str, **more: Any) -> None:
            after_ms = round((loop.time() - start) * 1000, 3)
            told = {"member": self._member, "ask": number, "event": event, "after_ms": after_ms}
            self._write("model", told | more)

        note("asked")
        try:
            async with aclosing(self._client.stream(prompt)) as chunks:
                async for chunk in chunks:
                    note("chunk", chunk=asdict(chunk))
                    yield chunk
            note("ended")
        except ModelFailure as error:
            note("failed", failure=asdict(error.failure))
            raise

    async def prepare(self) -> None:
        """Make the client ready. Raises ModelFailure."""
        await self._client.prepare()

    async def aclose(self) -> None:
        """Close the client. Never raises."""
        await self._client.aclose()


@dataclass(slots=True)
class _Told:
    """What one recorded ask brought: (milliseconds after it was asked, event)."""

    events: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)


class ReplayedClient:
    """Answers the n-th ask as the n-th recorded one was answered, at the same times."""

    def __init__(self, member: str, records: Iterable[Mapping[str, Any]]) -> None:
        self._asks = 0
        self._told: dict[int, _Told] = {}
        self._expected: deque[float | None] = deque()
        for record in records:
            if record.get("member") != member:
                continue
            if record.get("event") == "expected":
                self._expected.append(record.get("ms"))
            elif isinstance(record.get("ask"), int):
                told = self._told.setdefault(record["ask"], _Told())
                told.events.append((float(record.get("after_ms", 0.0)), record))

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return what was expected then, None where that was not recorded."""
        return self._expected.popleft() if self._expected else None

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Nothing to read."""

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield what was recorded, then end, fail or fall silent as recorded. Raises ModelFailure."""
        loop = asyncio.get_running_loop()
        self._asks += 1
        start = loop.time()
        told = self._told.get(self._asks, _Told())
        for after_ms, record in told.events:
            await asyncio.sleep(max(0.0, start + after_ms / 1000 - loop.time()))
            event = record.get("event")
            if event == "chunk":
                yield Chunk(**record["chunk"])
            elif event == "ended":
                return
            elif event == "failed":
                failure = record["failure"]
                kind = FailureKind(failure["kind"])
                more = failure.get("retry_after_s"), failure.get("status")
                raise ModelFailure(Failure(kind, failure["message"], *more))
        await _silence()

    async def prepare(self) -> None:
        """Nothing to make ready."""

    async def aclose(self) -> None:
        """Nothing to close."""


async def _silence() -> NoReturn:
    await asyncio.sleep(SILENCE_S)
    raise AssertionError("nobody gave up on a member that fell silent")
