"""What was asked and run so far, kept line by line, so that a run that was ended can go on.

It holds the code of the cases' answers: it is readable by its owner only.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from fusionls.evaluating.said import Said

JOURNAL_VERSION = 1


class JournalError(ValueError):
    """A journal that cannot be gone on with; the message is a sentence for people."""


class Journal:
    """The journal in ``file``, of the evaluation that ``about`` describes.

    Opening it creates the file, or takes over what is in it. Raises JournalError where that is of another
    evaluation, and OSError.
    """

    def __init__(self, file: Path, about: Mapping[str, Any]) -> None:
        self._said: dict[str, tuple[Said, ...]] = {}
        self._passed: dict[str, bool] = {}
        self._out: TextIO | None = None
        header = {"v": JOURNAL_VERSION, "about": dict(about)}
        rows, whole = _rows(file)
        if rows and rows[0] != json.loads(json.dumps(header)):
            raise JournalError(
                f"{file} is the journal of another evaluation ({_changed(rows[0], header)}): "
                "name another file with --journal, or remove it"
            )
        for row in rows[1:]:
            self._take(file, row)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        # Of a line that was cut off in the middle nothing is left.
        os.truncate(descriptor, whole)
        os.lseek(descriptor, whole, os.SEEK_SET)
        self._out = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)
        if not rows:
            self._write(header)

    def said(self, case_id: str) -> tuple[Said, ...] | None:
        """Return what was said to a case, None if it was not asked yet."""
        return self._said.get(case_id)

    def keep_said(self, case_id: str, answers: Sequence[Said]) -> None:
        """Keep what was said to a case. Raises OSError."""
        self._said[case_id] = tuple(answers)
        self._write({"case": case_id, "said": [one.to_json() for one in answers]})

    def passed(self, program: str) -> bool | None:
        """Return whether the program with this hash passed, None if it was not run yet."""
        return self._passed.get(program)

    def keep_passed(self, program: str, *, passed: bool) -> None:
        """Keep how the program with this hash ended. Raises OSError."""
        self._passed[program] = passed
        self._write({"program": program, "passed": passed})

    def close(self) -> None:
        """Close the file."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def _write(self, row: Mapping[str, Any]) -> None:
        if self._out is not None:
            self._out.write(json.dumps(row) + "\n")

    def _take(self, file: Path, row: Mapping[str, Any]) -> None:
        try:
            if "case" in row:
                self._said[str(row["case"])] = tuple(map(Said.from_json, row["said"]))
            else:
                self._passed[str(row["program"])] = bool(row["passed"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise JournalError(f"{file} holds a line that is not of a journal") from error


def _rows(file: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the whole lines of the file as objects, and how many bytes they take."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return [], 0
    whole = text[: text.rfind(b"\n") + 1]
    try:
        rows = [json.loads(line) for line in whole.split(b"\n") if line]
    except ValueError as error:
        raise JournalError(f"{file} is not a journal: {error}") from error
    if (text and not rows) or not all(isinstance(row, dict) for row in rows):
        raise JournalError(f"{file} is not a journal")
    return rows, len(whole)


def _changed(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return in what two headers differ."""
    before, now = found.get("about"), wanted["about"]
    if found.get("v") != wanted["v"] or not isinstance(before, dict):
        return "another version"
    return "another " + ", ".join(key for key in now if before.get(key) != now[key])
