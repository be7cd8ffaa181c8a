"""``fusionls/feedback``: what the person did with a suggestion, as our own plug-ins tell it."""

from typing import TYPE_CHECKING, Any

from fusionls.lsp.feedback import told
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature("fusionls/feedback")
    def feedback(params: Any) -> None:
        event = told(params, session.suggestions)
        if event is not None:
            session.note(*event)


FEATURE = register
