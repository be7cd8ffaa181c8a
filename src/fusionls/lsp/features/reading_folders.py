"""``textDocument/didOpen``: the first document of a folder has the folder read, and that is shown."""

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.lsp.progress import progress
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

# 30,000 lines are read in a second; a bar for that would only be unrest.
SLOW_READING_S = 1.0
REPORT_S = 0.5


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""
    shown: set[str] = set()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def reading_folders(params: types.DidOpenTextDocumentParams) -> None:
        if not session.engine.reads_files:
            return
        server.offer()
        if not shown:
            shown.add(params.text_document.uri)
            server.start_soon(_shown_once(server, shown))


FEATURE = register


async def _shown_once(server: "FusionServer", shown: set[str]) -> None:
    try:
        await asyncio.sleep(SLOW_READING_S)
        if server.session.engine.reading:
            await _show(server)
    finally:
        shown.clear()


async def _show(server: "FusionServer") -> None:
    """Show how far it is. When the client cancels, what was read so far is kept."""
    engine = server.session.engine
    last = engine.reading
    try:
        async with progress(server, "fusionls: reading the workspace …") as report:
            while reading := engine.reading:
                last = reading
                report(f"{sum(folder.files for folder in reading)} files")
                await asyncio.wait({folder.task for folder in reading}, timeout=REPORT_S)
    except asyncio.CancelledError:
        for folder in engine.reading:
            folder.stop()
        raise
    for folder in last:
        if folder.stopped:
            message = f"fusionls remembers a part of {folder.folder}: {folder.stopped}."
            server.window_log_message(types.LogMessageParams(types.MessageType.Info, message))
