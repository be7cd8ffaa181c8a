"""Code actions: what is listed, for whom, and how. [CA] is "Code Action Request" of LSP 3.17."""

import pytest

from tests.conformance.editing import (
    HERE,
    LITERALS,
    RESOLVES,
    actions_params,
    editor,
    span,
)
from tests.conformance.messages import URI, code
from tests.conformance.talking import talking
from tests.conformance.test_inline import registered
from tests.support.scripted_edits import ScriptedEdits
from tests.support.scripted_transport import answer

LIST, RESOLVE = "textDocument/codeAction", "codeAction/resolve"
INVALID_PARAMS = -32602
MODEL = {"m": answer("x", after_ms=1)}
TEXT = "def add(a, b):\n    total = a + b\n    return total\n"
WORD, LINE = span((1, 6), (1, 6)), span((1, 4), (1, 17))
COMPLAINT = {"range": LINE, "message": "total is a bad name", "code": 7, "source": "lint"}


async def listed(peer, where=WORD, **context):
    answered = await peer.request(LIST, actions_params(where, **context))
    assert "error" not in answered, answered
    return answered["result"] or []


async def opened(peer, edits=None, text=TEXT):
    peer.open(text)
    peer.engine.edits = edits or ScriptedEdits()
    return peer.engine.edits


@talking(MODEL, capabilities=editor())
async def test_what_is_listed_is_asked_of_nobody(peer):
    """Titles and kinds, no edit and no command: those come when the person has chosen. [CA]"""
    edits = await opened(peer)
    actions = await listed(peer)
    assert len(actions) >= 3
    assert len({action["title"] for action in actions}) == len(actions)
    for action in actions:
        assert action["kind"].split(".")[0] in ("refactor", "quickfix")
        assert not {"edit", "command"} & set(action)
        assert action["data"]["uri"] == URI and action["data"]["version"] == 1
    assert edits.asked == []
    assert peer.transport.requests == []


@pytest.mark.parametrize(
    "kind", ["refactor", "refactor.rewrite", "quickfix", "source", "refac", ""]
)
@talking(MODEL, capabilities=editor())
async def test_only_kinds_of_one_sort(peer, kind):
    """``only`` means kinds and what is below them; half a word is no kind. [CA]"""
    await opened(peer)
    every = {a["title"] for a in await listed(peer, diagnostics=[COMPLAINT])}
    kinds = [a["kind"] for a in await listed(peer, diagnostics=[COMPLAINT], only=[kind])]
    if kind in ("source", "refac"):
        assert kinds == []
    elif kind == "":
        assert len(kinds) == len(every)
    else:
        assert kinds and all(one == kind or one.startswith(f"{kind}.") for one in kinds)


@talking(MODEL, capabilities=editor())
async def test_a_fix_carries_what_it_fixes(peer):
    """A ``quickfix`` with the diagnostics as the client sent them, and none without any. [CA]"""
    await opened(peer)
    assert [a for a in await listed(peer) if a["kind"] == "quickfix"] == []
    [fix] = [a for a in await listed(peer, diagnostics=[COMPLAINT]) if a["kind"] == "quickfix"]
    assert fix["diagnostics"] == [COMPLAINT]
    assert fix["isPreferred"] is False
    assert "total is a bad name" in fix["title"]


@pytest.mark.parametrize("params", [..., None, [], {}, {"textDocument": {"uri": URI}}, 5], ids=repr)
@pytest.mark.parametrize("method", [LIST, RESOLVE])
@talking(MODEL, capabilities=editor())
async def test_params_that_are_none(peer, method, params):
    """-32602, and the session goes on. [CA]"""
    assert code(await peer.request(method, params)) == INVALID_PARAMS
    await peer.still_answers()


@pytest.mark.parametrize(
    "context",
    [
        {"only": ["invented", "refactor.invented.much"]},
        {"only": []},
        {"triggerKind": 99},
        {"diagnostics": [{"range": HERE, "message": "", "severity": 99, "tags": [99]}]},
        {"diagnostics": [{"range": span((90, 1), (99, 2)), "message": "\ud800\x00"}] * 200},
        {"more": {"fields": []}},
    ],
)
@talking(MODEL, capabilities=editor())
async def test_what_is_not_known_is_tolerated(peer, context):
    """Unknown kinds, triggers and fields are no error. [CA]"""
    await opened(peer)
    await listed(peer, **context)


@pytest.mark.parametrize(
    "where",
    [
        span((1, 17), (1, 4)),
        span((2, 0), (0, 0)),
        span((0, 0), (9999, 9999)),
        span((9999, 0), (9999, 5)),
        span((1, 9999), (1, 9999)),
        span((0, 0), (0, 0)),
    ],
)
@talking(MODEL, capabilities=editor())
async def test_row_47_a_range_that_is_not_there(peer, where):
    """Reversed or beyond the end: read the right way round and clamped; its edit can be had. [TD]"""
    edits = await opened(peer)
    for action in (await listed(peer, where))[:1]:
        assert "error" not in await peer.request(RESOLVE, action)
        [asked] = edits.asked
        assert 0 <= asked.start <= asked.end <= len(TEXT)
    answered = await peer.request(LIST, actions_params(span((-1, 0), (0, 0))))
    assert "result" in answered or code(answered) == INVALID_PARAMS


