"""Rows 12-16 and 21-26: JSON-RPC's rules. [BP] is "Base Protocol" of LSP 3.17."""

import json
from typing import Any

import pytest

from tests.conformance.frames import framed
from tests.conformance.messages import URI, code, place
from tests.conformance.talking import talking
from tests.support.scripted_transport import answer, hangs

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32600, -32601, -32602
POPUPS = ("window/showMessage", "window/showMessageRequest")


def popups(peer):
    return [message for method in POPUPS for message in peer.of(method)]


@pytest.mark.parametrize("body", [b"[]", b'[{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]'])
@talking()
async def test_row_12_a_batch(peer, body):
    """A batch array: one -32600 with id null, and nothing of it is done. [BP]"""
    peer.write(framed(body))
    assert await peer.refusal() == INVALID_REQUEST
    assert await peer.quiet() == []
    await peer.still_answers()


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ({"id": 70, "method": "shutdown"}, 70),
        ({"jsonrpc": "1.0", "id": 70, "method": "shutdown"}, 70),
        ({"jsonrpc": 2.0, "id": "a", "method": "shutdown"}, "a"),
        ({"jsonrpc": "2.0", "id": 70}, 70),
        ({"jsonrpc": "2.0", "id": 70, "method": 5}, 70),
        ({"jsonrpc": "2.0", "id": 70, "method": None}, 70),
        ({"jsonrpc": "2.0", "method": ["shutdown"]}, None),
        ({"method": "initialized"}, None),
        ({}, None),
    ],
)
@talking()
async def test_row_13_not_a_message(peer, message, known):
    """No jsonrpc "2.0", or no method that is a text: -32600, with the id if there is one. [BP]"""
    peer.send(message)
    assert code(await peer.answer(known)) == INVALID_REQUEST
    await peer.still_answers()


@pytest.mark.parametrize("body", [b"5", b'"text"', b"null", b"true"])
@talking()
async def test_row_13_not_an_object(peer, body):
    """A JSON value that is no object: -32600 with id null. [BP]"""
    peer.write(framed(body))
    assert await peer.refusal() == INVALID_REQUEST
    await peer.still_answers()


@pytest.mark.parametrize("number", ["abc", 0, -1, 2**31 - 1, -(2**31), "", "0", "é😀"])
@talking()
async def test_row_14_ids_come_back_as_they_were(peer, number):
    """Every legal id is echoed in value and type. [BP]"""
    peer.send(peer.message("conformance/unknown", {}, id=number))
    answered = await peer.answer(number)
    assert (answered["id"], type(answered["id"])) == (number, type(number))


@talking()
async def test_row_14_a_text_and_a_number_are_two_ids(peer):
    """The ids 7 and "7" are both in use at once, and both are answered. [BP]"""
    peer.send(*[peer.message("conformance/unknown", {}, id=number) for number in (7, "7")])
    await peer.answer(7)
    await peer.answer("7")


@pytest.mark.parametrize("number", ["null", "1.5", "{}", '{"id": 1}', "[1]", "true", "1e400"])
@talking()
async def test_row_15_ids_that_are_none(peer, number):
    """An id of another type: -32600, never silence. [BP]"""
    body = f'{{"jsonrpc": "2.0", "id": {number}, "method": "conformance/unknown"}}'
    peer.write(framed(body.encode()))
    assert await peer.refusal() == INVALID_REQUEST
    await peer.still_answers()


@talking({"m": answer("a + b", after_ms=100)})
async def test_row_16_an_id_that_is_in_use(peer):
    """A second request with the id of a running one: -32600 to it; the first one is served. (policy)"""
    peer.open("return ")
    first = peer.inline(0, 7)
    peer.send(peer.message("conformance/unknown", {}, id=first))
    assert code(await peer.answer(first)) == INVALID_REQUEST
    assert (await peer.answer(first))["result"]["items"]
    # The id is free again.
    peer.send(peer.message("conformance/unknown", {}, id=first))
    assert code(await peer.answer(first)) == METHOD_NOT_FOUND


@talking({"m": hangs()})
async def test_row_16_a_refused_twin_can_still_be_cancelled(peer):
    """The running request keeps its id: it can be cancelled, and is answered once. (policy)"""
    peer.open("return ")
    first = peer.inline(0, 7)
    peer.send(peer.message("conformance/unknown", {}, id=first))
    assert code(await peer.answer(first)) == INVALID_REQUEST
    peer.notify("$/cancelRequest", {"id": first})
    assert code(await peer.answer(first)) == -32800


@pytest.mark.parametrize("params", [..., None, {}, []], ids=["none", "null", "object", "array"])
@talking()
async def test_row_21_an_unknown_request(peer, params):
    """-32601, with or without params. [BP]"""
    assert code(await peer.request("textDocument/conformance", params)) == METHOD_NOT_FOUND


