"""Rows 35-40: cancelling, and what is an error and what is not. [CAN] is "Cancellation Support"."""

import asyncio
import logging
from typing import Any

import pytest

from tests.conformance.frames import packed
from tests.conformance.messages import AUTOMATIC, URI, code, inline_at, insertion
from tests.conformance.spawned import asked_for_text, connections_asked
from tests.conformance.talking import talking, talking_to_process
from tests.support.scripted_transport import Raw, Script, answer, fails, hangs, unreachable

REQUEST_CANCELLED, SERVER_CANCELLED, CONTENT_MODIFIED = -32800, -32802, -32801
METHOD_NOT_FOUND, REQUEST_FAILED = -32601, -32803
ANSWERED_MS, CLOSED_MS = 20, 100
CAP_MS = 1500


async def asking(peer, line=0, character=7, **more):
    """Ask for ghost text and let the model be asked; return the id."""
    number = peer.inline(line, character, **more)
    await asyncio.sleep(0.02)
    assert peer.transport.requests
    return number


@pytest.mark.parametrize("script", [hangs(), hangs("a +"), answer("a + b", per_token_ms=100)])
@talking({"m": answer("")})
async def test_row_35_cancel_a_running_request(peer, script):
    """One response, -32800, in 20 ms; our socket to the model is closed in 100 ms. [CAN]"""
    peer.transport.now_plays("m", script)
    peer.open("return ")
    number = await asking(peer)
    sent = peer.now()
    peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert peer.now() - sent <= peer.allowance_s(ANSWERED_MS)
    await asyncio.sleep(CLOSED_MS / 1000)
    closed = peer.transport.requests[-1].closed_ms
    assert closed is not None and closed / 1000 - sent <= peer.allowance_s(CLOSED_MS)


@talking_to_process(member="stall-in-stream")
async def test_row_35_cancel_closes_the_real_socket(peer, fault):
    """The same over a real connection. [CAN]"""
    await peer.hello()
    peer.open("return ")
    number = peer.inline(0, 7)
    await fault.wait_for(asked_for_text)
    sent = peer.now()
    peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert peer.now() - sent <= peer.allowance_s(ANSWERED_MS)
    [asked] = connections_asked(fault)
    await fault.wait_for(lambda _: asked.closed_s is not None)
    assert peer.now() - sent <= peer.allowance_s(CLOSED_MS)
    assert await peer.goodbye() == 0


@talking({"m": hangs()})
async def test_row_36_cancel_too_early_too_late_and_twice(peer, caplog):
    """Cancels of what has not come, is answered, never was, or is cancelled: ignored quietly. [CAN]"""
    caplog.set_level(logging.INFO)
    peer.open("return ")
    for number in ("too early", 12345, "unknown", -1, 0, ""):
        peer.notify("$/cancelRequest", {"id": number})
    peer.send(peer.message("textDocument/inlineCompletion", inline_at(0, 7), id="too early"))
    await asyncio.sleep(0.02)
    assert len(peer.transport.requests) == 1, "a cancel from before cancels nothing"
    for _ in range(2):
        peer.notify("$/cancelRequest", {"id": "too early"})
    assert code(await peer.answer("too early")) == REQUEST_CANCELLED
    late = peer.ask("conformance/unknown")
    await peer.answer(late)
    for _ in range(100):
        peer.notify("$/cancelRequest", {"id": late})
    assert await peer.quiet() == []
    assert len(caplog.records) < 20, "one line each is spam"


@pytest.mark.parametrize("number", ["a", "7", 7, 0])
@talking({"m": hangs()})
async def test_row_36_ids_of_both_types(peer, number):
    """A cancel means the request of the same type of id only. [CAN]"""
    peer.open("return ")
    peer.send(peer.message("textDocument/inlineCompletion", inline_at(0, 7), id=number))
    await asyncio.sleep(0.02)
    other = str(number) if isinstance(number, int) else 7
    peer.notify("$/cancelRequest", {"id": other if other != number else 8})
    await asyncio.sleep(0.02)
    assert not [m for m in peer.received if m.get("id") == number]
    peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED


@pytest.mark.parametrize("between", [0, 1, 5])
@talking({"m": hangs()})
async def test_row_37_a_cancel_in_the_same_read(peer, between):
    """Request and cancel in one read, whatever lies between: no model is ever asked. [CAN]"""
    peer.open("return ")
    await asyncio.sleep(0.02)
    probed = len(peer.transport.requests)
    request = peer.message("textDocument/inlineCompletion", inline_at(0, 7), id="a")
    noise = [peer.message("conformance/unknown", {}) for _ in range(between)]
    peer.send(request, *noise, peer.message("$/cancelRequest", {"id": "a"}))
    assert code(await peer.answer("a")) == REQUEST_CANCELLED
    await peer.quiet()
    assert len(peer.transport.requests) == probed


