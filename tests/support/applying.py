"""A client in this process that makes the edits that the server asks it to make."""

import asyncio
from collections.abc import Callable
from typing import Any

from fusionls.lsp.in_process import InProcessClient, Message
from fusionls.lsp.server import FusionServer

APPLY = "workspace/applyEdit"
CAPABILITIES = {
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "changeAnnotationSupport": {"groupsOnLabel": True},
            "failureHandling": "undo",
        },
    }
}


class ApplyingClient(InProcessClient):
    """Hands every ``WorkspaceEdit`` to ``make`` and says that it was applied."""

    def __init__(self, server: FusionServer, make: Callable[[Message], None]) -> None:
        super().__init__(server)
        self._make = make

    def _keep(self, message: Message) -> None:
        super()._keep(message)
        if message.get("method") == APPLY:
            # An editor does it a moment later.
            asyncio.get_running_loop().call_soon(self._apply, message["id"], message["params"])

    def _apply(self, number: int | str, params: dict[str, Any]) -> None:
        self._make(params["edit"])
        self.send({"jsonrpc": "2.0", "id": number, "result": {"applied": True}})
