"""A model that all servers of a user share, as one of them sees it: a child process that is leased."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from fusionls.local.child import Child, Spawn, spawn_llama_child
from fusionls.local.child_lines import Answer, Order, answer_from, line_of, order_from
from fusionls.local.launch import launch_keeper
from fusionls.local.lease import Record, identity_of, knock_line, welcome_from
from fusionls.local.runtime_folder import KeeperFiles, SharingImpossible, runtime_folder, taken

log = logging.getLogger(__name__)

# How often a server looks whether the keeper that another one starts is there: a start takes 500 ms at least.
POLL_S = 0.05
# A keeper answers a knock within a millisecond, and within seconds on a machine that swaps.
KNOCK_S = 3.0
# After so many knocks without an answer a keeper that lives counts as hung. It ends itself some time later.
MOST_SILENT_KNOCKS = 2

Launch = Callable[[KeeperFiles, bytes], Awaitable[bytes]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[int], Awaitable[Streams]]


async def _connect(port: int) -> Streams:
    return await asyncio.open_connection("127.0.0.1", port)


class SharedModels:
    """Gives out shared children, and private ones where sharing is impossible, which it says once.

    ``folder`` returns the runtime folder or raises SharingImpossible.
    """

    def __init__(
        self,
        folder: Callable[[], Path] = runtime_folder,
        *,
        private: Spawn = spawn_llama_child,
        launch: Launch = launch_keeper,
        connect: Connect = _connect,
        say: Callable[[str], None] = log.warning,
    ) -> None:
        self.folder = folder
        self.private = private
        self.launch = launch
        self.connect = connect
        self._say = say
        self._said: set[str] = set()

    async def __call__(self) -> Child:
        """Return a child that takes its lease when it gets its order."""
        return SharedChild(self)

    def say_once(self, message: str) -> None:
        """Tell the person, unless that was done before."""
        if message not in self._said:
            self._said.add(message)
            self._say(message)


class SharedChild:
    """A lease of the keeper that serves an order; the keeper is started if there is none."""

    def __init__(self, models: SharedModels) -> None:
        self._models = models
        self._private: Child | None = None
        self._files: KeeperFiles | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ended = False
        self._silent_knocks = 0

    @property
    def exit_code(self) -> int | None:
        """None while the lease lasts; a keeper is no child of ours, so how it ended is not known."""
        if self._private is not None:
            return self._private.exit_code
        return 0 if self._ended else None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        return self._private.ending if self._private is not None else ""

    @property
    def last_words(self) -> str:
        """The end of what the keeper wrote to standard error."""
        if self._private is not None:
            return self._private.last_words
        return self._files.last_words() if self._files is not None else ""

    async def ask(self, line: bytes) -> bytes:
        """Lease the keeper for the order ``line`` and return its answer, empty if it ends first.

        Raises OSError if no process can be started, or the weights are gone.
        """
        try:
            order = order_from(line)
            self._files = KeeperFiles(self._models.folder(), _identity(order))
            return await self._lease(self._files, line)
        except SharingImpossible as error:
            self._models.say_once(str(error))
        self._private = await self._models.private()
        return await self._private.ask(line)

    async def end(self) -> None:
        """Give the lease back. The keeper lives on for the others, and ends by itself. Never raises."""
        self._ended = True
        if self._private is not None:
            await self._private.end()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        if self._writer is not None:
            self._writer.close()

    async def _lease(self, files: KeeperFiles, line: bytes) -> bytes:
        while True:
            answer = await self._knock(files)
            if answer is not None:
                return line_of(answer)
            start = files.start_lock()
            if taken(start):
                try:
                    started = await self._start(files, line)
                finally:
                    start.release()
                if started is not None:
                    return started
            await asyncio.sleep(POLL_S)

    async def _start(self, files: KeeperFiles, line: bytes) -> bytes | None:
        """Start the keeper while nobody else does.

        Returns the answer to the order, or None if the keeper is to be tried again.
        """
        answer = await self._knock(files)
        if answer is not None:
            return line_of(answer)
        # One that is starting though its server was killed, or that is just ending.
        if files.keeper_lives():
            return None
        said = await self._models.launch(files, line)
        try:
            launched = answer_from(said)
        except (ValueError, TypeError):
            return said
        if launched.busy:
            return None
        if not launched.port:
            return said
        answer = await self._knock(files)
        return line_of(answer) if answer is not None else None

    async def _knock(self, files: KeeperFiles) -> Answer | None:
        """Return where the model is served if the keeper of the record gave us a lease."""
        record = files.read_record()
        if record is None:
            return None
        try:
            async with asyncio.timeout(KNOCK_S):
                return await self._open(record)
        except TimeoutError:
            self._silent_knocks += 1
            if self._silent_knocks >= MOST_SILENT_KNOCKS and files.keeper_lives():
                raise SharingImpossible(
                    f"the process {record.pid}, which keeps a model for all servers, does not answer; this "
                    "server runs a model of its own. If that process stays, end it."
                ) from None
        except (OSError, ValueError):
            # Nobody is there any more: the record is about to go, or was left by a keeper that was killed.
            pass
        return None

    async def _open(self, record: Record) -> Answer | None:
        reader, writer = await self._models.connect(record.port)
        welcome = None
        try:
            nonce, knock = knock_line(record.secret)
            writer.write(knock)
            welcome = welcome_from(record.secret, nonce, await reader.readline())
        finally:
            if welcome is None:
                writer.close()
        if welcome is None:
            return None
        self._writer = writer
        self._watch = asyncio.create_task(self._watch_over(reader))
        return Answer(port=welcome.port, key=welcome.key)

    async def _watch_over(self, reader: asyncio.StreamReader) -> None:
        """Notice the end of the keeper: it says nothing more until then."""
        with suppress(OSError):
            while await reader.read(64):
                pass
        self._ended = True


def _identity(order: Order) -> str:
    """Return the name of the keeper for ``order``. Raises OSError if the weights are gone."""
    found = Path(order.model).stat()
    return identity_of(order, found.st_size, found.st_mtime_ns, llama_version())


def llama_version() -> str:
    """Return the version of the package with llama.cpp, empty if it is not installed."""
    # Imported late: it takes 30 ms, and not everybody has local models.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("xllamacpp")
    except PackageNotFoundError:
        return ""


# What every keeper uses that is not told otherwise.
shared_models = SharedModels()
