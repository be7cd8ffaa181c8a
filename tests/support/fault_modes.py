"""The ways in which the server of ``fault_server.py`` misbehaves: each plays one request of one client."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tests.support.scripted_transport import end_events, token_event

if TYPE_CHECKING:
    from tests.support.fault_server import Connection

# Longer than any test, and the end of what nobody hung up on.
STALL_S = 300.0
# A fault that sends without end stops here, so that a broken client cannot fill a machine.
ENDLESS_BYTES = 64 * 1024 * 1024
# A chunk that is announced and never sent whole.
_CHUNK_OF_64_BYTES = b"40\r\n"
# Slow enough that each piece is a read of its own, and fast enough for many tests.
SLOW_PIECE_S = 0.002


async def _answer(connection: "Connection", path: str) -> None:
    await connection.send(connection.server.begins())
    await _pieces(connection, path)


async def _answer_whole(connection: "Connection", _path: str) -> None:
    """As a server answers that was not asked to stream."""
    body = json.dumps({"choices": [{"text": connection.server.text}]}).encode()
    await connection.send_whole("200 OK\r\nContent-Type: application/json", body)


async def _answer_slowly_ended(connection: "Connection", path: str) -> None:
    """The end of the body comes a moment after the text, in a packet of its own."""
    await connection.send(connection.server.begins())
    await connection.send_chunk(token_event("a", path) + end_events(path))
    await asyncio.sleep(0.01)
    await connection.send_chunk(b"")


async def _stall(connection: "Connection", _path: str) -> None:
    await asyncio.sleep(STALL_S)


async def _stall_in_stream(connection: "Connection", path: str) -> None:
    await _begin(connection, path)
    await asyncio.sleep(STALL_S)


async def _reset(connection: "Connection", _path: str) -> None:
    connection.reset()


async def _reset_in_stream(connection: "Connection", path: str) -> None:
    await _begin(connection, path)
    # A reset overtakes what was sent just before it.
    await asyncio.sleep(0.05)
    connection.reset()


async def _die_in_stream(connection: "Connection", path: str) -> None:
    await _begin(connection, path)
    connection.transport.close()


async def _fin_in_chunk(connection: "Connection", path: str) -> None:
    """The end of the connection comes within a chunk."""
    await _begin(connection, path)
    await connection.send(_CHUNK_OF_64_BYTES + b"half")
    connection.transport.close()


async def _fin_before_head(connection: "Connection", _path: str) -> None:
    connection.transport.close()


async def _fin_in_head(connection: "Connection", _path: str) -> None:
    await connection.send(connection.server.begins()[:-20])
    connection.transport.close()


async def _slow_head(connection: "Connection", path: str) -> None:
    """The head comes in small pieces, and everything else at once."""
    head = connection.server.begins()
    for start in range(0, len(head), 4):
        await connection.send(head[start : start + 4])
        await asyncio.sleep(SLOW_PIECE_S)
    await _pieces(connection, path)


async def _endless_head(connection: "Connection", _path: str) -> None:
    """Headers without end, as fast as they are read."""
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(ENDLESS_BYTES // 1_024):
        await connection.send(f"X-{number}: {'x' * 1_000}\r\n".encode())


async def _slow_body(connection: "Connection", path: str) -> None:
    """The whole answer, a few bytes in each chunk."""
    await connection.send(connection.server.begins())
    body = b"".join(connection.server.pieces(path))
    for start in range(0, len(body), 16):
        await connection.send_chunk(body[start : start + 16])
        await asyncio.sleep(SLOW_PIECE_S)
    await connection.send_chunk(b"")


async def _late_text(connection: "Connection", path: str) -> None:
    """The head at once, the answer a while later."""
    await connection.send(connection.server.begins())
    await asyncio.sleep(0.1)
    await _pieces(connection, path)


async def _informs_first(connection: "Connection", path: str) -> None:
    """Heads that announce the real one come before it."""
    await connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
    await _answer(connection, path)


async def _html(connection: "Connection", _path: str) -> None:
    await connection.send_whole("200 OK\r\nContent-Type: text/html", b"<html>Please log in</html>")


async def _error_500(connection: "Connection", _path: str) -> None:
    await connection.send_whole("500 Oops\r\nContent-Type: application/json", b'{"error": "oops"}')


async def _error_429(connection: "Connection", _path: str) -> None:
    await connection.send_whole("429 Slow Down\r\nRetry-After: 7", b"slow down")


async def _redirect(connection: "Connection", path: str) -> None:
    location = f"{connection.server.redirect_to}{path}"
    await connection.send_whole(f"307 Elsewhere\r\nLocation: {location}")


async def _endless_stream(connection: "Connection", path: str) -> None:
    await connection.send(connection.server.begins())
    spoken = connection.server.spoken
    events = (spoken.first if spoken else token_event("again ", path)) * 10
    for _ in range(ENDLESS_BYTES // len(events)):
        await connection.send_chunk(events)


async def _endless_line(connection: "Connection", _path: str) -> None:
    await connection.send(connection.server.begins())
    await connection.send_chunk(b"data: ")
    noise = b"x" * 16_384
    for _ in range(ENDLESS_BYTES // len(noise)):
        await connection.send_chunk(noise)


async def _byte_a_second(connection: "Connection", path: str) -> None:
    await connection.send(connection.server.begins())
    for byte in token_event("slow", path):
        await connection.send_chunk(bytes([byte]))
        await asyncio.sleep(1)


async def _truncated_json(connection: "Connection", path: str) -> None:
    await connection.send(connection.server.begins())
    await connection.send_chunk(token_event("a", path)[:-9] + b"\n\n")
    await connection.send_chunk(b"")


async def _compressed(connection: "Connection", path: str) -> None:
    body = gzip.compress(token_event("a", path) + end_events(path))
    head = "200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip"
    await connection.send_whole(head, body)


async def _close_on_reuse(connection: "Connection", path: str) -> None:
    if len(connection.record.requests) > 1:
        connection.transport.close()
    else:
        await _answer(connection, path)


async def _not_http(connection: "Connection", _path: str) -> None:
    await connection.send(b"SSH-2.0-OpenSSH_9.2\r\n")


async def _pieces(connection: "Connection", path: str) -> None:
    for piece in connection.server.pieces(path):
        await connection.send_chunk(piece)
    await connection.send_chunk(b"")


async def _begin(connection: "Connection", path: str) -> None:
    await connection.send(connection.server.begins())
    await connection.send_chunk(connection.server.pieces(path)[0])


MODES: dict[str, Callable[["Connection", str], Awaitable[None]]] = {
    "answer": _answer,
    "answer-whole": _answer_whole,
    "answer-slowly-ended": _answer_slowly_ended,
    "stall": _stall,
    "stall-in-stream": _stall_in_stream,
    "reset": _reset,
    "reset-in-stream": _reset_in_stream,
    "die-in-stream": _die_in_stream,
    "fin-in-chunk": _fin_in_chunk,
    "fin-before-head": _fin_before_head,
    "fin-in-head": _fin_in_head,
    "slow-head": _slow_head,
    "endless-head": _endless_head,
    "slow-body": _slow_body,
    "late-text": _late_text,
    "informs-first": _informs_first,
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
