"""``textDocument/inlineCompletion`` (LSP 3.18): ghost text."""

from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.core.request import CompletionRequest
from fusionls.lsp.answering import answered, suggested
from fusionls.lsp.from_lsp import inline_request
from fusionls.lsp.session import Session
from fusionls.lsp.to_lsp import Place, inline_list

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    # Without options object pygls advertises nothing.
    @server.feature(
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
        types.InlineCompletionOptions(work_done_progress=True),
    )
    def inline_completion(
        params: types.InlineCompletionParams,
    ) -> Coroutine[Any, Any, types.InlineCompletionList | None]:
        # The document is taken as it is now: a change may come before the coroutine's first step.
        asked = inline_request(session.documents, params)
        return answered(server, params.work_done_token, partial(_answer, server, asked))


async def _answer(
    server: "FusionServer", asked: tuple[CompletionRequest, Place] | None
) -> types.InlineCompletionList | None:
    """Return the items; None (hide nothing, change nothing) when superseded, declined or not open."""
    if asked is None:
        return None
    request, place = asked
    suggestion = await suggested(server, request)
    encoding = server.session.documents.encoding
    return None if suggestion is None else inline_list(suggestion, place, encoding)


FEATURE = register
