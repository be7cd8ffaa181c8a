"""``fusionls.explain``: who answered, when, with which verdict, and why this was chosen."""

from dataclasses import asdict
from typing import Any

from pygls.lsp.server import LanguageServer

from fusionls.core.explaining import explained
from fusionls.core.refactoring import EditSuggestion
from fusionls.lsp.failing import RequestFailed
from fusionls.lsp.kept import SUGGESTIONS_KEPT
from fusionls.lsp.session import Session

# A longer id was never one of ours; it is not repeated whole.
_ID_SHOWN = 40


def register(server: LanguageServer, session: Session) -> None:
    """Add the command to ``server``."""

    @server.command("fusionls.explain")
    def explain(*arguments: Any, token: Any = None) -> dict[str, Any]:
        """Return a suggestion's trace with candidates, feedback and ``table``, all of it as text.

        An id that is not known is an error whose message says so.
        """
        suggestion_id = arguments[0] if arguments else None
        if not isinstance(suggestion_id, str):
            raise RequestFailed('fusionls.explain needs the id of a suggestion, such as "r7".')
        suggestion = session.suggestions.get(suggestion_id)
        if suggestion is None:
            raise RequestFailed(
                f"No suggestion {suggestion_id[:_ID_SHOWN]!r} is known: ids live for the last "
                f"{SUGGESTIONS_KEPT} completions and {SUGGESTIONS_KEPT} edits of a session."
            )
        events = [asdict(event) for event in session.suggestions.feedback(suggestion_id)]
        trace = suggestion.trace.to_json(with_text=True)
        said = trace | {"feedback": events, "table": explained(trace)}
        if isinstance(suggestion, EditSuggestion):
            said |= {"title": suggestion.title, "refusal": suggestion.refusal}
        return said


COMMAND = register
