"""``textDocument/didPartiallyAcceptCompletion``: a Copilot-shaped client took a part of an item."""

from typing import TYPE_CHECKING, Any

from fusionls.lsp.feedback import partly_accepted
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature("textDocument/didPartiallyAcceptCompletion")
    def did_partially_accept_completion(params: Any) -> None:
        session.note(*partly_accepted(params, session.suggestions))


FEATURE = register
