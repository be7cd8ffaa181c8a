"""What the two features that complete have in common: ask once, keep, and tell who listens."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types

from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Suggestion
from fusionls.core.trace import Trace, summary
from fusionls.engine.bugs import where_it_broke
from fusionls.lsp.progress import progress

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)
T = TypeVar("T")

TITLE = "fusionls: completing"


async def answered(
    server: "FusionServer", token: types.ProgressToken | None, work: Callable[[], Awaitable[T]]
) -> T | None:
    """Return the result of ``work``, with progress under ``token`` if the request brought one.

    None if it has a bug, which is logged without any code: a client shows an error reply as a pop-up,
    and while somebody types no answer is better.
    """
    try:
        if token is None:
            return await work()
        async with progress(server, TITLE, token):
            return await work()
    except Exception as error:
        log.error("a request failed: %s", where_it_broke(error))
        return None


async def suggested(server: "FusionServer", request: CompletionRequest) -> Suggestion | None:
    """Return the suggestion for ``request``, None if nothing was decided or nobody may be asked."""
    session = server.session
    suggestion = await session.engine.complete(request)
    log_trace(server, suggestion.trace, f"{len(suggestion.offers)} offered")
    server.status_line.update()
    if suggestion.superseded or suggestion.declined:
        return None
    session.keep(suggestion)
    return suggestion


def log_trace(server: "FusionServer", trace: Trace, outcome: str) -> None:
    """Tell the client what was done, as far as it asked by ``$/setTrace``. Never holds code."""
    asked = server.protocol.trace
    if asked not in (types.TraceValue.Messages, types.TraceValue.Verbose):
        return
    message = f"{trace.id}: {outcome} after {trace.decision.at_ms:.0f} ms"
    verbose = summary(trace) if asked is types.TraceValue.Verbose else None
    server.protocol.notify(types.LOG_TRACE, types.LogTraceParams(message=message, verbose=verbose))
