"""Rows 65-68: settings, folders and the trace of the protocol. [CFG] is "Configuration" of LSP 3.17.

What a setting does is seen in the cap: a model answers after 200 ms, and 100 ms are not enough for it.
"""

import asyncio
import json

import pytest

from tests.conformance.messages import AUTOMATIC, GHOST_TEXT
from tests.conformance.peer import Refuse, Silence
from tests.conformance.talking import talking
from tests.support.scripted_transport import answer

MODEL = {"m": answer("a + b", after_ms=200)}
PULL = GHOST_TEXT | {"workspace": {"configuration": True, "workspaceFolders": True}}
PUSH = GHOST_TEXT | {"workspace": {"workspaceFolders": True}}
HURRIED = {"completion": {"budget_ms": 100}}
ASK = "workspace/configuration"
CAP_MS = 350
# What a client sends that does not know what it sends.
GARBAGE = [
    5,
    "text",
    [1],
    {"completion": 5},
    {"completion": {"budget_ms": "soon"}},
    {"completion": {"budget_ms": -1}},
    {"completion": {"budget_ms": True}},
    {"members": {"mine": {"wire": "openai", "endpoint": "http://evil.test"}}},
]


def folder(uri):
    return {"uri": uri, "name": uri.rpartition("/")[2]}


def by_scope(settings):
    """Return a reply that knows settings by the start of the URI; the longest that fits counts."""

    def reply(params):
        results = []
        for item in params["items"]:
            assert item["section"] == "fusionls"
            fitting = [s for s in settings if (item.get("scopeUri") or "").startswith(s)]
            results.append(settings[max(fitting, key=len)] if fitting else None)
        return results

    return reply


async def offers(peer, uri):
    """Return how many items a document gets; within the cap in any case."""
    peer.open("return ", uri)
    started = peer.now()
    answered = await peer.answer(peer.inline(0, 7, AUTOMATIC, uri=uri))
    assert peer.now() - started <= peer.allowance_s(CAP_MS)
    peer.close(uri)
    return len((answered["result"] or {"items": []})["items"])


async def hello(peer, capabilities, *uris):
    await peer.hello(capabilities, workspaceFolders=[folder(uri) for uri in uris] or None)
    await peer.quiet()


def errors_shown(peer):
    return [m for m in peer.of("window/showMessage") if m["params"]["type"] == 1]


@talking(MODEL, hello=False)
async def test_row_65_settings_are_asked_for_by_scope(peer):
    """Each folder has its own: a request per scopeUri, and none while a request is answered. [CFG]"""
    peer.replies[ASK] = by_scope({"file:///w/hurried": HURRIED})
    await hello(peer, PULL, "file:///w/hurried", "file:///w/calm")
    scopes = {item.get("scopeUri") for m in peer.of(ASK) for item in m["params"]["items"]}
    assert {"file:///w/hurried", "file:///w/calm"} <= scopes
    assert await offers(peer, "file:///w/hurried/a.py") == 0
    assert await offers(peer, "file:///w/calm/a.py") == 1
    peer.open("return ", "file:///w/calm/b.py")
    await peer.quiet()
    number = peer.inline(0, 7, AUTOMATIC, uri="file:///w/calm/b.py")
    asked = len(peer.of(ASK))
    await peer.answer(number)
    assert len(peer.of(ASK)) == asked, "Helix would block"


def refuse(_):
    raise Refuse("no")


def silent(_):
    raise Silence


def always(result):
    return lambda params: result


REPLIES = {
    "null items": lambda params: [None] * len(params["items"]),
    "no items": lambda params: [],
    "null": lambda params: None,
    # Lua, and so Neovim, has no other way to write an empty object.
    "empty lists": lambda params: [[]] * len(params["items"]),
    "too many": lambda params: [None] * 50,
    "an object": lambda params: {"fusionls": HURRIED},
    "an error": refuse,
    "nothing": silent,
    **{f"garbage {number}": always([garbage]) for number, garbage in enumerate(GARBAGE)},
}


