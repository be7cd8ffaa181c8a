"""A model's server on the loopback interface that misbehaves as it is told.

``async with FaultServer("stall") as server`` gives ``server.url`` and ``server.connections``. As a program,
``python -m tests.support.fault_server --mode stall`` prints its address and then what happens on its
connections, one JSON object a line, until its stdin ends. It ends by itself after ``LIFETIME_S``.
"""

import argparse
import asyncio
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.support.fault_modes import MODES as MODES
from tests.support.scripted_transport import EVENT_STREAM, end_events, token_event

LIFETIME_S = 300.0
# The first byte that a TLS client sends.
TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A healthy answer in the dialect of a wire: its events, of which the first has text."""

    content_type: str
    first: bytes
    rest: bytes


@dataclass(slots=True)
class ConnectionRecord:
    """What one client did. Times are seconds of ``time.monotonic()``."""

    number: int
    opened_s: float
    received: int = 0
    requests: list[str] = field(default_factory=list)
    closed_s: float | None = None


class FaultServer:
    """A server with one way to behave, from ``MODES``; ``play`` may be set to another one at any time.

    ``after_s`` is the delay before an answer, ``redirect_to`` the address that ``redirect`` names,
    ``spoken`` what is answered in place of ``text``, and ``on_event`` is called with each event that the
    program would print.
    """

    def __init__(
        self,
        mode: str = "answer",
        *,
        text: str = "a + b",
        after_s: float = 0.0,
        redirect_to: str = "",
        spoken: Spoken | None = None,
        tls: ssl.SSLContext | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.play = MODES[mode]
        self.text = text
        self.after_s = after_s
        self.redirect_to = redirect_to
        self.spoken = spoken
        self.connections: list[ConnectionRecord] = []
        self.url = ""
        self._tls = tls
        self._on_event = on_event
        self._changed = asyncio.Event()
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", 0, ssl=self._tls
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
        for connection in list(self._open):
            connection.hang_up()
        await asyncio.sleep(0)

    def begins(self) -> bytes:
        """The head of a stream."""
        kind = self.spoken.content_type if self.spoken else EVENT_STREAM
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head.encode()

    def pieces(self, path: str) -> list[bytes]:
        """What a healthy answer to ``path`` says, in several pieces; the first has text."""
        if self.spoken:
            return (
                [self.spoken.first, self.spoken.rest] if self.spoken.rest else [self.spoken.first]
            )
        return [*(token_event(word, path, -0.1) for word in self.text.split(" ")), end_events(path)]

    @property
    def open_connections(self) -> int:
        """How many clients have not hung up."""
        return sum(record.closed_s is None for record in self.connections)

    async def wait_for(self, condition: Callable[[Self], bool], timeout_s: float = 5.0) -> None:
        """Wait until ``condition`` holds. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    def joined(self, connection: "Connection") -> ConnectionRecord:
        """Called by a new connection."""
        record = ConnectionRecord(len(self.connections), time.monotonic())
        self.connections.append(record)
        self._open.add(connection)
        self.tell("opened", record)
        return record

    def left(self, connection: "Connection") -> None:
        """Called by a connection that is gone."""
        self._open.discard(connection)

    def tell(self, event: str, record: ConnectionRecord, **more: object) -> None:
        """Report an event."""
        self._changed.set()
        if self._on_event:
            now = time.monotonic()
            self._on_event({"event": event, "connection": record.number, "at_s": now, **more})


class Connection(asyncio.Protocol):
    """One client. Requests are served one after the other by a task; ``body`` is that of the last."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.body = b""
        self._received = bytearray()
        self._news = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.record = self.server.joined(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._received += data
        self.record.received += len(data)
        self._news.set()

    def eof_received(self) -> bool:
        self._note_closed()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_closed()
        self._task.cancel()
        self.server.left(self)

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def send(self, content: bytes) -> None:
        """Send, waiting while the client does not read."""
        self.transport.write(content)
        await self._may_write.wait()
        # Whoever sends without end hears here that nobody listens any more.
        await asyncio.sleep(0)

    async def send_chunk(self, content: bytes) -> None:
        """Send one chunk of a chunked body; an empty one ends it."""
        await self.send(b"%x\r\n%b\r\n" % (len(content), content))

    async def send_whole(self, head: str, body: bytes = b"") -> None:
        """Send a whole answer; ``head`` is the status line without the version, and headers."""
        size = f"Content-Length: {len(body)}\r\n\r\n"
        await self.send(f"HTTP/1.1 {head}\r\n{size}".encode() + body)

    def reset(self) -> None:
        """Break the connection so that the client sees a reset and not an end."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def hang_up(self) -> None:
        """Close what is open."""
        self._task.cancel()
        self.transport.abort()

    async def _serve(self) -> None:
        while True:
            path = await self._read_request()
            self.record.requests.append(path)
            self.server.tell("request", self.record, path=path)
            if self.server.after_s:
                await asyncio.sleep(self.server.after_s)
            await self.server.play(self, path)
            self.server.tell("answered", self.record)

    async def _read_request(self) -> str:
        while b"\r\n\r\n" not in self._received:
            await self._more()
            if self._received.startswith(TLS_HANDSHAKE):
                # As web servers answer a client that speaks TLS to a plain port.
                await self.send_whole("400 Bad Request")
        head, _, body = bytes(self._received).partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        size = int(headers.get("content-length", "0"))
        while len(body) < size:
            await self._more()
            body = bytes(self._received).partition(b"\r\n\r\n")[2]
        self.body = body[:size]
        del self._received[: len(head) + 4 + size]
        return lines[0].split(" ")[1]

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _note_closed(self) -> None:
        if self.record.closed_s is None:
            self.record.closed_s = time.monotonic()
            self.server.tell("closed", self.record)


def _print_line(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


async def _serve_until_stdin_ends(server: FaultServer, lifetime_s: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(stop.set)

    # A thread, because Windows has no other way to wait for stdin; a daemon, so that it ends with us.
    threading.Thread(target=watch, daemon=True).start()
    async with server:
        _print_line({"url": server.url})
        try:
            await asyncio.wait_for(stop.wait(), lifetime_s)
        except TimeoutError:
            _print_line({"event": "lifetime over"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=sorted(MODES), default="answer")
    parser.add_argument("--text", default="a + b")
    parser.add_argument("--after-ms", type=float, default=0.0)
    parser.add_argument("--redirect-to", default="")
    parser.add_argument("--lifetime-s", type=float, default=LIFETIME_S)
    parser.add_argument("--quiet", action="store_true", help="print the address only")
    chosen = parser.parse_args()
    server = FaultServer(
        chosen.mode,
        text=chosen.text,
        after_s=chosen.after_ms / 1000,
        redirect_to=chosen.redirect_to,
        on_event=None if chosen.quiet else _print_line,
    )
    asyncio.run(_serve_until_stdin_ends(server, chosen.lifetime_s))


if __name__ == "__main__":
    main()
