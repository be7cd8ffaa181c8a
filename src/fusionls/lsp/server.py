"""The language server: registers features and commands, runs the session's life."""

import asyncio
import logging
import os
import sys
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
from fusionls.lsp.from_lsp import completes_by_words
from fusionls.lsp.protocol import FusionProtocol, converter
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
        self._tasks: set[asyncio.Task[Any]] = set()
        self.shutdown_asked = False

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
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.session.aclose()


def build_server(
    open_engine: Callable[[], tuple[CompletionEngine, tuple[str, ...]]],
) -> FusionServer:
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

    @server.feature(types.SHUTDOWN)
    async def shutdown(*_: Any) -> None:
        server.shutdown_asked = True
        await server.aclose()

    return server


def run_stdio(open_engine: Callable[[], tuple[CompletionEngine, tuple[str, ...]]]) -> None:
    """Serve one client on stdin and stdout until it says ``exit`` or hangs up. Does not return."""
    out = sys.stdout.buffer
    # stdout belongs to the protocol: whatever a library prints goes to stderr.
    sys.stdout = sys.stderr
    server = build_server(open_engine)
    server.start_io(sys.stdin.buffer, out)
    # LSP: 0 if the client asked for a shutdown before it said exit or hung up, else 1.
    code = 0 if server.shutdown_asked else 1
    # The thread that reads stdin may still wait for the client; joining it would keep us alive.
    sys.stderr.flush()
    os._exit(code)
