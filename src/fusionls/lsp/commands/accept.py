"""``fusionls.accept``: the client took a suggestion, or a word or a line of it."""

from typing import Any

from pygls.lsp.server import LanguageServer

from fusionls.lsp.feedback import accepted
from fusionls.lsp.session import Session
from fusionls.lsp.to_lsp import ACCEPT


def register(server: LanguageServer, session: Session) -> None:
    """Add the command to ``server``."""

    @server.command(ACCEPT)
    def accept(*arguments: Any, token: Any = None) -> dict[str, Any]:
        # Clients differ in what they send here; none of it may ever be an error.
        return {"known": session.note(*accepted(arguments, session.suggestions))}


COMMAND = register
