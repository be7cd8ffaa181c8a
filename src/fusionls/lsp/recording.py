"""Writes a session's messages to a file, one JSON message a line, as ``lsp-devtools record`` does."""

import json
import logging
from pathlib import Path
from typing import Any, TextIO

log = logging.getLogger(__name__)


class Recording:
    """A transcript in the making. It holds the person's code: it is written only where asked for."""

    def __init__(self, file: Path) -> None:
        self._stream: TextIO | None = None
        try:
            # Line by line, so that a session that is killed is recorded up to its end.
            self._stream = file.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            log.error("the session is not recorded: %s: %s", file, error.strerror)

    def write(self, source: str, at_ms: float, message: Any) -> None:
        """Add a message of the ``client`` or the ``server``, ``at_ms`` milliseconds after the start."""
        if self._stream is None:
            return
        line = {"source": source, "at_ms": round(at_ms, 2), "message": message}
        try:
            self._stream.write(json.dumps(line) + "\n")
        except (OSError, ValueError) as error:
            log.error("recording ends here: %s", type(error).__name__)
            self._stream = None
