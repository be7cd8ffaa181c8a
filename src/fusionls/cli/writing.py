"""Writes edited files, all of them or none, and nothing that somebody else has changed meanwhile."""

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

# Who may read and write a new file: what the process's mask leaves of it.
NEW_FILE_MODE = 0o666


class NotWritten(Exception):
    """Nothing was written, or what was written is undone. The message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Writing:
    """``after`` in place of what the file at ``path`` was read as; None for one that did not exist.

    ``folder`` is where a link at ``path`` may lead.
    """

    path: Path
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    folder: Path


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file whose new content lies beside it."""

    writing: Writing
    target: Path
    beside: Path


def write_all(writings: Sequence[Writing]) -> None:
    """Write all of the files. Raises NotWritten, and then they are as they were.

    A file keeps its mode and its owner, a link goes on to be one. Each is written beside its place first.
    """
    undo: list[Callable[[], None]] = []
    staged: list[_Staged] = []
    try:
        for one in writings:
            staged.append(_stage(one, undo))
        for ready in staged:
            _check_unchanged(ready)
        for ready in staged:
            undo.append(_undoing(ready))
            ready.beside.replace(ready.target)
    except BaseException as error:
        left = _undone(undo)
        if isinstance(error, OSError):
            where = f": {error.filename}" if error.filename else ""
            raise NotWritten(_sentence(f"{error.strerror or error}{where}", left)) from error
        if left:
            raise NotWritten(_sentence(str(error) or "interrupted", left)) from error
        raise
    finally:
        for ready in staged:
            with suppress(OSError):
                ready.beside.unlink(missing_ok=True)


def _sentence(why: str, left: Iterable[Path]) -> str:
    names = ", ".join(map(str, left))
    return f"{why}; these could not be put back: {names}" if names else why


def _undone(undo: list[Callable[[], None]]) -> list[Path]:
    """Take everything back, the last first; return the files for which that failed."""
    left = []
    for step in reversed(undo):
        try:
            step()
        except OSError as error:
            left.append(Path(error.filename or "?"))
    return left


def _stage(one: Writing, undo: list[Callable[[], None]]) -> _Staged:
    target = _target(one)
    mode = NEW_FILE_MODE
    if one.before is not None:
        found = target.stat()
        mode = stat.S_IMODE(found.st_mode)
        if not mode & 0o222 or not os.access(target, os.W_OK):
            raise NotWritten(f"{one.path} is read-only")
    else:
        _make_folders(target.parent, undo)
    beside = target.parent / f".{target.name[:80]}.{secrets.token_hex(8)}.fusionls"
    # Never wider than the file is: what it holds may be private.
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    undo.append(lambda: beside.unlink(missing_ok=True))
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(one.after)
        stream.flush()
        os.fsync(stream.fileno())
    if one.before is not None:
        _keep_owner(found, beside)
        beside.chmod(mode)
    return _Staged(one, target, beside)


def _target(one: Writing) -> Path:
    """Return the file behind a link, if it lies in the folder. Raises NotWritten."""
    target = Path(os.path.realpath(one.path))
    if not target.is_relative_to(os.path.realpath(one.folder)):
        raise NotWritten(f"{one.path} is a link that leads out of {one.folder}: {target}")
    return target


def _make_folders(folder: Path, undo: list[Callable[[], None]]) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undo.append(one.rmdir)


def _keep_owner(found: os.stat_result, beside: Path) -> None:
    own = beside.stat()
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid) and hasattr(os, "chown"):
        # Who may write a file need not be allowed to give one away.
        with suppress(OSError):
            os.chown(beside, found.st_uid, found.st_gid)


def _check_unchanged(ready: _Staged) -> None:
    before = ready.writing.before
    try:
        now = ready.target.read_bytes()
    except FileNotFoundError:
        now = None
    if now != before:
        said = "came into being" if before is None else "was deleted" if now is None else "changed"
        raise NotWritten(f"{ready.writing.path} {said} since it was read")


def _undoing(ready: _Staged) -> Callable[[], None]:
    """Return what puts a file back as it was."""
    before, target = ready.writing.before, ready.target
    if before is None:
        return lambda: target.unlink(missing_ok=True)
    mode = stat.S_IMODE(target.stat().st_mode)

    def put_back() -> None:
        if target.read_bytes() == before:
            return
        again = target.parent / f"{ready.beside.name}.old"
        again.write_bytes(before)
        again.chmod(mode)
        again.replace(target)

    return put_back
