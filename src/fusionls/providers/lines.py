"""Answers that are not server-sent events: JSON in lines, and JSON that comes in one piece.

What comes is not trusted, so everything has a cap.
"""

from collections.abc import Iterator
from typing import Protocol

from fusionls.providers.events import Caps, Event, EventSplitter, too_large
from fusionls.providers.wire import Framing

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Splitter(Protocol):
    """Turns pieces of bytes into events, wherever the pieces were cut."""

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that ``piece`` completes. Raises ModelFailure (too large) beyond a cap."""

    def finish(self) -> Iterator[Event]:
        """Yield what the end of the body completes."""


_JSON = "application/json"
# What is asked for, and what an answer may call itself. The latter is often wrong about JSON in lines.
MEDIA_TYPES: dict[Framing, tuple[str, ...]] = {
    "sse": ("text/event-stream",),
    "ndjson": ("application/x-ndjson", "application/jsonl", _JSON),
    "json": (_JSON,),
}


def is_usual(content_type: str | None, framing: Framing) -> bool:
    """Tell whether an answer in ``framing`` may be of ``content_type``. It may also have none."""
    if content_type is None:
        return True
    return content_type.partition(";")[0].strip().lower() in MEDIA_TYPES[framing]


def splitter_for(framing: Framing, caps: Caps) -> Splitter:
    """Return a new splitter for answers in ``framing``."""
    if framing == "sse":
        return EventSplitter(caps)
    return LineSplitter(caps) if framing == "ndjson" else WholeBody(caps)


class LineSplitter:
    """Makes every line that is not blank an event."""

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps or Caps()
        self._line = bytearray()
        self._lines = 0
        self._stream_bytes = 0

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that ``piece`` completes. Raises ModelFailure (too large) beyond a cap."""
        self._stream_bytes += len(piece)
        if self._stream_bytes > self._caps.stream:
            raise too_large(f"more than {self._caps.stream} bytes")
        # Inside JSON there is no raw line end, and the "\r" before one is only white space.
        *ended, rest = piece.split(b"\n")
        for part in ended:
            self._line += part
            yield from self.finish()
        self._line += rest
        self._check_line()

    def finish(self) -> Iterator[Event]:
        """Yield the last line, which need not have an end."""
        self._check_line()
        line = bytes(self._line)
        self._line.clear()
        # Blank lines count, or a flood of them is endless.
        self._lines += 1
        if self._lines > self._caps.events:
            raise too_large(f"more than {self._caps.events} events")
        if self._lines == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line.strip():
            yield Event(line.decode("utf-8", "replace"))

    def _check_line(self) -> None:
        if len(self._line) > self._caps.event:
            raise too_large(f"an event of more than {self._caps.event} bytes")


class WholeBody:
    """Makes the whole answer one event."""

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps or Caps()
        self._body = bytearray()

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Keep ``piece``. Raises ModelFailure (too large) beyond the cap of an event."""
        self._body += piece
        if len(self._body) > self._caps.event:
            raise too_large(f"an event of more than {self._caps.event} bytes")
        yield from ()

    def finish(self) -> Iterator[Event]:
        """Yield the answer, unless it is blank."""
        body = bytes(self._body).removeprefix(_BYTE_ORDER_MARK)
        if body.strip():
            yield Event(body.decode("utf-8", "replace"))
