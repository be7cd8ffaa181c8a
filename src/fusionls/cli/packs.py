"""Evaluation packs: JSON lines of any size, also compressed, one case at a time."""

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from fusionls.core.recorded_case import RecordedCase
from fusionls.core.recorded_edit import RecordedEdit
from fusionls.core.text import without_lone_surrogates

# A line of a pack is a document and some answers. What is far longer is no pack, and is not read into memory.
MOST_BYTES_OF_A_LINE = 64_000_000
# Where packs named without a folder are looked for.
FOLDER_VARIABLE = "FUSIONLS_PACKS"


@dataclass(frozen=True, slots=True)
class PackCase:
    """A line of a pack: its id, what may be seen of it, and the right text where that was asked for."""

    id: str
    case: RecordedCase
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class EditPackCase:
    """A line of a pack of edits, and which answers of each model passed, where that was asked for."""

    id: str
    case: RecordedEdit
    passed: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)


class PackKind(StrEnum):
    """What the lines of a pack are."""

    COMPLETIONS = "completions"
    EDITS = "edits"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used (``number`` from 1), and in a sentence why."""

    number: int
    why: str


def found_pack(pack: Path) -> Path:
    """Return where ``pack`` lies: as it is written, or in the folder that the environment names."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not pack.exists() and folder and not pack.is_absolute():
        return Path(folder) / pack
    return pack


def pack_hash(pack: Path) -> str:
    """Return ``sha256:`` and the hash of the file as it lies there."""
    digest = sha256()
    with pack.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"


def kind_of_pack(pack: Path) -> PackKind:
    """Return what ``pack`` holds, by the fields of its first line that can be read. Raises OSError."""
    for line in _lines_of(pack, lambda _bytes: None):
        row = None if isinstance(line, BadLine) else _row_of(*line)
        if isinstance(row, dict):
            return PackKind.EDITS if "before" in row else PackKind.COMPLETIONS
    return PackKind.COMPLETIONS


def read_pack(
    pack: Path,
    models: tuple[str, ...] = (),
    *,
    with_reference: bool = False,
    read_so_far: Callable[[int], None] = lambda _bytes: None,
) -> Iterator[PackCase | BadLine]:
    """Yield the cases of ``pack`` one after the other; ``models`` leaves out everybody else.

    Without ``with_reference`` nothing but the place and the answers is read of a line: not what would be
    right, nor whether an answer passed its tests. ``read_so_far`` hears how much of the file (bytes on the
    disk) was read. Raises OSError.
    """
    for line in _lines_of(pack, read_so_far):
        row = line if isinstance(line, BadLine) else _row_of(*line)
        if isinstance(row, BadLine):
            yield row
        elif not isinstance(line, BadLine):
            yield _completion(line[0], row, models, with_reference=with_reference)


def read_edit_pack(
    pack: Path,
    models: tuple[str, ...] = (),
    *,
    with_verdicts: bool = False,
    read_so_far: Callable[[int], None] = lambda _bytes: None,
) -> Iterator[EditPackCase | BadLine]:
    """Yield the cases of ``pack``, a pack of edits; otherwise as ``read_pack``.

    Without ``with_verdicts`` nothing is read of what passed, nor the reference nor the tests.
    """
    for line in _lines_of(pack, read_so_far):
        row = line if isinstance(line, BadLine) else _row_of(*line)
        if isinstance(row, BadLine):
            yield row
        elif not isinstance(line, BadLine):
            yield _edit(line[0], row, models, with_verdicts=with_verdicts)


