"""A client in the same process: dictionaries in, dictionaries out. For replaying and for tests."""

import asyncio
import json
from typing import Any

from fusionls.lsp.server import FusionServer

Message = dict[str, Any]


class InProcessClient:
    """Feeds messages to ``server`` as its stream loop would, and keeps what comes back."""

    def __init__(self, server: FusionServer) -> None:
        self._server = server
        self._waiting: dict[str | int, asyncio.Future[Message]] = {}
        self.received: list[Message] = []
        server.protocol.set_writer(self, include_headers=False)

    def send(self, message: Message) -> None:
        """Hand one message over; a request's answer can be awaited with ``answer``."""
        if "method" in message and "id" in message:
            future = asyncio.get_running_loop().create_future()
            self._waiting[message["id"]] = future
        protocol = self._server.protocol
        text = json.dumps(message)
        protocol.handle_message(json.loads(text, object_hook=protocol.structure_message))

    async def answer(self, request_id: str | int) -> Message:
        """Return the response to the request ``request_id``, with its result or error."""
        return await self._waiting[request_id]

    async def request(self, message: Message) -> Message:
        """Send a request and return its response."""
        self.send(message)
        return await self.answer(message["id"])

    def write(self, body: bytes) -> None:
        """Take what the server sends (the writer that pygls expects)."""
        message = json.loads(body)
        self.received.append(message)
        waiting = self._waiting.get(message.get("id"))
        if "method" not in message and waiting is not None and not waiting.done():
            waiting.set_result(message)

    def close(self) -> None:
        """Nothing to close."""
