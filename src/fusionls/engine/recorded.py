"""Members whose answers are written down, and members who answer as was written down.

A recorded session can be run again without any model, in virtual time, to the same decisions: a bug
report is one transcript.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NoReturn

from fusionls.core.kept_in import Keep
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.ports import (
    BackgroundReading,
    EditPool,
    ModelClient,
    ModelFailure,
    Pool,
    PoolMember,
    PoolSource,
)

# What a recorded member did that was not waited for is not known: on replay it says nothing for this
# long, which in virtual time costs nothing.
SILENCE_S = 3600.0
# Takes the source of a line ("model" or "pool") and the line.
Write = Callable[[str, Mapping[str, Any]], None]


class RecordedPools:
    """``pools``, with the pool and everything its members say written down by ``write``."""

    def __init__(self, pools: PoolSource, write: Write) -> None:
        self._pools = pools
        self._write = write
        self._wrapped: dict[str, tuple[ModelClient | None, PoolMember]] = {}

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool for ``uri`` within ``wish``. Never raises."""
        pool = self._pools.pool_for(uri, wish, language_id)
        if not self._wrapped:
            members = [asdict(pool_member.member) for pool_member in pool.members]
            decides = {"threshold": pool.threshold, "weights": pool.weights.to_json()}
            self._write("pool", {"members": members, "caps": asdict(pool.caps), **decides})
        return replace(pool, members=tuple(self._recorded(m) for m in pool.members))

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who is asked for edits; a transcript holds completions only."""
        return self._pools.edit_pool_for(uris, wish, language_id)

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open. Raises NoFile."""
        return await self._pools.file_at(uri, must_exist=must_exist)

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        """Return to whom another open document may be shown."""
        return self._pools.keep_of(uri, wish)

    def news(self) -> tuple[str, ...]:
        """Return what the person has to know."""
        return self._pools.news()

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of an editor's settings. Never raises."""
        return self._pools.read_wish(block)

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read."""
        return self._pools.reading

    @property
    def reads_files(self) -> bool:
        """Whether folders were read."""
        return self._pools.reads_files

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Pass it on."""
        self._pools.document_changed(snapshot)

    def document_closed(self, uri: str) -> None:
        """Pass it on."""
        self._pools.document_closed(uri)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Pass it on."""
        self._pools.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Pass it on."""
        self._pools.files_changed(uris)

    async def aclose(self) -> None:
        """Close the pools. Never raises."""
        await self._pools.aclose()

    def _recorded(self, pool_member: PoolMember) -> PoolMember:
        name = pool_member.member.name
        inner, wrapped = self._wrapped.get(name, (None, pool_member))
        if inner is not pool_member.client:
            # A member that the settings turned into another one goes on in the same transcript.
            asks = wrapped.client.asks if isinstance(wrapped.client, RecordedClient) else 0
            client = RecordedClient(name, pool_member.client, self._write, asks)
            wrapped = PoolMember(pool_member.member, client)
            self._wrapped[name] = (pool_member.client, wrapped)
        return wrapped


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
