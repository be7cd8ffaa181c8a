"""``fusionls.explain``: who answered, when, with which verdict, and why this was chosen."""

from dataclasses import asdict
from typing import Any

from pygls.lsp.server import LanguageServer

from fusionls.lsp.session import Session


def register(server: LanguageServer, session: Session) -> None:
    """Add the command to ``server``."""

    @server.command("fusionls.explain")
    def explain(*arguments: Any) -> dict[str, Any] | None:
        """Return a suggestion's trace with its candidates and feedback, or None for an unknown id."""
        suggestion_id = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        suggestion = session.suggestions.get(suggestion_id)
        if suggestion is None:
            return None
        events = [asdict(event) for event in session.suggestions.feedback(suggestion_id)]
        return suggestion.trace.to_json(with_text=True) | {"feedback": events}


COMMAND = register
