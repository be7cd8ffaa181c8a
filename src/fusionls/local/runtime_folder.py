"""The folder in which servers of one user find the keepers that run, and the files of each keeper.

It is the user's alone, because who can read it can use the models, and who can write it can pose as one.
On Linux it is in ``$XDG_RUNTIME_DIR``; on Windows and macOS, where this was not run, platformdirs knows it.
"""

import os
import stat
import sys
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fusionls.local.lease import Record, record_from, record_text

if TYPE_CHECKING:
    from filelock import BaseFileLock

# Warnings only: nothing of a prompt is written at llama.cpp's level, and little else.
LOG_LIMIT_BYTES = 256 * 1024
_LOG_TAIL_BYTES = 8192
_MINE_ALONE = 0o700


class SharingImpossible(Exception):
    """A model cannot be shared between servers. The message says what, where and what to do."""


def runtime_folder() -> Path:
    """Return the folder for keepers' files, made if need be. Raises SharingImpossible."""
    # Imported late: a start without local models need not pay for it.
    import platformdirs

    try:
        with warnings.catch_warnings():
            # It warns when XDG_RUNTIME_DIR is not set; the folder it takes then is as good.
            warnings.simplefilter("ignore")
            folder = Path(platformdirs.user_runtime_path("fusionls", appauthor=False))
    except OSError as error:
        raise _refused("the user's runtime folder", str(error)) from error
    return private_folder(folder / "keepers")


def private_folder(folder: Path) -> Path:
    """Return ``folder``, which is then the user's alone and can be written. Raises SharingImpossible."""
    try:
        folder.mkdir(_MINE_ALONE, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise _refused(folder, "it is not a folder")
        if sys.platform != "win32":
            if found.st_uid != os.geteuid():
                raise _refused(folder, "it belongs to somebody else")
            if stat.S_IMODE(found.st_mode) != _MINE_ALONE:
                folder.chmod(_MINE_ALONE)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise _refused(folder, "it cannot be written")
    except OSError as error:
        raise _refused(folder, error.strerror or str(error)) from error
    return folder


def _refused(folder: Path | str, why: str) -> SharingImpossible:
    return SharingImpossible(
        f"{folder} cannot be used ({why}), so every server runs a model of its own, which takes its memory "
        "again. Mend the folder's permissions, or set XDG_RUNTIME_DIR to a folder that is yours alone."
    )


@dataclass(frozen=True, slots=True)
class KeeperFiles:
    """The files of the keeper ``identity`` in ``folder``."""

    folder: Path
    identity: str

    @property
    def log(self) -> Path:
        """What the keeper wrote to standard error."""
        return self.folder / f"{self.identity}.log"

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.identity}.json"

    def start_lock(self) -> "BaseFileLock":
        """Return the lock that a server holds while it starts the keeper."""
        return self._lock("start")

    def alive_lock(self) -> "BaseFileLock":
        """Return the lock that the keeper holds as long as it lives; the system ends it with it."""
        return self._lock("alive")

    def keeper_lives(self) -> bool:
        """Tell whether a keeper process holds its lock. Raises SharingImpossible."""
        lock = self.alive_lock()
        if not taken(lock):
            return True
        lock.release()
        return False

    def read_record(self) -> Record | None:
        """Return where the keeper hands out leases, if it says so. Raises SharingImpossible."""
        try:
            return record_from(self._record.read_text("utf-8"))
        except (FileNotFoundError, UnicodeError):
            return None
        except OSError as error:
            raise _refused(self._record, error.strerror or str(error)) from error

    def write_record(self, record: Record) -> None:
        """Say where leases are handed out, all at once. Raises OSError."""
        descriptor, name = tempfile.mkstemp(prefix=f"{self.identity}.", dir=self.folder)
        try:
            # Such a file can be read by its owner only.
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(record_text(record))
            Path(name).replace(self._record)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def remove_record(self) -> None:
        """Take the record away. Never raises."""
        with suppress(OSError):
            self._record.unlink()

    def remove_log(self) -> None:
        """Take the log away, of which nobody needs to know any more. Never raises."""
        with suppress(OSError):
            self.log.unlink()

    def last_words(self) -> str:
        """Return the end of the log, empty if there is none."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
                return file.read(_LOG_TAIL_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def _lock(self, name: str) -> "BaseFileLock":
        from filelock import FileLock

        # A lock of one object is not handed to a second one in the same process: servers in tests share one.
        return FileLock(self.folder / f"{self.identity}.{name}", mode=0o600, is_singleton=False)


def taken(lock: "BaseFileLock", timeout_s: float = 0) -> bool:
    """Take ``lock`` within ``timeout_s`` and return whether that succeeded. Raises SharingImpossible."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=timeout_s, poll_interval=0.01)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        # A file system without locks, or a disk without room.
        raise _refused(lock.lock_file, str(error)) from error
    return True
