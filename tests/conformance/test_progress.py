"""Rows 61-64: progress. [PRG] is "Work Done Progress", [PR] "Partial Result Progress" of LSP 3.17."""

import asyncio

import pytest

from tests.conformance.messages import GHOST_TEXT, code, inline_at, place
from tests.conformance.peer import Refuse, Silence
from tests.conformance.talking import talking
from tests.support.scripted_transport import answer, fails, hangs

REQUEST_CANCELLED = -32800
CREATE = "window/workDoneProgress/create"
ABLE = GHOST_TEXT | {
    "window": {"workDoneProgress": True},
    "workspace": {"applyEdit": True},
}
# Longer than anybody waits without wondering: a model that is loaded from disk.
START_S = 8.0
SLOW = {"m": answer("a + b", after_ms=900)}
CANCELLED_MS, CLOSED_MS = 20, 100
HERE = {"start": {"line": 0, "character": 7}, "end": {"line": 0, "character": 7}}
# How a client asks for each feature that may say in its options that it reports progress.
ASKING = {
    "inlineCompletionProvider": ("textDocument/inlineCompletion", inline_at(0, 7)),
    "completionProvider": ("textDocument/completion", place(0, 7)),
    "executeCommandProvider": (
        "workspace/executeCommand",
        {
            "command": "fusionls.refactor",
            "arguments": [place(0, 7)["textDocument"] | {"range": HERE, "instruction": "less"}],
        },
    ),
}


def steps(peer, token):
    """Return the kinds of what was reported on ``token``; fails if they are out of order."""
    values = [m["params"]["value"] for m in peer.of("$/progress") if m["params"]["token"] == token]
    kinds = [value["kind"] for value in values]
    if kinds:
        assert kinds[0] == "begin" and kinds[-1] == "end", kinds
        assert set(kinds[1:-1]) <= {"report"}, kinds
        assert values[0]["title"]
    return kinds


async def reporting(peer, capabilities=ABLE):
    """Shake hands; return how to ask for each feature that says that it reports progress."""
    offered = (await peer.hello(capabilities))["capabilities"]
    peer.open("return ")
    able = [name for name in ASKING if (offered.get(name) or {}).get("workDoneProgress")]
    assert able, "no feature says that it reports progress"
    return [ASKING[name] for name in able]


@pytest.mark.parametrize("script", [SLOW["m"], fails(500), hangs()], ids=["well", "500", "hangs"])
@pytest.mark.parametrize("token", ["work", 7])
@talking(SLOW, hello=False)
async def test_row_61_progress_on_the_token_of_a_request(peer, script, token):
    """Begin, any reports, end; the end also if the models fail. [PRG]"""
    peer.transport.now_plays("m", script)
    for method, params in await reporting(peer):
        before = len(peer.received)
        await peer.request(method, params | {"workDoneToken": token})
        assert steps(peer, token)[-1:] == ["end"], method
        del peer.received[before:]


@talking({"m": hangs()}, hello=False)
async def test_row_61_progress_ends_when_its_request_is_cancelled(peer):
    """The end comes also then. [PRG]"""
    for method, params in await reporting(peer):
        if method.startswith("textDocument/"):
            number = peer.ask(method, params | {"workDoneToken": "work"})
            await asyncio.sleep(0.1)
            peer.notify("$/cancelRequest", {"id": number})
            assert code(await peer.answer(number)) == REQUEST_CANCELLED
    await peer.quiet()
    assert steps(peer, "work")[-1:] == ["end"]


@talking(SLOW, capabilities=ABLE)
async def test_row_61_no_token_no_progress(peer):
    """Without a token nothing is reported on one. [PRG]"""
    peer.open("return ")
    await peer.answer(peer.inline(0, 7))
    await peer.quiet()
    created = {m["params"]["token"] for m in peer.of(CREATE)}
    assert {m["params"]["token"] for m in peer.of("$/progress")} <= created


