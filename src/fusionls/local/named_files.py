"""Files that a person names for an edit and has not opened: read, or refused in a sentence."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from fusionls.core.kept_in import Keep, PrivacyRules, may_leave
from fusionls.core.text import DocumentSnapshot
from fusionls.core.uris import is_file
from fusionls.engine.ports import NoFile
from fusionls.local.memory_files import path_of
from fusionls.local.memory_ignore import Ignoring

# 40,000 lines of code. A model is shown some pages of a file, and a person has to read what comes back.
MOST_BYTES = 2 * 1024 * 1024
# What is not open has no version that an editor knows.
NOT_OPEN = -1


def named_file(
    uri: str,
    folders: Sequence[str],
    rules: Sequence[PrivacyRules],
    *,
    must_exist: bool = True,
) -> DocumentSnapshot:
    """Return the file ``uri``, or an empty one if it need not exist. Blocks; raises NoFile.

    It must lie in one of the workspace ``folders`` (URIs), links resolved, and be one that may be shown to
    a model by all ``rules``: those of its project, and of the one that it really lies in.
    """
    try:
        path = _allowed_path(uri, folders, rules)
        if not must_exist and not os.path.lexists(path):
            return DocumentSnapshot(uri, "", NOT_OPEN, "")
        return DocumentSnapshot(uri, "", NOT_OPEN, _text_at(path))
    except NoFile:
        raise
    except FileNotFoundError as error:
        raise NoFile(f"there is no file {_shown(uri)}") from error
    except OSError as error:
        raise NoFile(f"{_shown(uri)} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise NoFile(f"{_shown(uri)} cannot be read") from error


def _allowed_path(uri: str, folders: Sequence[str], rules: Sequence[PrivacyRules]) -> Path:
    """Return where ``uri`` leads, if it may be edited. Raises NoFile, OSError and ValueError."""
    path = path_of(uri) if is_file(uri) else Path()
    if not path.is_absolute():
        raise NoFile(f"{_shown(uri)} is no file on this machine")
    real = Path(os.path.realpath(path))
    roots = [Path(os.path.realpath(path_of(folder))) for folder in folders if is_file(folder)]
    around = [root for root in roots if real != root and real.is_relative_to(root)]
    if not around:
        raise NoFile(f"{_shown(uri)} is not in a folder that is open")
    for one in rules:
        if may_leave((uri, str(path), str(real)), one) is Keep.NOTHING:
            raise NoFile(f"{_shown(uri)} is a file with secrets, or excluded in the settings")
        # An ignore file counts in the innermost folder, and in those around it.
        if any(_is_left_out(real, root, one) for root in around):
            raise NoFile(f"{_shown(uri)} is ignored, or belongs to a tool and not to the project")
    return real


def _is_left_out(path: Path, root: Path, rules: PrivacyRules) -> bool:
    ignoring = Ignoring(root, rules)
    folders = [at for at in path.parents if at != root and at.is_relative_to(root)]
    return any(ignoring.leaves_out(at, folder=True) for at in folders) or ignoring.is_ignored_deep(
        path
    )


def _text_at(path: Path) -> str:
    """Return the text of the file at ``path``, which is no link. Raises NoFile and OSError."""
    # Neither a link nor a pipe that took the file's place meanwhile is followed or waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NoFile(f"{path.name} is no plain file")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise NoFile(f"{path.name} has more than {MOST_BYTES} bytes")
    # A folder above it may have become a link while it was opened.
    if os.path.realpath(path) != str(path):
        raise NoFile(f"{path.name} was moved while it was read")
    if b"\0" in raw:
        raise NoFile(f"{path.name} is no text")
    try:
        # As editors do: the mark at the beginning is not part of the text.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoFile(f"{path.name} is no text in UTF-8") from error


def _shown(uri: str) -> str:
    """Return the name of a file for a sentence."""
    name = path_of(uri).name if is_file(uri) else uri
    return ascii(name)[1:-1][:80] if not name.isprintable() else name[:80]
