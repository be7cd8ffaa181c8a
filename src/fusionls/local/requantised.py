"""Installed weights that were written anew in a kind of number for which llama.cpp is faster.

The catalogue's checksum is of what was published, so a note beside the weights says what became of it. A note
that fits neither is as good as none: the weights then count as damaged, and are installed again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fusionls.local.catalogue import CatalogueModel
from fusionls.local.install_report import InstallError, ProgressCallback
from fusionls.local.requantise import requantise
from fusionls.local.unpack import sha256_of


@dataclass(frozen=True, slots=True)
class Note:
    """What was made of published weights: from which, into which kind, and what came out."""

    published: str
    kind: str
    sha256: str
    file_bytes: int


def note_path(weights: Path) -> Path:
    """Return where the note on ``weights`` lies."""
    return weights.with_name(f"{weights.name}.note")


def note_on(model: CatalogueModel, weights: Path) -> Note | None:
    """Return the note on weights of ``model``, None if there is none for this model as it is today."""
    if model.requantise is None:
        return None
    try:
        note = Note(**json.loads(note_path(weights).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return note if (note.published, note.kind) == (model.sha256, model.requantise) else None


def write_anew(
    model: CatalogueModel,
    published: Path,
    weights: Path,
    staging: Path,
    progress: ProgressCallback,
) -> bool:
    """Put ``published`` into the place of ``weights`` in the kind that ``model`` is to have.

    They may be one file; ``staging`` is a folder beside them for what is not finished. Returns False, and
    changes nothing, if that cannot be done here: the weights serve as they were published. Raises OSError.
    """
    if model.requantise is None:
        return False
    new, note = staging / "anew.gguf", staging / "anew.note"
    try:
        requantise(published, new, model.requantise, progress)
    except InstallError:
        return False
    found = Note(model.sha256, model.requantise, sha256_of(new), new.stat().st_size)
    note.write_text(json.dumps(asdict(found)), "utf-8")
    # The note first: until the weights follow, those that are there are still known by the catalogue.
    note.replace(note_path(weights))
    new.replace(weights)
    return True


def is_as_wanted(model: CatalogueModel, weights: Path) -> bool:
    """Tell whether installed weights of ``model`` need not be written anew. Raises OSError."""
    if model.requantise is None:
        return True
    note = note_on(model, weights)
    return note is not None and weights.stat().st_size == note.file_bytes
