"""The server through an editor of dictionaries, in virtual time."""

import asyncio
from typing import Any

import pytest

from tests.support.fake_editor import INVOKED, FakeEditor
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer, fails, hangs
from tests.support.virtual_time import run_virtual

URI = "file:///src/app.py"
TEXT = "def add(a, b):\n    return \n"
CURSOR = len("def add(a, b):\n    return ")


class Playing(FakeEditor):
    """An editor that also sees what the scripted members see."""

    def __init__(self, pools, notices):
        super().__init__(pools, notices)
        self.transport = pools.transport
        self.offered: dict[str, Any] = {}


def session(scripts, play, *, capabilities=None, notices=()):
    """Run ``play`` with an editor that has the document open; return what it returns."""

    async def run():
        pools = scripted_pools(scripts)
        editor = Playing(pools, notices)
        editor.offered = await editor.start(capabilities)
        editor.open(URI, TEXT, "python")
        result = await play(editor)
        await editor.stop()
        return result

    return run_virtual(run())


async def inline(editor, offset=CURSOR, **options):
    return await editor.client.answer(editor.inline(URI, offset, **options))


def test_what_is_offered_to_clients():
    async def play(editor):
        return editor.offered

    offered = session({}, play)
    assert offered["inlineCompletionProvider"] is not None
    assert offered["completionProvider"] is not None
    assert "fusionls.accept" in offered["executeCommandProvider"]["commands"]
    assert offered["textDocumentSync"]["change"] == 2


def test_an_item_has_what_the_big_clients_need():
    async def play(editor):
        editor.type(URI, CURSOR, "a")
        return (await inline(editor, CURSOR + 1))["result"]["items"]

    [item] = session({"m": answer(" + b", after_ms=10)}, play)
    assert item["insertText"] == item["filterText"] == "a + b"
    assert item["range"]["start"] == {"line": 1, "character": 11}
    assert item["range"]["end"] == {"line": 1, "character": 12}
    assert item["command"]["command"] == "fusionls.accept"


def test_accept_and_explain():
    async def play(editor):
        [item] = (await inline(editor))["result"]["items"]
        arguments = item["command"]["arguments"]
        results = []
        for command in ("fusionls.accept", "fusionls.explain"):
            params = {"command": command, "arguments": arguments[:1]}
            results.append((await editor.request("workspace/executeCommand", params))["result"])
        unknown = {"command": "fusionls.explain", "arguments": ["r99"]}
        none = {"command": "fusionls.explain", "arguments": []}
        for params in (unknown, none):
            answered = await editor.request("workspace/executeCommand", params)
            results.append(answered["error"]["message"])
        return results

    accepted, explained, unknown, none = session({"m": answer("a + b", after_ms=10)}, play)
    assert accepted == {"known": True}
    assert explained["members"][0]["text"] == "a + b"
    assert explained["decision"]["shown"] is True
    [only] = explained["classes"]
    assert (only["members"], only["first_line"], only["offer"]) == (["m"], "a + b", 1)
    assert only["score"] == pytest.approx(sum(only["parts"].values()), abs=0.05)
    assert "m       answered" in explained["table"] and "a + b" in explained["table"]
    assert "No suggestion 'r99' is known" in unknown
    assert "needs the id" in none


def test_superseded_is_null_and_the_newer_one_is_answered():
    async def play(editor):
        first = editor.inline(URI, CURSOR)
        await asyncio.sleep(0.02)
        editor.type(URI, CURSOR, "a")
        second = editor.inline(URI, CURSOR + 1)
        return await editor.client.answer(first), await editor.client.answer(second)

    first, second = session({"m": answer(" + b", after_ms=60)}, play)
    assert first["result"] is None and "error" not in first
    assert len(second["result"]["items"]) == 1


def test_cancel_is_answered_once_with_its_code():
    async def play(editor):
        number = editor.inline(URI, CURSOR)
        await asyncio.sleep(0.02)
        editor.notify("$/cancelRequest", {"id": number})
        answered = await editor.client.answer(number)
        await asyncio.sleep(0.2)
        closed = editor.transport.of("m")[0].closed_ms
        same = [m for m in editor.client.received if m.get("id") == number]
        return answered, closed, len(same)

    answered, closed, count = session({"m": hangs()}, play)
    assert answered["error"]["code"] == -32800
    assert closed is not None and closed <= 120
    assert count == 1


def test_failing_members_are_no_pop_up():
    async def play(editor):
        answered = await inline(editor)
        shown = [m for m in editor.client.received if m.get("method") == "window/showMessage"]
        return answered, shown

    answered, shown = session({"m": fails(500), "n": fails(503)}, play)
    assert answered["result"] == {"items": []}
    assert shown == []


def test_a_key_that_is_not_taken_is_said_once():
    async def play(editor):
        for _ in range(3):
            await inline(editor)
        return [m for m in editor.client.received if m.get("method") == "window/showMessage"]

    [said] = session({"m": fails(401)}, play)
    assert said["params"]["message"] == (
        "m is not asked any more (401 Unauthorized). Once its key is right, save the settings file."
    )