@pytest.mark.parametrize("reply", REPLIES)
@talking(MODEL, hello=False)
async def test_row_65_answers_that_are_no_settings(peer, reply):
    """Null, too few, an error, garbage, or nothing at all: the settings stay as they were. [CFG]"""
    peer.replies[ASK] = REPLIES[reply]
    await peer.hello(PULL, workspaceFolders=[folder("file:///w/a")])
    assert await offers(peer, "file:///w/a/b.py") == 1
    await asyncio.sleep(11)
    assert await offers(peer, "file:///w/a/b.py") == 1
    assert peer.of(ASK)
    assert errors_shown(peer) == []
    # The client comes to its senses.
    peer.replies[ASK] = by_scope({"": HURRIED})
    peer.notify("workspace/didChangeConfiguration", {"settings": None})
    await peer.quiet()
    assert await offers(peer, "file:///w/a/b.py") == 0


@talking(MODEL, hello=False)
async def test_row_65_an_answer_after_ten_seconds(peer):
    """What comes too late harms nothing. [CFG]"""
    peer.replies[ASK] = silent
    await peer.hello(PULL, workspaceFolders=[folder("file:///w/a")])
    await asyncio.sleep(11)
    assert peer.of(ASK)
    for message in peer.of(ASK):
        late = {"jsonrpc": "2.0", "id": message["id"], "result": [None]}
        peer.write_message(late)
    await peer.quiet()
    assert await offers(peer, "file:///w/a/b.py") == 1


def push(peer, settings):
    peer.notify("workspace/didChangeConfiguration", {"settings": settings})


@talking(MODEL, hello=False)
async def test_row_66_settings_that_are_pushed(peer):
    """A client that cannot be asked pushes; null and garbage leave the last good settings. [CFG]"""
    await hello(peer, PUSH, "file:///w/a")
    assert peer.of(ASK) == []
    uri = "file:///w/a/b.py"
    push(peer, {"fusionls": HURRIED})
    assert await offers(peer, uri) == 0
    for settings in (None, 5, [1], *({"fusionls": garbage} for garbage in GARBAGE)):
        push(peer, settings)
        assert await offers(peer, uri) == 0, settings
    push(peer, {"fusionls": {"completion": {"budget_ms": 300}}})
    assert await offers(peer, uri) == 1
    assert errors_shown(peer) == []


@talking(MODEL, hello=False)
async def test_row_66_a_push_to_a_server_that_pulls(peer):
    """Whatever is pushed only says that there is something to ask for. [CFG]"""
    await hello(peer, PULL, "file:///w/a")
    uri = "file:///w/a/b.py"
    for pushed in (None, {"fusionls": HURRIED}, {}):
        asked = len(peer.of(ASK))
        push(peer, pushed)
        await peer.quiet()
        assert len(peer.of(ASK)) > asked
        assert await offers(peer, uri) == 1
    peer.replies[ASK] = by_scope({"": HURRIED})
    push(peer, None)
    await peer.quiet()
    assert await offers(peer, uri) == 0


@pytest.mark.parametrize("params", [..., None, 5, [], {}], ids=repr)
@talking(MODEL, hello=False)
async def test_row_66_a_change_without_settings(peer, params):
    """Params of any shape: nothing pops up. [CFG]"""
    await hello(peer, PUSH, "file:///w/a")
    peer.notify("workspace/didChangeConfiguration", params)
    assert await peer.quiet() == []
    assert await offers(peer, "file:///w/a/b.py") == 1


def folders_changed(peer, added=(), removed=()):
    event = {"added": list(map(folder, added)), "removed": list(map(folder, removed))}
    peer.notify("workspace/didChangeWorkspaceFolders", {"event": event})


