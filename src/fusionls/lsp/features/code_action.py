"""``textDocument/codeAction``: what could be done here. Nobody is asked before the person chose."""

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.engine.bugs import where_it_broke
from fusionls.lsp.action_list import KINDS, actions_at
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=KINDS, resolve_provider=True),
    )
    def code_action(
        params: types.CodeActionParams,
    ) -> list[types.Command | types.CodeAction] | None:
        try:
            return actions_at(session, params)
        except Exception as error:
            # Many clients ask with every move of the cursor, and show an error reply as a pop-up.
            log.error("code actions could not be listed: %s", where_it_broke(error))
            return None


FEATURE = register
