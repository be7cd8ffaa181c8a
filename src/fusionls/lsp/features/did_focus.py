"""``textDocument/didFocus``: the person looks at a document and will type there."""

from typing import TYPE_CHECKING, Any

from fusionls.lsp.feedback import focused_uri
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature("textDocument/didFocus")
    def did_focus(params: Any) -> None:
        uri = focused_uri(params)
        if session.documents.get(uri) is not None:
            server.start_soon(session.engine.prepare(uri))
            session.engine.focus(uri)


FEATURE = register
