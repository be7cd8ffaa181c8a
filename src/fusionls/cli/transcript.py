"""Transcripts: one JSON object a line, as ``fusionls --stdio --transcript`` and lsp-devtools write them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

Message = dict[str, Any]
SOURCES = ("client", "server", "model", "pool", "edit", "edit pool", "file")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who said what, and when (milliseconds after the start; None if it is not known)."""

    source: str
    at_ms: float | None
    message: Message


def read_transcript(file: Path) -> list[Entry]:
    """Return the entries of ``file``. Raises click.UsageError for a line that is no message."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} cannot be read as UTF-8 text: {error}") from error
    return list(_entries(file, text))


def _entries(file: Path, text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise click.UsageError(f"{file}, line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise click.UsageError(f"{file}, line {number}: not a JSON object")
        message = found.get("message")
        if isinstance(message, dict) and found.get("source") in SOURCES:
            at_ms = found.get("at_ms")
            yield Entry(found["source"], float(at_ms) if at_ms is not None else None, message)
        else:
            bare = message if isinstance(message, dict) else found
            yield Entry("client" if _from_client(bare) else "server", None, bare)


def _from_client(message: Message) -> bool:
    """Tell whether a client sends this: answers and the server's own methods are not its."""
    from lsprotocol import types

    method = message.get("method")
    if not isinstance(method, str):
        return False
    try:
        return types.message_direction(method) != "serverToClient"
    except (KeyError, ValueError):
        return True
