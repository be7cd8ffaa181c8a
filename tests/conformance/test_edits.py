"""Rows 54-56: edits that the client makes. [TE] is "Text Edits" of LSP 3.17."""

import pytest
from lsprotocol import converters, types

from fusionls.lsp.edits import TextReplacement, apply_edit, workspace_edit
from tests.conformance.messages import GHOST_TEXT, URI, inline_at
from tests.conformance.peer import Refuse
from tests.conformance.talking import talking
from tests.support.scripted_transport import answer

ENCODINGS = ("utf-8", "utf-16", "utf-32")
OTHER = "file:///src/other.py"
# Text whose every kind of unit counts differently, and a cursor at "$0".
PLACES = [
    "return $0",
    "a = '😀é'; return va$0",
    "x = '👩\u200d💻'\nf(va$0, 1)",
    "'\u2028'; y = va$0\r\nz = 1",
]


def offset(text, position, encoding):
    """Return the index into ``text`` of a position. Fails for one that does not exist."""
    line_starts = [0]
    for index, character in enumerate(text):
        if character == "\n":
            line_starts.append(index + 1)
    start = line_starts[position["line"]]
    content = text[start:].partition("\n")[0].removesuffix("\r")
    codec = encoding if encoding == "utf-8" else f"{encoding}-le"
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    encoded = content.encode(codec)[: position["character"] * width]
    assert len(encoded) == position["character"] * width, "beyond the end of its line"
    return start + len(encoded.decode(codec))


def cursor_of(marked, encoding):
    """Return the text without its mark, and the cursor as a line and a character."""
    before, _, after = marked.partition("$0")
    last = before.rpartition("\n")[2]
    codec = encoding if encoding == "utf-8" else f"{encoding}-le"
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return before + after, before.count("\n"), len(last.encode(codec)) // width


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("marked", PLACES)
@pytest.mark.parametrize("method", ["inlineCompletion", "completion"])
@talking({"m": answer("lue", after_ms=5)}, hello=False)
async def test_row_54_what_an_item_replaces(peer, encoding, marked, method):
    """One line, ending at the cursor, in units of the client, and right where it is put. [TE]"""
    ghost = GHOST_TEXT if method == "inlineCompletion" else {}
    await peer.hello(ghost | {"general": {"positionEncodings": [encoding]}})
    text, line, character = cursor_of(marked, encoding)
    peer.open(text)
    answered = await peer.request(f"textDocument/{method}", inline_at(line, character))
    [item] = answered["result"]["items"]
    edit = item.get("textEdit", {})
    span = item.get("range") or edit["range"]
    new_text = item.get("insertText") or edit["newText"]
    assert span["start"]["line"] == span["end"]["line"] == line
    assert span["end"]["character"] == character
    start, end = (offset(text, span[side], encoding) for side in ("start", "end"))
    assert text[:start] + new_text + text[end:] == marked.replace("$0", "lue")
    assert "additionalTextEdits" not in item


@talking({"m": answer("a + b", after_ms=100)}, capabilities={})
async def test_row_54_ranges_belong_to_the_version_that_was_asked(peer):
    """A change under way moves no range: it is that of the text the request saw. [TE]"""
    peer.open("return ")
    number = peer.ask("textDocument/completion", inline_at(0, 7))
    peer.change(2, {"text": "x\n"})
    [item] = (await peer.answer(number))["result"]["items"]
    assert item["textEdit"]["range"]["end"] == {"line": 0, "character": 7}
    assert peer.told().before == "return "


def replacing(start, end, text, uri=URI, version: int | None = 3):
    return TextReplacement(uri, version, types.Position(*start), types.Position(*end), text)


def capabilities(**workspace_edit_fields):
    fields = types.WorkspaceEditClientCapabilities(**workspace_edit_fields)
    return types.ClientCapabilities(types.WorkspaceClientCapabilities(workspace_edit=fields))


def as_sent(edits, client):
    return converters.get_converter().unstructure(workspace_edit(edits, client))


TWO = [
    replacing((2, 0), (2, 4), "$1 ${2:x}"),
    replacing((0, 1), (0, 1), "a"),
    replacing((0, 1), (0, 1), "b"),
    replacing((9, 0), (9, 0), "c", OTHER, None),
]


