"""``fusionls.status``: how the server and its members are."""

from typing import Any

from pygls.lsp.server import LanguageServer

from fusionls.lsp.session import Session


def register(server: LanguageServer, session: Session) -> None:
    """Add the command to ``server``."""

    @server.command("fusionls.status")
    def status(*_: Any, token: Any = None) -> dict[str, Any]:
        """Return the object that ``fusionls/status`` carries too."""
        return session.engine.status().to_json()


COMMAND = register
