"""The workspace memory as a member: it answers from open documents and the folders they lie in."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fusionls.core.families.memory import wants_block
from fusionls.core.folders import nearest_folder
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.core.text import DocumentSnapshot
from fusionls.core.uris import is_file
from fusionls.engine.bugs import where_it_broke
from fusionls.local.memory_changes import Changes
from fusionls.local.memory_files import FolderWalk, name_of, path_of
from fusionls.local.memory_indexing import Indexing, Intake, InThread, Pace, Walk
from fusionls.local.memory_scope import RulesOf, is_named_private, is_private, no_rules

if TYPE_CHECKING:
    from fusionls.local.memory_store import MemoryStore

log = logging.getLogger(__name__)

# Less likely than this is noise; how much more is needed to be shown is the choice's to say.
LEAST = 0.1
# Longer documents are tables or generated.
MOST_OF_A_DOCUMENT = 1_000_000
# An answer is there within 8 ms (p99), nearly always within 2.
EXPECTED_MS = 2.0


class WorkspaceMemory:
    """Remembers open documents and, once one of them was opened, the folder that it lies in.

    ``open_walk`` reads a folder, ``in_thread`` runs what takes long; tests give others. ``rules_of``
    returns the privacy rules for a document or folder: what they exclude, what is secret and what is
    ignored is not remembered. numpy is loaded when the first document comes. What is told by the
    listener's methods is quick, work goes on behind.
    """

    def __init__(
        self,
        open_walk: Callable[[Path], Walk] | None = None,
        in_thread: InThread = asyncio.to_thread,
        rules_of: RulesOf = no_rules,
    ) -> None:
        self._open_walk = open_walk
        self._in_thread = in_thread
        self._rules_of = rules_of
        self._store: MemoryStore | None = None
        self._loading: asyncio.Task[MemoryStore] | None = None
        self._pace = Pace()
        self._documents: dict[str, DocumentSnapshot] = {}
        # Documents that turned out to be private when their files were looked at.
        self._private: set[str] = set()
        self._folders: tuple[str, ...] = ()
        self._indexed: dict[str, Indexing | None] = {}
        self._changes = Changes(in_thread)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the likeliest continuation at once, with its probability; nothing if there is none.

        The log-probability is that of the rest of the line being exactly right, measured.
        """
        self._pace.disturbed()
        place = prompt.place
        name = name_of(place.uri) if place else ""
        if place and is_named_private(place.uri, self._rules_of(place.uri)):
            return
        store = await self._loaded()
        for known, snapshot in self._documents.items():
            store.followed(known, snapshot)
        document = self._documents.get(name)
        offset = place.offset if place else -1
        line = document.line_at(offset) if document else 0
        whole = offset == len(prompt.text)
        answer = store.answer(
            prompt.text, name, line, LEAST, whole=whole, block=wants_block(prompt)
        )
        if answer is not None:
            yield Chunk(answer.text, logprob=math.log(answer.probability))

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return how long an answer takes (ms)."""
        return EXPECTED_MS

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Nothing becomes faster by being read before."""

    async def prepare(self) -> None:
        """Load what is needed to answer, if a document is open: a server at rest does without."""
        if self._documents:
            await self._loaded()

    async def aclose(self) -> None:
        """Stop reading. Never raises."""
        tasks = [*self._tasks, *([self._loading] if self._loading else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @property
    def reading(self) -> tuple[Indexing, ...]:
        """The folders that are being read."""
        return tuple(i for i in self._indexed.values() if i is not None and not i.task.done())

    @property
    def reads_files(self) -> bool:
        """Whether a folder was read, or is being read."""
        return bool(self._indexed)

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Take the newest version of an open document, and read its folder if that was not done yet."""
        name = name_of(snapshot.uri)
        is_kept = is_named_private(snapshot.uri, self._rules_of(snapshot.uri))
        if is_kept or snapshot.length > MOST_OF_A_DOCUMENT:
            self._drop(snapshot.uri)
            return
        if name in self._private:
            return
        is_new = name not in self._documents
        if self._documents.get(name) is not snapshot:
            self._pace.disturbed()
        self._documents[name] = snapshot
        if is_new:
            self._start(self._open(name, snapshot.uri))
        self._index_around(snapshot.uri)

    def document_closed(self, uri: str) -> None:
        """Forget an open document; what its file says counts again."""
        self._private.discard(name_of(uri))
        self._drop(uri)

    def rules_changed(self) -> None:
        """Take the privacy rules anew: what was read is forgotten and read again under them."""
        for folder in list(self._indexed):
            self._forget(folder)
        self._private.clear()
        for snapshot in list(self._documents.values()):
            self._drop(snapshot.uri)
            self.document_changed(snapshot)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Take the folders that are open now; others are forgotten."""
        self._folders = folders
        for folder in [folder for folder in self._indexed if folder not in folders]:
            self._forget(folder)
        for snapshot in list(self._documents.values()):
            self._index_around(snapshot.uri)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Read files again that came, changed or went in folders that were read."""
        for uri in uris:
            folder = nearest_folder(self._folders, uri)
            if folder not in self._indexed:
                continue
            if self._changes.rules_are_in(uri):
                # Which files count may have changed all over the folder.
                self._forget(folder)
                self._index(folder)
            else:
                self._changes.note(path_of(folder), path_of(uri), self._rules_of(folder))
        if self._changes.is_waiting:
            self._start(self._take_changes())

    async def _take_changes(self) -> None:
        store = await self._loaded()
        await self._changes.take_in(store, Intake(store, self._pace, self._in_thread))

    def _drop(self, uri: str) -> None:
        name = name_of(uri)
        if self._documents.pop(name, None) is not None and self._store is not None:
            self._store.closed(name)
            self.files_changed((uri,))

    async def _open(self, name: str, uri: str) -> None:
        store = await self._loaded()
        folder = nearest_folder(self._folders, uri)
        if await self._in_thread(partial(is_private, uri, folder, self._rules_of(uri))):
            self._private.add(name)
            self._drop(uri)
            return
        snapshot = self._documents.get(name)
        if snapshot is None:
            return
        for _ in store.opened(name, snapshot):
            await self._pace.step()
        if name not in self._documents:
            # It was closed meanwhile.
            store.closed(name)

    def _index_around(self, uri: str) -> None:
        folder = nearest_folder(self._folders, uri)
        if is_file(folder) and folder not in self._indexed:
            self._index(folder)

    def _index(self, folder: str) -> None:
        self._indexed[folder] = None
        self._start(self._read(folder))

    async def _read(self, folder: str) -> None:
        store = await self._loaded()
        if folder not in self._indexed:
            return
        path, rules = path_of(folder), self._rules_of(folder)
        walk = self._open_walk(path) if self._open_walk else FolderWalk(path, rules=rules)
        intake = Intake(store, self._pace, self._in_thread)
        indexing = self._indexed[folder] = Indexing(folder, walk, intake, self._in_thread)
        await indexing.task

    def _forget(self, folder: str) -> None:
        indexing = self._indexed.pop(folder)
        if indexing is not None:
            indexing.drop()
        if self._store is not None:
            self._store.remove_under(name_of(folder))

    async def _loaded(self) -> "MemoryStore":
        if self._store is None:
            if self._loading is None:
                self._loading = asyncio.ensure_future(self._load())
            # Whoever waits may give up; the loading goes on for the next one.
            self._store = await asyncio.shield(self._loading)
        return self._store

    async def _load(self) -> "MemoryStore":
        return await self._in_thread(_new_store)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the memory failed: %s", where_it_broke(error))


def _new_store() -> "MemoryStore":
    # It loads numpy, which takes 60 ms and 16 MB.
    from fusionls.local.memory_store import MemoryStore

    return MemoryStore()