@talking(MODEL, hello=False)
async def test_row_67_nested_folders_come_and_go(peer):
    """The nearest root counts; what a removed root said is forgotten. [workspaceFolders]"""
    settings = {"file:///w": {"completion": {"budget_ms": 300}}, "file:///w/sub": HURRIED}
    peer.replies[ASK] = by_scope(settings)
    await hello(peer, PULL, "file:///w")
    outside, inside = "file:///w/a.py", "file:///w/sub/a.py"
    folders_changed(peer, added=["file:///w/sub"])
    await peer.quiet()
    assert (await offers(peer, outside), await offers(peer, inside)) == (1, 0)
    assert await offers(peer, "file:///w/subtle/a.py") == 1, "a name that only begins alike"
    folders_changed(peer, removed=["file:///w/sub"])
    peer.replies[ASK] = by_scope({"file:///w": settings["file:///w"]})
    await peer.quiet()
    assert await offers(peer, inside) == 1
    asked = len(peer.of(ASK))
    folders_changed(peer, added=["file:///w/sub"])
    await peer.quiet()
    assert len(peer.of(ASK)) > asked, "its settings are asked for afresh"
    assert await offers(peer, inside) == 1


@pytest.mark.parametrize("roots", [None, [], ...], ids=["null", "empty", "left out"])
@talking(MODEL, hello=False)
async def test_row_67_no_root_at_all(peer, roots):
    """A single file without any folder is served. [workspaceFolders]"""
    await peer.hello(PULL, **({} if roots is ... else {"workspaceFolders": roots}))
    await peer.quiet()
    assert await offers(peer, "file:///alone.py") == 1
    assert await offers(peer, "untitled:Untitled-1") == 1


@talking(MODEL, hello=False)
async def test_row_67_roots_of_old_clients(peer):
    """``rootUri`` is the only folder of a client that knows no folders. [workspaceFolders]"""
    peer.replies[ASK] = by_scope({"file:///w": HURRIED})
    capabilities = GHOST_TEXT | {"workspace": {"configuration": True}}
    await peer.hello(capabilities, rootUri="file:///w")
    await peer.quiet()
    assert await offers(peer, "file:///w/a.py") == 0


@pytest.mark.parametrize(
    "event", [None, {}, {"added": None, "removed": []}, {"added": [5], "removed": []}]
)
@talking(MODEL, hello=False)
async def test_row_67_folders_that_are_none(peer, event):
    """Folders removed that never were, and params of any shape: nothing pops up. [workspaceFolders]"""
    await hello(peer, PULL, "file:///w")
    peer.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    folders_changed(peer, removed=["file:///never"])
    await peer.quiet()
    assert await offers(peer, "file:///w/a.py") == 1
    assert peer.of("window/showMessage") == []


TYPED = "hunter2_marker"


async def traced(peer, uri):
    """Type and ask in a document that holds TYPED; return the traces that came of it."""
    before = len(peer.received)
    peer.open(f"{TYPED} = 1\nreturn ", uri)
    await peer.answer(peer.inline(1, 7, uri=uri))
    peer.close(uri)
    await peer.quiet()
    return [m["params"] for m in peer.received[before:] if m.get("method") == "$/logTrace"]


@pytest.mark.parametrize("start", ["off", ..., "messages", "verbose"])
@talking(MODEL, hello=False)
async def test_row_68_the_trace_of_the_protocol(peer, start):
    """``$/logTrace`` as asked: none, messages, or messages with more in ``verbose``. No code. [trace]"""
    await peer.hello(**({} if start is ... else {"trace": start}))
    asked = ["off" if start is ... else start, "messages", "verbose", "off", "nonsense", "off"]
    for number, value in enumerate(asked):
        if number:
            peer.notify("$/setTrace", {"value": value})
        traces = await traced(peer, f"file:///src/{number}.py")
        assert TYPED not in json.dumps(traces)
        if value == "off":
            assert traces == []
        elif value in ("messages", "verbose"):
            assert traces and all(trace["message"] for trace in traces)
            assert any("verbose" in trace for trace in traces) == (value == "verbose")


@pytest.mark.parametrize("params", [..., None, [], {}, {"value": 5}], ids=repr)
@talking()
async def test_row_68_a_trace_that_is_none(peer, params):
    """It is ignored. [trace]"""
    peer.notify("$/setTrace", params)
    assert await peer.quiet() == []
    await peer.still_answers()
