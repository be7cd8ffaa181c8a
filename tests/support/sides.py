"""The two servers that benches compare, and the backends behind them, each in a process of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.blocking_client import BlockingClient

# A bench that takes longer than this has gone wrong; its backends end by themselves.
BACKEND_LIFETIME_S = 1800.0
# What a person waits for is the first answer; a bench has no hurry, and a null would be no figure.
BUDGET_MS = 2000
MEMBER = """
[members.{name}]
wire = "openai"
endpoint = "{url}"
model = "any"
family = "plain"
"""
SETTINGS = """
[pools.default]
members = {names}

[completion]
budget_ms = {budget_ms}
{completion}
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A server that can be started."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def client(self, *, deaf: bool = False) -> BlockingClient:
        return BlockingClient(self.command, self.environment, deaf=deaf)


class Backend:
    """A fault server. ``spans()`` is when it was busy, once it has ended."""

    def __init__(self, mode: str, *arguments: str) -> None:
        module = (sys.executable, "-m", "tests.support.fault_server", "--mode", mode)
        lifetime = ("--lifetime-s", str(BACKEND_LIFETIME_S))
        self._process = subprocess.Popen(
            [*module, *lifetime, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        self._lines: list[bytes] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def events(self) -> list[dict[str, Any]]:
        """Return what happened so far."""
        return [json.loads(line) for line in list(self._lines)]

    def still_open(self) -> int:
        """Return how many connections are open."""
        names = [event.get("event") for event in self.events()]
        return names.count("opened") - names.count("closed")

    def spans(self) -> list[tuple[float, float]]:
        """Return from when until when it was busy with each request that it answered."""
        asked: dict[int, float] = {}
        found = []
        for event in self.events():
            if event["event"] == "request":
                asked[event["connection"]] = event["at_s"]
            elif event["event"] == "answered":
                found.append((asked[event["connection"]], event["at_s"]))
        return found

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reading.join(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.append(line)


@contextmanager
def backends(count: int, mode: str, *arguments: str) -> Iterator[list[Backend]]:
    """Start so many backends; end them with the block."""
    with ExitStack() as stack:
        started = []
        for _ in range(count):
            backend = Backend(mode, *arguments)
            stack.callback(backend.close)
            started.append(backend)
        yield started


@contextmanager
def ours(urls: Sequence[str], budget_ms: int = BUDGET_MS, completion: str = "") -> Iterator[Side]:
    """Our server with a member behind each of ``urls``; ``completion`` are more settings of that block."""
    names = [f"m{number}" for number in range(len(urls))]
    members = "".join(MEMBER.format(name=n, url=u) for n, u in zip(names, urls, strict=True))
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        pool = SETTINGS.format(names=json.dumps(names), budget_ms=budget_ms, completion=completion)
        config.write_text(members + (pool if names else ""), encoding="utf-8")
        # What one server has learned is not for the next.
        state = {"FUSIONLS_STATE": str(Path(folder) / "state")}
        environment = os.environ | {"FUSIONLS_CONFIG": str(config)} | state
        yield Side((sys.executable, "-m", "fusionls", "--stdio"), environment)


def smallest(url: str = "http://127.0.0.1:9") -> Side:
    """The smallest pygls server, in front of ``url``."""
    return Side((sys.executable, "-m", "tests.support.smallest_server", url))