@talking(SLOW, capabilities=ABLE, start_s=START_S)
async def test_row_62_the_start_of_a_model_is_reported(peer):
    """A start that takes seconds: the token is created first, then begin to end. [PRG]"""
    await peer.quiet()
    [created] = peer.of(CREATE)
    token = created["params"]["token"]
    assert steps(peer, token)[-1:] == ["end"]
    first = next(m for m in peer.received if m.get("method") == "$/progress")
    assert peer.received.index(created) < peer.received.index(first)


@talking(SLOW, capabilities=GHOST_TEXT, start_s=START_S)
async def test_row_62_a_client_without_work_done_progress(peer):
    """It is asked for no token, and nothing is reported. [PRG]"""
    await peer.quiet()
    assert peer.of(CREATE) == peer.of("$/progress") == []


def refuse(_):
    raise Refuse("no")


@talking(SLOW, hello=False, start_s=START_S)
async def test_row_62_a_token_that_is_refused(peer):
    """An error instead of a token: nothing is reported, and all works. [PRG]"""
    peer.replies[CREATE] = refuse
    await peer.hello(ABLE)
    await peer.quiet()
    assert len(peer.of(CREATE)) == 1
    assert peer.of("$/progress") == peer.of("window/showMessage") == []
    peer.open("return ")
    assert (await peer.answer(peer.inline(0, 7)))["result"]["items"]


@talking({"m": hangs()}, hello=False)
async def test_row_63_the_person_cancels_the_progress(peer):
    """The request ends in 20 ms and its socket in 100; unknown tokens are ignored. [PRG]"""
    [(method, params), *_] = await reporting(peer)
    number = peer.ask(method, params | {"workDoneToken": "work"})
    await asyncio.sleep(0.1)
    for token in ("no such", 0, "", 99):
        peer.notify("window/workDoneProgress/cancel", {"token": token})
    await asyncio.sleep(0.1)
    assert not [m for m in peer.received if m.get("id") == number]
    asked = peer.now()
    peer.notify("window/workDoneProgress/cancel", {"token": "work"})
    await peer.answer(number)
    assert peer.now() - asked <= peer.allowance_s(CANCELLED_MS)
    await asyncio.sleep(CLOSED_MS / 1000)
    assert peer.transport.requests[-1].closed_ms is not None
    assert steps(peer, "work")[-1:] == ["end"]
    peer.notify("window/workDoneProgress/cancel", {"token": "work"})
    assert await peer.quiet() == []


@pytest.mark.parametrize("params", [..., None, [], {}, {"token": None}, {"token": {}}], ids=repr)
@talking(SLOW, capabilities=ABLE)
async def test_row_63_a_cancel_without_a_token(peer, params):
    """It is ignored. [PRG]"""
    peer.notify("window/workDoneProgress/cancel", params)
    assert await peer.quiet() == []
    await peer.still_answers()


def silent(_):
    raise Silence


@pytest.mark.parametrize("reply", [{"result": None}, {"error": {"code": -1, "message": "no"}}])
@talking(SLOW, hello=False, start_s=START_S)
async def test_row_63_an_answer_that_comes_too_late(peer, reply):
    """The client answers a request of ours when its task is long cancelled: no crash. [pygls#621]"""
    peer.replies[CREATE] = silent
    await peer.hello(ABLE)
    await asyncio.sleep(START_S / 2)
    [created] = peer.of(CREATE)
    await peer.request("shutdown")
    late = {"jsonrpc": "2.0", "id": created["id"], **reply}
    peer.write_message(late)
    peer.write_message(late)
    await asyncio.sleep(0.1)
    assert await peer.leave() == 0


@talking({"m": answer("a + b", after_ms=10), "n": answer("a - b", after_ms=20)}, capabilities={})
async def test_row_64_a_partial_result_token(peer):
    """All items by ``$/progress`` and an empty result, or all in the result: no item twice. [PR]"""
    peer.open("return ")
    for method in ("completion", "inlineCompletion"):
        params = inline_at(0, 7) | {"partialResultToken": method}
        result = (await peer.request(f"textDocument/{method}", params))["result"]
        parts = [m["params"] for m in peer.of("$/progress")]
        streamed = [p["value"] for p in parts if p["token"] == method]
        if streamed:
            assert not result or not (result if isinstance(result, list) else result["items"])
        else:
            assert result["items"]
