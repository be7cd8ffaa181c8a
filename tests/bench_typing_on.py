"""A person types 15 keys a second for a minute, in front of five models that know the text in part.

A server in a process of its own, with 50 open documents; the models are on the loopback interface. A judge
looks at everything that is shown. Then, in this process, how long a known answer takes.
"""

import asyncio
import json
import os
import random
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fusionls.core.member import Caps, Member
from fusionls.core.reply import Chunk
from fusionls.core.request import CompletionRequest, OpenDocument, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.knowing_server import KnowingServer
from tests.support.pools import scripted_pools
from tests.support.raw_client import RawClient
from tests.support.sides import MEMBER
from tests.support.typing_on import KEY_S, MODELS, Judge, Typist, code

SECONDS, LEAST_SECONDS = 60, 10
BESIDE, BESIDE_LINES = 50, 300
URI = "file:///me/shop.py"
WRITTEN, TYPED = code(200, seed=1), code(60, seed=2).replace("_", "_of_")
# The first keys open connections and generate code; a session has thousands.
WARM_UP_KEYS = 20
ROUNDS, LEAST_ROUNDS = 30, 3
LINES = (2_000, 20_000)


def typing_on(share: float) -> list[Figure]:
    """The session, and the known answer."""
    figures = asyncio.run(_session(scaled(SECONDS, share, LEAST_SECONDS)))
    for lines in LINES:
        wall_ms, busy_ms = asyncio.run(_known(lines, scaled(ROUNDS, share, LEAST_ROUNDS)))
        name = f"typing on: a known answer, {lines:,} lines"
        figures += [
            Figure(f"{name}: p50", median(wall_ms), "ms"),
            Figure(f"{name}: p99", at_share(wall_ms, 0.99), "ms"),
            # On a machine that others use, too, a thread is put aside for 4 ms now and then.
            Figure(f"{name}: p99 of its own time", at_share(busy_ms, 0.99), "ms", "<= 2"),
        ]
    return figures


async def _session(seconds: int) -> list[Figure]:
    judge = Judge()
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(KnowingServer(model, WRITTEN + TYPED, judge))
            for model in MODELS
        ]
        folder = stack.enter_context(TemporaryDirectory())
        client = await RawClient.spawn(
            (sys.executable, "-m", "fusionls", "--stdio"), _environment(Path(folder), servers)
        )
        await client.start()
        for number in range(BESIDE):
            _open(client, f"file:///me/beside_{number}.py", code(BESIDE_LINES, number))
        _open(client, URI, WRITTEN)
        typist = Typist(_asking(client), judge, WRITTEN, len(WRITTEN))
        await _type(typist, TYPED[:WARM_UP_KEYS])
        typist = Typist(typist.ask, judge, typist.text, typist.at, typist.version)
        before = [server.sent for server in servers]
        await _type(typist, TYPED[WARM_UP_KEYS:][: int(seconds / KEY_S)])
        sent = [server.sent - was for server, was in zip(servers, before, strict=True)]
        await client.request("shutdown", None)
        client.notify("exit", None)
        await client.process.wait()
    return _figures(typist, sent, max(server.most for server in servers))


def _figures(typist: Typist, sent: list[int], most: int) -> list[Figure]:
    keys, through = typist.keys, max(1, typist.through)
    return [
        Figure("typing on: stale answers", len(typist.stale), f"of {typist.shown}", "= 0"),
        Figure("typing on: requests of the member asked most", max(sent) / keys, "a key", "<= 0.4"),
        Figure("typing on: requests of a member, mean", sum(sent) / len(sent) / keys, "a key"),
        Figure("typing on: requests of one member at once", most, "", "<= 2"),
        Figure("typing on: keys that a text on the screen says", through / keys, "of all keys"),
        Figure("typing on: of these known", typist.from_cache / through, "", ">= 0.9"),
        Figure("typing on: known answers, p50 there and back", median(typist.cached_ms), "ms"),
        Figure(
            "typing on: known answers, p99 there and back", at_share(typist.cached_ms, 0.99), "ms"
        ),
        Figure("typing on: keys with text", typist.shown / keys, "of all keys"),
        Figure("typing on: load of the machine", os.getloadavg()[0], ""),
    ]


