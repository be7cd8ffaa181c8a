"""The workspace memory: building it, asking it, and what a person who types notices of it.

100,000 lines of the library of the Python that runs are copied into a folder of their own. Everything is
measured in a fresh process, because numpy counts as part of the memory's price.
"""

import asyncio
import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fusionls.core.families.memory import SHOWN
from fusionls.core.text import DocumentSnapshot
from fusionls.local.memory import WorkspaceMemory
from fusionls.local.memory_files import FolderWalk, name_of_path
from tests.support.figures import Figure, at_share
from tests.support.stdlib_places import Place as StdlibPlace
from tests.support.stdlib_places import library_files, places, text_of

LINES = 100_000
KEYS = 500
# A request passes through the loop about so often until its answer is written.
TURNS = 10
BAR_BUILD_S, BAR_MB, BAR_P50_MS, BAR_P99_MS, BAR_KEY_MS, BAR_LATER_MS = 3, 60, 2, 8, 1, 10


def memory_index(share: float) -> list[Figure]:
    """With ``share`` of the questions."""
    with tempfile.TemporaryDirectory() as folder:
        copied = _copied(Path(folder))
        command = [sys.executable, "-m", "tests.bench_memory_index", folder, str(share)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    name = f"memory index of {copied} lines"
    return [
        Figure(f"{name}: processor's time to build", found["build_s"], "s", f"<= {BAR_BUILD_S}"),
        Figure(f"{name}: time to build beside the loop", found["wall_s"], "s"),
        Figure(f"{name}: memory added, highest", found["peak_mb"], "MB"),
        Figure(f"{name}: memory added", found["rest_mb"], "MB", f"<= {BAR_MB}"),
        Figure(f"{name}: of that numpy and code", found["import_mb"], "MB"),
        Figure(f"{name}: answer, p50", found["p50_ms"], "ms", f"<= {BAR_P50_MS}"),
        Figure(f"{name}: answer, p99", found["p99_ms"], "ms", f"<= {BAR_P99_MS}"),
        Figure(f"{name}: answer, p50 of the processor", found["p50_cpu_ms"], "ms"),
        Figure(f"{name}: answer, p99 of the processor", found["p99_cpu_ms"], "ms"),
        Figure(
            "memory: a key in 1,000 lines, p99 of the processor",
            found["key_1000_ms"],
            "ms",
            f"<= {BAR_KEY_MS}",
        ),
        Figure(
            "memory: a key in 10,000 lines, p99 of the processor",
            found["key_10000_ms"],
            "ms",
            f"<= {BAR_KEY_MS}",
        ),
        Figure("memory: ten turns while it is built, p50 later", found["later_p50_ms"], "ms"),
        Figure(
            "memory: ten turns while it is built, p99 later",
            found["later_p99_ms"],
            "ms",
            f"<= {BAR_LATER_MS}",
        ),
    ]


def _copied(folder: Path) -> int:
    """Copy files until there are ``LINES`` lines; return how many there are."""
    lines = 0
    for number, path in enumerate(library_files()):
        if lines >= LINES:
            break
        target = folder / f"d{number % 20}" / f"{number}_{path.name}"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text_of(path), "utf-8")
        lines += text_of(path).count("\n")
    return lines


