"""The first message of each type costs some 20 ms, because its conversion is only then written.

So one message of each usual type is converted in advance, while the editor opens its first file.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

_URI = {"uri": "file:///warm"}
_START = {"line": 0, "character": 0}
_RANGE = {"start": _START, "end": _START}
_AT = {"textDocument": _URI, "position": _START}
# In the order in which an editor sends them.
_RECEIVED: tuple[tuple[str, Any], ...] = (
    (
        types.TEXT_DOCUMENT_DID_OPEN,
        {"textDocument": _URI | {"languageId": "", "version": 1, "text": ""}},
    ),
    (
        types.TEXT_DOCUMENT_DID_CHANGE,
        {
            "textDocument": _URI | {"version": 2},
            "contentChanges": [{"range": _RANGE, "text": ""}, {"text": ""}],
        },
    ),
    (
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
        _AT
        | {
            "context": {
                "triggerKind": 2,
                "selectedCompletionInfo": {"range": _RANGE, "text": ""},
            }
        },
    ),
    (types.TEXT_DOCUMENT_COMPLETION, _AT | {"context": {"triggerKind": 1}}),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        {"textDocument": _URI, "range": _RANGE, "context": {"diagnostics": []}},
    ),
    (types.WORKSPACE_EXECUTE_COMMAND, {"command": "", "arguments": []}),
    (types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": _URI}),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, {"settings": None}),
)


def _sent() -> Iterator[Callable[[], Any]]:
    """Yield makers of what the server sends."""
    command = types.Command(title="", command="", arguments=[""])
    start = types.Position(0, 0)
    span = types.Range(start, start)
    inline = types.InlineCompletionItem("", filter_text="", range=span, command=command)
    yield lambda: types.InlineCompletionList([inline])
    item = types.CompletionItem(
        label="",
        documentation=types.MarkupContent(types.MarkupKind.PlainText, ""),
        kind=types.CompletionItemKind.Text,
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(span, ""),
        command=command,
    )
    yield lambda: types.CompletionList(is_incomplete=True, items=[item])
    yield lambda: [types.CodeAction("", kind="", data={})]


async def warm(server: "FusionServer") -> None:
    """Convert one message of each type, one in a turn of the loop: real ones go first."""
    for method, params in _RECEIVED:
        await asyncio.sleep(0)
        kind = cast("type[Any]", types.METHOD_TO_TYPES[method][0])
        message = {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
        server.converter.structure(message, kind)
    for make in _sent():
        await asyncio.sleep(0)
        server.converter.unstructure(make())
