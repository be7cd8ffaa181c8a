"""The language server: features and commands on our protocol."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pygls.lsp.server import LanguageServer

import fusionls.lsp.commands
import fusionls.lsp.features
from fusionls import __version__
from fusionls.core.registry import discover
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.scopes import EVERYWHERE
from fusionls.lsp.configuration import Configuration
from fusionls.lsp.conversion import converter
from fusionls.lsp.protocol import FusionProtocol
from fusionls.lsp.registration import Registrations
from fusionls.lsp.session import Session
from fusionls.lsp.status import StatusLine

if TYPE_CHECKING:
    from fusionls.engine.pipeline import CompletionEngine

log = logging.getLogger(__name__)


class FusionServer(LanguageServer):
    """pygls' server with our protocol. Errors are logged, never popped up at a person who types."""

    protocol: FusionProtocol

    def __init__(self, session: Session) -> None:
        self.converter = converter()
        super().__init__(
            name="fusionls",
            version=__version__,
            protocol_cls=FusionProtocol,
            converter_factory=lambda: self.converter,
        )
        self.session = self.protocol.session = session
        self.protocol.start_soon = self.start_soon
        self.protocol.close = self.aclose
        self._tasks: set[asyncio.Task[Any]] = set()
        self.configuration = Configuration(self)
        self.registrations = Registrations(self)
        self.status_line = StatusLine(self)

    def start_soon(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` beside the messages; it is cancelled at shutdown."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def offer(self) -> None:
        """Let the client know what is offered in its folders, and how the server is, if that is news."""
        engine = self.session.engine
        folders = self.session.folders or (EVERYWHERE,)
        self.registrations.update(
            completing=not engine.scopes.all_off,
            editing=any(engine.scopes.wish_for(folder).edits for folder in folders),
            watching=engine.reads_files,
        )
        self.status_line.update()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log ``error`` without its message, which may hold code."""
        log.error("%s: %s", getattr(source, "__name__", source), where_it_broke(error))

    async def aclose(self) -> None:
        """Cancel what runs and close the engine. Never raises."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.session.aclose()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task failed: %s", where_it_broke(error))


OpenEngine = Callable[[], "tuple[CompletionEngine, tuple[str, ...]]"]


def build_server(open_engine: OpenEngine) -> FusionServer:
    """Return a server with all features and commands, not yet connected to a client."""
    session = Session(open_engine)
    server = FusionServer(session)
    for folder, attribute in (
        (fusionls.lsp.features, "FEATURE"),
        (fusionls.lsp.commands, "COMMAND"),
    ):
        for register in discover(folder, attribute).values():
            register(server, session)  # type: ignore[operator]  # each member is such a function
    return server
