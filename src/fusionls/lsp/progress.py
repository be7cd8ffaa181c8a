"""Work-done progress: what takes long says that it goes on, and can be stopped.

Language Server Protocol 3.17, "Work Done Progress".
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types

from fusionls.lsp.asking import NoAnswer

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)

# A client answers this at once; progress that begins later than the work's end is no use to anybody.
CREATE_S = 5.0

Report = Callable[[str], None]


@asynccontextmanager
async def progress(
    server: "FusionServer",
    title: str,
    token: types.ProgressToken | None = None,
    *,
    cancellable: bool = True,
) -> AsyncIterator[Report]:
    """Show ``title`` while the block runs; yields a function that shows a sentence of how far it is.

    ``token`` is the one that a request brought along. Without it the client is asked for a bar of its
    own, if it has such; where it has not, or does not answer, nothing is shown. When the client cancels
    the progress, the task that runs the block is cancelled. The end is sent however the block ends.
    """
    if token is None:
        token = await _created(server)
    if token is None:
        yield lambda message: None
        return

    def send(value: Any) -> None:
        server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))

    # pygls looks here for what a client's cancel is about, and calls its cancel().
    running: dict[Any, Any] = server.protocol.progress.tokens
    running[token] = task = asyncio.current_task()
    send(types.WorkDoneProgressBegin(title=title, cancellable=cancellable))
    try:
        yield lambda message: send(types.WorkDoneProgressReport(message=message))
    finally:
        if running.get(token) is task:
            del running[token]
        send(types.WorkDoneProgressEnd())


async def _created(server: "FusionServer") -> str | None:
    """Return a token that the client has taken, None if it shows no progress."""
    if not server.session.client.shows_progress:
        return None
    token = str(uuid4())
    params = types.WorkDoneProgressCreateParams(token=token)
    try:
        await server.protocol.asked(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params, CREATE_S)
    except NoAnswer as error:
        log.info("no progress is shown: %s", error)
        return None
    return token
