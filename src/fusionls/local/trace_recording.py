"""Writes every trace of a session to a file that the person named, as ``fusionls simulate`` reads it."""

import json
import logging
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fusionls.core.feedback import FeedbackEvent
from fusionls.core.trace import TRACE_VERSION, Trace
from fusionls.local.written_later import WrittenLater

log = logging.getLogger(__name__)

# Windows turns line ends into its own unless told not to; elsewhere there is no such flag.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


class TraceRecording:
    """Adds traces to the end of ``file``, one JSON object a line. Never raises.

    The file is created readable by its owner only. It holds no code unless ``with_content``: then it holds
    what the members answered. What cannot be written is said once in the log.
    """

    def __init__(self, file: Path, *, with_content: bool = False) -> None:
        self._file = file
        self._with_content = with_content
        # Ids of requests begin anew in every session, and several may write into one file.
        self._session = f"{time.time_ns():x}-{os.getpid():x}"
        self._later = WrittenLater(self._write)
        self._broken = False

    def keep(self, trace: Trace) -> None:
        """Record ``trace``; it is on the disk half a second later."""
        self._add(trace)

    def judge(self, event: FeedbackEvent) -> None:
        """Record what the person did with a suggestion, on a line of its own."""
        self._add(event)

    def _add(self, one: Trace | FeedbackEvent) -> None:
        if not self._broken:
            self._later.add(one)

    def close(self) -> None:
        """Write what was not written yet."""
        self._later.close()

    def _write(self, new: Sequence[Trace | FeedbackEvent]) -> None:
        try:
            lines = [json.dumps(self._spelled(one)) for one in new]
            _append(self._file, "".join(f"{line}\n" for line in lines).encode())
        except (OSError, ValueError) as error:
            self._broken = True
            told = error.strerror if isinstance(error, OSError) else type(error).__name__
            log.error("traces are not recorded any more: %s: %s", self._file, told)

    def _spelled(self, one: Trace | FeedbackEvent) -> dict[str, Any]:
        if isinstance(one, Trace):
            return one.to_json(with_text=self._with_content) | {"session": self._session}
        told = {"v": TRACE_VERSION, "id": one.suggestion_id, "feedback": one.kind.value}
        return told | {"after_ms": one.after_ms, "length": one.length, "session": self._session}


def _append(file: Path, lines: bytes) -> None:
    """Add whole lines to ``file``. Raises OSError, also for what is no file that can be added to."""
    # A pipe that nobody reads would hold the server for ever.
    descriptor = os.open(file, _FLAGS | getattr(os, "O_NONBLOCK", 0), 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file")
        if opened.seek(0, os.SEEK_END):
            # Whoever wrote here last may have been killed in the middle of a line.
            opened.seek(-1, os.SEEK_END)
            lines = lines if opened.read(1) == b"\n" else b"\n" + lines
        while lines:
            lines = lines[opened.write(lines) :]
