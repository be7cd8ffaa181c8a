"""What a client says: params, changes and positions in a few words."""

from typing import Any

from tests.conformance.frames import Message

AUTOMATIC, INVOKED = 2, 1
GHOST_TEXT: Message = {"textDocument": {"inlineCompletion": {}}}
URI = "file:///src/app.py"


def inline_at(
    line: int, character: int, kind: int = INVOKED, uri: str = URI, **more: Any
) -> Message:
    """Return params for ``textDocument/inlineCompletion``."""
    context = {"triggerKind": kind} | more.pop("context", {})
    return {**place(line, character, uri), "context": context, **more}


def place(line: int, character: int, uri: str = URI) -> Message:
    """Return a document and a position in it."""
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def insertion(line: int, character: int, text: str) -> Message:
    """Return a change that inserts ``text``."""
    return replacement((line, character), (line, character), text)


def replacement(start: tuple[int, int], end: tuple[int, int], text: str) -> Message:
    """Return a change of a range; positions are line and character."""
    first, last = ({"line": line, "character": character} for line, character in (start, end))
    return {"range": {"start": first, "end": last}, "text": text}


def code(message: Message) -> int:
    """Return the code of an error response."""
    assert "error" in message, f"an error was expected: {message}"
    number: int = message["error"]["code"]
    return number
