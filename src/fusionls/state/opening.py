"""Opens the state file, whatever is in its place.

A file that is no database of ours, or a broken one, is put aside under another name and a new one begun. One
of a newer fusionls is left alone. Everything else that is wrong is StateTrouble, and nothing of it harms.
"""

import logging
import os
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fusionls.state.schema import VERSION, is_of_another_program, upgrade, version_of

if TYPE_CHECKING:
    from sqlite3 import Connection

log = logging.getLogger(__name__)

# A file by its device and number: a file that takes its place has others.
Identity = tuple[int, int]
# How long to wait for another server's transaction. They take milliseconds; a copy being made, longer.
BUSY_S = 2.0
# To make the tables takes milliseconds.
LOOKED_AGAIN_S = 0.1
# Nobody waits for this file: a fifth of SQLite's usual 2 MB for pages is plenty.
CACHE_KIB = 256
# What is not moved into the file yet is moved from so many pages of 4 KiB on, which takes two flushes of the
# disk; SQLite's usual thousand would be four times as much journal as there are panels.
JOURNAL_PAGES = 256
ASIDE = ".broken"
JOURNALS = ("-wal", "-shm", "-journal")
_MINE_ALONE_FOLDER, _MINE_ALONE_FILE = 0o700, 0o600
# SQLite's primary result codes (https://sqlite.org/rescode.html), which the module need not be imported for.
_ERROR, _CORRUPT, _FULL, _NO_DATABASE = 1, 11, 13, 26
_BUSY, _LOCKED, _READ_ONLY, _INPUT_OUTPUT, _CANNOT_OPEN = 5, 6, 8, 10, 14
_WHY = {
    _BUSY: "another program holds it",
    _LOCKED: "another program holds it",
    _READ_ONLY: "it cannot be written",
    _INPUT_OUTPUT: "the disk fails",
    _FULL: "the disk is full",
    _CANNOT_OPEN: "it cannot be opened",
}


class StateTrouble(Exception):
    """The state file cannot be used now. The message says in words why."""


class NewerState(StateTrouble):
    """The file belongs to a newer fusionls, which goes on with it."""


class BrokenState(StateTrouble):
    """The file is no database of ours, or not whole."""


def opened(file: Path) -> "Connection":
    """Return a connection to ``file``, made or brought up to date if need be. Raises StateTrouble.

    Transactions are begun and ended by statements. What is deleted is overwritten with zeros.
    """
    try:
        return _connected(file)
    except BrokenState:
        # Another server may have been in the middle of making it. What is broken is so the second time, too.
        time.sleep(LOOKED_AGAIN_S)
    seen = identity(file)
    try:
        return _connected(file)
    except BrokenState:
        put_aside(file, seen)
        return _connected(file)


def identity(file: Path) -> Identity | None:
    """Return which file lies at ``file``, None if there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def put_aside(file: Path, broken: Identity | None) -> None:
    """Give ``file`` another name, in the place of the one before, if it is still the ``broken`` one.

    If another server was faster, nothing is done: what lies there now is new. Raises StateTrouble.
    """
    # Imported late: it is needed once in years.
    from filelock import FileLock, Timeout

    aside = file.with_name(file.name + ASIDE)
    try:
        with FileLock(f"{file}.lock", timeout=BUSY_S, mode=_MINE_ALONE_FILE, is_singleton=False):
            if identity(file) != broken:
                return
            # The file itself goes last: as long as it is there, nobody begins a new one.
            for ending in (*JOURNALS, ""):
                Path(f"{aside}{ending}").unlink(missing_ok=True)
                if os.path.lexists(f"{file}{ending}"):
                    Path(f"{file}{ending}").replace(f"{aside}{ending}")
    except (Timeout, NotImplementedError) as error:
        raise StateTrouble("it is broken, and another program holds it") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StateTrouble(f"it is broken, and cannot be put aside: {why}") from error
    log.warning("%s was broken. It is called %s now, and learning begins anew.", file, aside.name)


def trouble_of(error: Exception) -> StateTrouble:
    """Return what an error of SQLite means for us. It never has words of the file's content.

    A UnicodeError comes from a file so broken that SQLite's own message about it is no text.
    """
    if isinstance(error, UnicodeError):
        return BrokenState("it is broken")
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return StateTrouble(f"SQLite cannot use it ({type(error).__name__})")
    # SQLITE_ERROR is a table or column that is not there.
    if code & 0xFF in (_CORRUPT, _NO_DATABASE, _ERROR):
        return BrokenState("it is broken")
    name = getattr(error, "sqlite_errorname", code)
    return StateTrouble(f"{_WHY.get(code & 0xFF, 'SQLite cannot use it')} ({name})")


def _connected(file: Path) -> "Connection":
    import sqlite3

    _prepare(file)
    try:
        connection = sqlite3.connect(
            file, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            # One row with bytes that are no text must not keep the others from being read.
            connection.text_factory = lambda found: found.decode("utf-8", "replace")
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection
    except (sqlite3.Error, UnicodeError) as error:
        raise trouble_of(error) from error


def _set_up(connection: "Connection") -> None:
    # Looked at before anything is written: a file that is not ours keeps every byte.
    if is_of_another_program(connection):
        raise BrokenState("it belongs to another program")
    version = version_of(connection)
    if version > VERSION:
        raise NewerState(f"it belongs to a newer fusionls (version {version} of its tables)")
    for setting in (
        "trusted_schema = OFF",
        "secure_delete = ON",
        "foreign_keys = ON",
        "synchronous = NORMAL",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {JOURNAL_PAGES}",
        f"journal_size_limit = {JOURNAL_PAGES * 4096}",
    ):
        connection.execute(f"PRAGMA {setting}")
    if version < VERSION:
        upgrade(connection)


def _prepare(file: Path) -> None:
    """See to it that a plain file which is the user's alone is there."""
    try:
        file.parent.mkdir(_MINE_ALONE_FOLDER, parents=True, exist_ok=True)
        parts = [Path(f"{file}{ending}") for ending in ("", *JOURNALS)]
        for part in parts:
            # A pipe would be waited for, and a link may lead to anything.
            if not _is_plain_or_none(part):
                raise StateTrouble(f"{part.name} is no plain file")
        if not file.exists():
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            os.close(os.open(file, flags, _MINE_ALONE_FILE))
        if sys.platform != "win32":
            _lock_out(file, parts)
    except OSError as error:
        raise StateTrouble(error.strerror or type(error).__name__) from error


def _lock_out(file: Path, parts: list[Path]) -> None:
    """Take everybody else's rights from the file and its folder. Raises OSError."""
    if stat.S_IMODE(file.parent.stat().st_mode) & 0o077:
        file.parent.chmod(_MINE_ALONE_FOLDER)
    # Journals have the rights that the file had when they were made, and must have those that it has.
    own = stat.S_IMODE(file.stat().st_mode) & _MINE_ALONE_FILE
    for part in parts:
        # Another server that ends takes the journals away.
        with suppress(FileNotFoundError):
            if stat.S_IMODE(part.stat().st_mode) != own:
                part.chmod(own)


def _is_plain_or_none(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True
