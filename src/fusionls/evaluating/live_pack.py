"""Live packs: JSON lines with a hole and its tests, as docs/eval-command.md describes them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from fusionls.core.languages import language_for
from fusionls.core.text import without_lone_surrogates
from fusionls.evaluating.case import Case

# A line is a document and its tests; what is far longer is no pack, and is not read into memory.
MOST_BYTES_OF_A_LINE = 16_000_000
# Where the documents of a pack lie for settings and members: nowhere.
_FOLDER = "file:///fusionls-evaluation"
_ENDINGS = {"js": "javascript"}


class PackError(ValueError):
    """A pack that cannot be used; the message is a sentence that names the line."""


def live_cases(pack: Path) -> Iterator[Case | None]:
    """Yield the completions of ``pack``, one a line; None for a case of another kind, such as an edit.

    Of cases with one id all but the first have the number of their line behind it.
    Raises OSError, and PackError for a line that cannot be read.
    """
    with pack.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        lines = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if is_gzip else file
        number = 0
        seen: set[str] = set()
        try:
            while line := lines.readline(MOST_BYTES_OF_A_LINE):
                number += 1
                if not line.strip():
                    continue
                case = _case(number, line)
                if case is not None and case.id in seen:
                    case = replace(case, id=f"{case.id}#{number}")
                seen.add(case.id if case is not None else "")
                yield case
        except (EOFError, gzip.BadGzipFile) as error:
            raise PackError(f"line {number + 1}: the file is damaged from here on") from error


def _case(number: int, line: bytes) -> Case | None:
    try:
        row: dict[str, Any] = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PackError(f"line {number}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise PackError(f"line {number}: an object expected")
    if "before" in row and "prefix" not in row:
        return None
    for name in ("prefix", "suffix", "gold"):
        if not isinstance(row.get(name), str):
            raise PackError(f'line {number}: "{name}": a text expected; is this a live pack?')
    language = str(row.get("language") or "")
    language = _ENDINGS.get(language, language)
    known = language_for(language, "")
    ending = known.extensions[0] if known and known.extensions else ".txt"
    return Case(
        id=str(row.get("uid") or row.get("id") or number),
        group=str(row.get("suite") or "cases"),
        uri=f"{_FOLDER}/{number}{ending}",
        language=language,
        prefix=without_lone_surrogates(row["prefix"]),
        suffix=without_lone_surrogates(row["suffix"]),
        gold=without_lone_surrogates(row["gold"]),
        test=str(row.get("test") or ""),
        entry_point=str(row.get("entry_point") or ""),
    )
