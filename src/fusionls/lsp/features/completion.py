"""``textDocument/completion``: the way to clients without inline completion."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from fusionls.lsp.from_lsp import completion_request
from fusionls.lsp.session import Session, answer_or_none
from fusionls.lsp.to_lsp import completion_list


def register(server: LanguageServer, session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(resolve_provider=False))
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        return await answer_or_none(_answer(session, params))


async def _answer(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    """Return the list; an empty one where the client shows the same as ghost text already."""
    if session.client_has_inline_completion:
        return types.CompletionList(is_incomplete=True, items=[])
    asked = completion_request(session.documents, params)
    if asked is None:
        return None
    request, place = asked
    suggestion = await session.engine.complete(request)
    if suggestion.superseded:
        return None
    session.keep(suggestion)
    encoding, by_words = session.documents.encoding, session.client_completes_by_words
    return completion_list(suggestion, place, encoding, by_words=by_words)


FEATURE = register
