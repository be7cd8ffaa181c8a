"""Five members behind real sockets: one is healthy, the others each fail in a way of their own.

``python -m tests.support.failing_members`` serves all five in one process, prints their addresses, and when
its input ends what it saw on their connections.
"""

import asyncio
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.blocking_client import BlockingClient
from tests.support.scripted_transport import end_events, token_event
from tests.support.sides import MEMBER

HEALTHY = "healthy"
NAMES = (HEALTHY, "broken", "stalled", "reset", "garbage")
# What a small model on a server takes for a line.
HEALTHY_AFTER_S = 0.02
CAP_MS = 350
# The first requests load grammars and generate code; a session has hundreds. They are asked, not measured.
WARM_UP = 5
SETTINGS = """
[pools.default]
members = {names}

[completion]
budget_ms = {cap_ms}
"""
PATH = "/v1/completions"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
# Each of these is no answer of a model, in turn.
GARBAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>",
    STREAM + b'data: {"choices": [{"text": "pri\n\n',
    STREAM + b"data: \xff\xfe\x00\x01\n\n",
    b"\x00\x01\x02\x03 SSH-2.0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
    STREAM + b'data: {"choices": "none"}\n\n',
)
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
WANTED = re.compile(r"total_(\d+) =[^\n]*$")


def answer_to(prompt: str) -> str:
    """Return what the healthy member says: another line for each place that it is asked about."""
    wanted = WANTED.search(prompt)
    return f"price({wanted[1]}) * count\n" if wanted else "None\n"


@dataclass(slots=True)
class Seen:
    """What one member saw. ``most_open`` is how many connections there were at once."""

    requests: int = 0
    opened: int = 0
    open: int = 0
    most_open: int = 0


class FailingMember:
    """A server that behaves as its name says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen = Seen()
        self.url = ""

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.opened += 1
        self.seen.open += 1
        self.seen.most_open = max(self.seen.most_open, self.seen.open)
        try:
            async for path, body in _requests(reader):
                if path != PATH:
                    # A probe, which only opens a connection.
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                elif not await self._play(reader, writer, body):
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.seen.open -= 1
            writer.close()

    async def _play(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> bool:
        """Answer a request in this member's way; return whether the connection lives on."""
        self.seen.requests += 1
        if self.name == "stalled":
            # Until the other side hangs up.
            await reader.read()
        elif self.name == "reset":
            linger = struct.pack("ii", 1, 0)
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        elif self.name == "garbage":
            writer.write(GARBAGE[self.seen.requests % len(GARBAGE)])
        elif self.name == "broken":
            writer.write(BROKEN + b'{"error": "oops"}')
            return True
        else:
            await asyncio.sleep(HEALTHY_AFTER_S)
            said = answer_to(json.loads(body)["prompt"])
            events = token_event(said, PATH, -0.1) + end_events(PATH)
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            writer.write(f"{head}Content-Length: {len(events)}\r\n\r\n".encode() + events)
            return True
        return False


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the path and the body of each request of a connection."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
        yield head.split(" ")[1], await reader.readexactly(int(length[1]) if length else 0)


async def _serve_all() -> None:
    members = [FailingMember(name) for name in NAMES]
    servers = [await member.start() for member in members]
    print(json.dumps({member.name: member.url for member in members}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({member.name: asdict(member.seen) for member in members}), flush=True)
    for server in servers:
        server.close()


@dataclass(slots=True)
class Outcome:
    """What a session of requests came to: the text and the time (ms) of each after WARM_UP, in order.

    ``seen`` is what each member saw, by its name.
    """

    texts: list[str | None] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    seen: Mapping[str, Seen] = field(default_factory=dict)


@contextmanager
def served() -> Iterator[tuple[Mapping[str, str], dict[str, Seen]]]:
    """Serve the five members; yield their addresses, and what they saw once the block has ended."""
    seen: dict[str, Seen] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.failing_members"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    with process.stdout as output:
        try:
            yield json.loads(output.readline()), seen
        finally:
            process.stdin.close()
            told = json.loads(output.readline())
            process.wait(10)
    seen.update({name: Seen(**fields) for name, fields in told.items()})


def session(names: Sequence[str], requests: int, pause_s: float = 0.0) -> Outcome:
    """Ask so many times about as many places, with the members of ``names`` in the pool."""
    outcome = Outcome()
    with TemporaryDirectory() as folder, served() as (urls, seen):
        config = Path(folder) / "config.toml"
        members = "".join(MEMBER.format(name=name, url=urls[name]) for name in names)
        pool = SETTINGS.format(names=json.dumps(list(names)), cap_ms=CAP_MS)
        config.write_text(members + pool, encoding="utf-8")
        environment = os.environ | {"FUSIONLS_CONFIG": str(config)}
        command = (sys.executable, "-m", "fusionls", "--stdio")
        with BlockingClient(command, environment) as client:
            client.start()
            _ask_all(client, requests, outcome, pause_s)
            client.stop()
    outcome.seen = seen
    return outcome


def _ask_all(client: BlockingClient, requests: int, outcome: Outcome, pause_s: float) -> None:
    uri = "file:///me/shop.py"
    client.open(uri, "import shop\n")
    for number in range(-WARM_UP, requests):
        # Another line each time, so that nothing is remembered.
        line = f"total_{number + WARM_UP} = "
        change = {
            "range": {"start": _at(1, 0), "end": _at(2, 0)},
            "text": line,
        }
        client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": number + WARM_UP + 2},
                "contentChanges": [change],
            },
        )
        params = {
            "textDocument": {"uri": uri},
            "position": _at(1, len(line)),
            "context": {"triggerKind": 2},
        }
        start = time.monotonic()
        result = client.request("textDocument/inlineCompletion", params)["result"]
        if number >= 0:
            outcome.times_ms.append((time.monotonic() - start) * 1000)
            items = result["items"] if isinstance(result, dict) else result or []
            outcome.texts.append(items[0]["insertText"] if items else None)
        time.sleep(pause_s)


def _at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


if __name__ == "__main__":
    asyncio.run(_serve_all())
