"""Requests that are cancelled before anybody answers: what is left of them."""

import asyncio
import gc
import os
import time
from pathlib import Path

from tests.bench_memory import rss_mb
from tests.bench_overhead import TEXT, URI
from tests.support.blocking_client import BlockingClient
from tests.support.fake_editor import FakeEditor
from tests.support.figures import Figure, scaled
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import hangs
from tests.support.sides import backends, ours
from tests.support.virtual_time import run_virtual

VIRTUAL, REAL = 100_000, 5_000
LEAST = 200
A_SECOND = 50
# A key comes, and the request of the key before is cancelled.
CANCELLED_AFTER_S = 0.01
# What was cancelled is closed a tenth of a second later; two keys later it may have served another one.
CLOSED_MS = 100 + 3 * 1000 / A_SECOND
# Caches and pools have filled by then; from there on nothing may grow.
WARM_UP = 100
SETTLED_S = 1.0
BAR_MB = 5
SHORT_TEXT = TEXT[-60:]


def cancels(share: float) -> list[Figure]:
    return [
        *run_virtual(_in_virtual_time(scaled(VIRTUAL, share, LEAST))),
        *_for_real(scaled(REAL, share, LEAST)),
    ]


async def _in_virtual_time(count: int) -> list[Figure]:
    pools = scripted_pools({"one": hangs(), "two": hangs("a +")})
    editor = FakeEditor(pools)
    await editor.start()
    editor.open(URI, SHORT_TEXT, "python")
    requests = pools.transport.requests
    codes: set[int] = set()
    open_before = tasks_before = 0
    memory_before = 0.0
    for number in range(WARM_UP + count):
        if number == WARM_UP:
            await asyncio.sleep(SETTLED_S)
            gc.collect()
            tasks_before, memory_before = len(asyncio.all_tasks()), rss_mb(os.getpid())
        asked = editor.inline(URI, len(SHORT_TEXT))
        await asyncio.sleep(CANCELLED_AFTER_S)
        editor.notify("$/cancelRequest", {"id": asked})
        codes.add((await editor.client.answer(asked))["error"]["code"])
        await asyncio.sleep(1 / A_SECOND - CANCELLED_AFTER_S)
        # The script's own diary, and the editor's, would be all the memory.
        requests[:] = [seen for seen in requests if seen.closed_ms is None]
        long_ago_ms = asyncio.get_running_loop().time() * 1000 - CLOSED_MS
        open_before += sum(seen.at_ms < long_ago_ms for seen in requests)
        editor.client.received.clear()
        editor.client._waiting.clear()
    await asyncio.sleep(SETTLED_S)
    gc.collect()
    name = f"{count} cancels of virtual time"
    figures = [
        Figure(f"{name}: connections left", open_before, "", "= 0"),
        Figure(f"{name}: tasks more", len(asyncio.all_tasks()) - tasks_before, "", "= 0"),
        Figure(f"{name}: memory more", rss_mb(os.getpid()) - memory_before, "MB", f"<= {BAR_MB}"),
        Figure(f"{name}: answered otherwise than cancelled", len(codes - {-32800}), "", "= 0"),
    ]
    await editor.stop()
    return figures


def _for_real(count: int) -> list[Figure]:
    with backends(1, "stall") as [backend], ours([backend.url]) as side, side.client() as client:
        client.start()
        client.open(URI, SHORT_TEXT)
        for _ in range(WARM_UP):
            _cancelled(client)
        before = _held(client.pid)
        start = time.monotonic()
        codes = {_cancelled(client) for _ in range(count)}
        lasted = time.monotonic() - start
        time.sleep(SETTLED_S)
        after, left = _held(client.pid), backend.still_open()
        client.stop()
    name = f"{count} real cancels"
    return [
        Figure(f"{name}: connections left", left, "", "<= 1"),
        Figure(f"{name}: descriptors more", after[0] - before[0], "", "<= 0"),
        Figure(f"{name}: threads more", after[1] - before[1], "", "= 0"),
        Figure(f"{name}: memory more", after[2] - before[2], "MB", f"<= {BAR_MB}"),
        Figure(f"{name}: answered otherwise than cancelled", len(codes - {-32800}), "", "= 0"),
        Figure(f"{name}: a second", count / lasted, ""),
    ]


def _cancelled(client: BlockingClient) -> int:
    """Ask, cancel once the backend may have been asked; return the code of the answer."""
    place = {"line": SHORT_TEXT.count("\n"), "character": 0}
    asked = client.ask(
        "textDocument/inlineCompletion",
        {"textDocument": {"uri": URI}, "position": place, "context": {"triggerKind": 2}},
    )
    time.sleep(CANCELLED_AFTER_S / 2)
    client.notify("$/cancelRequest", {"id": asked})
    code: int = client.answer(asked)["error"]["code"]
    return code


def _held(pid: int) -> tuple[int, int, float]:
    """Return how many descriptors and threads a process has, and its memory."""
    counts = (len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for kind in ("fd", "task"))
    descriptors, threads = counts
    return descriptors, threads, rss_mb(pid)
