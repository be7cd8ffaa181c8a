"""The keeper processes that run on this machine, seen from outside."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
HAS_PROCESS_LIST = (PROCESSES / "self" / "cmdline").exists()
_MODULE = b"fusionls.local.keeper_process"


@dataclass(frozen=True, slots=True)
class KeeperSeen:
    """A keeper process. ``loaded`` says that it has gone as far as opening weights."""

    pid: int
    identity: str
    loaded: bool


def keepers_in(runtime_folder: Path) -> list[KeeperSeen]:
    """Return the keepers whose files lie below ``runtime_folder``, one that is just starting included."""
    return list(_keepers(os.fsencode(runtime_folder)))


def _keepers(folder: bytes) -> Iterator[KeeperSeen]:
    for process in PROCESSES.iterdir():
        if not process.name.isdecimal():
            continue
        # It may end while it is looked at; one that has ended has no command line.
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            # Its starter has the module among its arguments, not behind "-m".
            if len(words) > 5 and words[3] == _MODULE and words[4].startswith(folder):
                maps = (process / "maps").read_bytes()
                yield KeeperSeen(int(process.name), words[5].decode(), b".gguf" in maps)


def keepers_left(runtime_folder: Path, patience_s: float) -> list[KeeperSeen]:
    """Wait until no keeper is left; return those that are after ``patience_s``. Blocks."""
    deadline = time.monotonic() + patience_s
    while (left := keepers_in(runtime_folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def end_keepers(runtime_folder: Path) -> None:
    """Kill what is left, so that it takes no processor from the next measurement."""
    for keeper in keepers_in(runtime_folder):
        with suppress(ProcessLookupError):
            os.kill(keeper.pid, signal.SIGKILL)
