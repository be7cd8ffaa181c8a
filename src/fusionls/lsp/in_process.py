"""A client in the same process: dictionaries in, dictionaries out. For replaying and for tests."""

import asyncio
import json
from typing import Any

from fusionls.lsp.framing import Body, FrameReader, frame
from fusionls.lsp.server import FusionServer
from fusionls.lsp.stream import StreamLoop

Message = dict[str, Any]


class InProcessClient:
    """Feeds messages to ``server`` through its stream loop, and keeps what comes back."""

    def __init__(self, server: FusionServer) -> None:
        self._stream = StreamLoop(server, self._take)
        self._frames = FrameReader()
        self._waiting: dict[str | int, asyncio.Future[Message]] = {}
        self._asked = asyncio.Event()
        self.received: list[Message] = []

    @property
    def exit_code(self) -> int | None:
        """The exit code that the server's process would have, None while the session lasts."""
        return self._stream.exit_code

    def send(self, message: Message) -> None:
        """Hand one message over; a request's answer can be awaited with ``answer``."""
        if "method" in message and "id" in message:
            self._waiting[message["id"]] = asyncio.get_running_loop().create_future()
        self._stream.feed(frame(json.dumps(message).encode()))

    async def answer(self, request_id: str | int) -> Message:
        """Return the response to the request ``request_id``, with its result or error."""
        return await self._waiting[request_id]

    def asked(self, method: str) -> list[Message]:
        """Return the server's requests for ``method`` so far."""
        return [one for one in self.received if one.get("method") == method and "id" in one]

    async def ask(self, method: str, number: int) -> Message:
        """Return the server's request ``number`` (from 0) for ``method``, waiting until it comes."""
        while len(found := self.asked(method)) <= number:
            self._asked.clear()
            await self._asked.wait()
        return found[number]

    async def request(self, message: Message) -> Message:
        """Send a request and return its response."""
        self.send(message)
        return await self.answer(message["id"])

    def _take(self, sent: bytes) -> None:
        for piece in self._frames.feed(sent):
            if isinstance(piece, Body):
                self._keep(json.loads(piece.content))

    def _keep(self, message: Message) -> None:
        self.received.append(message)
        known = message.get("id")
        waiting = None if known is None else self._waiting.get(known)
        if "method" in message and known is not None:
            self._asked.set()
        if "method" not in message and waiting is not None and not waiting.done():
            waiting.set_result(message)
