"""The promise of the product with real parts: a real model beside a server that never answers."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tests.support.raw_client import RawClient

REQUESTS = 200
CAP_MS = 350
LEAST_ANSWERED = 0.9
# Our side of a connection that is not waited for is closed within this after the answer.
CLOSED_WITHIN_S = 0.1
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


async def typing_session(client):
    """Type TYPED key by key, asking at every key, until REQUESTS are answered; return the measured."""
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": HEAD}},
    )
    await warmed_up(client)
    measured = []
    text = HEAD
    for number in range(REQUESTS):
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


def test_two_hundred_answers_within_the_cap(smollm2, tmp_path, record_property):
    async def run():
        stall, url = await started_stall()
        config = tmp_path / "config.toml"
        config.write_text(SETTINGS.format(url=url), encoding="utf-8")
        environment = {
            **os.environ,
            "FUSIONLS_CONFIG": str(config),
            "FUSIONLS_DATA": str(Path(smollm2).parent.parent),
        }
        client = await RawClient.spawn([sys.executable, "-m", "fusionls", "--stdio"], environment)
        await client.start()
        measured = await typing_session(client)
        code = await client.stop()
        stall.stdin.close()
        events = [json.loads(line) for line in (await stall.stdout.read()).split(b"\n") if line]
        await stall.wait()
        return measured, code, events

    measured, code, events = asyncio.run(run())
    times = sorted(ms for ms, _ in measured)
    answered = sum(bool(result and result["items"]) for _, result in measured)
    middle, late, last = times[100], times[190], times[-1]
    summary = f"{answered} with text; ms p50 {middle:.0f} p95 {late:.0f} max {last:.0f}"
    record_property("summary", summary)
    print(summary)
    assert len(measured) == REQUESTS
    assert times[-1] <= CAP_MS, summary
    assert answered >= LEAST_ANSWERED * REQUESTS, summary
    assert code == 0
    check_connections(events)


def check_connections(events):
    """Every connection to the stalled server was closed by us, none later than a cap and a little."""
    opened = {e["connection"]: e["at_s"] for e in events if e["event"] == "opened"}
    closed = {e["connection"]: e["at_s"] for e in events if e["event"] == "closed"}
    assert len(opened) >= REQUESTS / 4, "the stalled member was hardly asked"
    assert set(closed) == set(opened)
