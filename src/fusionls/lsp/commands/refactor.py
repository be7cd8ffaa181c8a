"""``fusionls.refactor``: change the selected code as the person says, by way of the editor."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.lsp.edit_requests import REFACTOR, WantedEdit, wanted_by_command
from fusionls.lsp.editing import edited
from fusionls.lsp.edits import apply_edit
from fusionls.lsp.failing import RequestFailed
from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the command to ``server``."""

    @server.command(REFACTOR)
    def refactor(
        *arguments: Any, token: types.ProgressToken | None = None
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        # The document is taken as it is now: a change may come before the coroutine's first step.
        if not session.client.applies_edits:
            raise RequestFailed("This editor lets no server change its documents.")
        return _applied(server, wanted_by_command(session, arguments), token)


COMMAND = register


async def _applied(
    server: "FusionServer", wanted: WantedEdit, token: types.ProgressToken | None
) -> dict[str, Any]:
    """Have the client make the edit; return what came of it."""
    done = await edited(server, wanted, token)
    suggestion = done.suggestion
    title = f"fusionls: {suggestion.title}" if suggestion.title else "fusionls"
    return {
        "id": suggestion.trace.id,
        "applied": await apply_edit(server, done.edit, title),
        "hunks": len(suggestion.hunks),
        "why": suggestion.trace.decision.why,
    }
