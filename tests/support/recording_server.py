"""A server on loopback that keeps every byte it is sent, and what else a process tried to reach.

``async with RecordingServer() as server`` gives ``server.url`` and ``server.received``.
"""

import asyncio
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 14\r\n\r\n"
    b"data: [DONE]\n\n"
)


class RecordingServer:
    """Answers every request with ``answer``; ``received`` is all that came, ``connections`` how many did."""

    def __init__(
        self, answer: bytes = ANSWER, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.received = b""
        self.connections = 0
        self._answer = answer
        self._tls = tls
        self._host = host

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), self._host, 0, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def take(self, piece: bytes) -> bytes:
        """Keep ``piece`` and return what to say to it."""
        self.received += piece
        return self._answer if b"\r\n\r\n" in piece else b""


class _Connection(asyncio.Protocol):
    def __init__(self, server: RecordingServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections += 1

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._server.take(data))


class Outgoing:
    """What the process tried to reach: addresses connected to and names looked up, while it is ``active``."""

    def __init__(self) -> None:
        self.active = False
        self.connected: list[Any] = []
        self.looked_up: list[str] = []
        # An audit hook cannot be removed, so it can be paused.
        sys.addaudithook(self._hear)

    @contextmanager
    def watched(self) -> Iterator[Self]:
        """Listen while inside; begin with nothing heard."""
        self.connected, self.looked_up = [], []
        self.active = True
        try:
            yield self
        finally:
            self.active = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active:
            return
        if event in ("socket.connect", "socket.sendto"):
            self.connected.append(arguments[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self.looked_up.append(str(arguments[0]))
