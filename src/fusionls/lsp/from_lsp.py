"""From LSP values to ours. UTF-16 and its kin exist only here and in ``to_lsp``."""

from itertools import count

from lsprotocol import types

from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.lsp.documents import Documents
from fusionls.lsp.positions import offset_at
from fusionls.lsp.to_lsp import Place

_numbers = count(1)


def inline_request(
    documents: Documents, params: types.InlineCompletionParams
) -> tuple[CompletionRequest, Place] | None:
    """Return the request and where its answer goes, or None if the document is not open.

    An entry highlighted in the editor's own list is taken as if it were accepted: the models continue
    it, and the answer replaces the entry's range and begins with its text.
    """
    snapshot = documents.get(params.text_document.uri)
    if snapshot is None:
        return None
    offset = offset_at(snapshot, params.position, documents.encoding)
    by_hand = params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    trigger = Trigger.MANUAL if by_hand else Trigger.AUTOMATIC
    selected = params.context.selected_completion_info
    if selected is None:
        return _request(documents, snapshot, offset, trigger, "inline"), Place(snapshot, offset)
    start = offset_at(snapshot, selected.range.start, documents.encoding)
    end = offset_at(snapshot, selected.range.end, documents.encoding)
    accepted = snapshot.edited(start, end, selected.text, snapshot.version)
    request = _request(documents, accepted, start + len(selected.text), trigger, "inline")
    return request, Place(snapshot, offset, selected)


def completion_request(
    documents: Documents, params: types.CompletionParams
) -> tuple[CompletionRequest, Place] | None:
    """Return the request and where its answer goes, or None if the document is not open.

    A completion list is asked for by typing in some clients and by a key in others, and says
    "invoked" for both: it gets the automatic cap, so that no list hangs behind a keystroke.
    """
    snapshot = documents.get(params.text_document.uri)
    if snapshot is None:
        return None
    offset = offset_at(snapshot, params.position, documents.encoding)
    request = _request(documents, snapshot, offset, Trigger.AUTOMATIC, "list")
    return request, Place(snapshot, offset)


def _request(
    documents: Documents, snapshot: DocumentSnapshot, offset: int, trigger: Trigger, surface: str
) -> CompletionRequest:
    return CompletionRequest(
        id=f"r{next(_numbers)}",
        document=snapshot,
        offset=offset,
        trigger=trigger,
        surface=surface,
        open_documents=documents.beside(snapshot.uri),
    )