@talking({"m": answer("a + b", after_ms=100)})
async def test_row_38_a_change_while_a_completion_runs(peer):
    """A change elsewhere is no error: the answer for the old version may still be of use. [BP]"""
    peer.open("return \n# the end")
    number = await asking(peer)
    peer.change(2, insertion(1, 9, "."))
    answered = await peer.answer(number)
    assert "error" not in answered
    assert answered["result"]["items"][0]["insertText"] == "a + b"


@talking({"m": answer("a + b", after_ms=100)})
async def test_row_38_typing_while_a_completion_runs(peer):
    """The same for a change at the cursor: an answer or null, but no error. [BP]"""
    peer.open("return ")
    first = await asking(peer, kind=AUTOMATIC)
    peer.change(2, insertion(0, 7, "a"))
    second = peer.inline(0, 8, AUTOMATIC)
    for number in (first, second):
        assert "error" not in await peer.answer(number)


@talking({"m": answer("a + b", after_ms=200), "n": fails(500)})
async def test_row_39_server_cancelled_is_for_others(peer):
    """-32802 never answers an inline completion, however it ends. [BP]"""
    peer.open("return ")
    for disturb in (
        lambda: peer.inline(0, 7),
        peer.close,
        lambda: peer.open("return "),
        lambda: peer.notify("workspace/didChangeConfiguration", {"settings": {"fusionls": {}}}),
        lambda: peer.ask("shutdown"),
    ):
        number = peer.inline(0, 7)
        await asyncio.sleep(0.02)
        disturb()
        answered = await peer.answer(number)
        if "error" in answered:
            assert code(answered) not in (SERVER_CANCELLED, CONTENT_MODIFIED), disturb
    await peer.quiet()


FAILURES = {
    "400": fails(400),
    "401": fails(401),
    "404": fails(404),
    "429": fails(429, retry_after="7"),
    "500": fails(500),
    "refused": unreachable(),
    "hangs": hangs(),
    "empty": answer(""),
    "html": Script((Raw(b"<html>Please log in</html>"),)),
    "half an event": Script((Raw(b'data: {"choi'),)),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("method", ["inlineCompletion", "completion"])
@talking({"m": answer("")}, capabilities={})
async def test_row_40_a_model_that_fails(peer, failure, method):
    """No items, in time; never an error, and no error pops up. [BP]"""
    peer.transport.now_plays("m", FAILURES[failure])
    peer.open("return ")
    asked = peer.now()
    answered = await peer.request(f"textDocument/{method}", inline_at(0, 7))
    assert peer.now() - asked <= peer.allowance_s(CAP_MS)
    assert "error" not in answered
    assert answered["result"] is None or answered["result"]["items"] == []
    shown = await peer.quiet() and peer.of("window/showMessage")
    assert [m for m in shown if m["params"]["type"] == 1] == []


def refactor_of(line, character, instruction="say what it returns"):
    """Return params for ``fusionls.refactor`` with a cursor."""
    at = {"line": line, "character": character}
    wanted = {"uri": URI, "range": {"start": at, "end": at}, "instruction": instruction}
    return {"command": "fusionls.refactor", "arguments": [wanted]}


EDITING = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


@pytest.mark.parametrize("failure", FAILURES)
@talking({"m": answer("")}, capabilities=EDITING)
async def test_row_40_an_edit_command_whose_model_fails(peer, failure):
    """-32803 with a message for people: who asked for an edit wants to know. [BP 3.17]"""
    peer.transport.now_plays("m", FAILURES[failure])
    peer.open("def add(a, b):\n    return a + b\n")
    answered = await peer.request("workspace/executeCommand", refactor_of(1, 4))
    assert peer.transport.requests, "a model is asked"
    assert code(answered) == REQUEST_FAILED
    assert len(answered["error"]["message"].split()) >= 3
    assert peer.of("workspace/applyEdit") == []


@talking({"m": answer("")}, capabilities=EDITING)
async def test_row_40_a_command_that_is_not_there(peer):
    """-32803 as well, with the commands that are. [BP 3.17]"""
    answered = await peer.request("workspace/executeCommand", {"command": "fusionls.not-there"})
    assert code(answered) == REQUEST_FAILED
    assert "fusionls.refactor" in answered["error"]["message"]


@talking()
async def test_row_36_a_cancel_in_its_own_words(peer):
    """A cancel whose params are wrong is ignored. [CAN]"""
    wrong: list[Any] = [..., None, [], {"id": None}, {"id": {}}, {"id": 1.5}, {}]
    for params in wrong:
        peer.write(packed(peer.message("$/cancelRequest", params)))
    assert await peer.quiet() == []
    assert code(await peer.request("conformance/unknown")) == METHOD_NOT_FOUND