def _measured(folder: Path, share: float) -> dict[str, float]:
    before = _status_mb("VmRSS")
    from fusionls.local.memory_store import MemoryStore

    imported = _status_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    store = MemoryStore()
    start = time.process_time()
    walk, builder = FolderWalk(folder), store.builder()
    while batch := walk.next_batch():
        for text in batch:
            for _ in builder.steps(text.name, text.text):
                pass
    store.add(builder.segment())
    build_s = time.process_time() - start
    del builder, batch, walk, text
    gc.collect()
    peak, rest = _status_mb("VmHWM"), _status_mb("VmRSS")
    files = {path.name.partition("_")[2]: path for path in sorted(folder.rglob("*.py"))}
    drawn = [p for p in places(1, int(2000 * share) + 50, 500) if p[0].name in files]
    answers = [_answer_ms(store, place, files[place[0].name]) for place in drawn]
    return {
        "build_s": build_s,
        "peak_mb": peak - before,
        "rest_mb": rest - before,
        "import_mb": imported - before,
        "p50_ms": at_share([wall for wall, _ in answers], 0.5),
        "p99_ms": at_share([wall for wall, _ in answers], 0.99),
        "p50_cpu_ms": at_share([processor for _, processor in answers], 0.5),
        "p99_cpu_ms": at_share([processor for _, processor in answers], 0.99),
        "key_1000_ms": _key_ms(store, 1000),
        "key_10000_ms": _key_ms(store, 10_000),
        **asyncio.run(_beside(folder)),
    }


def _answer_ms(store, place: StdlibPlace, file: Path) -> tuple[float, float]:
    """Return the wall time of an answer, and the processor's."""
    path, offset, _ = place
    text, name = text_of(path), name_of_path(file)
    snapshot = DocumentSnapshot(file.as_uri(), "python", 1, text)
    for _ in store.opened(name, snapshot):
        pass
    before, line = text[max(offset - SHOWN, 0) : offset], snapshot.line_at(offset)
    wall, processor = time.perf_counter(), time.thread_time()
    store.answer(before, name, line, 0.1, whole=offset <= SHOWN, block=False)
    processor = time.thread_time() - processor
    wall = time.perf_counter() - wall
    store.closed(name)
    return wall * 1000, processor * 1000


def _key_ms(store, lines: int) -> float:
    """Return what a key costs (the processor) that is typed somewhere in a document of so many lines."""
    whole = "".join(text_of(path) for path in library_files()[:60])
    text = "\n".join(whole.split("\n")[:lines])
    snapshot = DocumentSnapshot("file:///long.py", "python", 0, text)
    for _ in store.opened("/long.py", snapshot):
        pass
    dice = random.Random(1)  # places, not secrets
    times, at = [], 0
    for number in range(KEYS):
        at = dice.randrange(len(text)) if number % 10 == 0 else at + 1
        snapshot = snapshot.edited(at, at, "\n" if number % 25 == 0 else "x", number)
        # The editor's position was looked up before.
        snapshot.line_at(at)
        start = time.thread_time()
        store.followed("/long.py", snapshot)
        times.append((time.thread_time() - start) * 1000)
    store.closed("/long.py")
    return at_share(times, 0.99)


async def _beside(folder: Path) -> dict[str, float]:
    """Return how much later turns of the loop come while a folder is read, and how long that takes."""
    memory = WorkspaceMemory()
    memory.document_changed(DocumentSnapshot("untitled:1", "python", 1, ""))
    await memory.prepare()
    await asyncio.sleep(0.3)
    quiet = [await _turns_ms() for _ in range(200)]
    start = time.perf_counter()
    memory.folders_changed((folder.as_uri(),))
    memory.document_changed(DocumentSnapshot((folder / "n.py").as_uri(), "python", 1, "x = 1\n"))
    busy: list[float] = []
    while not busy or memory.reading:
        busy.append(await _turns_ms())
        await asyncio.sleep(0.002)
    wall_s = time.perf_counter() - start
    await memory.aclose()
    return {
        "wall_s": wall_s,
        "later_p50_ms": at_share(busy, 0.5) - at_share(quiet, 0.5),
        "later_p99_ms": at_share(busy, 0.99) - at_share(quiet, 0.5),
    }


async def _turns_ms() -> float:
    start = time.perf_counter()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return (time.perf_counter() - start) * 1000


def _status_mb(what: str) -> float:
    status = Path("/proc/self/status").read_text("ascii")
    [line] = [line for line in status.split("\n") if line.startswith(what + ":")]
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), float(sys.argv[2]))))
