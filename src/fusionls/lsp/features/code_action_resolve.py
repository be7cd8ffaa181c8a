"""``codeAction/resolve``: the edit of the action that the person chose."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.lsp.edit_requests import WantedEdit, wanted_by_action
from fusionls.lsp.editing import edited
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(types.CODE_ACTION_RESOLVE)
    def code_action_resolve(
        action: types.CodeAction,
    ) -> types.CodeAction | Coroutine[Any, Any, types.CodeAction]:
        if action.edit is not None or action.data is None:
            # There is nothing to find out: it has its edit, or a command in its place.
            return action
        # The document is taken as it is now: a change may come before the coroutine's first step.
        return _resolved(server, action, wanted_by_action(session, action.data))


FEATURE = register


async def _resolved(
    server: "FusionServer", action: types.CodeAction, wanted: WantedEdit
) -> types.CodeAction:
    action.edit = (await edited(server, wanted)).edit
    return action
