"""A model's server on the loopback interface that misbehaves as it is told.

``async with FaultServer("stall") as server`` gives ``server.url`` and ``server.connections``. As a program,
``python -m tests.support.fault_server --mode stall`` prints its address and then what happens on its
connections, one JSON object a line, until its stdin ends. It ends by itself after ``LIFETIME_S``.
"""

import argparse
import asyncio
import gzip
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.support.scripted_transport import end_events, token_event

LIFETIME_S = 300.0
# A fault that sends without end stops here, so that a broken client cannot fill a machine.
ENDLESS_BYTES = 64 * 1024 * 1024
# The first byte that a TLS client sends.
TLS_HANDSHAKE = b"\x16"
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@dataclass(slots=True)
class ConnectionRecord:
    """What one client did. Times are seconds of ``time.monotonic()``."""

    number: int
    opened_s: float
    received: int = 0
    requests: list[str] = field(default_factory=list)
    closed_s: float | None = None


class FaultServer:
    """A server with one way to behave, from ``MODES``.

    ``after_s`` is the delay before an answer, ``redirect_to`` the address that ``redirect`` names, and
    ``on_event`` is called with each event that the program would print.
    """

    def __init__(
        self,
        mode: str = "answer",
        *,
        text: str = "a + b",
        after_s: float = 0.0,
        redirect_to: str = "",
        tls: ssl.SSLContext | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.play = MODES[mode]
        self.text = text
        self.after_s = after_s
        self.redirect_to = redirect_to
        self.connections: list[ConnectionRecord] = []
        self.url = ""
        self._tls = tls
        self._on_event = on_event
        self._changed = asyncio.Event()
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", 0, ssl=self._tls
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

    def joined(self, connection: "_Connection") -> ConnectionRecord:
        """Called by a new connection."""
        record = ConnectionRecord(len(self.connections), time.monotonic())
        self.connections.append(record)
        self._open.add(connection)
        self.tell("opened", record)
        return record

    def left(self, connection: "_Connection") -> None:
        """Called by a connection that is gone."""
        self._open.discard(connection)

    def tell(self, event: str, record: ConnectionRecord, **more: object) -> None:
        """Report an event."""
        self._changed.set()
        if self._on_event:
            now = time.monotonic()
            self._on_event({"event": event, "connection": record.number, "at_s": now, **more})


class _Connection(asyncio.Protocol):
    """One client. Requests are served one after the other by a task."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
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
        del self._received[: len(head) + 4 + size]
        return lines[0].split(" ")[1]

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _note_closed(self) -> None:
        if self.record.closed_s is None:
            self.record.closed_s = time.monotonic()
            self.server.tell("closed", self.record)


async def _answer(connection: _Connection, path: str) -> None:
    await connection.send(_STREAM_HEAD)
    for word in connection.server.text.split(" "):
        await connection.send_chunk(token_event(word, path, -0.1))
    await connection.send_chunk(end_events(path))
    await connection.send_chunk(b"")


async def _answer_whole(connection: _Connection, _path: str) -> None:
    """As a server answers that was not asked to stream."""
    body = json.dumps({"choices": [{"text": connection.server.text}]}).encode()
    await connection.send_whole("200 OK\r\nContent-Type: application/json", body)


async def _answer_slowly_ended(connection: _Connection, path: str) -> None:
    """The end of the body comes a moment after the text, in a packet of its own."""
    await connection.send(_STREAM_HEAD)
    await connection.send_chunk(token_event("a", path) + end_events(path))
    await asyncio.sleep(0.01)
    await connection.send_chunk(b"")


async def _stall(connection: _Connection, _path: str) -> None:
    await asyncio.sleep(LIFETIME_S)


async def _stall_in_stream(connection: _Connection, path: str) -> None:
    await _begin(connection, path)
    await asyncio.sleep(LIFETIME_S)


async def _reset(connection: _Connection, _path: str) -> None:
    connection.reset()


async def _reset_in_stream(connection: _Connection, path: str) -> None:
    await _begin(connection, path)
    # A reset overtakes what was sent just before it.
    await asyncio.sleep(0.05)
    connection.reset()


async def _die_in_stream(connection: _Connection, path: str) -> None:
    await _begin(connection, path)
    connection.transport.close()


async def _html(connection: _Connection, _path: str) -> None:
    await connection.send_whole("200 OK\r\nContent-Type: text/html", b"<html>Please log in</html>")


async def _error_500(connection: _Connection, _path: str) -> None:
    await connection.send_whole("500 Oops\r\nContent-Type: application/json", b'{"error": "oops"}')


async def _error_429(connection: _Connection, _path: str) -> None:
    await connection.send_whole("429 Slow Down\r\nRetry-After: 7", b"slow down")


async def _redirect(connection: _Connection, path: str) -> None:
    location = f"{connection.server.redirect_to}{path}"
    await connection.send_whole(f"307 Elsewhere\r\nLocation: {location}")


async def _endless_stream(connection: _Connection, path: str) -> None:
    await connection.send(_STREAM_HEAD)
    token = token_event("again ", path) * 10
    for _ in range(ENDLESS_BYTES // len(token)):
        await connection.send_chunk(token)


async def _endless_line(connection: _Connection, _path: str) -> None:
    await connection.send(_STREAM_HEAD)
    await connection.send_chunk(b"data: ")
    noise = b"x" * 16_384
    for _ in range(ENDLESS_BYTES // len(noise)):
        await connection.send_chunk(noise)


async def _byte_a_second(connection: _Connection, path: str) -> None:
    await connection.send(_STREAM_HEAD)
    for byte in token_event("slow", path):
        await connection.send_chunk(bytes([byte]))
        await asyncio.sleep(1)


async def _truncated_json(connection: _Connection, path: str) -> None:
    await connection.send(_STREAM_HEAD)
    await connection.send_chunk(token_event("a", path)[:-9] + b"\n\n")
    await connection.send_chunk(b"")


async def _compressed(connection: _Connection, path: str) -> None:
    body = gzip.compress(token_event("a", path) + end_events(path))
    head = "200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip"
    await connection.send_whole(head, body)


async def _close_on_reuse(connection: _Connection, path: str) -> None:
    if len(connection.record.requests) > 1:
        connection.transport.close()
    else:
        await _answer(connection, path)


async def _not_http(connection: _Connection, _path: str) -> None:
    await connection.send(b"SSH-2.0-OpenSSH_9.2\r\n")


async def _begin(connection: _Connection, path: str) -> None:
    await connection.send(_STREAM_HEAD)
    await connection.send_chunk(token_event("a", path, -0.1))


MODES: dict[str, Callable[[_Connection, str], Awaitable[None]]] = {
    "answer": _answer,
    "answer-whole": _answer_whole,
    "answer-slowly-ended": _answer_slowly_ended,
    "stall": _stall,
    "stall-in-stream": _stall_in_stream,
    "reset": _reset,
    "reset-in-stream": _reset_in_stream,
    "die-in-stream": _die_in_stream,
    "html": _html,
    "500": _error_500,
    "429": _error_429,
    "redirect": _redirect,
    "endless-stream": _endless_stream,
    "endless-line": _endless_line,
    "byte-a-second": _byte_a_second,
    "truncated-json": _truncated_json,
    "compressed": _compressed,
    "close-on-reuse": _close_on_reuse,
    "not-http": _not_http,
}


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
