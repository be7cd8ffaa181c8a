"""``textDocument/didShowCompletion``: a Copilot-shaped client showed an item."""

from typing import TYPE_CHECKING, Any

from fusionls.core.feedback import FeedbackKind
from fusionls.lsp.feedback import shown_id
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature("textDocument/didShowCompletion")
    def did_show_completion(params: Any) -> None:
        session.note(shown_id(params), FeedbackKind.SHOWN)


FEATURE = register
