"""The last traces of each server of this user, without any code, so that a command can explain them later."""

import contextlib
import json
import logging
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

from fusionls.core.trace import EDIT, TRACE_VERSION, Trace
from fusionls.local.written_later import WrittenLater

log = logging.getLogger(__name__)

# As many suggestions as a server itself explains: so many completions, and so many edits.
TRACES_KEPT = 200
# What was suggested longer ago than this nobody asks about, nor in more servers than these.
SECONDS_KEPT = 7 * 24 * 3600.0
SESSIONS_KEPT = 20
_ENDING = ".jsonl"


class KeptTraces:
    """Writes the traces of one server to a file of its own in ``folder``. Never raises.

    A trace as it is kept names members, times, verdicts and weights, and holds no code, no path and no
    prompt. The file is readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / f"{time.time_ns() // 1_000_000:015d}-{os.getpid()}{_ENDING}"
        self._last: deque[tuple[int, str]] = deque(maxlen=TRACES_KEPT)
        self._edits: deque[tuple[int, str]] = deque(maxlen=TRACES_KEPT)
        self._number = 0
        self._later = WrittenLater(self._write)

    def keep(self, trace: Trace) -> None:
        """Keep ``trace``; it is on the disk half a second later."""
        self._later.add(trace)

    def close(self) -> None:
        """Write what was not written yet."""
        self._later.close()

    def _write(self, traces: Sequence[Trace]) -> None:
        if not self._last and not self._edits:
            self._tidy()
        elif not os.path.lexists(self._file):
            # The person had everything forgotten: only what came since is kept.
            self._last.clear()
            self._edits.clear()
        for trace in traces:
            self._number += 1
            kept = self._edits if trace.kind == EDIT else self._last
            kept.append((self._number, json.dumps(trace.to_json())))
        new = self._file.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for _, line in merge(self._edits, self._last))
            new.replace(self._file)
        except OSError as error:
            log.warning("traces are not kept: %s", error.strerror)

    def _tidy(self) -> None:
        oldest = time.time() - SECONDS_KEPT
        for number, file in enumerate(_files(self._folder)):
            with contextlib.suppress(OSError):
                if number >= SESSIONS_KEPT - 1 or file.stat().st_mtime < oldest:
                    file.unlink()


@dataclass(frozen=True, slots=True)
class KeptSession:
    """What one server kept, by id, in the order in which it was suggested. ``pid`` is its process."""

    pid: str
    traces: dict[str, dict[str, Any]]


def kept_sessions(folder: Path) -> Iterator[KeptSession]:
    """Yield what every server kept, the one that began last first. What cannot be read is left out."""
    for file in _files(folder):
        traces: dict[str, dict[str, Any]] = {}
        try:
            lines = file.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            with contextlib.suppress(ValueError):
                trace = json.loads(line)
                if isinstance(trace, dict) and trace.get("v") == TRACE_VERSION:
                    traces[str(trace.get("id"))] = trace
        if traces:
            yield KeptSession(file.stem.rpartition("-")[2], traces)


def forget_traces(folder: Path) -> int:
    """Delete what every server kept; return how many had kept something. Raises OSError.

    Servers that run keep what they suggest from now on.
    """
    files = _files(folder)
    for file in (*files, *folder.glob("*.new")):
        file.unlink(missing_ok=True)
    return len(files)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob(f"*{_ENDING}"), reverse=True)
    except OSError:
        return []
