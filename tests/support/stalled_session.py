"""A person types while one member is a real model and another one never answers.

Real processes and sockets: the server, llama.cpp, and a server on the loopback interface that stalls.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.raw_client import RawClient

URI = "file:///me/shop.py"
HEAD = '''"""A shop: articles, prices, and a cart."""

ARTICLES = {"bolt": 3, "nut": 2, "washer": 1}


class Cart:
    def __init__(self, customer):
        self.customer = customer
        self.items = []

    def add(self, name, count):
        self.items.append((name, count))

'''
TYPED = """    def total(self):
        total = 0
        for name, count in self.items:
            total += ARTICLES[name] * count
        return total

    def count(self):
        return sum(count for name, count in self.items)
"""
SETTINGS = """
[members.stalled]
wire = "openai"
endpoint = "{url}"
model = "any"
family = "plain"

[pools.default]
members = ["stalled", "smollm2-135m"]
"""


async def started_stall():
    """Start a server that takes requests and never answers; return its process and address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.fault_server", "--mode", "stall"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = json.loads(await process.stdout.readline())
    return process, first["url"]


async def typing_session(client, requests):
    """Type TYPED key by key, asking at every key, until so many are answered; return the measured."""
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": HEAD}},
    )
    await warmed_up(client)
    measured = []
    text = HEAD
    for number in range(requests):
        key = TYPED[number % len(TYPED)]
        position = place(text)
        change = {"range": {"start": position, "end": position}, "text": key}
        identifier = {"uri": URI, "version": number + 2}
        params = {"textDocument": identifier, "contentChanges": [change]}
        client.notify("textDocument/didChange", params)
        text += key
        start = time.monotonic()
        answered = await ask(client, text, 2)
        measured.append(((time.monotonic() - start) * 1000, answered["result"]))
    return measured


async def warmed_up(client):
    """Ask by hand until the model has started and read the document, as an editor's first key would."""
    for _ in range(10):
        if ((await ask(client, HEAD, 1))["result"] or {}).get("items"):
            return
    raise AssertionError("the model never answered, even by hand")


async def ask(client, text, kind):
    params = {
        "textDocument": {"uri": URI},
        "position": place(text),
        "context": {"triggerKind": kind},
    }
    return await client.request("textDocument/inlineCompletion", params)


def place(text):
    return {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}


@dataclass(frozen=True, slots=True)
class StalledSession:
    """What a session came to. ``times_ms`` are from a key's request to its answer, in order.

    ``opened`` and ``closed`` count the connections to the stalled server, as that server saw them.
    """

    times_ms: list[float]
    with_text: int
    exit_code: int
    opened: int
    closed: int

    def summary(self) -> str:
        times = sorted(self.times_ms)
        count = len(times)
        at = {name: times[min(count - 1, int(count * share))] for name, share in QUANTILES.items()}
        return f"{self.with_text} of {count} with text; ms " + ", ".join(
            f"{name} {ms:.0f}" for name, ms in at.items()
        )


QUANTILES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


async def stalled_session(requests: int, weights: Path, folder: Path) -> StalledSession:
    """Type ``requests`` keys, asking at each; ``folder`` takes the settings file."""
    stall, url = await started_stall()
    config = folder / "config.toml"
    config.write_text(SETTINGS.format(url=url), encoding="utf-8")
    environment = os.environ | {
        "FUSIONLS_CONFIG": str(config),
        "FUSIONLS_DATA": str(weights.parent.parent),
    }
    client = await RawClient.spawn([sys.executable, "-m", "fusionls", "--stdio"], environment)
    await client.start()
    measured = await typing_session(client, requests)
    code = await client.stop()
    events = await ended(stall)
    return StalledSession(
        times_ms=[ms for ms, _ in measured],
        with_text=sum(bool(result and result["items"]) for _, result in measured),
        exit_code=code,
        opened=sum(event["event"] == "opened" for event in events),
        closed=sum(event["event"] == "closed" for event in events),
    )


async def ended(stall: asyncio.subprocess.Process) -> list[Mapping[str, Any]]:
    """End the stalled server; return what happened on its connections."""
    assert stall.stdin is not None and stall.stdout is not None
    stall.stdin.close()
    events = [json.loads(line) for line in (await stall.stdout.read()).split(b"\n") if line]
    await stall.wait()
    return events
