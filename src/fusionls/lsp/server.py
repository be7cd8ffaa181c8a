"""The language server: features and commands on our protocol."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import fusionls.lsp.commands
import fusionls.lsp.features
from fusionls import __version__
from fusionls.core.registry import discover
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.pipeline import CompletionEngine
from fusionls.lsp.conversion import converter
from fusionls.lsp.from_lsp import completes_by_words
from fusionls.lsp.protocol import FusionProtocol
from fusionls.lsp.session import Session

log = logging.getLogger(__name__)


class FusionServer(LanguageServer):
    """pygls' server with our protocol. Errors are logged, never popped up at a person who types."""

    protocol: FusionProtocol

    def __init__(self, session: Session) -> None:
        super().__init__(
            name="fusionls",
            version=__version__,
            protocol_cls=FusionProtocol,
            converter_factory=converter,
        )
        self.session = self.protocol.session = session
        self.protocol.start_soon = self.start_soon
        self.protocol.close = self.aclose
        self._tasks: set[asyncio.Task[Any]] = set()

    def start_soon(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` beside the messages; it is cancelled at shutdown."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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


OpenEngine = Callable[[], tuple[CompletionEngine, tuple[str, ...]]]


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

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        session.documents.encoding = server.protocol.negotiated()
        if params.process_id is not None:
            server.protocol.watch_process(params.process_id)
        text_document = params.capabilities.text_document
        session.client_has_inline_completion = bool(
            text_document and text_document.inline_completion
        )
        session.client_completes_by_words = completes_by_words(params)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        engine = session.engine
        for notice in session.notices:
            server.window_show_message(
                types.ShowMessageParams(type=types.MessageType.Warning, message=notice)
            )
        await engine.prepare()

    return server
