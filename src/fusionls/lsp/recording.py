"""Writes a session's messages to a file, one JSON message a line, as ``lsp-devtools record`` does."""

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

log = logging.getLogger(__name__)


class Recording:
    """A transcript in the making. It holds the person's code: it is written only where asked for.

    Times are milliseconds since the first line.
    """

    def __init__(self, file: Path) -> None:
        self._stream: TextIO | None = None
        self._start_s: float | None = None
        try:
            # Line by line, so that a session that is killed is recorded up to its end.
            self._stream = file.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            log.error("the session is not recorded: %s: %s", file, error.strerror)

    def write(self, source: str, message: Mapping[str, Any] | list[Any]) -> None:
        """Add a message of the ``client``, the ``server``, a ``model``, or about the ``pool``."""
        if self._stream is None:
            return
        now_s = asyncio.get_running_loop().time()
        self._start_s = now_s if self._start_s is None else self._start_s
        at_ms = round((now_s - self._start_s) * 1000, 3)
        try:
            line = json.dumps({"source": source, "at_ms": at_ms, "message": message})
            self._stream.write(line + "\n")
        except (OSError, ValueError) as error:
            log.error("recording ends here: %s", type(error).__name__)
            self._stream = None
