"""``FILE:LINE:COL`` as people and compilers write it."""

from dataclasses import dataclass
from pathlib import Path

import click

from fusionls.core.languages import language_for
from fusionls.core.text import DocumentSnapshot


@dataclass(frozen=True, slots=True)
class Location:
    """A file and a cursor in it; line and column count from 1, columns in code points."""

    file: Path
    line: int
    column: int


def parse_location(text: str) -> Location:
    """Return the location that ``text`` names. Raises click.UsageError."""
    parts = text.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return Location(Path(parts[0]), int(parts[1]), int(parts[2]))
    raise click.UsageError(f"{text!r}: write FILE:LINE:COL, such as src/app.py:12:5 (both from 1)")


def read_document(location: Location) -> tuple[DocumentSnapshot, int]:
    """Return the file as a document and the offset of the cursor (code points).

    Raises click.UsageError for a file that is missing, not text, or too short for the cursor.
    """
    file = location.file
    try:
        # newline="" keeps line ends as they are: what is inserted must match them.
        with file.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from error
    language = language_for("", file.name)
    document = DocumentSnapshot(
        uri=file.resolve().as_uri(),
        language_id=language.ids[0] if language else "plaintext",
        version=0,
        text=text,
    )
    return document, _offset(document, location)


def _offset(document: DocumentSnapshot, location: Location) -> int:
    lines = document.line_count
    if not 1 <= location.line <= lines:
        raise click.UsageError(
            f"line {location.line} is outside {location.file}, which has {lines} lines"
        )
    length = len(document.line(location.line - 1))
    if not 1 <= location.column <= length + 1:
        raise click.UsageError(
            f"column {location.column} is outside line {location.line} of {location.file}, "
            f"which has columns 1 to {length + 1}"
        )
    return document.line_start(location.line - 1) + location.column - 1
