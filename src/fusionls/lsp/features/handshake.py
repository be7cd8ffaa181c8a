"""``initialize`` and ``initialized``: what the client can do, and what is done once it is served."""

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.core.status import Standing
from fusionls.lsp.client import client_of, folders_of
from fusionls.lsp.progress import progress
from fusionls.lsp.registration import advertise
from fusionls.lsp.session import Session
from fusionls.lsp.warming import warm

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

# A small model is ready in half a second; a bar that comes and goes in that time is only unrest.
SLOW_START_S = 1.0


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        session.documents.encoding = server.protocol.negotiated()
        session.client = client_of(params)
        session.set_folders(folders_of(params))
        server.protocol.trace = params.trace or types.TraceValue.Off
        if params.process_id is not None:
            server.protocol.watch_process(params.process_id)
        advertise(server, session.client)
        server.start_soon(warm(server))

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.start_soon(_begin(server))


FEATURE = register


async def _begin(server: "FusionServer") -> None:
    """Open the engine, say what has to be said, and get the models ready."""
    session = server.session
    starting = asyncio.ensure_future(session.engine.prepare())
    for notice in session.notices:
        server.window_show_message(
            types.ShowMessageParams(type=types.MessageType.Warning, message=notice)
        )
    server.offer()
    server.configuration.pull_soon()
    try:
        await _show_if_slow(server, starting)
    finally:
        starting.cancel()
    server.status_line.update()


async def _show_if_slow(server: "FusionServer", starting: "asyncio.Future[None]") -> None:
    done, _ = await asyncio.wait({starting}, timeout=SLOW_START_S)
    if done:
        return
    server.status_line.update()
    members = server.session.engine.status().members
    names = ", ".join(m.name for m in members if m.state is Standing.STARTING)
    # There is nothing to cancel: the next keystroke would need the model again.
    async with progress(server, f"fusionls: starting {names} …", cancellable=False):
        await asyncio.wait({starting})
