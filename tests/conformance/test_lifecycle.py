"""Rows 17-20 and 27-29: the life of a session. [INI] is "Initialize Request" of LSP 3.17."""

import asyncio

import pytest

from tests.conformance.messages import GHOST_TEXT, code
from tests.conformance.spawned import asked_for_text
from tests.conformance.talking import talking, talking_to_process
from tests.support.scripted_transport import answer, hangs

INVALID_REQUEST, NOT_INITIALIZED = -32600, -32002
REQUEST_CANCELLED, REQUEST_FAILED = -32800, -32803
# What a server may send before its initialize result. [INI]
EARLY = {
    "window/showMessage",
    "window/logMessage",
    "telemetry/event",
    "window/showMessageRequest",
    "$/progress",
}


@pytest.mark.parametrize(
    "method", ["textDocument/completion", "shutdown", "conformance/unknown", "$/unknown"]
)
@talking(hello=False)
async def test_row_17_a_request_before_initialize(peer, method):
    """-32002, and initialize works after it. [INI]"""
    assert code(await peer.request(method, {})) == NOT_INITIALIZED
    await peer.hello()


@talking(hello=False)
async def test_row_18_notifications_before_initialize(peer):
    """Dropped without output, and without effect. [INI]"""
    peer.notify("initialized", {})
    peer.open("return ")
    peer.notify("$/setTrace", {"value": "verbose"})
    peer.notify("$/cancelRequest", {"id": 1})
    assert await peer.quiet() == []
    await peer.hello()


@talking(hello=False)
async def test_row_18_exit_before_initialize(peer):
    """``exit`` is honoured at any time: code 1 without a shutdown. [INI]"""
    peer.notify("exit")
    assert await peer.exit_code() == 1
    assert peer.received == []


@talking(hello=False)
async def test_row_19_what_comes_before_the_initialize_result(peer):
    """Only messages for people, telemetry, and progress on the token that was given. [INI]"""
    capabilities = GHOST_TEXT | {"window": {"workDoneProgress": True}}
    params = {"processId": None, "rootUri": None, "capabilities": capabilities}
    number = peer.ask("initialize", params | {"workDoneToken": "start", "trace": "verbose"})
    await peer.answer(number)
    before = peer.received[: [m.get("id") for m in peer.received].index(number)]
    assert {message["method"] for message in before} <= EARLY
    tokens = {m["params"]["token"] for m in peer.of("$/progress")}
    assert tokens <= {"start"}
    peer.notify("initialized", {})


@talking({"m": answer("a + b", after_ms=5)}, capabilities=GHOST_TEXT)
async def test_row_20_initialize_twice(peer):
    """-32600 to the second; documents and what was agreed on stay as they were. [INI]"""
    peer.open("a = '😀'; return ")
    other = {"general": {"positionEncodings": ["utf-8"]}}
    again = {"processId": None, "rootUri": None, "capabilities": other}
    assert code(await peer.request("initialize", again)) == INVALID_REQUEST
    [item] = (await peer.answer(peer.inline(0, 17)))["result"]["items"]
    assert peer.told().before == "a = '😀'; return "
    assert item["range"]["end"] == {"line": 0, "character": 17}


@talking()
async def test_row_20_initialize_twice_in_one_write(peer):
    """The same while the first one may still be under way, and it is not told apart by its id. [INI]"""
    params = {"processId": None, "rootUri": None, "capabilities": GHOST_TEXT}
    peer.send(*[peer.message("initialize", params, id=f"again {n}") for n in range(2)])
    assert [code(await peer.answer(f"again {n}")) for n in range(2)] == [INVALID_REQUEST] * 2


@pytest.mark.parametrize("params", [..., None, {}, []], ids=["none", "null", "object", "array"])
@talking()
async def test_row_27_shutdown(peer, params):
    """The result is null, whatever the params. [shutdown]"""
    answered = await peer.request("shutdown", params)
    assert "result" in answered and answered["result"] is None


@talking()
async def test_row_28_after_shutdown(peer):
    """Every request: -32600. Notifications are ignored, but ``exit`` with code 0. [shutdown]"""
    await peer.request("shutdown")
    for method in ("textDocument/completion", "shutdown", "initialize", "conformance/unknown"):
        assert code(await peer.request(method, {})) == INVALID_REQUEST
    peer.open("return ")
    peer.change(2, {"text": "x"})
    peer.notify("initialized", {})
    peer.notify("conformance/unknown", {})
    assert await peer.quiet() == []
    peer.notify("exit")
    assert await peer.exit_code() == 0


@talking()
async def test_row_28_a_request_behind_shutdown_in_one_write(peer):
    """The same for a request that comes before the shutdown is answered. [shutdown]"""
    peer.send(
        peer.message("shutdown", id="s"),
        peer.message("conformance/unknown", {}, id="late"),
    )
    assert "result" in await peer.answer("s")
    assert code(await peer.answer("late")) == INVALID_REQUEST


@talking({"m": hangs("a"), "n": hangs()})
async def test_row_29_requests_in_flight_at_shutdown(peer):
    """Each is answered with -32800 or -32803 no later than the shutdown, within 200 ms. [BP]"""
    uris = [f"file:///src/{n}.py" for n in range(8)]
    for uri in uris:
        peer.open("return ", uri=uri)
    numbers = [peer.inline(0, 7, uri=uri) for uri in uris]
    await peer_sees_requests(peer)
    asked = peer.now()
    stop = peer.ask("shutdown")
    assert (await peer.answer(stop))["result"] is None
    assert peer.now() - asked <= peer.allowance_s(200)
    answered = [m["id"] for m in peer.received if "method" not in m]
    for number in numbers:
        assert answered.index(number) < answered.index(stop)
        assert code(await peer.answer(number)) in (REQUEST_CANCELLED, REQUEST_FAILED)


@talking_to_process(member="stall")
async def test_row_29_requests_in_flight_at_shutdown_of_a_process(peer, fault):
    """The same with a real socket behind it, which is closed. [BP]"""
    await peer.hello()
    peer.open("return ")
    number = peer.inline(0, 7)
    await fault.wait_for(asked_for_text)
    asked = peer.now()
    assert (await peer.request("shutdown"))["result"] is None
    assert peer.now() - asked <= peer.allowance_s(200)
    assert code(await peer.answer(number)) in (REQUEST_CANCELLED, REQUEST_FAILED)
    assert await peer.leave() == 0
    await fault.wait_for(lambda server: server.open_connections == 0)


async def peer_sees_requests(peer):
    """Let the members be asked."""
    await asyncio.sleep(0.05)
    assert peer.transport.requests
