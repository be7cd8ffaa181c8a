"""The editor's settings, folders and registrations, through an editor of dictionaries."""

import asyncio
from typing import Any

import pytest

from tests.support.fake_editor import FakeEditor
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer
from tests.support.virtual_time import run_virtual

URI = "file:///w/a.py"
TEXT = "def add(a, b):\n    return \n"
CURSOR = len("def add(a, b):\n    return ")
ASK = "workspace/configuration"
INLINE: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}
DYNAMIC = {"textDocument": {"inlineCompletion": {"dynamicRegistration": True}}}
PULL = INLINE | {"workspace": {"configuration": True}}


def session(play, scripts=None, capabilities=None, **hello):
    async def run():
        editor = FakeEditor(scripted_pools(scripts or {"m": answer("a + b", after_ms=50)}))
        params = {"processId": None, "capabilities": capabilities or INLINE, **hello}
        said = await editor.request("initialize", params)
        editor.notify("initialized", {})
        editor.open(URI, TEXT, "python")
        result = await play(editor, said["result"]["capabilities"])
        await editor.stop()
        return result

    return run_virtual(run())


def of(editor, method):
    return [m for m in editor.client.received if m.get("method") == method]


def reply(editor, asked, result):
    editor.client.send({"jsonrpc": "2.0", "id": asked["id"], "result": result})


def push(editor, **completion):
    settings = {"fusionls": {"completion": completion}}
    editor.notify("workspace/didChangeConfiguration", {"settings": settings})


async def inline(editor):
    return (await editor.client.answer(editor.inline(URI, CURSOR)))["result"]


def test_switched_off_is_null_and_the_status_says_why():
    async def play(editor, _):
        push(editor, enabled=False)
        off = await inline(editor)
        command = {"command": "fusionls.status"}
        status = (await editor.request("workspace/executeCommand", command))["result"]
        push(editor, enabled=True)
        return off, status, await inline(editor)

    off, status, again = session(play)
    assert off is None
    assert (status["kind"], status["members"][0]["name"]) == ("paused", "m")
    assert "switched off" in status["message"]
    assert len(again["items"]) == 1


def test_a_change_acts_at_the_next_request_and_not_on_a_running_one():
    async def play(editor, _):
        running = editor.inline(URI, CURSOR)
        await asyncio.sleep(0.01)
        push(editor, enabled=False)
        return (await editor.client.answer(running))["result"], await inline(editor)

    running, after = session(play)
    assert len(running["items"]) == 1
    assert after is None


def test_members_are_chosen_by_name_and_what_the_others_said_is_forgotten():
    async def play(editor, _):
        await inline(editor)
        push(editor, members=["n"])
        return (await inline(editor))["items"]

    scripts = {"m": answer("a + b", after_ms=5), "n": answer("a - b", after_ms=20)}
    [item] = session(play, scripts)
    assert item["insertText"] == "a - b"


def test_a_problem_is_said_once():
    async def play(editor, _):
        for _ in range(3):
            push(editor, members=["nobody"])
        return of(editor, "window/showMessage")

    [shown] = session(play)
    assert "'nobody'" in shown["params"]["message"]


def test_it_is_never_asked_while_a_request_is_answered():
    async def play(editor, _):
        await asyncio.sleep(0.01)
        reply(editor, of(editor, ASK)[0], [None])
        await asyncio.sleep(0.01)
        running = editor.inline(URI, CURSOR)
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        await asyncio.sleep(0.03)
        meanwhile = len(of(editor, ASK))
        await editor.client.answer(running)
        await asyncio.sleep(0.1)
        return meanwhile, len(of(editor, ASK))

    assert session(play, capabilities=PULL) == (1, 2)


def test_a_client_that_never_answers_is_not_waited_for_after_ten_seconds():
    async def play(editor, _):
        await asyncio.sleep(11)
        return await inline(editor), editor.server.protocol._request_futures

    result, waiting = session(play, capabilities=PULL)
    assert len(result["items"]) == 1
    assert not waiting


def test_an_answer_for_a_folder_that_was_closed_meanwhile_is_dropped():
    async def play(editor, _):
        await asyncio.sleep(0.01)
        [asked] = of(editor, ASK)
        event = {"added": [], "removed": [{"uri": "file:///w", "name": "w"}]}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        reply(editor, asked, [{"completion": {"enabled": False}}, None])
        await asyncio.sleep(0.01)
        return asked["params"]["items"], await inline(editor)

    folders = [{"uri": "file:///w", "name": "w"}]
    items, result = session(play, capabilities=PULL, workspaceFolders=folders)
    assert items == [{"scopeUri": "file:///w", "section": "fusionls"}, {"section": "fusionls"}]
    assert len(result["items"]) == 1


def test_a_closed_folder_takes_its_remembered_suggestions_along():
    async def play(editor, _):
        await inline(editor)
        kept = len(editor.engine._remembering)
        event = {"added": [], "removed": [{"uri": "file:///w", "name": "w"}]}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        return kept, len(editor.engine._remembering)

    folders = [{"uri": "file:///w", "name": "w"}]
    assert session(play, workspaceFolders=folders) == (1, 0)


@pytest.mark.parametrize("refused", [True, False])
def test_dynamic_registration_is_once_and_never_beside_a_static_one(refused):
    async def play(editor, offered):
        await asyncio.sleep(0.01)
        [asked] = of(editor, "client/registerCapability")
        response = {"error": {"code": -1, "message": "no"}} if refused else {"result": None}
        editor.client.send({"jsonrpc": "2.0", "id": asked["id"], **response})
        await asyncio.sleep(0.01)
        push(editor, enabled=False)
        push(editor, enabled=False)
        await asyncio.sleep(0.01)
        gone = of(editor, "client/unregisterCapability")
        return offered, asked["params"]["registrations"], gone

    offered, [registered], gone = session(play, capabilities=DYNAMIC)
    assert "inlineCompletionProvider" not in offered
    assert registered["method"] == "textDocument/inlineCompletion"
    assert registered["registerOptions"] == {"documentSelector": None}
    # What was refused is neither tried again nor taken back.
    assert len(gone) == (0 if refused else 1)
