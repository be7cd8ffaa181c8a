"""What one key costs in very long documents, through the whole process.

A change and then a request that does nothing, until its answer is there; the same on an empty document is
taken off. (``bench_documents.py`` measures the document store alone.)
"""

import time
from contextlib import ExitStack

from tests.bench_documents import ASCII_LINE, ASCII_WORDS, ONE_MB, TEN_MB, repeated
from tests.support.blocking_client import BlockingClient
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.sides import ours, smallest

KEYS = 1000
# The smallest server needs 40 ms for each, and its median is enough.
KEYS_BESIDE = 30
LEAST_KEYS = 30
KEYS_AT_ONE_PLACE = 10
BAR_MS = 3
EMPTY = "file:///me/empty.py"
TEXTS = {"10 MB": repeated(ASCII_LINE, TEN_MB), "1 MB line": repeated(ASCII_WORDS, ONE_MB)}


def edits(share: float) -> list[Figure]:
    figures = []
    with ExitStack() as stack:
        own = stack.enter_context(stack.enter_context(ours([])).client())
        beside = stack.enter_context(smallest().client())
        for client in (own, beside):
            client.start()
            client.open(EMPTY, "")
        for name, text in TEXTS.items():
            slow = _times_ms(beside, text, scaled(KEYS_BESIDE, share, 5))
            fast = _times_ms(own, text, scaled(KEYS, share, LEAST_KEYS))
            figures += [
                Figure(f"key in {name}, smallest server: p50", median(slow), "ms"),
                Figure(f"key in {name}: p50", median(fast), "ms"),
                Figure(f"key in {name}: p99", at_share(fast, 0.99), "ms", f"<= {BAR_MS}"),
            ]
        for client in (own, beside):
            client.stop()
    return figures


def _times_ms(client: BlockingClient, text: str, keys: int) -> list[float]:
    """Return what each key costs more than the median of the same in an empty document."""
    uri = f"file:///me/long_{len(text)}.py"
    client.open(uri, text)
    client.sync()
    lines = text.count("\n") + 1
    columns = len(text) // lines
    empty, long = [], []
    for number in range(keys):
        burst, step = divmod(number, KEYS_AT_ONE_PLACE)
        # Spread over the whole text, without chance: a large odd number times the burst.
        line, column = burst * 7919 % lines, burst * 104_729 % max(1, columns - KEYS_AT_ONE_PLACE)
        empty.append(_key_ms(client, EMPTY, number, 0, number))
        long.append(_key_ms(client, uri, number, line, column + step))
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    client.sync()
    usual = median(empty)
    return [ms - usual for ms in long]


def _key_ms(client: BlockingClient, uri: str, number: int, line: int, column: int) -> float:
    at = {"line": line, "character": column}
    change = {"range": {"start": at, "end": at}, "text": "x"}
    identifier = {"uri": uri, "version": number + 2}
    start = time.perf_counter()
    client.notify(
        "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
    )
    client.sync()
    return (time.perf_counter() - start) * 1000
