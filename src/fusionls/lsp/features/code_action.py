"""``textDocument/codeAction``: what could be done here. Nobody is asked before the person chose."""

from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.lsp.action_list import KINDS, actions_at
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=KINDS, resolve_provider=True),
    )
    def code_action(
        params: types.CodeActionParams,
    ) -> list[types.Command | types.CodeAction] | None:
        return actions_at(session, params)


FEATURE = register
