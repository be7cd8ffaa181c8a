"""The server's status, to clients that read it: our own notification, and the Copilot-shaped one."""

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.core.status import StatusKind

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

STATUS = "fusionls/status"
COPILOT_STATUS = "didChangeStatus"
_COPILOT_KINDS = {StatusKind.PAUSED: "Inactive", StatusKind.ERROR: "Error"}


class StatusLine:
    """Tells the client how the server is, whenever that is not what it was told last."""

    def __init__(self, server: "FusionServer") -> None:
        self._server = server
        self._told: Any = None

    def update(self) -> None:
        """Tell the client if there is news, and the person what they have to know.

        Costs next to nothing for a client that reads no status.
        """
        for sentence in self._server.session.engine.news():
            self._server.window_show_message(
                types.ShowMessageParams(type=types.MessageType.Warning, message=sentence)
            )
        client = self._server.session.client
        if not client.reads_status and not client.is_copilot_shaped:
            return
        status = self._server.session.engine.status()
        if status == self._told:
            return
        self._told = status
        if client.reads_status:
            self._server.protocol.notify(STATUS, status.to_json())
        if client.is_copilot_shaped:
            told = {
                "busy": status.kind is StatusKind.BUSY,
                "message": status.message,
                "kind": _COPILOT_KINDS.get(status.kind, "Normal"),
            }
            self._server.protocol.notify(COPILOT_STATUS, told)
