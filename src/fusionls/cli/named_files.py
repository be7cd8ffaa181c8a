"""The files that a person named for an edit: as they are on disk, and as models and people know them."""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from fusionls.core.languages import language_for
from fusionls.core.refactoring import EditFile
from fusionls.core.text import DocumentSnapshot, without_lone_surrogates

# More than any model takes in: what is longer was not written by hand.
MOST_BYTES = 8_000_000
BYTE_ORDER_MARK = "\ufeff"
# What a project's folder has at the latest.
REPOSITORY_MARKS = (".git", ".hg", ".jj", ".svn")
# Names a further file that is written, from the name of the one asked in; "" for none.
Target = Callable[[str], str]


def no_target(_name: str) -> str:
    """Name no further file."""
    return ""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file on disk. ``raw`` are its bytes, None for one that does not exist yet.

    ``path`` is whole and as the person wrote it, links not followed. ``mark`` is the byte order mark that
    its text begins with, "" if there is none; ``text`` is without it.
    """

    path: Path
    name: str
    raw: bytes | None = field(repr=False)
    mark: str = field(default="", repr=False)
    text: str = field(default="", repr=False)

    @property
    def edit_file(self) -> EditFile:
        """The file as an edit is asked for in it."""
        language = language_for("", self.path.name)
        language_id = language.ids[0] if language else "plaintext"
        document = DocumentSnapshot(self.path.as_uri(), language_id, 0, self.text)
        return EditFile(self.name, document, exists=self.raw is not None)

    @property
    def content(self) -> str | None:
        """All of it as text, byte order mark included; None for a file that does not exist yet."""
        return None if self.raw is None else self.mark + self.text


def read_files(
    first: Path, others: Iterable[Path], project: Path, target_of: Target = no_target
) -> tuple[NamedFile, ...]:
    """Return the files, each once, the one asked in first.

    ``first`` must exist, the others may be about to be created; ``target_of`` names one more, from the name
    of the first. ``project`` is the folder that their names begin in, if they lie in it. Raises
    click.UsageError for what is no text, or cannot be read.
    """
    paths: dict[str, Path] = {}
    for path in (first, *others):
        whole = whole_path(path)
        paths.setdefault(os.path.realpath(whole), whole)
    folder = common_folder(list(paths.values()), project)
    target = target_of(_name(whole_path(first), folder))
    if target and ".." not in target.split("/"):
        whole = (folder or whole_path(first).parent) / target
        paths.setdefault(os.path.realpath(whole), whole)
    names = [_name(path, folder) for path in paths.values()]
    if len(set(names)) < len(names):
        raise click.UsageError("two of the files have the same name")
    read = [_read(path, name) for path, name in zip(paths.values(), names, strict=True)]
    if read[0].raw is None:
        raise click.UsageError(f"{first} cannot be read: there is no such file")
    return tuple(read)


def project_of(file: Path, settings_root: Path | None) -> Path:
    """Return the folder of the project that ``file`` lies in.

    It is where the project has settings, else where its repository begins, else the folder in which the
    command was started, if the file lies in it, else the file's own.
    """
    whole = whole_path(file)
    if settings_root is not None and whole.is_relative_to(settings_root):
        return settings_root
    for folder in whole.parents:
        if any((folder / mark).exists() for mark in REPOSITORY_MARKS):
            return folder
    here = Path.cwd()
    return here if whole.is_relative_to(here) else whole.parent


def common_folder(paths: Sequence[Path], wanted: Path) -> Path | None:
    """Return ``wanted`` if all of ``paths`` lie in it, else the folder that they have in common, if any."""
    if all(path.is_relative_to(wanted) for path in paths):
        return wanted
    try:
        common = Path(os.path.commonpath([path.parent for path in paths]))
    except ValueError:
        # Different drives.
        return None
    return common


def whole_path(path: Path) -> Path:
    """Return ``path`` from the root on, with no link followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path keeps ".."


def _name(path: Path, folder: Path | None) -> str:
    """Return what models call the file: its path in ``folder``, by itself where there is none."""
    name = path.name if folder is None else path.relative_to(folder).as_posix()
    # A name that is no text cannot be sent to anybody.
    return without_lone_surrogates(name)


def _read(path: Path, name: str) -> NamedFile:
    try:
        found = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise click.UsageError(f"{path} is a link that leads nowhere") from None
        return NamedFile(path, name, None)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {_why(error)}") from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no plain file"
        raise click.UsageError(f"{path} is {kind}: name a file")
    if found.st_size > MOST_BYTES:
        raise click.UsageError(f"{path} is too long: {found.st_size} bytes")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {_why(error)}") from error
    return _decoded(path, name, raw)


def _decoded(path: Path, name: str, raw: bytes) -> NamedFile:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error
    if "\0" in text:
        raise click.UsageError(f"{path} is no text: it holds a zero byte")
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    return NamedFile(path, name, raw, mark, text.removeprefix(mark))


def _why(error: OSError | ValueError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
