"""Files of JSON lines that anybody may have written, also compressed."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

# A recorded trace with every token's time takes some ten kilobytes. What is far longer is none.
MOST_BYTES_OF_A_LINE = 8_000_000


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used (``number`` from 1), and in a clause why."""

    file: str
    number: int
    why: str

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.file}, line {self.number}: {self.why}"


def json_lines(name: str, file: BinaryIO) -> Iterator[tuple[int, dict[str, Any]] | BadLine]:
    """Yield the objects of ``file`` with the numbers of their lines. Blank lines are passed over.

    ``file`` can be looked ahead in (``peek``); ``name`` is told with what is wrong. Reading ends at damage
    and at a line that is far too long. Raises OSError.
    """
    start = file.peek(2)[:2] if hasattr(file, "peek") else b""
    lines = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if start == b"\x1f\x8b" else file
    number = 0
    while True:
        number += 1
        try:
            line = lines.readline(MOST_BYTES_OF_A_LINE)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield BadLine(name, number, f"the file is damaged from here on: {error}")
            return
        if not line:
            return
        if len(line) == MOST_BYTES_OF_A_LINE and not line.endswith(b"\n"):
            yield BadLine(name, number, f"longer than {MOST_BYTES_OF_A_LINE:,} bytes; stopped here")
            return
        if line.strip():
            yield _object(name, number, line)


def _object(name: str, number: int, line: bytes) -> tuple[int, dict[str, Any]] | BadLine:
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return BadLine(name, number, "it is not text (UTF-8)")
    except RecursionError:
        return BadLine(name, number, "it is nested far too deep")
    except ValueError as error:
        return BadLine(name, number, f"it is not JSON: {error}")
    if not isinstance(found, dict):
        return BadLine(name, number, "it is not an object")
    return number, found
