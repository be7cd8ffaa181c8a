"""``textDocument/inlineCompletion`` (LSP 3.18): ghost text."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from fusionls.lsp.from_lsp import inline_request
from fusionls.lsp.session import Session, answer_or_none
from fusionls.lsp.to_lsp import inline_list


def register(server: LanguageServer, session: Session) -> None:
    """Add the feature to ``server``."""

    # Without options object pygls advertises nothing.
    @server.feature(
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
        types.InlineCompletionOptions(work_done_progress=False),
    )
    async def inline_completion(
        params: types.InlineCompletionParams,
    ) -> types.InlineCompletionList | None:
        return await answer_or_none(_answer(session, params))


async def _answer(
    session: Session, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """Return the items; None (hide nothing, change nothing) when superseded or not open."""
    asked = inline_request(session.documents, params)
    if asked is None:
        return None
    request, place = asked
    suggestion = await session.engine.complete(request)
    if suggestion.superseded:
        return None
    session.keep(suggestion)
    return inline_list(suggestion, place, session.documents.encoding)


FEATURE = register
