"""The way to our own server in this process and in virtual time: bytes into ``StreamLoop``."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import ModelClient, Pool, PoolMember
from fusionls.lsp.server import build_server
from fusionls.lsp.stream import StreamLoop
from tests.conformance.messages import URI
from tests.conformance.peer import Peer
from tests.support.pools import ScriptedPools, scripted_pools
from tests.support.scripted_transport import Script

Scripts = Mapping[str, Script | list[Script]]
# Beyond every cap of ours and every time-out of the rows; in virtual time it costs nothing.
PATIENCE_S = 120.0
QUIET_S = 30.0
# Timers are sums of floats.
ROUNDING_S = 1e-6
# Its prompts show the whole text around the cursor, when that is short.
FAMILY = "qwen2.5-coder"
_PROMPT = re.compile(r"<\|fim_prefix\|>(.*)<\|fim_suffix\|>(.*)<\|fim_middle\|>\Z", flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Told:
    """The text before and after the cursor, as a model was told it."""

    before: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.after


class SlowStart:
    """A way to a model that has to be started first, which takes ``start_s`` seconds."""

    def __init__(self, client: ModelClient, start_s: float) -> None:
        self._client = client
        self._start_s = start_s

    def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        return self._client.stream(prompt)

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        return self._client.expected_ms(prompt)

    async def warm(self, prompt: RenderedPrompt) -> None:
        await self._client.warm(prompt)

    async def prepare(self) -> None:
        await asyncio.sleep(self._start_s)

    async def aclose(self) -> None:
        await self._client.aclose()


def _started_after(pools: ScriptedPools, start_s: float) -> ScriptedPools:
    if not start_s:
        return pools
    members = (PoolMember(m.member, SlowStart(m.client, start_s)) for m in pools.pool.members)
    return replace(pools, pool=Pool(tuple(members), pools.pool.caps))


class InProcessPeer(Peer):
    """A client of a server in this process, and of the scripted hosts behind that server.

    ``start_s`` is how long the models take to start.
    """

    patience_s = PATIENCE_S
    quiet_s = QUIET_S

    def __init__(self, scripts: Scripts, start_s: float = 0.0) -> None:
        super().__init__()
        members = {name: Member(name, FAMILY, maker=name) for name in scripts}
        self.pools = _started_after(scripted_pools(scripts, members), start_s)
        self.transport = self.pools.transport
        self._engine: CompletionEngine | None = None
        self.server = build_server(self._open_engine)
        self._stream = StreamLoop(self.server, self.take)
        asyncio.get_running_loop().set_exception_handler(self._note_bug)

    def write(self, data: bytes) -> None:
        self._stream.feed(data)

    def hang_up(self) -> None:
        self._stream.feed_eof()

    @property
    def alive(self) -> bool:
        return self._stream.exit_code is None

    async def exit_code(self) -> int:
        assert self._stream.exit_code is not None, "the session should have ended"
        return self._stream.exit_code

    def allowance_s(self, milliseconds: float) -> float:
        """The bound itself: virtual time passes only where somebody waits."""
        return milliseconds / 1000 + ROUNDING_S

    async def aclose(self) -> None:
        """End what a test left running."""
        await self.server.aclose()

    def told(self) -> Told:
        """Return what the model that was asked last was told."""
        prompt = self.transport.requests[-1].json["prompt"]
        found = _PROMPT.search(prompt)
        assert found, prompt
        return Told(found.group(1), found.group(2))

    async def text(self, uri: str = URI) -> str:
        """Return a document as the models see it, by asking for ghost text at its start."""
        asked = len(self.transport.requests)
        answered = await self.answer(self.inline(0, 0, uri=uri))
        assert "result" in answered, answered
        assert len(self.transport.requests) > asked, "no model was asked"
        return self.told().text

    @property
    def engine(self) -> CompletionEngine:
        """The engine of the server."""
        return self._open_engine()[0]

    def _open_engine(self) -> tuple[CompletionEngine, tuple[str, ...]]:
        if self._engine is None:
            self._engine = CompletionEngine(self.pools)
        return self._engine, ()

    def _note_bug(self, _: Any, context: dict[str, Any]) -> None:
        error = context.get("exception") or AssertionError(context["message"])
        self.broken.append(error)