@talking()
async def test_row_22_unknown_dollar_methods(peer):
    """A ``$/`` request: -32601; a ``$/`` notification: ignored. [BP]"""
    assert code(await peer.request("$/conformance", {})) == METHOD_NOT_FOUND
    assert code(await peer.request("$/conformance")) == METHOD_NOT_FOUND
    peer.notify("$/conformance", {"a": 1})
    peer.notify("$/conformance")
    assert await peer.quiet() == []


@pytest.mark.parametrize(
    "message",
    [
        {"method": "conformance/unknown", "params": {}},
        {"method": "conformance/unknown"},
        {"id": 99, "result": None},
        {"id": "no such", "result": {"a": [1]}},
        {"id": 99, "error": {"code": -32601, "message": "what?"}},
        {"id": 99, "error": None},
        {"id": None, "error": {"code": -32700, "message": "what?"}},
        {"id": 99, "error": "not an object"},
    ],
)
@talking()
async def test_row_23_what_nobody_waits_for(peer, message):
    """Unknown notifications, and responses to nothing, in any shape: ignored. [BP]"""
    peer.write(framed(json.dumps({"jsonrpc": "2.0"} | message).encode()))
    assert await peer.quiet() == []
    await peer.still_answers()


@pytest.mark.parametrize(
    "params",
    [..., None, 5, "text", [], [1], {}, {"textDocument": 5}, {"textDocument": {"uri": URI}}],
    ids=repr,
)
@talking()
async def test_row_24_params_that_are_wrong(peer, params):
    """-32602 with the id of the request, and no pop-up. [BP]"""
    for method in ("textDocument/completion", "textDocument/inlineCompletion"):
        answered = await peer.request(method, params)
        assert code(answered) in (INVALID_PARAMS, METHOD_NOT_FOUND), answered
        if method == "textDocument/completion":
            assert code(answered) == INVALID_PARAMS
    assert popups(peer) == []


@talking()
async def test_row_24_notifications_with_wrong_params(peer):
    """Nothing can be answered to a notification, and the server lives on. [BP]"""
    wrong: list[Any] = [..., None, 5, [], {"textDocument": {"uri": 5}}]
    for params in wrong:
        for method in ("didOpen", "didChange", "didClose"):
            peer.notify(f"textDocument/{method}", params)
        peer.notify("$/cancelRequest", params)
        peer.notify("workspace/didChangeConfiguration", params)
    assert await peer.quiet() == []
    await peer.still_answers()


FUTURE = {
    "a capability": {"capabilities": {"future": 1, "textDocument": {"future": {"valueSet": []}}}},
    "a capability of a feature": {
        "capabilities": {"textDocument": {"inlineCompletion": {"future": True}}}
    },
    "a kind of item": {
        "capabilities": {"textDocument": {"completion": {"completionItemKind": {"valueSet": [99]}}}}
    },
    "a position encoding": {"capabilities": {"general": {"positionEncodings": ["utf-7"]}}},
    "a failure handling": {
        "capabilities": {"workspace": {"workspaceEdit": {"failureHandling": "hope"}}}
    },
    "a trace value": {"trace": "poetic"},
    "a field": {"clientInfo": {"name": "x", "future": 1}, "future": {"a": 1}},
}


@pytest.mark.parametrize("params", FUTURE.values(), ids=FUTURE.keys())
@talking(hello=False)
async def test_row_25_initialize_of_the_future(peer, params):
    """Fields and enumeration values that nobody knows yet do no harm. [3.17, Capabilities]"""
    await peer.hello(**params)
    await peer.still_answers()


@talking({"m": answer("a + b", after_ms=5)})
async def test_row_25_requests_of_the_future(peer):
    """The same in documents and requests, whose answers are as ever. [3.17, Capabilities]"""
    peer.open("return ", language="language of the future")
    peer.notify("$/setTrace", {"value": "poetic"})
    context = {"triggerKind": 99, "future": 1}
    for method in ("completion", "inlineCompletion"):
        params = place(0, 7) | {"context": context, "future": [None]}
        answered = await peer.request(f"textDocument/{method}", params)
        assert "items" in answered["result"], answered
    assert popups(peer) == []


@talking()
async def test_row_26_success_with_nothing(peer):
    """Success without a value is ``"result": null``, and no key ``error``. [BP]"""
    answered = await peer.request("shutdown")
    assert "result" in answered and answered["result"] is None
    assert "error" not in answered


@talking(scripts={})
async def test_row_26_nothing_to_say_about_a_document(peer):
    """The same for a request about a document that is not open. [BP]"""
    for method in ("textDocument/completion", "textDocument/inlineCompletion"):
        params = place(0, 0, "file:///not/open.py") | {"context": {"triggerKind": 1}}
        answered = await peer.request(method, params)
        assert "error" not in answered
        assert answered["result"] in (None, {"isIncomplete": True, "items": []})