async def _type(typist: Typist, text: str) -> None:
    """Type at a steady rate, and wait for what is still to come."""
    chance, loop = random.Random(3), asyncio.get_running_loop()
    due_s = loop.time()
    for piece in text:
        typist.type(piece)
        due_s += KEY_S * chance.uniform(0.7, 1.3)
        await asyncio.sleep(max(0.0, due_s - loop.time()))
    while typist.running:
        await asyncio.wait(typist.running)


def _asking(client: RawClient) -> Any:
    """Return what sends each change and asks, as an editor does."""
    sent = [WRITTEN]

    async def ask(text: str, at: int, version: int) -> tuple[list[str] | None, bool | None]:
        [before] = sent
        sent[:] = [text]
        # All that is typed here is typed at the end.
        place = _position(before, len(before))
        change = {"range": {"start": place, "end": place}, "text": text[len(before) :]}
        identifier = {"uri": URI, "version": version}
        client.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
        )
        here = _position(text, at)
        params = {"textDocument": {"uri": URI}, "position": here, "context": {"triggerKind": 2}}
        answer = await client.request("textDocument/inlineCompletion", params)
        if answer.get("result") is None:
            return None, None
        return [_behind(item, here, text) for item in answer["result"]["items"]], None

    return ask


def _behind(item: dict[str, Any], here: dict[str, int], text: str) -> str:
    """Return what an item shows behind the cursor. What stands before it must be what was typed."""
    start = item["range"]["start"]
    assert start["line"] == here["line"], "an item begins on another line"
    line = text[text.rfind("\n") + 1 :]
    typed = line[start["character"] : here["character"]]
    assert item["insertText"].startswith(typed), "an item does not begin with what was typed"
    shown: str = item["insertText"][len(typed) :]
    return shown


def _position(text: str, at: int) -> dict[str, int]:
    return {"line": text.count("\n", 0, at), "character": at - text.rfind("\n", 0, at) - 1}


def _open(client: RawClient, uri: str, text: str) -> None:
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})


def _environment(folder: Path, servers: list[KnowingServer]) -> dict[str, str]:
    names = [model.name for model in MODELS]
    members = "".join(
        MEMBER.format(name=name, url=server.url)
        for name, server in zip(names, servers, strict=True)
    )
    config = folder / "config.toml"
    pool = f"[pools.default]\nmembers = {json.dumps(names)}\n"
    config.write_text(members + pool, encoding="utf-8")
    return os.environ | {"FUSIONLS_CONFIG": str(config), "FUSIONLS_STATE": str(folder)}


class _Saying:
    """A member that says ``text`` soon."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def stream(self, prompt: object) -> Any:
        await asyncio.sleep(0.02)
        yield Chunk(self._text)

    def expected_ms(self, prompt: object) -> None:
        return None

    async def warm(self, prompt: object) -> None:
        pass

    async def prepare(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def _known(lines: int, rounds: int) -> tuple[list[float], list[float]]:
    """Type what is suggested; return how long each answer took and how long this thread worked (ms)."""
    text = code(lines)
    beside = tuple(
        OpenDocument(f"file:///b{n}.py", "python", code(BESIDE_LINES, n)) for n in range(BESIDE)
    )
    said = "order_total_of_it = price_by_count(order, customer, 123456) + discount.total"
    members = tuple(PoolMember(Member(name), _Saying(said)) for name in "ab")
    engine = CompletionEngine(replace(scripted_pools({}), pool=Pool(members, Caps())))
    document = DocumentSnapshot(URI, "python", 1, text)
    at = document.line_start(lines // 14 * 7)
    document = document.edited(at, at, "\n", 2)
    wall_ms, busy_ms = [], []

    def asking() -> CompletionRequest:
        name = str(document.version)
        return CompletionRequest(name, document, at, Trigger.AUTOMATIC, open_documents=beside)

    for _ in range(rounds):
        while not (offers := (await engine.complete(asking())).offers):
            pass
        for piece in offers[0].text[:-1]:
            document, at = document.edited(at, at, piece, document.version + 1), at + 1
            start, busy = time.perf_counter(), time.thread_time()
            suggestion = await engine.complete(asking())
            busy_ms.append((time.thread_time() - busy) * 1000)
            wall_ms.append((time.perf_counter() - start) * 1000)
            assert "still fits" in suggestion.trace.decision.why, "a typed key was not known"
        document, at = document.edited(at, at, ";\n", document.version + 1), at + 2
    await engine.aclose()
    return wall_ms, busy_ms
