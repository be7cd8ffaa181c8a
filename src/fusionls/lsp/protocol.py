"""pygls' protocol with our document store in the place of its own, and quiet errors."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pygls.protocol import LanguageServerProtocol, default_converter
from pygls.protocol.language_server import lsp_method

from fusionls.lsp.positions import Encoding
from fusionls.lsp.session import Session

log = logging.getLogger(__name__)


def converter() -> Converter:
    """Return pygls' converter, that also takes what client libraries in use really send."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
    # Before LSP 3.18 was final the kinds were counted from 0. Only 1 has always meant a request by hand,
    # in the final text; no correctness hangs on it.
    kinds = types.InlineCompletionTriggerKind
    made.register_structure_hook(
        kinds, lambda kind, _: kinds.Invoked if kind == kinds.Invoked.value else kinds.Automatic
    )
    return made


class FusionProtocol(LanguageServerProtocol):
    """Document sync into our snapshots.

    ``session`` and ``start_soon``, which runs a coroutine beside the messages, are set before the first
    message.
    """

    session: Session
    start_soon: Callable[[Coroutine[Any, Any, Any]], None]

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take an opened document, and get its pool ready meanwhile."""
        self.session.documents.open(params.text_document)
        self.start_soon(self.session.engine.prepare(params.text_document.uri))

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the changes to the snapshot."""
        if not self.session.documents.change(params.text_document, params.content_changes):
            log.warning("a change of a document that is not open was ignored")

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget the document and what was suggested in it."""
        self.session.documents.close(params.text_document.uri)
        self.session.engine.forget(params.text_document.uri)

    def negotiated(self) -> Encoding:
        """Return the position encoding that ``initialize`` settled on."""
        return Encoding(self.workspace.position_encoding or Encoding.UTF_16)
