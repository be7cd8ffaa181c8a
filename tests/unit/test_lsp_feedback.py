"""What clients tell of a suggestion, through an editor of dictionaries."""

import pytest

from tests.support.fake_editor import FakeEditor
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer
from tests.support.virtual_time import run_virtual

URI = "file:///w/a.py"
TEXT = "x = na\n"
CURSOR = len("x = na")
SHOWN = "textDocument/didShowCompletion"
PARTLY = "textDocument/didPartiallyAcceptCompletion"
OWN = "fusionls/feedback"


def told(*notifications, command=None):
    """Return what is explained after ``notifications``: method and a function of the item's params."""

    async def run():
        editor = FakeEditor(scripted_pools({"m": answer('me + "😀b"', after_ms=5)}))
        await editor.start()
        editor.open(URI, TEXT, "python")
        answered = await editor.client.answer(editor.inline(URI, CURSOR))
        [item] = answered["result"]["items"]
        known = item["command"]["arguments"][0]
        for method, params in notifications:
            editor.notify(method, params(item, known) if callable(params) else params)
        for arguments in command or []:
            params = {"command": "fusionls.accept", "arguments": [known, *arguments]}
            assert (await editor.request("workspace/executeCommand", params))["result"]["known"]
        params = {"command": "fusionls.explain", "arguments": [known]}
        explained = (await editor.request("workspace/executeCommand", params))["result"]
        await editor.stop()
        return [(e["kind"], e["length"], e["after_ms"]) for e in explained["feedback"]]

    return run_virtual(run())


def test_a_copilot_shaped_client_shows_and_takes_a_part():
    # The text is `name + "😀b"`: `na` stands there already, and the emoji takes two units.
    events = told(
        ("textDocument/didFocus", {"textDocument": {"uri": URI}}),
        (SHOWN, lambda item, _: {"item": item}),
        (PARTLY, lambda item, _: {"item": item, "acceptedLength": 10}),
    )
    assert [event[:2] for event in events] == [("shown", None), ("partly", 7)]


def test_our_own_plug_ins_tell_with_length_and_time():
    params = {"event": "typed", "length": 3, "after_ms": 40}
    assert told((OWN, lambda _, known: {"id": known, **params})) == [("typed", 3, 40.0)]


def test_accept_says_all_or_a_part():
    events = told(command=[[{"kind": "full"}], [{"kind": "word", "length": 2}], [], [5]])
    kinds = [("accepted", None), ("partly", 2), ("accepted", None), ("accepted", None)]
    assert [event[:2] for event in events] == kinds


@pytest.mark.parametrize("method", [SHOWN, PARTLY, OWN, "textDocument/didFocus"])
@pytest.mark.parametrize(
    "params",
    [
        None,
        5,
        [],
        {},
        {"item": 5},
        {"item": {"command": {"arguments": [[]]}}, "acceptedLength": -1},
        {"item": {"command": {"arguments": ["r0"]}}, "acceptedLength": 10**30},
        {"id": [], "event": "shown"},
        {"id": "r0", "event": []},
        {"uri": 5},
    ],
)
def test_garbage_is_no_error_and_no_event(method, params):
    assert told((method, params)) == []


@pytest.mark.parametrize("field", [{"length": -1}, {"length": "x"}, {"after_ms": float("nan")}])
def test_numbers_that_mean_nothing_are_left_out(field):
    [(kind, length, after_ms)] = told(
        (OWN, lambda _, known: {"id": known, "event": "shown", **field})
    )
    assert (kind, length) == ("shown", None)
    assert after_ms >= 0


def test_a_client_that_tells_for_ever_is_not_remembered_for_ever():
    shown = (SHOWN, lambda item, _: {"item": item})
    assert len(told(*[shown] * 200)) == 50
