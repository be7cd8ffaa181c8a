"""Positions of the protocol (line, and units of the negotiated encoding) and offsets (code points).

Language Server Protocol 3.17, "Position": a character beyond the line's end means its end; a position
inside a surrogate pair or a UTF-8 sequence cannot be meant and snaps to the start of the character.
Everything else is clamped as the npm package vscode-languageserver-textdocument does it: a line beyond
the last means the end of the document, a negative number 0.
"""

from lsprotocol import types

from fusionls.core.text import DocumentSnapshot
from fusionls.core.units import Encoding as Encoding


def offset_at(snapshot: DocumentSnapshot, position: types.Position, encoding: Encoding) -> int:
    """Return the offset (code points) of ``position``, clamped to the document and the line."""
    if position.line >= snapshot.line_count:
        return snapshot.length
    if position.line < 0:
        return 0
    return snapshot.offset_in_line(position.line, position.character, encoding)


def position_at(snapshot: DocumentSnapshot, offset: int, encoding: Encoding) -> types.Position:
    """Return the position of ``offset`` (code points), which is clamped to the document."""
    line, column = snapshot.column_of(offset, encoding)
    return types.Position(line, column)