@talking(MODEL, capabilities=editor())
async def test_a_document_that_is_not_open(peer):
    """Null, before it is opened and after it is closed. [CA]"""
    peer.engine.edits = ScriptedEdits()
    assert await listed(peer) == []
    await opened(peer)
    assert await listed(peer) != []
    peer.close()
    assert await listed(peer) == []


@talking(MODEL, capabilities=editor())
async def test_nothing_is_listed_where_nobody_would_be_asked(peer):
    """Null, and no message: the person did nothing. [CA]"""
    await opened(peer, ScriptedEdits(off="switched off"))
    assert await listed(peer) == []
    assert peer.of("window/showMessage") == []


class Broken(ScriptedEdits):
    """Has a bug."""

    def why_not(self, uri, language_id=""):
        raise ZeroDivisionError(uri)


@talking(MODEL, capabilities=editor())
async def test_a_bug_in_the_list_does_not_pop_up(peer, caplog):
    """Null and a line in the log: many clients ask with every move of the cursor. [policy]"""
    await opened(peer, Broken())
    assert await listed(peer) == []
    assert "ZeroDivisionError at test_code_actions.py" in caplog.text and URI not in caplog.text


@talking(MODEL, hello=False)
async def test_a_client_that_knows_commands_only(peer):
    """Without literal support the actions are commands that we have said we run. [CA]"""
    offered = (await peer.hello(editor(actions={})))["capabilities"]
    assert offered["codeActionProvider"] is True
    edits = await opened(peer)
    peer.replies["workspace/applyEdit"] = lambda params: {"applied": True}
    commands = await listed(peer)
    for command in commands:
        assert command["command"] in offered["executeCommandProvider"]["commands"]
        assert set(command) == {"title", "command", "arguments"}
    chosen = {"command": commands[0]["command"], "arguments": commands[0]["arguments"]}
    answered = await peer.request("workspace/executeCommand", chosen)
    assert answered["result"]["applied"] is True
    assert len(edits.asked) == 1


@pytest.mark.parametrize(
    "actions",
    [
        LITERALS,
        LITERALS | {"resolveSupport": {"properties": ["edit"]}},
        LITERALS | {"dataSupport": True},
    ],
)
@talking(MODEL, hello=False)
async def test_a_client_that_asks_for_no_edit_later(peer, actions):
    """Its actions run our command, which hands the edit over; the right version is meant. [CA]"""
    await peer.hello(editor(actions))
    edits = await opened(peer)
    peer.replies["workspace/applyEdit"] = lambda params: {"applied": True}
    action = (await listed(peer))[0]
    assert not {"edit", "data"} & set(action)
    peer.change(2, {"text": f"# new\n{TEXT}"})
    answered = await peer.request("workspace/executeCommand", action["command"])
    assert answered["result"]["applied"] is True
    [asked] = edits.asked
    assert (asked.first.document.text, asked.first.document.version) == (TEXT, 1)


@talking(MODEL, capabilities=editor(LITERALS, applies=False))
async def test_a_client_that_can_take_no_edit_in_any_way(peer):
    """It is offered nothing that could not be done. [CA]"""
    await opened(peer)
    assert await listed(peer) == []


@talking(MODEL, hello=False)
async def test_row_60_code_actions_of_a_client_that_registers_none(peer):
    """The result says it all: kinds and that edits are asked for later; nothing is registered. [CA]"""
    offered = (await peer.hello(editor()))["capabilities"]["codeActionProvider"]
    assert offered["resolveProvider"] is True
    assert {"quickfix", "refactor", "refactor.rewrite"} <= set(offered["codeActionKinds"])
    await peer.quiet()
    assert LIST not in registered(peer)


@talking(MODEL, hello=False)
async def test_row_60_code_actions_that_are_registered(peer):
    """Once, after ``initialized``, and not in the result too. [registerCapability]"""
    dynamic = LITERALS | RESOLVES | {"dynamicRegistration": True}
    result = await peer.hello(editor(dynamic))
    assert "codeActionProvider" not in result["capabilities"]
    await peer.quiet()
    assert registered(peer).count(LIST) == 1
    [asked] = peer.of("client/registerCapability")
    [one] = [r for r in asked["params"]["registrations"] if r["method"] == LIST]
    assert one["registerOptions"]["resolveProvider"] is True
    await opened(peer)
    assert await listed(peer) != []


@pytest.mark.parametrize(
    ("block", "left"), [("refactor", "inlineCompletion"), ("completion", "codeAction")]
)
@talking(MODEL, hello=False)
async def test_row_60_what_is_switched_off_is_unregistered(peer, block, left):
    """Edits without completions, and completions without edits. [unregisterCapability]"""
    wanted = editor(LITERALS | RESOLVES | {"dynamicRegistration": True})
    wanted["textDocument"]["inlineCompletion"] = {"dynamicRegistration": True}
    await peer.hello(wanted)
    await peer.quiet()
    both = {LIST, "textDocument/inlineCompletion"}
    assert both <= set(registered(peer))
    off = {"settings": {"fusionls": {block: {"enabled": False}}}}
    peer.notify("workspace/didChangeConfiguration", off)
    await peer.quiet()
    assert both & set(registered(peer)) == {f"textDocument/{left}"}


@talking(MODEL, hello=False)
async def test_a_client_without_any_capabilities(peer):
    """It may ask all the same, and gets null. [CA]"""
    await peer.hello({})
    await opened(peer)
    assert await listed(peer) == []