@pytest.mark.parametrize("snippets", [None, True])
def test_row_55_with_versions_where_the_client_knows_them(snippets):
    """``documentChanges``: one for each document, with its version; plain text, never a snippet."""
    edit = as_sent(TWO, capabilities(document_changes=True, snippet_edit_support=snippets))
    assert "changes" not in edit
    first, second = edit["documentChanges"]
    assert first["textDocument"] == {"uri": URI, "version": 3}
    assert [e["newText"] for e in first["edits"]] == ["a", "b", "$1 ${2:x}"]
    assert all(set(e) == {"range", "newText"} for e in first["edits"])
    assert second["textDocument"] == {"uri": OTHER, "version": None}


@pytest.mark.parametrize(
    "client",
    [
        types.ClientCapabilities(),
        types.ClientCapabilities(types.WorkspaceClientCapabilities()),
        capabilities(),
        capabilities(document_changes=False),
    ],
)
def test_row_55_without_versions_where_the_client_does_not(client):
    """``changes`` by URI, for a client that never said ``documentChanges``."""
    edit = as_sent(TWO, client)
    assert "documentChanges" not in edit
    assert [e["newText"] for e in edit["changes"][URI]] == ["a", "b", "$1 ${2:x}"]
    assert list(edit["changes"]) == [URI, OTHER]


@pytest.mark.parametrize(
    "edits",
    [
        [replacing((0, 0), (0, 5), "a"), replacing((0, 4), (0, 6), "b")],
        [replacing((0, 0), (2, 0), "a"), replacing((1, 0), (1, 0), "b")],
        [replacing((1, 0), (0, 0), "a")],
        [replacing((0, 0), (0, 1), "a", version=3), replacing((5, 0), (5, 1), "b", version=4)],
    ],
)
def test_row_55_edits_that_no_client_can_apply(edits):
    """Overlapping, reversed, or of two versions: refused before anything is sent."""
    with pytest.raises(ValueError, match=r"edit"):
        workspace_edit(edits, capabilities(document_changes=True))


def able(**fields):
    return GHOST_TEXT | {"workspace": {"applyEdit": True, "workspaceEdit": fields}}


async def try_to_apply(peer, edits):
    client = peer.server.client_capabilities
    return await apply_edit(peer.server, workspace_edit(edits, client), "Rename")


@pytest.mark.parametrize(
    ("handling", "warned"),
    [("transactional", False), ("undo", False), ("textOnlyTransactional", False), ("abort", True)],
)
@talking({"m": answer("x", after_ms=1)}, hello=False)
async def test_row_55_failure_handling(peer, handling, warned):
    """A refusal says that files may be half changed just where this client may have done that."""
    await peer.hello(able(documentChanges=True, failureHandling=handling))
    peer.replies["workspace/applyEdit"] = lambda params: {"applied": False}
    assert not await try_to_apply(peer, TWO)
    [shown] = peer.of("window/showMessage")
    assert ("changed already" in shown["params"]["message"]) == warned
    assert not await try_to_apply(peer, TWO[:1])
    assert "changed already" not in peer.of("window/showMessage")[1]["params"]["message"]


def refuse(_):
    raise Refuse("the person said no")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: {"applied": False, "failureReason": "it is read-only"}, "read-only"),
        (lambda _: {"applied": False}, ""),
        (refuse, "the person said no"),
    ],
)
@talking({"m": answer("x", after_ms=1)}, hello=False)
async def test_row_56_an_edit_that_the_client_refuses(peer, reply, reason):
    """``applied: false`` or an error: nothing changes with us, and the person is told once. [applyEdit]"""
    await peer.hello(able(documentChanges=True))
    peer.open("return a", version=3)
    peer.replies["workspace/applyEdit"] = reply
    assert not await try_to_apply(peer, [replacing((0, 0), (0, 6), "yield")])
    [shown] = peer.of("window/showMessage")
    assert shown["params"]["type"] == types.MessageType.Warning.value
    assert reason in shown["params"]["message"]
    assert await peer.text() == "return a"


@talking({"m": answer("x", after_ms=1)}, hello=False)
async def test_row_56_an_edit_that_the_client_applies(peer):
    """The document changes by the client's own didChange, and nobody is told anything. [applyEdit]"""
    await peer.hello(able(documentChanges=True))
    peer.open("return a", version=3)
    peer.replies["workspace/applyEdit"] = lambda params: {"applied": True}
    assert await try_to_apply(peer, [replacing((0, 0), (0, 6), "yield")])
    [sent] = peer.of("workspace/applyEdit")
    assert sent["params"]["label"] == "Rename"
    [change] = sent["params"]["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 3}
    assert await peer.text() == "return a"
    peer.change(4, {"text": "yield a"})
    assert await peer.text() == "yield a"
    assert peer.of("window/showMessage") == []
