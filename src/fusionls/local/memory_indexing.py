"""Taking in a folder's texts beside a person's typing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from fusionls.local.memory_files import Text

if TYPE_CHECKING:
    from fusionls.local.memory_store import MemoryStore

T = TypeVar("T")
# Work goes on for so long at a time, and then there is a pause: the turns of the loop that a request needs
# fit into one.
SLICE_S, PAUSE_S = 0.002, 0.001
# Somebody who types or has asked is given way to for so long after it.
QUIET_S = 0.15
# Meanwhile the pauses are so long.
GIVING_WAY_S = 0.02


class Walk(Protocol):
    """Reads a folder; ``stopped`` says why not everything was read."""

    stopped: str

    def next_batch(self) -> list[Text]:
        """Return the next texts; an empty list at the end."""


class InThread(Protocol):
    """Runs a function beside the loop, as asyncio.to_thread does."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]:
        """Return what ``function`` returns."""


class Pace:
    """Knows when somebody types, and makes way for them."""

    def __init__(self) -> None:
        self._disturbed_s = float("-inf")
        self._paused_s = float("-inf")

    def disturbed(self) -> None:
        """Note that somebody types or asks now."""
        self._disturbed_s = asyncio.get_running_loop().time()

    async def step(self) -> None:
        """Let others go first, if it was not just done."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if now_s - self._paused_s < SLICE_S:
            return
        await asyncio.sleep(PAUSE_S if now_s - self._disturbed_s >= QUIET_S else GIVING_WAY_S)
        self._paused_s = loop.time()


class Intake:
    """Puts texts into ``store`` step by step."""

    def __init__(self, store: "MemoryStore", pace: Pace, in_thread: InThread) -> None:
        self._store = store
        self._pace = pace
        self._in_thread = in_thread
        self._builder = store.builder()

    async def take(self, text: Text) -> None:
        """Take in ``text``; it is found after ``finish`` at the latest."""
        for _ in self._builder.steps(text.name, text.text):
            await self._pace.step()
        if self._store.is_full(self._builder):
            await self.finish()

    async def rest(self) -> None:
        """Let others go first, if it was not just done."""
        await self._pace.step()

    async def finish(self) -> None:
        """Let everything that was taken in be found."""
        builder, self._builder = self._builder, self._store.builder()
        if builder.size:
            self._store.add(await self._in_thread(builder.segment))


class Indexing:
    """A folder that is being read. ``files`` counts what was read, ``stopped`` says why not all was.

    ``task`` ends when everything that was read can be found.
    """

    def __init__(self, folder: str, walk: Walk, intake: Intake, in_thread: InThread) -> None:
        self.folder = folder
        self._walk = walk
        self._intake = intake
        self._in_thread = in_thread
        self.files = 0
        self.stopped = ""
        self.task = asyncio.create_task(self._run(), name="read a folder into the memory")

    def stop(self) -> None:
        """Read no more; what was read so far is kept."""
        self.stopped = "it was stopped"

    def drop(self) -> None:
        """Read no more, and take in nothing more."""
        self.task.cancel()

    async def _run(self) -> None:
        while not self.stopped and (batch := await self._in_thread(self._walk.next_batch)):
            for text in batch:
                await self._intake.take(text)
                self.files += 1
        await self._intake.finish()
        self.stopped = self.stopped or self._walk.stopped
