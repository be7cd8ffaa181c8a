"""Replays the edits that ``tests/oracle/make_vectors.mjs`` recorded, in three encodings at once."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from attrs import validators
from lsprotocol import types

from fusionls.core.units import Encoding
from fusionls.lsp.documents import Documents

URI = "file:///a"
LINE_END = re.compile(r"\r\n|\n|\r")
CODECS = {Encoding.UTF_8: "utf-8", Encoding.UTF_16: "utf-16-le", Encoding.UTF_32: "utf-32-le"}
UNIT_BYTES = {Encoding.UTF_8: 1, Encoding.UTF_16: 2, Encoding.UTF_32: 4}


@dataclass
class Score:
    """How many edits were replayed in each encoding, and which messages ended in another text."""

    edits: int = 0
    wrong: list[str] = field(default_factory=list)


def replay(lives: Iterable[str], chunk_size: int) -> Score:
    """Replay lives of documents, one JSON line each."""
    score = Score()
    # Negative positions, which the oracle clamps, are refused by lsprotocol's validators.
    with validators.disabled():
        for number, line in enumerate(lives):
            _replay_life(json.loads(line), number, chunk_size, score)
    return score


def _replay_life(life: dict[str, Any], number: int, chunk_size: int, score: Score) -> None:
    stores = {encoding: Documents(chunk_size) for encoding in Encoding}
    for encoding, documents in stores.items():
        documents.encoding = encoding
        documents.open(types.TextDocumentItem(URI, "plaintext", 0, life["open"]))
    plain = life["open"]
    for version, (expected, *changes) in enumerate(life["messages"], start=1):
        identifier = types.VersionedTextDocumentIdentifier(version, URI)
        before = plain
        for encoding, documents in stores.items():
            plain, events = before, []
            for change in changes:
                events.append(event_of(plain, change, encoding))
                plain = applied(plain, change)
            documents.change(identifier, events)
            if hash_of(text_of(documents)) != expected:
                score.wrong.append(f"life {number}, message {version}, {encoding}: {changes!r}")
        score.edits += len(changes)
    score.wrong += [
        f"life {number}, the end, {encoding}"
        for encoding, documents in stores.items()
        if in_utf_16(text_of(documents)) != in_utf_16(life["end"])
    ]


def text_of(documents: Documents) -> str:
    snapshot = documents.get(URI)
    assert snapshot is not None
    return snapshot.text


def event_of(plain: str, change: list[Any], encoding: Encoding) -> Any:
    """Return a recorded change as an event whose positions are in units of ``encoding``."""
    if len(change) == 1:
        return types.TextDocumentContentChangeWholeDocument(change[0])
    start, end = types.Position(*change[:2]), types.Position(*change[2:4])
    if encoding is not Encoding.UTF_16:
        start, end = translated(plain, start, encoding), translated(plain, end, encoding)
    return types.TextDocumentContentChangePartial(range=types.Range(start, end), text=change[4])


def translated(plain: str, position: types.Position, encoding: Encoding) -> types.Position:
    """Return a UTF-16 position in another encoding; what lies beyond a line lies beyond it as far."""
    lines = LINE_END.split(plain)
    line, character = position.line, position.character
    if not 0 <= line < len(lines) or character < 0:
        return position
    content = lines[line]
    column = column_of(content, character)
    beyond = max(0, character - count(content, Encoding.UTF_16))
    return types.Position(line, count(content[:column], encoding) + beyond)


def applied(plain: str, change: list[Any]) -> str:
    """Return ``plain`` after a recorded change, by the plainest reading of the specification."""
    if len(change) == 1:
        return str(change[0])
    offsets = sorted((offset_of(plain, *change[:2]), offset_of(plain, *change[2:4])))
    return plain[: offsets[0]] + str(change[4]) + plain[offsets[1] :]


def offset_of(plain: str, line: int, character: int) -> int:
    starts = [0, *(match.end() for match in LINE_END.finditer(plain))]
    if line < 0:
        return 0
    if line >= len(starts):
        return len(plain)
    return starts[line] + column_of(LINE_END.split(plain)[line], character)


def column_of(content: str, character: int) -> int:
    """Return how many whole code points of ``content`` lie before ``character`` (units of UTF-16)."""
    taken = 0
    for column, each in enumerate(content):
        taken += 2 if ord(each) > 0xFFFF else 1
        if taken > character:
            return column
    return len(content)


def count(text: str, encoding: Encoding) -> int:
    return len(text.encode(CODECS[encoding], "surrogatepass")) // UNIT_BYTES[encoding]


def in_utf_16(text: str) -> bytes:
    # Two halves of a pair that came together are one character there and still two of ours.
    return text.encode("utf-16-le", "surrogatepass")


def hash_of(text: str) -> str:
    return hashlib.sha1(in_utf_16(text), usedforsecurity=False).hexdigest()[:8]
