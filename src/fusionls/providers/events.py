"""Server-sent events, cut out of a stream of bytes as they come.

Lines end at ``\\n``, ``\\r\\n`` or ``\\r`` and are cut on bytes: a text splitter would also cut at U+2028,
which is legal inside JSON. What comes is not trusted, so everything has a cap.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.ports import ModelFailure

# A completion is a few KB. A model that repeats itself for ever must not fill the memory.
ANSWER_BYTES = 256 * 1024
# llama.cpp repeats the whole prompt in its last event; prompts stay far below this.
EVENT_BYTES = 1024 * 1024
# One event is about one token, and no answer has that many.
EVENT_COUNT = 20_000
# The framing around an answer of ANSWER_BYTES: about 400 bytes for each of EVENT_COUNT tokens.
STREAM_BYTES = 8 * 1024 * 1024
# An edit is the whole of some definitions, or of a file; nobody reviews one of megabytes.
EDIT_ANSWER_BYTES = 8 * 1024 * 1024
# Its prompt is longer, too, and a server that does not stream sends it all as one event, with escapes.
EDIT_EVENT_BYTES = 16 * 1024 * 1024
# More than any model writes in one go.
EDIT_EVENT_COUNT = 200_000
# Their framing as above. It is never held: what is held is one event, and the answer's text.
EDIT_STREAM_BYTES = 128 * 1024 * 1024
# Real events are about six deep. Deeper ones are made to exhaust a stack.
JSON_DEPTH = 64
# Counts and ids fit into 64 bits; Python would take a long time over a million digits.
_INTEGER_DIGITS = 18

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a member may send, in bytes and events; ``answer`` counts the text alone."""

    answer: int = ANSWER_BYTES
    event: int = EVENT_BYTES
    events: int = EVENT_COUNT
    stream: int = STREAM_BYTES


EDIT_CAPS = Caps(EDIT_ANSWER_BYTES, EDIT_EVENT_BYTES, EDIT_EVENT_COUNT, EDIT_STREAM_BYTES)


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; ``name`` is empty unless the server gave one. ``data`` may be code."""

    data: str
    name: str = ""


class EventSplitter:
    """Turns pieces of bytes into events, wherever the pieces were cut."""

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps or Caps()
        self._line = bytearray()
        self._after_return = False
        self._first_line = True
        self._name = ""
        self._data: list[bytes] = []
        self._event_bytes = 0
        self._events = 0
        self._stream_bytes = 0

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that ``piece`` completes. Raises ModelFailure (too large) beyond a cap.

        An event before the one that breaks a cap is still yielded.
        """
        self._stream_bytes += len(piece)
        if self._stream_bytes > self._caps.stream:
            raise too_large(f"more than {self._caps.stream} bytes")
        if self._after_return and piece:
            # The "\r" before this piece has ended its line; its "\n" must not end another.
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        if piece.endswith(b"\r"):
            self._after_return = True
        *ended, rest = _LINE_END.split(piece)
        for part in ended:
            self._line += part
            if event := self._end_line():
                yield event
        self._line += rest
        self._check_event_size()

    def finish(self) -> Iterator[Event]:
        """Yield what the end of the body completes: servers often forget the last blank line."""
        for _ in range(2):
            if event := self._end_line():
                yield event

    def _end_line(self) -> Event | None:
        self._check_event_size()
        line = bytes(self._line)
        self._line.clear()
        if self._first_line:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._first_line = False
        if not line:
            return self._end_event()
        self._event_bytes += len(line)
        self._read_field(line)
        return None

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")
        elif not name:
            # Comments keep a connection alive. They count as events, or a flood of them is endless.
            self._event_bytes -= len(line)
            self._count_event()

    def _end_event(self) -> Event | None:
        data, name = self._data, self._name
        self._data, self._name, self._event_bytes = [], "", 0
        self._count_event()
        if not data:
            return None
        return Event(b"\n".join(data).decode("utf-8", "replace"), name)

    def _count_event(self) -> None:
        self._events += 1
        if self._events > self._caps.events:
            raise too_large(f"more than {self._caps.events} events")

    def _check_event_size(self) -> None:
        if self._event_bytes + len(self._line) > self._caps.event:
            raise too_large(f"an event of more than {self._caps.event} bytes")


def json_object(text: str) -> dict[str, object]:
    """Return the JSON object in ``text``. Not-a-number, infinity and huge integers become None.

    Of keys that occur twice the last one counts. Raises ModelFailure (malformed) for anything else than
    an object of at most JSON_DEPTH levels; the message holds nothing of ``text``.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise malformed("an event is not JSON") from error
    if not isinstance(value, dict):
        raise malformed("an event is not a JSON object")
    # Counting brackets is cheap and nearly always enough; brackets inside strings only cost a walk.
    if text.count("[") + text.count("{") > JSON_DEPTH and _too_deep(value):
        raise malformed(f"an event is deeper than {JSON_DEPTH} levels")
    return value


def malformed(reason: str) -> ModelFailure:
    """Return the failure for an answer that does not follow its wire."""
    return ModelFailure(Failure(FailureKind.MALFORMED, reason))


def too_large(reason: str) -> ModelFailure:
    """Return the failure for an answer beyond a cap."""
    return ModelFailure(Failure(FailureKind.TOO_LARGE, reason))


def _nothing(_constant: str) -> None:
    return None


def _short_integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _INTEGER_DIGITS else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(JSON_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


# Made once: making one takes longer than most events take to read.
_DECODER = json.JSONDecoder(parse_constant=_nothing, parse_int=_short_integer, parse_float=_finite)
