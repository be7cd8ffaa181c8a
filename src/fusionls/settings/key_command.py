"""A key that a program prints: a password store, or what fetches a short-lived token."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from fusionls.settings.key_text import MOST_BYTES, KeyUnavailable

LAST_WORDS_S = 1.0
"""How long what a killed program left in its pipe is read: a pipe's fill takes microseconds; what takes
longer is held by another program that got away."""


def program_name(command: list[str]) -> str:
    """Return the program's name alone, for messages: an argument may be a secret."""
    return Path(command[0]).name


async def printed_by(command: list[str], patience_s: float) -> bytes:
    """Run ``command`` without a shell and return what it prints, at most one byte more than a key may have.

    It has no standard input, works in the user's own folder, and is killed with all it started after
    ``patience_s`` seconds. Raises KeyUnavailable, also if it ends with another status than 0.
    """
    name = program_name(command)
    try:
        process = await asyncio.create_subprocess_exec(
            _program(command[0]),
            *command[1:],
            # Ours is the protocol's, and what the program complains of may hold a secret.
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Not the folder that fusionls was started in: it may be a repository.
            cwd=Path.home(),
            **_APART,
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = type(error).__name__
        raise KeyUnavailable(f"the command {name} cannot be started ({why})") from None
    try:
        async with asyncio.timeout(patience_s):
            printed = await _at_most(process, MOST_BYTES + 1)
            status = 0 if len(printed) > MOST_BYTES else await process.wait()
    except TimeoutError:
        raise KeyUnavailable(f"the command {name} did not end within {patience_s:g} s") from None
    finally:
        await _end(process)
    if status:
        raise KeyUnavailable(f"the command {name} ended with status {status}")
    return printed


def _program(given: str) -> str:
    """Return the path of the program ``given``. Raises KeyUnavailable.

    It is never one in the folder that fusionls was started in, however PATH is written.
    """
    path = Path(given).expanduser()
    if path.is_absolute():
        return str(path)
    if path.name != given:
        raise KeyUnavailable("the command must be a program's name or a whole path")
    for folder in os.get_exec_path():
        found = shutil.which(given, path=folder) if Path(folder).is_absolute() else None
        # Windows looks in the current folder before any other.
        if found and Path(found).is_absolute():
            return found
    raise KeyUnavailable(f"the command {given} is not found")


async def _at_most(process: asyncio.subprocess.Process, limit: int) -> bytes:
    printed = b""
    if process.stdout is not None:
        while len(printed) < limit and (piece := await process.stdout.read(limit - len(printed))):
            printed += piece
    return printed


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            _kill(process)
    # For asyncio a process has ended when its pipes have, and it notices that only where it reads on.
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS_S):
            while process.stdout is not None and await process.stdout.read(MOST_BYTES):
                pass
            await process.wait()


_APART: dict[str, Any]
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NO_WINDOW}

    def _kill(process: asyncio.subprocess.Process) -> None:
        process.kill()
else:
    # A session of its own, so that what the program started ends with it.
    _APART = {"start_new_session": True}

    def _kill(process: asyncio.subprocess.Process) -> None:
        os.killpg(process.pid, signal.SIGKILL)
