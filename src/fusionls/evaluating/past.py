"""The repository as it was before the holes were written, for the workspace memory to know.

As it is today it holds the answers. What may be shown to nobody is not written out, and so is no context.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from fusionls.core.languages import language_for
from fusionls.core.secrets import looks_secret
from fusionls.engine.ports import BackgroundReading, Listener
from fusionls.evaluating.case import Case
from fusionls.local.memory_files import MOST_FILES, MOST_OF_A_FILE, MOST_TEXT

_FILES = ("100644", "100755")
# A folder is read within seconds; one that takes longer is done without what was not read by then.
LONGEST_READING_S = 120.0
# A document that was opened makes the memory begin; loading numpy takes 60 ms.
_BEGINNING_S = 0.5


class Snapshots(Protocol):
    """What is asked of git."""

    root: Path

    def before(self, commit: str) -> str | None:
        """Return the commit that ``commit`` changed, None for the first one."""

    def files(self, commit: str) -> list[tuple[bytes, str, str, int]]:
        """Return path, mode, blob and size in bytes of every file in ``commit``."""

    def contents(self, blobs: list[str]) -> Iterator[bytes]:
        """Yield what each blob holds, in order."""


class Remembering(Listener, Protocol):
    """The workspace memory."""

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read."""


@dataclass(frozen=True, slots=True)
class Past:
    """The folder ``past`` holds what ``root`` held. ``memory`` is told of documents there."""

    root: Path
    past: Path
    memory: Remembering

    def moved(self, case: Case) -> Case:
        """Return ``case`` as a document of the past."""
        return replace(case, uri=case.uri.replace(self.root.as_uri(), self.past.as_uri(), 1))

    async def read_by(self, case: Case) -> None:
        """Let the memory read the folder, if it did not yet, and wait until it has."""
        self.memory.folders_changed((self.past.as_uri(),))
        moved = self.moved(case)
        self.memory.document_changed(moved.request.document)
        try:
            async with asyncio.timeout(LONGEST_READING_S):
                await asyncio.sleep(_BEGINNING_S)
                while reading := self.memory.reading:
                    await asyncio.wait({one.task for one in reading})
        except TimeoutError:
            return
        finally:
            self.memory.document_closed(moved.uri)


@contextmanager
def past_of(
    snapshots: Snapshots, oldest: str, may_be_asked: Callable[[str], bool], memory: Remembering
) -> Iterator[Past]:
    """Write out what there was before the commit ``oldest``, for as long as the block lasts.

    Raises OSError and what ``snapshots`` raise.
    """
    with tempfile.TemporaryDirectory(prefix="fusionls-eval-") as folder:
        past = Path(folder).resolve() / snapshots.root.name
        past.mkdir()
        before = snapshots.before(oldest)
        if before is not None:
            wanted = list(_wanted(snapshots, before, may_be_asked))
            contents = snapshots.contents([blob for _, blob in wanted])
            for (name, _), content in zip(wanted, contents, strict=True):
                file = past / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        yield Past(snapshots.root, past, memory)


def _wanted(
    snapshots: Snapshots, commit: str, may_be_asked: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Yield name and blob of the files that a memory would remember."""
    files, text = 0, 0
    for path, mode, blob, size in snapshots.files(commit):
        try:
            name = path.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if mode not in _FILES or size > MOST_OF_A_FILE or language_for("", name) is None:
            continue
        inside = ".." not in Path(name).parts and not Path(name).is_absolute()
        if not inside or looks_secret(name) or not may_be_asked((snapshots.root / name).as_uri()):
            continue
        files, text = files + 1, text + size
        if files > MOST_FILES or text > MOST_TEXT:
            return
        yield name, blob
