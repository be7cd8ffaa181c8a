"""What an edit costs in very long documents: ``python -m tests.bench_documents``.

Every time is the wall time of ``Documents.change`` with one LSP event of one character, positions in
UTF-16. The processor's time stands beside it: a busy machine spoils the first only.
"""

import random
import time
import tracemalloc

from lsprotocol import types

from fusionls.lsp.documents import Documents

URI = "file:///long.py"
CHANGES = 2000
# A person types some characters at one place, then goes elsewhere.
KEYS_AT_ONE_PLACE = 10
TEN_MB, ONE_MB = 10_000_000, 1_000_000
ASCII_LINE = "total = total + item_price(item, 1, 2)\n"
MIXED_LINE = "größe = größe + preis_in_€(ding, '😀')\n"
ASCII_WORDS = "x = 1; "
MIXED_WORDS = "é = '😀'; "


def repeated(piece: str, size: int) -> str:
    """Return ``piece`` again and again, about ``size`` bytes of UTF-8."""
    return piece * (size // len(piece.encode()))


def measure() -> list[tuple[str, float, str]]:
    """Return the name, the value and the unit of every figure. Takes about five seconds."""
    texts = {
        "10 MB of lines": repeated(ASCII_LINE, TEN_MB),
        "10 MB of lines, mixed": repeated(MIXED_LINE, TEN_MB),
        "1 MB line": repeated(ASCII_WORDS, ONE_MB),
        "1 MB line, mixed": repeated(MIXED_WORDS, ONE_MB),
        "10 MB line, mixed": repeated(MIXED_WORDS, TEN_MB),
    }
    figures = []
    for name, text in texts.items():
        figures += typing_in(name, text)
        figures += opening(name, text)
    return figures


def typing_in(name: str, text: str) -> list[tuple[str, float, str]]:
    """Return the times of changes of one character, in and out by turns, all over ``text``."""
    documents = opened(text)
    lines = text.count("\n") + 1
    columns = len(text) // lines
    dice = random.Random(1)  # places, not secrets
    walls, processors = [], []
    line = column = 0
    for number in range(CHANGES):
        step = number % KEYS_AT_ONE_PLACE
        if step == 0:
            line, column = dice.randrange(lines), dice.randrange(columns)
        start = types.Position(line, column + step)
        end = types.Position(line, column + step + number % 2)
        new = "" if number % 2 else "é" if number % 6 == 0 else "x"
        event = types.TextDocumentContentChangePartial(types.Range(start, end), new)
        identifier = types.VersionedTextDocumentIdentifier(number, URI)
        wall, processor = time.perf_counter(), time.thread_time()
        documents.change(identifier, [event])
        processors.append(time.thread_time() - processor)
        walls.append(time.perf_counter() - wall)
    return [
        (f"change, {name}: p50", at_share(walls, 0.5), "ms"),
        (f"change, {name}: p99", at_share(walls, 0.99), "ms"),
        (f"change, {name}: p99 of the processor", at_share(processors, 0.99), "ms"),
    ]


def opening(name: str, text: str) -> list[tuple[str, float, str]]:
    """Return the time to open ``text``, and the memory that it takes beside the client's message."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        opened(text)
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    documents = opened(text)
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert documents.get(URI) is not None
    return [
        (f"open, {name}: p50", at_share(times, 0.5), "ms"),
        (f"memory, {name}", memory / 2**20, "MiB"),
    ]


def opened(text: str) -> Documents:
    documents = Documents()
    documents.open(types.TextDocumentItem(URI, "python", 0, text))
    return documents


def at_share(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)] * 1000


def main() -> None:
    for name, value, unit in measure():
        print(f"{name:<50} {value:8.3f} {unit}")


if __name__ == "__main__":
    main()
