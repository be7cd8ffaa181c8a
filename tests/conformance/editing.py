"""What a client says of edits in a few words, and how it makes them."""

from typing import Any

from tests.conformance.frames import Message
from tests.conformance.messages import URI

LITERALS: Message = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}
RESOLVES: Message = {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
TAKES: Message = {
    "documentChanges": True,
    "changeAnnotationSupport": {"groupsOnLabel": True},
    "resourceOperations": ["create", "rename", "delete"],
    "failureHandling": "undo",
}


def editor(
    actions: Message | None = None,
    edits: Message | None = None,
    *,
    applies: bool = True,
    progress: bool = True,
    encoding: str = "utf-16",
) -> Message:
    """Return the capabilities of an editor; ``actions`` and ``edits`` are those of one that can do all."""
    return {
        "general": {"positionEncodings": [encoding]},
        "textDocument": {"codeAction": LITERALS | RESOLVES if actions is None else actions},
        "window": {"workDoneProgress": progress},
        "workspace": {
            "applyEdit": applies,
            "workspaceEdit": TAKES if edits is None else edits,
        },
    }


def completing_editor(**more: Any) -> Message:
    """Return the capabilities of such an editor that shows suggestions as well."""
    found = editor(**more)
    return {**found, "textDocument": {**found["textDocument"], "inlineCompletion": {}}}


def span(start: tuple[int, int], end: tuple[int, int]) -> Message:
    """Return a range; positions are line and character."""
    first, last = ({"line": line, "character": character} for line, character in (start, end))
    return {"start": first, "end": last}


HERE = span((1, 4), (1, 4))


def actions_params(where: Message = HERE, uri: str = URI, **context: Any) -> Message:
    """Return params for ``textDocument/codeAction``."""
    return {
        "textDocument": {"uri": uri},
        "range": where,
        "context": {"diagnostics": [], **context},
    }


def refactor_params(
    instruction: str = "say it better", where: Message = HERE, uri: str = URI, **more: Any
) -> Message:
    """Return params for ``workspace/executeCommand`` with ``fusionls.refactor``."""
    wanted = {"uri": uri, "range": where, "instruction": instruction, **more}
    return {"command": "fusionls.refactor", "arguments": [wanted]}


def offset(text: str, position: Message, encoding: str) -> int:
    """Return the index into ``text`` of a position. Fails for one that does not exist."""
    line_starts = [0]
    for index, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            line_starts.append(index + 1)
    start = line_starts[position["line"]]
    content = text[start:].replace("\r", "\n").partition("\n")[0]
    codec = encoding if encoding == "utf-8" else f"{encoding}-le"
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    encoded = content.encode(codec)[: position["character"] * width]
    assert len(encoded) == position["character"] * width, "beyond the end of its line"
    return start + len(encoded.decode(codec))


def made(
    edit: Message, texts: dict[str, str], versions: dict[str, int | None], encoding: str = "utf-16"
) -> dict[str, str]:
    """Return the documents as a client has them that makes ``edit``, strictly.

    ``texts`` are the documents before, by URI, and ``versions`` those that are open.
    """
    texts = dict(texts)
    for change in edit.get("documentChanges") or _as_changes(edit["changes"], versions):
        if change.get("kind") == "create":
            assert change["uri"] not in texts, "a file that is there is created"
            texts[change["uri"]] = ""
            continue
        uri = change["textDocument"]["uri"]
        assert change["textDocument"]["version"] == versions.get(uri), "another version"
        edits = [
            (offset(texts[uri], e["range"]["start"], encoding), e["range"]["end"], e["newText"])
            for e in change["edits"]
        ]
        behind = len(texts[uri])
        after = texts[uri]
        for start, last, text in reversed(edits):
            end = offset(texts[uri], last, encoding)
            assert start <= end <= behind, "edits overlap or are out of order"
            after = after[:start] + text + after[end:]
            behind = start
        texts[uri] = after
    return texts


def _as_changes(changes: Message, versions: dict[str, int | None]) -> list[Message]:
    return [
        {"textDocument": {"uri": uri, "version": versions.get(uri)}, "edits": edits}
        for uri, edits in changes.items()
    ]
