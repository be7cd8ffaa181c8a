"""Files that changed on disk: read again, all of a swarm at once."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fusionls.core.kept_in import NO_RULES, PrivacyRules
from fusionls.local.memory_files import FolderWalk, Text, name_of, name_of_path, read_text
from fusionls.local.memory_ignore import IGNORE_FILES, Ignoring
from fusionls.local.memory_indexing import Intake, InThread

if TYPE_CHECKING:
    from fusionls.local.memory_store import MemoryStore

# Changes come in swarms (a checkout, a build): they are taken in together.
SWARM_S = 0.3
# So many at a time are read in another thread.
AT_ONCE = 50


class Changes:
    """The files that are to be read again, with the folder that each lies in and its project's rules."""

    def __init__(self, in_thread: InThread) -> None:
        self._in_thread = in_thread
        self._waiting: dict[Path, tuple[Path, PrivacyRules]] = {}
        self._running = False

    @property
    def is_waiting(self) -> bool:
        """Whether there are changes that nobody takes in yet."""
        return bool(self._waiting) and not self._running

    def note(self, folder: Path, path: Path, rules: PrivacyRules = NO_RULES) -> None:
        """Note that the file or folder ``path`` in the workspace ``folder`` came, changed or went."""
        self._waiting[path] = (folder, rules)

    def rules_are_in(self, uri: str) -> bool:
        """Tell whether the file ``uri`` says which others are ignored."""
        return name_of(uri).rpartition("/")[2] in IGNORE_FILES

    async def take_in(self, store: "MemoryStore", intake: Intake) -> None:
        """Read what changed, and what changes meanwhile, once the swarm has settled."""
        self._running = True
        try:
            while self._waiting:
                await asyncio.sleep(SWARM_S)
                waiting, self._waiting = self._waiting, {}
                reading = _read_again(waiting)
                while batch := await self._in_thread(partial(next, reading, [])):
                    for changed in batch:
                        if isinstance(changed, Text):
                            await intake.take(changed)
                        else:
                            store.remove(changed)
                            await intake.rest()
                await intake.finish()
        finally:
            self._running = False


def _read_again(
    waiting: dict[Path, tuple[Path, PrivacyRules]],
) -> Iterator[list[Text | str]]:
    """Yield in batches the texts of ``waiting``, and the names of those that are not to be found."""
    ignoring = {asked: Ignoring(*asked) for asked in set(waiting.values())}
    batch: list[Text | str] = []
    for path, asked in waiting.items():
        if ignoring[asked].leaves_out_deep(path):
            continue
        if path.is_dir() and not path.is_symlink():
            walk = FolderWalk(asked[0], path, asked[1])
            while texts := walk.next_batch():
                yield list(texts)
            continue
        text = None if path.is_symlink() else read_text(path)
        name = name_of_path(path)
        batch.append(name if text is None else Text(name, text))
        if len(batch) >= AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
