"""Rows 57-60: ghost text, and how it is offered. [INL] is "Inline Completion Request" of LSP 3.18."""

import pytest

from tests.conformance.messages import AUTOMATIC, GHOST_TEXT, INVOKED, inline_at, place
from tests.conformance.peer import Refuse
from tests.conformance.talking import talking
from tests.support.scripted_transport import answer, fails

INLINE = "textDocument/inlineCompletion"
TWO = {"m": answer("a + b", after_ms=10), "n": answer("a - b", after_ms=20)}
DYNAMIC = {"textDocument": {"inlineCompletion": {"dynamicRegistration": True}}}


def highlighted(start, end, text):
    """Return a context in which the editor's own list shows ``text``."""
    first, last = ({"line": 0, "character": character} for character in (start, end))
    info = {"range": {"start": first, "end": last}, "text": text}
    return {"context": {"selectedCompletionInfo": info}}


@pytest.mark.parametrize("kind", [INVOKED, AUTOMATIC])
@pytest.mark.parametrize(("typed", "entry"), [("re", "result"), ("", "result"), ("re", "re")])
@talking({"m": answer("(a - b)", after_ms=10), "n": answer("s(a)", after_ms=20)})
async def test_row_57_an_entry_is_highlighted(peer, kind, typed, entry):
    """Every item has the entry's range and begins with its text. [INL]"""
    peer.open(f"return {typed}")
    end = 7 + len(typed)
    number = peer.inline(0, end, kind, **highlighted(7, end, entry))
    items = (await peer.answer(number))["result"]["items"]
    assert items
    for item in items:
        assert item["insertText"].startswith(entry) and item["insertText"] != entry
        assert item["range"] == {
            "start": {"line": 0, "character": 7},
            "end": {"line": 0, "character": end},
        }
        assert item["filterText"].startswith(entry)


@talking({"m": fails(500)})
async def test_row_57_nothing_to_add_to_an_entry(peer):
    """The entry alone is never offered a second time. [INL]"""
    peer.open("return re")
    answered = await peer.answer(peer.inline(0, 9, **highlighted(7, 9, "result")))
    assert (answered["result"] or {"items": []})["items"] == []


@pytest.mark.parametrize(
    ("kind", "at_least", "at_most"), [(INVOKED, 2, 99), (AUTOMATIC, 1, 1), (0, 1, 99)]
)
@talking(TWO)
async def test_row_58_trigger_kinds(peer, kind, at_least, at_most):
    """By hand several items, while typing one; an unknown kind gets an answer. [INL]"""
    peer.open("return ")
    items = (await peer.answer(peer.inline(0, 7, kind)))["result"]["items"]
    assert at_least <= len(items) <= at_most
    assert len({item["insertText"] for item in items}) == len(items)


@talking(TWO, capabilities={})
async def test_row_59_a_client_without_ghost_text(peer):
    """It gets the same by way of its completion list; and if it asks after all, no harm is done. [INL]"""
    peer.open("return ")
    listed = await peer.request("textDocument/completion", place(0, 7))
    assert listed["result"]["items"][0]["textEdit"]["newText"].startswith("a ")
    assert "error" not in await peer.answer(peer.inline(0, 7))


@talking(TWO)
async def test_row_59_no_second_copy_in_the_list(peer):
    """A client that shows ghost text does not get it in its list as well. [INL]"""
    peer.open("return ")
    listed = await peer.request("textDocument/completion", place(0, 7))
    assert (listed["result"] or {"items": []})["items"] == []


def registered(peer):
    """Return the registrations that are in force, as method by id, in the order of what came."""
    in_force: dict[str, str] = {}
    for message in peer.received:
        params = message.get("params")
        if message.get("method") == "client/registerCapability":
            for registration in params["registrations"]:
                assert registration["id"] not in in_force, "an id that is taken"
                in_force[registration["id"]] = registration["method"]
                methods = list(in_force.values())
                assert methods.count(registration["method"]) == 1, "registered twice"
        if message.get("method") == "client/unregisterCapability":
            for gone in params["unregisterations"]:
                assert in_force.pop(gone["id"]) == gone["method"]
    return list(in_force.values())


@talking(TWO, hello=False)
async def test_row_60_dynamic_registration(peer):
    """Registered once, after ``initialized``, and not in the initialize result too. [registerCapability]"""
    params = {"processId": None, "rootUri": None, "capabilities": DYNAMIC}
    result = (await peer.request("initialize", params))["result"]
    assert "inlineCompletionProvider" not in result["capabilities"]
    assert await peer.quiet() == []
    peer.notify("initialized", {})
    await peer.quiet()
    assert registered(peer).count(INLINE) == 1
    peer.open("return ")
    assert (await peer.answer(peer.inline(0, 7)))["result"]["items"]


@talking(TWO, capabilities=GHOST_TEXT, hello=False)
async def test_row_60_static_registration(peer):
    """Without ``dynamicRegistration`` the result says it all, and nothing is registered later."""
    result = await peer.hello()
    assert "inlineCompletionProvider" in result["capabilities"]
    await peer.quiet()
    assert INLINE not in registered(peer)


@talking(TWO, hello=False)
async def test_row_60_a_registration_that_is_refused(peer):
    """The client refuses: nothing pops up, and a request is answered all the same."""
    peer.replies["client/registerCapability"] = _refuse
    await peer.hello(DYNAMIC)
    await peer.quiet()
    assert len(peer.of("client/registerCapability")) == 1
    peer.open("return ")
    assert "error" not in await peer.request(INLINE, inline_at(0, 7))
    assert peer.of("window/showMessage") == []


@talking(TWO, hello=False)
async def test_row_60_switched_off_and_on(peer):
    """Switched off by the editor's settings it is unregistered; on again, registered once more."""
    await peer.hello(DYNAMIC)
    for enabled, expected in ((False, 0), (False, 0), (True, 1), (True, 1), (False, 0)):
        settings = {"fusionls": {"completion": {"enabled": enabled}}}
        peer.notify("workspace/didChangeConfiguration", {"settings": settings})
        await peer.quiet()
        assert registered(peer).count(INLINE) == expected
    peer.open("return ")
    assert (await peer.answer(peer.inline(0, 7)))["result"] is None


def _refuse(_):
    raise Refuse("no")
