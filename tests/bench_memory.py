"""Resident memory: at rest, with many documents, and over a long day of requests."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench_overhead import TEXT
from tests.support.blocking_client import BlockingClient
from tests.support.figures import Figure, scaled
from tests.support.sides import backends, ours, smallest

DOCUMENTS = 200
# TEXT again and again: about 400 lines, 13 KB.
LONG_TEXT = " = 0\n\n\n" + TEXT[: TEXT.rfind("\n\ndef") + 2] * 5
# A long day must not take one: what is asked 100,000 times stands in a short document.
SHORT_TEXT = " = 1\n\n\n" + TEXT[TEXT.rfind("def") :]
FIRST, LAST = 10_000, 110_000
LEAST_SHARE = 0.02
# Requests on their way at a time, each in a document of its own.
AT_ONCE = 8
# What was started by the last message (connections, types) is done by then.
SETTLED_S = 2.0
BAR_IDLE, BAR_DOCUMENTS, BAR_GROWTH = 70, 120, 10


def memory(share: float) -> list[Figure]:
    """With ``share`` of the requests; the growth is that of the requests that were made."""
    part = max(LEAST_SHARE, min(1.0, share))
    first, last = scaled(FIRST, part, 1), scaled(LAST, part, 1)
    with smallest().client() as client:
        beside = _at_rest_mb(client)
        client.stop()
    with backends(1, "answer", "--quiet") as [backend], ours([backend.url]) as side:
        with side.client() as client:
            idle = _at_rest_mb(client)
            full = _documents_mb(client)
            client.stop()
        # A session of its own: what the documents took would hide what it grows by.
        with side.client() as client:
            grown, lasted_s = _growth_mb(client, first, last)
            client.stop()
    name = f"memory, growth from request {first} to {last}"
    return [
        Figure("memory at rest, smallest server", beside, "MB"),
        Figure("memory at rest", idle, "MB", f"<= {BAR_IDLE}"),
        Figure(f"memory, {DOCUMENTS} documents open", full, "MB", f"<= {BAR_DOCUMENTS}"),
        Figure(name, grown, "MB", f"<= {BAR_GROWTH}"),
        Figure(f"requests a second, {AT_ONCE} at once", (last - first) / lasted_s, ""),
    ]


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, in MB of a million bytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    [line] = [line for line in status.split("\n") if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


def _at_rest_mb(client: BlockingClient) -> float:
    client.start()
    client.sync()
    time.sleep(SETTLED_S)
    return rss_mb(client.pid)


def _growth_mb(client: BlockingClient, first: int, last: int) -> tuple[float, float]:
    """Return the growth from the first request to the last, and how many seconds that took."""
    client.start()
    for number in range(AT_ONCE):
        client.open(_uri(number), SHORT_TEXT)
    at = _asking(client, AT_ONCE)
    for _ in range(first // AT_ONCE):
        next(at)
    before, start = rss_mb(client.pid), time.monotonic()
    for _ in range((last - first) // AT_ONCE):
        next(at)
    return rss_mb(client.pid) - before, time.monotonic() - start


def _documents_mb(client: BlockingClient) -> float:
    """Open the documents and ask in each of them once, so that each has its tree."""
    for number in range(DOCUMENTS):
        client.open(_uri(number), LONG_TEXT)
    at = _asking(client, DOCUMENTS)
    for _ in range(DOCUMENTS // AT_ONCE):
        next(at)
    time.sleep(SETTLED_S)
    return rss_mb(client.pid)


def _asking(client: BlockingClient, documents: int) -> Iterator[None]:
    """With each step type into ``AT_ONCE`` documents, ask in all of them, and read the answers."""
    turn = 0
    while True:
        asked = []
        for _ in range(AT_ONCE):
            round_, number = divmod(turn, documents)
            turn += 1
            asked.append(_typed_and_asked(client, _uri(number), round_))
        for known in asked:
            client.answer(known)
        yield


def _typed_and_asked(client: BlockingClient, uri: str, round_: int) -> int:
    """Type a character on the first line, or take the last one back, and ask behind it."""
    typed = round_ % 2 == 0
    start, end = {"line": 0, "character": 0}, {"line": 0, "character": int(not typed)}
    change = {"range": {"start": start, "end": end}, "text": "x" if typed else ""}
    identifier = {"uri": uri, "version": round_ + 2}
    params = {"textDocument": identifier, "contentChanges": [change]}
    client.notify("textDocument/didChange", params)
    place = {"line": 0, "character": int(typed)}
    context = {"triggerKind": 2}
    asked = {"textDocument": {"uri": uri}, "position": place, "context": context}
    return client.ask("textDocument/inlineCompletion", asked)


def _uri(number: int) -> str:
    return f"file:///me/shop_{number}.py"
