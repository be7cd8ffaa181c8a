"""``FILE[:RANGE]``: a file and the part of it that is meant, as people and compilers write it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from fusionls.core.text import DocumentSnapshot, indentation

# Nine digits: nobody has a file of a milliard lines.
_NUMBER = "[0-9]{1,9}"
_RANGE = re.compile(
    f"(?P<line>{_NUMBER})(?:-(?P<last>{_NUMBER})"
    f"|:(?P<column>{_NUMBER})(?:-(?P<end_line>{_NUMBER}):(?P<end_column>{_NUMBER}))?)?"
)
HOW_TO_WRITE = (
    "write FILE, FILE:LINE, FILE:LINE-LINE, FILE:LINE:COL or FILE:LINE:COL-LINE:COL (all from 1)"
)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; both count from 1, columns in code points. Without a column: the line as such."""

    line: int
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """A file and what is meant in it: the whole of it, a cursor (``start`` alone), or a part."""

    file: Path
    start: Position | None = None
    end: Position | None = None


def parse_selection(text: str) -> Selection:
    """Return the selection that ``text`` names. Raises click.UsageError.

    A file may have colons and a drive in its name: what is a file with more of ``text`` as its name wins.
    """
    readings = list(_readings(text))
    for one in readings:
        if os.path.exists(one.file):  # noqa: PTH110 - Path raises for names that are too long
            return one
    for colon in _colons(text):
        if os.path.isfile(text[:colon]):  # noqa: PTH113 - as above
            raise click.UsageError(f"{text!r}: {HOW_TO_WRITE}")
    # The one with the whole range: what is missing then is the file that was meant.
    return readings[-1]


def _readings(text: str) -> Iterator[Selection]:
    """Yield what ``text`` may mean, longer names of files first."""
    yield Selection(Path(text))
    for colon in reversed(_colons(text)):
        found = _RANGE.fullmatch(text, colon + 1)
        if found is None:
            continue
        line, column = int(found["line"]), _number(found["column"])
        start, end = Position(line, column), None
        if found["last"]:
            end = Position(int(found["last"]))
        elif found["end_line"]:
            end = Position(int(found["end_line"]), int(found["end_column"]))
        yield Selection(Path(text[:colon]), start, end)


def _colons(text: str) -> list[int]:
    """Return where a name of a file may end."""
    return [at for at, sign in enumerate(text) if sign == ":" and at]


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def offsets(selection: Selection, document: DocumentSnapshot) -> tuple[int, int]:
    """Return from where to where ``selection`` is meant in its file (code points).

    A line by itself is a cursor at its first character that is no blank, a range of lines all of them
    without the last one's end. Raises click.UsageError for what lies outside of the file.
    """
    if selection.start is None:
        return 0, document.length
    start = _offset(document, selection.start, selection)
    if selection.end is None:
        if selection.start.column is None:
            start += len(indentation(document.line(selection.start.line - 1)))
        return start, start
    if selection.end.column is None:
        _offset(document, selection.end, selection)
        end = document.content_end(selection.end.line - 1)
    else:
        end = _offset(document, selection.end, selection)
    if end < start:
        raise click.UsageError(f"the range in {selection.file} ends before it begins")
    return start, end


def _offset(document: DocumentSnapshot, position: Position, selection: Selection) -> int:
    """Return the offset of ``position``, of its line's start where it has no column."""
    lines = document.line_count
    if not 1 <= position.line <= lines:
        count = "1 line" if lines == 1 else f"{lines} lines"
        raise click.UsageError(
            f"line {position.line} is outside {selection.file}, which has {count}"
        )
    start = document.line_start(position.line - 1)
    if position.column is None:
        return start
    length = len(document.line(position.line - 1))
    if not 1 <= position.column <= length + 1:
        raise click.UsageError(
            f"column {position.column} is outside line {position.line} of {selection.file}, "
            f"which has columns 1 to {length + 1}"
        )
    return start + position.column - 1