def _lines_of(
    pack: Path, read_so_far: Callable[[int], None]
) -> Iterator[tuple[int, bytes] | BadLine]:
    """Yield the lines of ``pack`` that are not blank, each with its number from 1."""
    with pack.open("rb") as file:
        lines = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if _is_gzip(file) else file
        number = 0
        while True:
            number += 1
            try:
                line = lines.readline(MOST_BYTES_OF_A_LINE)
            except (EOFError, gzip.BadGzipFile, OSError) as error:
                yield BadLine(number, f"the file is damaged from here on: {error}")
                return
            if not line:
                return
            read_so_far(file.tell())
            if len(line) == MOST_BYTES_OF_A_LINE and not line.endswith(b"\n"):
                yield BadLine(number, f"longer than {MOST_BYTES_OF_A_LINE:,} bytes; stopped here")
                return
            if line.strip():
                yield number, line


def _is_gzip(file: BinaryIO) -> bool:
    start = file.read(2)
    file.seek(0)
    return start == b"\x1f\x8b"


def _row_of(number: int, line: bytes) -> dict[str, Any] | BadLine:
    """Return the object in ``line``; it has an id and answers of models."""
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"not JSON: {error}")
    if not isinstance(row, dict):
        return BadLine(number, "an object expected")
    if not isinstance(row.get("id"), str):
        return BadLine(number, '"id": a text expected')
    return row


def _completion(
    number: int, row: dict[str, Any], models: tuple[str, ...], *, with_reference: bool
) -> PackCase | BadLine:
    for name in ("prefix", "suffix"):
        if not isinstance(row.get(name), str):
            return BadLine(number, f'"{name}": a text expected; is this a pack of completions?')
    candidates = row.get("candidates")
    if not isinstance(candidates, dict):
        return BadLine(number, _NO_CANDIDATES)
    for model, answers in candidates.items():
        if not _are_answers(answers):
            return BadLine(number, f'"candidates", "{model}": a list of texts or nulls expected')
    case = RecordedCase(
        language=_language_in(row),
        prefix=without_lone_surrogates(row["prefix"]),
        suffix=without_lone_surrogates(row["suffix"]),
        answers=_chosen(candidates, models),
    )
    reference = row.get("reference") if with_reference else None
    if with_reference and not isinstance(reference, str):
        return BadLine(number, '"reference": a text expected')
    return PackCase(row["id"], case, reference)


def _edit(
    number: int, row: dict[str, Any], models: tuple[str, ...], *, with_verdicts: bool
) -> EditPackCase | BadLine:
    for name in ("before", "instruction"):
        if not isinstance(row.get(name), str):
            return BadLine(number, f'"{name}": a text expected; is this a pack of edits?')
    candidates = row.get("candidates")
    if not isinstance(candidates, dict):
        return BadLine(number, _NO_CANDIDATES)
    texts: dict[str, list[str | None]] = {}
    for model, answers in candidates.items():
        found = [_text_in(answer) for answer in answers] if isinstance(answers, list) else [0]
        if not _are_answers(found):
            return BadLine(
                number, f'"candidates", "{model}": a list of objects with "text" expected'
            )
        texts[model] = cast("list[str | None]", found)
    case = RecordedEdit(
        language=_language_in(row),
        before=without_lone_surrogates(row["before"]),
        instruction=without_lone_surrogates(row["instruction"]),
        answers=_chosen(texts, models),
    )
    if not with_verdicts:
        return EditPackCase(row["id"], case)
    passed = {
        name: tuple(isinstance(a, dict) and a.get("pass") is True for a in candidates[name])
        for name in case.answers
    }
    return EditPackCase(row["id"], case, passed)


_NO_CANDIDATES = '"candidates": for every model a list of answers expected'


def _text_in(answer: Any) -> Any:
    return answer.get("text") if isinstance(answer, dict) else answer


def _language_in(row: dict[str, Any]) -> str:
    language = row.get("language")
    return language if isinstance(language, str) else ""


def _are_answers(found: Any) -> bool:
    return isinstance(found, list) and all(a is None or isinstance(a, str) for a in found)


def _chosen(
    candidates: Mapping[str, list[str | None]], models: tuple[str, ...]
) -> dict[str, list[str | None]]:
    return {
        name: [answer and without_lone_surrogates(answer) for answer in answers]
        for name, answers in candidates.items()
        if not models or name in models
    }
