"""Positions of the protocol (line, and units of the negotiated encoding) and offsets (code points).

Language Server Protocol 3.17, "Position": a character beyond the line's end means its end; a position
inside a surrogate pair or a UTF-8 sequence cannot be meant and snaps to the start of the character.
"""

from enum import StrEnum

from lsprotocol import types

from fusionls.core.text import DocumentSnapshot


class Encoding(StrEnum):
    """The unit in which the client counts characters."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"


def units(character: str, encoding: Encoding) -> int:
    """Return how many units of ``encoding`` one character takes. A lone surrogate takes one of UTF-16."""
    code = ord(character)
    if encoding is Encoding.UTF_32:
        return 1
    if encoding is Encoding.UTF_16:
        return 2 if code > 0xFFFF else 1
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def offset_at(snapshot: DocumentSnapshot, position: types.Position, encoding: Encoding) -> int:
    """Return the offset (code points) of ``position``, clamped to the document and the line."""
    if position.line >= len(snapshot.line_starts):
        return len(snapshot.text)
    if position.line < 0:
        return 0
    line = snapshot.line(position.line)
    start = snapshot.line_starts[position.line]
    if encoding is Encoding.UTF_32 or line.isascii():
        return start + max(0, min(position.character, len(line)))
    left = position.character
    for column, character in enumerate(line):
        left -= units(character, encoding)
        if left < 0:
            return start + column
    return start + len(line)


def position_at(snapshot: DocumentSnapshot, offset: int, encoding: Encoding) -> types.Position:
    """Return the position of ``offset`` (code points)."""
    line = snapshot.line_at(offset)
    text = snapshot.text[snapshot.line_starts[line] : offset]
    if encoding is Encoding.UTF_32 or text.isascii():
        return types.Position(line, len(text))
    return types.Position(line, sum(units(character, encoding) for character in text))
