"""Ten servers of one user, started and killed at random: how many models run, and what is left."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from fusionls.local.install import installed
from fusionls.settings.paths import data_folder
from tests.support.figures import Figure
from tests.support.keepers import end_keepers, keepers_in

SERVERS = 10
LASTS_S, LEAST_LASTS_S = 300.0, 20.0
LONGEST_LIFE_S, LONGEST_PAUSE_S = 15.0, 10.0
# A crash of llama.cpp now and then: only then several servers start the same keeper at the same moment.
CRASH_EVERY_S = 20.0
LOOK_EVERY_S = 0.1
BAR_LEFT_AFTER_S = 45.0
# A server as far as it has to do with models: it asks for the endpoint as often as somebody types fast. It
# says how long the first one took.
SERVER = """
import asyncio, pathlib, sys, time
from fusionls.engine.ports import ModelFailure
from fusionls.local.keeper import LlamaKeeper

async def main() -> None:
    keepers = [LlamaKeeper(pathlib.Path(path)) for path in sys.argv[1:]]
    start, said = time.monotonic(), False
    while True:
        for keeper in keepers:
            try:
                await keeper.endpoint()
            except ModelFailure:
                continue
            if not said:
                print((time.monotonic() - start) * 1000, flush=True)
                said = True
        await asyncio.sleep(0.125)

asyncio.run(main())
"""


class Watch:
    """Counts the keepers of each model, over and over."""

    def __init__(self, runtime: Path) -> None:
        self._runtime = runtime
        self.most_loaded = self.most = 0
        self.seen: set[int] = set()
        self.looks = 0

    def look(self) -> None:
        found = keepers_in(self._runtime)
        self.seen.update(keeper.pid for keeper in found if keeper.loaded)
        loaded = Counter(keeper.identity for keeper in found if keeper.loaded)
        self.most_loaded = max([self.most_loaded, *loaded.values()])
        starting = Counter(keeper.identity for keeper in found)
        self.most = max([self.most, *starting.values()])
        self.looks += 1


def keepers(share: float) -> list[Figure]:
    """Five minutes, or ``share`` of them, with two models, and 45 s of peace."""
    weights = installed(data_folder())["smollm2-135m"]
    lasts_s = max(LEAST_LASTS_S, LASTS_S * share)
    with tempfile.TemporaryDirectory() as folder:
        runtime = Path(folder) / "runtime"
        runtime.mkdir(mode=0o700)
        second = shutil.copy(weights, Path(folder) / "second.gguf")
        watch = Watch(runtime)
        try:
            times_ms = _bustle([str(weights), str(second)], runtime, lasts_s, watch)
            time.sleep(BAR_LEFT_AFTER_S)
            left = len(keepers_in(runtime))
        finally:
            end_keepers(runtime)
    name = f"ten servers killed at random for {lasts_s:.0f} s"
    times_ms.sort()
    return [
        Figure(f"{name}: most keepers of a model", watch.most_loaded, "", "<= 1"),
        Figure(f"{name}: most, with those that find themselves too many", watch.most, ""),
        Figure(f"{name}: keepers {BAR_LEFT_AFTER_S:.0f} s after", left, "", "= 0"),
        Figure(f"{name}: keepers started", len(watch.seen), ""),
        Figure(f"{name}: servers with a model", len(times_ms), ""),
        Figure(f"{name}: first endpoint p50", times_ms[len(times_ms) // 2], "ms"),
        Figure(f"{name}: first endpoint p95", times_ms[int(len(times_ms) * 0.95)], "ms"),
        Figure(f"{name}: looks", watch.looks, ""),
    ]


def _bustle(weights: list[str], runtime: Path, lasts_s: float, watch: Watch) -> list[float]:
    """Start and kill servers; return how long each waited for its first endpoint, in ms."""
    end = time.monotonic() + lasts_s
    times_ms: list[float] = []
    threads = [
        threading.Thread(target=_window, args=(seed, weights, runtime, end, times_ms))
        for seed in range(SERVERS)
    ]
    for thread in threads:
        thread.start()
    dice = random.Random(SERVERS)  # times, not secrets
    crash = time.monotonic() + CRASH_EVERY_S / 2
    while time.monotonic() < end:
        watch.look()
        if time.monotonic() > crash:
            crash += dice.uniform(0, 2 * CRASH_EVERY_S)
            for keeper in keepers_in(runtime):
                with suppress(ProcessLookupError):
                    os.kill(keeper.pid, signal.SIGSEGV)
        time.sleep(LOOK_EVERY_S)
    for thread in threads:
        thread.join()
    return times_ms


def _window(
    seed: int, weights: list[str], runtime: Path, end: float, times_ms: list[float]
) -> None:
    """Open and close one editor window again and again, without any farewell."""
    dice = random.Random(seed)  # times, not secrets
    environment = os.environ | {"XDG_RUNTIME_DIR": str(runtime)}
    while time.monotonic() < end:
        # Many start in the same moment, as when an editor opens all its windows.
        time.sleep(dice.choice([0, dice.uniform(0, LONGEST_PAUSE_S)]))
        life_s = min(dice.uniform(0, LONGEST_LIFE_S), max(0.0, end - time.monotonic()))
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, *dice.sample(weights, dice.choice([1, 1, 2]))],
            stdout=subprocess.PIPE,
            env=environment,
        )
        time.sleep(life_s)
        process.kill()
        said, _ = process.communicate()
        if said.strip():
            times_ms.append(float(said))
