"""Reads what clients tell of a suggestion. They differ, and nothing they send here is ever an error.

Lengths come in UTF-16 code units and go on as code points of the offered text.
"""

import math
from collections.abc import Sequence
from typing import Any

from fusionls.core.feedback import FeedbackKind
from fusionls.core.suggestion import Suggestion
from fusionls.core.units import Encoding, fitting
from fusionls.lsp.kept import Kept, KeptSuggestions

# What is told of a suggestion: its id, what happened, the length in code points, and after how many ms.
Told = tuple[str, FeedbackKind, int | None, float | None]


def told(params: Any, suggestions: KeptSuggestions) -> Told | None:
    """Return what a ``fusionls/feedback`` says, None if it says nothing that we know."""
    event, known = _at(params, "event"), _text(_at(params, "id"))
    if not isinstance(event, str) or event not in set(FeedbackKind):
        return None
    length = _offered(_at(params, "length"), suggestions.get(known))
    return known, FeedbackKind(event), length, _milliseconds(_at(params, "after_ms"))


def accepted(arguments: Sequence[Any], suggestions: KeptSuggestions) -> Told:
    """Return what the arguments of ``fusionls.accept`` say: all of it, unless they say otherwise."""
    known = _text(arguments[0]) if arguments else ""
    how = arguments[1] if len(arguments) > 1 else None
    partly = _at(how, "kind") in ("word", "line")
    kind = FeedbackKind.PARTLY if partly else FeedbackKind.ACCEPTED
    return known, kind, _offered(_at(how, "length"), suggestions.get(known)), None


def shown_id(params: Any) -> str:
    """Return the suggestion's id in the item that a Copilot-shaped client names; "" without one."""
    arguments = _at(_at(_at(params, "item"), "command"), "arguments")
    return _text(arguments[0]) if isinstance(arguments, list) and arguments else ""


def partly_accepted(params: Any, suggestions: KeptSuggestions) -> Told:
    """Return what a Copilot-shaped client says of a part that was taken.

    Its length counts from the start of the item's text, which includes the word before the cursor.
    """
    known = shown_id(params)
    suggestion = suggestions.get(known)
    text = _at(_at(params, "item"), "insertText")
    length = _whole(_at(params, "acceptedLength"))
    if not isinstance(suggestion, Suggestion) or length is None or not isinstance(text, str):
        return known, FeedbackKind.PARTLY, None, None
    offered = next((o.text for o in suggestion.offers if text.endswith(o.text)), text)
    taken = fitting(text, length, Encoding.UTF_16) - (len(text) - len(offered))
    return known, FeedbackKind.PARTLY, max(0, taken), None


def focused_uri(params: Any) -> str:
    """Return the document that a ``textDocument/didFocus`` names; "" without one."""
    return _text(_at(_at(params, "textDocument"), "uri")) or _text(_at(params, "uri"))


def _offered(length: Any, suggestion: Kept | None) -> int | None:
    """Return a length of the first offer in code points, None if none is said or an edit is meant."""
    whole = _whole(length)
    if whole is None or not isinstance(suggestion, Suggestion) or not suggestion.offers:
        return None
    return fitting(suggestion.offers[0].text, whole, Encoding.UTF_16)


def _milliseconds(value: Any) -> float | None:
    if type(value) not in (int, float) or not 0 <= value < math.inf:
        return None
    return float(value) if value < 2**53 else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
