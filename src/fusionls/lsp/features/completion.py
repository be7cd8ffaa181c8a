"""``textDocument/completion``: the way to clients without inline completion."""

from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.core.request import CompletionRequest
from fusionls.lsp.answering import answered, suggested
from fusionls.lsp.from_lsp import completion_request
from fusionls.lsp.session import Session
from fusionls.lsp.to_lsp import Place, completion_list

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(resolve_provider=False),
    )
    def completion(
        params: types.CompletionParams,
    ) -> Coroutine[Any, Any, types.CompletionList | None]:
        # The document is taken as it is now: a change may come before the coroutine's first step.
        asked = completion_request(session.documents, params)
        return answered(server, params.work_done_token, partial(_answer, server, asked))


async def _answer(
    server: "FusionServer", asked: tuple[CompletionRequest, Place] | None
) -> types.CompletionList | None:
    """Return the list; an empty one where the client shows the same as ghost text already."""
    session = server.session
    if session.client.has_inline_completion:
        return types.CompletionList(is_incomplete=True, items=[])
    if asked is None:
        return None
    request, place = asked
    suggestion = await suggested(server, request)
    if suggestion is None:
        return None
    encoding, by_words = session.documents.encoding, session.client.completes_by_words
    return completion_list(suggestion, place, encoding, by_words=by_words)


FEATURE = register
