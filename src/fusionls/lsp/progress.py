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
    bar = _Bar(server, title, cancellable=cancellable)
    bar.begin(token if token is not None else await _created(server))
    try:
        yield bar.report
    finally:
        bar.end()


@asynccontextmanager
async def progress_beside(
    server: "FusionServer", title: str, token: types.ProgressToken | None = None
) -> AsyncIterator[Report]:
    """Do as ``progress`` does, for a block that does not wait until the client has made a bar."""
    bar = _Bar(server, title)
    bar.begin(token)

    async def create() -> None:
        bar.begin(await _created(server))

    creating = None if token is not None else asyncio.ensure_future(create())
    try:
        yield bar.report
    finally:
        # First, and without a pause: a bar must not begin behind its end.
        if creating is not None:
            creating.cancel()
        bar.end()


class _Bar:
    """One bar of the client's, for the task that makes it. Without a token nothing is shown."""

    def __init__(self, server: "FusionServer", title: str, *, cancellable: bool = True) -> None:
        self._protocol = server.protocol
        # pygls looks here for what a client's cancel is about, and calls its cancel().
        self._running: dict[Any, Any] = server.protocol.progress.tokens
        self._begin = types.WorkDoneProgressBegin(title=title, cancellable=cancellable)
        self._task = asyncio.current_task()
        self._token: types.ProgressToken | None = None
        self._said = ""

    def begin(self, token: types.ProgressToken | None) -> None:
        if token is None:
            return
        self._token = token
        self._running[token] = self._task
        self._begin.message = self._said or None
        self._send(self._begin)

    def report(self, message: str) -> None:
        self._said = message
        if self._token is not None:
            self._send(types.WorkDoneProgressReport(message=message))

    def end(self) -> None:
        if self._token is None:
            return
        if self._running.get(self._token) is self._task:
            del self._running[self._token]
        self._send(types.WorkDoneProgressEnd())

    def _send(self, value: Any) -> None:
        if self._token is not None:
            params = types.ProgressParams(token=self._token, value=value)
            self._protocol.notify(types.PROGRESS, params)


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
