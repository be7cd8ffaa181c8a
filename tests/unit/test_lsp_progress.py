"""Progress, the trace of the protocol and the status, through an editor of dictionaries."""

import asyncio
import json
from typing import Any

import pytest

from fusionls.lsp.progress import progress
from tests.support.fake_editor import FakeEditor
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer, fails, hangs
from tests.support.virtual_time import run_virtual

URI = "file:///w/a.py"
TEXT = "secret_name = \n"
CURSOR = len("secret_name = ")
INLINE: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}
ABLE = INLINE | {"window": {"workDoneProgress": True}}
CREATE = "window/workDoneProgress/create"


def session(play, script=None, capabilities=None, **hello):
    async def run():
        editor = FakeEditor(scripted_pools({"m": script or answer("secret", after_ms=50)}))
        params = {"processId": None, "capabilities": capabilities or ABLE, **hello}
        await editor.request("initialize", params)
        editor.notify("initialized", {})
        editor.open(URI, TEXT, "python")
        result = await play(editor)
        await editor.stop()
        return result

    return run_virtual(run())


def of(editor, method):
    return [m for m in editor.client.received if m.get("method") == method]


def kinds(editor):
    return [m["params"]["value"]["kind"] for m in of(editor, "$/progress")]


@pytest.mark.parametrize("how", ["well", "cancelled", "broken"])
def test_what_begins_ends_once(how):
    async def play(editor):
        async def work():
            async with progress(editor.server, "long work", token=7) as report:
                report("half way")
                await asyncio.sleep(1)
                if how == "broken":
                    raise ValueError

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.5)
        if how == "cancelled":
            editor.notify("window/workDoneProgress/cancel", {"token": 8})
            editor.notify("window/workDoneProgress/cancel", {"token": 7})
        await asyncio.wait({task})
        failed = not task.cancelled() and task.exception() is not None
        return kinds(editor), task.cancelled(), failed

    assert session(play) == (["begin", "report", "end"], how == "cancelled", how == "broken")


@pytest.mark.parametrize(
    "reply", [{"result": None}, {"error": {"code": -1, "message": "no"}}, None]
)
def test_a_bar_of_our_own_is_created_first_or_not_shown(reply):
    async def play(editor):
        async def work():
            async with progress(editor.server, "long work"):
                pass

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.01)
        [created] = of(editor, CREATE)
        if reply is not None:
            editor.client.send({"jsonrpc": "2.0", "id": created["id"], **reply})
        await task
        return kinds(editor)

    shown = reply is not None and "result" in reply
    assert session(play) == (["begin", "end"] if shown else [])


def test_a_reply_after_our_task_was_cancelled_is_ignored():
    async def play(editor):
        async def work():
            async with progress(editor.server, "long work"):
                pass

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        [created] = of(editor, CREATE)
        editor.client.send({"jsonrpc": "2.0", "id": created["id"], "result": None})
        return kinds(editor)

    assert session(play) == []


@pytest.mark.parametrize(
    ("value", "verbose"), [("off", None), ("messages", False), ("verbose", True)]
)
def test_the_trace_is_told_as_asked_and_without_code(value, verbose):
    async def play(editor):
        editor.notify("$/setTrace", {"value": value})
        await editor.client.answer(editor.inline(URI, CURSOR))
        return of(editor, "$/logTrace")

    told = session(play)
    assert len(told) == (0 if verbose is None else 1)
    assert "secret" not in json.dumps(told)
    if told:
        assert ("verbose" in told[0]["params"]) is verbose


STATUS = {"initializationOptions": {"fusionls": {"status": True}}}
COPILOT = {"initializationOptions": {"editorPluginInfo": {"name": "x"}}}


@pytest.mark.parametrize(
    ("hello", "methods"),
    [({}, set()), (STATUS, {"fusionls/status"}), (COPILOT, {"didChangeStatus"})],
)
def test_the_status_goes_to_clients_that_read_it(hello, methods):
    async def play(editor):
        await editor.client.answer(editor.inline(URI, CURSOR))
        return {m["method"] for m in editor.client.received if "tatus" in m.get("method", "")}

    assert session(play, **hello) == methods


@pytest.mark.parametrize(
    ("script", "kind"), [(answer("secret"), "ready"), (fails(500), "error"), (hangs(), "ready")]
)
def test_the_status_follows_what_is_heard_of_the_members(script, kind):
    async def play(editor):
        await editor.client.answer(editor.inline(URI, CURSOR))
        return of(editor, "fusionls/status")[-1]["params"]

    status = session(play, script, **STATUS)
    assert status["kind"] == kind
    assert set(status) == {"kind", "message", "members"}