def test_a_document_that_is_not_open_and_a_cursor_outside():
    async def play(editor):
        params: dict[str, Any] = {
            "textDocument": {"uri": "file:///other.py"},
            "position": {"line": 0, "character": 0},
            "context": {"triggerKind": 1},
        }
        unknown = await editor.request("textDocument/inlineCompletion", params)
        params["textDocument"]["uri"] = URI
        params["position"] = {"line": 999, "character": 999}
        return unknown, await editor.request("textDocument/inlineCompletion", params)

    unknown, outside = session({"m": answer("x = 1", after_ms=10)}, play)
    assert unknown["result"] is None
    assert outside["result"]["items"][0]["range"]["start"] == {"line": 2, "character": 0}


@pytest.mark.parametrize(("kind", "offers"), [(INVOKED, 2), (2, 1), (0, 1)])
def test_trigger_kinds_of_old_and_new_clients(kind, offers):
    async def play(editor):
        return (await inline(editor, kind=kind))["result"]["items"]

    scripts = {"m": answer("a + b", after_ms=10), "n": answer("a - b", after_ms=20)}
    assert len(session(scripts, play)) == offers


def test_a_highlighted_entry_is_extended():
    async def play(editor):
        editor.type(URI, CURSOR, "ab")
        start, end = editor.position(URI, CURSOR), editor.position(URI, CURSOR + 2)
        span = {"start": start, "end": end}
        params = {
            "textDocument": {"uri": URI},
            "position": end,
            "context": {"triggerKind": 2, "selectedCompletionInfo": {"range": span, "text": "abs"}},
        }
        result = (await editor.request("textDocument/inlineCompletion", params))["result"]
        return result["items"], span, editor.transport.of("m")[0].json["prompt"]

    [item], span, prompt = session({"m": answer("(a - b)", after_ms=10)}, play)
    assert item["insertText"] == "abs(a - b)"
    assert item["range"] == span
    assert prompt.endswith("return abs")


def test_a_client_with_ghost_text_gets_no_second_copy_in_its_list():
    async def play(editor):
        params = {"textDocument": {"uri": URI}, "position": editor.position(URI, CURSOR)}
        return (await editor.request("textDocument/completion", params))["result"]

    assert session({"m": answer("a + b")}, play)["items"] == []
    [item] = session({"m": answer("a + b", after_ms=5)}, play, capabilities={})["items"]
    assert item["textEdit"]["newText"] == "a + b"
    assert item["detail"] == "fusionls: m"


NEOVIM = {"capabilities": {}, "clientInfo": {"name": "Neovim"}}
PLUG_IN = {"completion": {"completionItem": {"insertTextModeSupport": {"valueSet": [1, 2]}}}}


@pytest.mark.parametrize(
    ("said", "inserted"),
    [
        ("if a:\n        return a\n    return b", "if a:\n    return a\nreturn b"),
        ("if a:\n        return a\nadd(1, 2)", "if a:\n    return a"),
    ],
)
def test_neovims_own_list_gets_text_that_it_indents_itself(said, inserted):
    async def run(client):
        pools = scripted_pools({"m": answer(said, after_ms=5)})
        editor = FakeEditor(pools)
        await editor.request("initialize", {"processId": None, "rootUri": None, **client})
        editor.notify("initialized", {})
        editor.open(URI, "def add(a, b):\n    ", "python")
        params = {"textDocument": {"uri": URI}, "position": editor.position(URI, 19)}
        [item] = (await editor.request("textDocument/completion", params))["result"]["items"]
        await editor.stop()
        return item

    own = run_virtual(run(NEOVIM))
    assert "textEdit" not in own
    assert own["insertText"] == inserted
    assert own["documentation"]["value"].split() == inserted.split()
    plug_in = run_virtual(run(NEOVIM | {"capabilities": {"textDocument": PLUG_IN}}))
    assert plug_in["textEdit"]["newText"].startswith("if a:\n        return a")
    assert plug_in["insertTextMode"] == 1


def test_without_a_model_the_person_is_told_once_how_to_get_one():
    async def play(editor):
        answers = [await inline(editor) for _ in range(3)]
        shown = [m for m in editor.client.received if m.get("method") == "window/showMessage"]
        return answers, shown

    answers, [shown] = session({}, play, notices=("install one",))
    assert all(answered["result"] == {"items": []} for answered in answers)
    assert shown["params"]["message"] == "install one"


def test_edits_in_three_encodings_reach_the_models():
    async def play(editor):
        editor.texts[URI] = TEXT
        await inline(editor)
        return editor.transport.of("m")[0].json["prompt"]

    for encoding in ("utf-8", "utf-16", "utf-32"):
        capabilities = {"general": {"positionEncodings": [encoding]}}
        assert session({"m": answer("a")}, play, capabilities=capabilities).endswith("return")


def test_an_id_that_is_used_again_right_after_a_cancel():
    async def play(editor):
        first = editor.inline(URI, CURSOR)
        await asyncio.sleep(0.02)
        editor.notify("$/cancelRequest", {"id": first})
        params = {"textDocument": {"uri": URI}, "position": editor.position(URI, CURSOR)}
        again = params | {"context": {"triggerKind": 2}}
        method = "textDocument/inlineCompletion"
        message = {"jsonrpc": "2.0", "id": first, "method": method, "params": again}
        answered = await editor.client.request(message)
        await asyncio.sleep(0.5)
        return answered, [m for m in editor.client.received if m.get("id") == first]

    answered, received = session({"m": answer("a + b", after_ms=60)}, play)
    assert answered["result"]["items"]
    assert [("error" in message) for message in received] == [True, False]
