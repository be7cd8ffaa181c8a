"""A transcript's answer as its events, and the same answer changed, in the wire's own framing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire
from fusionls.providers.wires import wires
from tests.contract.transcript import Transcript

END_MARK = "[DONE]"


@dataclass(frozen=True, slots=True)
class Line:
    """One event of an answer: ``name`` is that of a server-sent event, ``data`` its content."""

    data: str
    name: str = ""

    @property
    def payload(self) -> Any:
        """The JSON value; None for the mark that ends an answer."""
        return None if self.data == END_MARK else json.loads(self.data)


@dataclass(frozen=True, slots=True)
class Speech:
    """The answer of a transcript, cut into events. Each ``with_`` method returns a changed one."""

    transcript: Transcript
    lines: tuple[Line, ...]

    @property
    def wire(self) -> Wire:
        """The wire that reads it."""
        return wires()[self.transcript.wire]

    @property
    def framing(self) -> str:
        """How its events are put on the wire: "sse", "ndjson", or "json" for one event in all."""
        return self.wire.framing

    @property
    def in_events(self) -> bool:
        """Whether the answer comes as several events."""
        return self.framing != "json"

    def bytes_of(self, line: Line) -> bytes:
        """The event on the wire."""
        if self.framing != "sse":
            return f"{line.data}\n".encode()
        name = f"event: {line.name}\n" if line.name else ""
        return f"{name}data: {line.data}\n\n".encode()

    def event(self, payload: object, name: str = "") -> bytes:
        """An event with ``payload`` on the wire."""
        return self.bytes_of(Line(json.dumps(payload, ensure_ascii=False), name))

    @property
    def pieces(self) -> list[bytes]:
        """Every event on the wire."""
        return [self.bytes_of(line) for line in self.lines]

    @property
    def body(self) -> bytes:
        """The whole answer on the wire."""
        return b"".join(self.pieces)

    def parsed(self, line: Line) -> Parsed:
        """What the wire reads in ``line``."""
        return self.wire.parse(Event(line.data, line.name))

    def text_in(self, line: Line) -> str:
        """The text in ``line``."""
        return "".join(chunk.text for chunk in self.parsed(line).chunks)

    @property
    def first_text(self) -> int:
        """The number of the first event that has text."""
        return next(n for n, line in enumerate(self.lines) if self.text_in(line))

    @property
    def ending(self) -> Line:
        """The last event that ends the text."""
        return next(line for line in reversed(self.lines) if self.parsed(line).ends)

    def with_lines(self, lines: tuple[Line, ...]) -> "Speech":
        """The same answer with other events."""
        return replace(self, lines=lines)

    def with_first_text(self, value: object) -> "Speech":
        """The answer in which the first text is ``value``, wherever the wire keeps it."""
        old = self.text_in(self.lines[self.first_text])
        return self.with_first_payload(lambda payload: put_for(payload, old, value))

    def text_event(self, value: object) -> bytes:
        """The first event with text on the wire, with ``value`` for its text."""
        return self.with_first_text(value).pieces[self.first_text]

    def with_first_payload(self, change: Callable[[Any], Any]) -> "Speech":
        """The answer in which the payload of the first event with text is changed."""

        def written(data: str) -> str:
            payload = change(json.loads(data))
            # Some texts are not UTF-8 (lone surrogates), so JSON writes those as escapes.
            return json.dumps(payload, ensure_ascii=not _is_utf8(payload))

        return self.with_first_data(written)

    def with_first_data(self, change: Callable[[str], str]) -> "Speech":
        """The answer in which the data of the first event with text is changed."""
        number = self.first_text
        line = self.lines[number]
        changed = replace(line, data=change(line.data))
        return self.with_lines((*self.lines[:number], changed, *self.lines[number + 1 :]))


@cache
def speech(transcript: Transcript) -> Speech:
    """Return the events of a transcript's answer."""
    framing = wires()[transcript.wire].framing
    body = transcript.body.replace("\r\n", "\n")
    if framing == "json":
        return Speech(transcript, (Line(body),))
    if framing == "ndjson":
        return Speech(transcript, tuple(Line(row) for row in body.split("\n") if row))
    lines = (_line(block) for block in body.split("\n\n"))
    return Speech(transcript, tuple(line for line in lines if line))


def put_for(value: Any, old: str, new: object) -> Any:
    """Return a JSON value in which every string ``old`` is ``new``."""
    if isinstance(value, Mapping):
        return {key: put_for(child, old, new) for key, child in value.items()}
    if isinstance(value, list):
        return [put_for(child, old, new) for child in value]
    return new if value == old and isinstance(value, str) else value


def _line(block: str) -> Line | None:
    fields = [row.split(":", 1) for row in block.split("\n") if row and not row.startswith(":")]
    found = {name: value.removeprefix(" ") for name, value in fields}
    return Line(found["data"], found.get("event", "")) if "data" in found else None


def _is_utf8(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
