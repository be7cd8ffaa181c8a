"""The edit of a chosen code action: rows 54, 55, 61-63 for edits. [CA] is "Code Action Resolve Request"."""

import asyncio

import pytest

from fusionls.core.editing.edit import Hunk
from tests.conformance.editing import TAKES, actions_params, editor, made, span
from tests.conformance.messages import URI, code, insertion
from tests.conformance.peer import Refuse, Silence
from tests.conformance.spawned import asked_for_text, connections_asked
from tests.conformance.talking import talking, talking_to_process
from tests.conformance.test_progress import steps
from tests.support.scripted_edits import ScriptedEdits, replaced
from tests.support.scripted_transport import answer, hangs

LIST, RESOLVE = "textDocument/codeAction", "codeAction/resolve"
CREATE, CANCEL = "window/workDoneProgress/create", "window/workDoneProgress/cancel"
INVALID_PARAMS, REQUEST_FAILED, REQUEST_CANCELLED = -32602, -32803, -32800
ENCODINGS = ("utf-8", "utf-16", "utf-32")
MODEL = {"m": answer("x", after_ms=1)}
TEXT = "def add(a, b):\n    total = a + b\n    return total\n"
# Every kind of unit counts differently before what is replaced, and lines end in all three ways.
WIDE = "x = '😀é' + total; y = total\n'👩\u200d💻'; total = 1\r\n'\u2028\f'; total\rtotal\n    return total"
BETTER = replaced("total", "s😀m", members=("m", "n"), why="both say so")
WORD = span((1, 6), (1, 6))
ANSWERED_MS, CLOSED_MS = 20, 100


async def chosen(peer, text=TEXT, edits=None, where=WORD):
    """Open a document and return an action of the list there."""
    peer.open(text)
    if edits is not None:
        peer.engine.edits = edits
    listed = await peer.request(LIST, actions_params(where))
    return next(a for a in listed["result"] if "test" not in a["kind"])


async def edit_of(peer, action):
    answered = await peer.request(RESOLVE, action)
    assert "error" not in answered, answered
    resolved = answered["result"]
    assert {k: v for k, v in resolved.items() if k != "edit"} == action
    return resolved["edit"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "edits", [TAKES, {"documentChanges": True}, {}], ids=["all", "plain", "none"]
)
@talking(MODEL, hello=False)
async def test_row_54_what_an_edit_replaces(peer, encoding, edits):
    """Only what changes, in units of the client, in order, for the version that it has. [TE]"""
    await peer.hello(editor(edits=edits, encoding=encoding))
    action = await chosen(peer, WIDE, ScriptedEdits(BETTER), span((0, 0), (0, 5)))
    edit = await edit_of(peer, action)
    assert made(edit, {URI: WIDE}, {URI: 1}, encoding) == {URI: WIDE.replace("total", "s😀m")}
    texts = [e["newText"] for e in (edit.get("changes") or {}).get(URI, [])] or [
        e["newText"] for e in edit["documentChanges"][0]["edits"]
    ]
    assert texts == ["s😀m"] * WIDE.count("total"), "the whole file is replaced"


def differing(file):
    """Two hunks that both want, and one of a single member that a person should look at."""
    text = file.document.text
    at = text.index("return")
    return [
        *BETTER(file)[:1],
        Hunk(file.name, at, at + 6, "yield", ("n",), unsure=True, why="one member only"),
        *BETTER(file)[1:],
    ][:3]


@talking(MODEL, capabilities=editor())
async def test_row_55_annotations_say_who_wants_what(peer):
    """Each edit has one of its own kind; what one member wants has to be confirmed. [workspaceEdit]"""
    edit = await edit_of(peer, await chosen(peer, edits=ScriptedEdits(differing)))
    [change] = edit["documentChanges"]
    notes = [edit["changeAnnotations"][e["annotationId"]] for e in change["edits"]]
    assert len(edit["changeAnnotations"]) == 2
    assert [bool(note.get("needsConfirmation")) for note in notes] == [False, True, False]
    assert "m, n" in notes[0]["label"] and notes[0]["description"] == "both say so"
    assert "by n)" in notes[1]["label"] and notes[1]["description"] == "one member only"


@pytest.mark.parametrize("edits", [{"documentChanges": True}, {}, {"changeAnnotationSupport": {}}])
@talking(MODEL, hello=False)
async def test_row_55_a_client_without_annotations(peer, edits):
    """It gets plain edits; without ``documentChanges`` there is no place for notes. [workspaceEdit]"""
    await peer.hello(editor(edits=edits))
    edit = await edit_of(peer, await chosen(peer, edits=ScriptedEdits(differing)))
    assert "changeAnnotations" not in edit
    assert ("documentChanges" in edit) == ("documentChanges" in edits)
    changes = edit["documentChanges"][0]["edits"] if edits.get("documentChanges") else None
    for change in changes or edit["changes"][URI]:
        assert set(change) == {"range", "newText"}


@talking(MODEL, capabilities=editor())
async def test_a_document_that_changed_after_the_list(peer):
    """The models are asked for what the person saw; the edit is for what the client has. [CA]"""
    edits = ScriptedEdits(BETTER)
    action = await chosen(peer, edits=edits)
    newer = f"# new\n{TEXT}"
    peer.change(2, insertion(0, 0, "# new\n"))
    edit = await edit_of(peer, action)
    assert made(edit, {URI: newer}, {URI: 2}) == {URI: newer.replace("total", "s😀m")}
    [asked] = edits.asked
    assert asked.first.document.text == TEXT
    assert asked.first.document.slice(asked.start, asked.end + 3) == "tal"


@talking(MODEL, capabilities=editor())
async def test_a_document_that_changes_meanwhile(peer):
    """The edit has the newest version and fits it. [CA]"""
    action = await chosen(peer, edits=ScriptedEdits(BETTER, after_s=5))
    number = peer.ask(RESOLVE, action)
    await asyncio.sleep(1)
    newer = f"# new\n{TEXT}"
    peer.change(7, insertion(0, 0, "# new\n"))
    edit = (await peer.answer(number))["result"]["edit"]
    assert made(edit, {URI: newer}, {URI: 7}) == {URI: newer.replace("total", "s😀m")}


@talking(MODEL, capabilities=editor())
async def test_a_list_that_is_too_old(peer):
    """-32803 that says what to do: the text that was meant is not known any more. [CA]"""
    action = await chosen(peer, edits=ScriptedEdits(BETTER))
    action["data"]["version"] = -5
    answered = await peer.request(RESOLVE, action)
    assert code(answered) == REQUEST_FAILED
    assert "list them again" in answered["error"]["message"]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@talking(MODEL, capabilities=editor())
async def test_a_document_that_is_closed(peer, when):
    """-32803, and no edit of what is not there any more. [CA]"""
    action = await chosen(peer, edits=ScriptedEdits(BETTER, after_s=5))
    if when == "before":
        peer.close()
    number = peer.ask(RESOLVE, action)
    await asyncio.sleep(1)
    if when == "meanwhile":
        peer.close()
    answered = await peer.answer(number)
    assert code(answered) == REQUEST_FAILED
    assert "not open" in answered["error"]["message"]


@talking(MODEL, capabilities=editor())
async def test_a_refusal_is_said_in_its_own_words(peer):
    """-32803 with the sentence for people. [CA]"""
    why = "There is no name here that could be better"
    action = await chosen(peer, edits=ScriptedEdits(refusal=why))
    answered = await peer.request(RESOLVE, action)
    assert code(answered) == REQUEST_FAILED
    assert answered["error"]["message"] == why


GOOD = {"uri": URI, "version": 1, "range": WORD, "refactoring": "docstring"}


@pytest.mark.parametrize(
    ("carried", "wanted"),
    [
        (5, INVALID_PARAMS),
        ("", INVALID_PARAMS),
        ([], INVALID_PARAMS),
        ({}, INVALID_PARAMS),
        (GOOD | {"uri": 5}, INVALID_PARAMS),
        (GOOD | {"uri": "file:///src/other.py"}, REQUEST_FAILED),
        (GOOD | {"uri": "http://[::1"}, REQUEST_FAILED),
        (GOOD | {"version": "1"}, INVALID_PARAMS),
        (GOOD | {"version": True}, INVALID_PARAMS),
        (GOOD | {"range": None}, INVALID_PARAMS),
        (GOOD | {"range": {"start": {}, "end": {}}}, INVALID_PARAMS),
        (GOOD | {"range": {"start": {"line": 0, "character": 1.5}, "end": {}}}, INVALID_PARAMS),
        (GOOD | {"range": span((-1, 0), (0, 0))}, INVALID_PARAMS),
        (GOOD | {"refactoring": []}, INVALID_PARAMS),
        (GOOD | {"refactoring": "rm -rf"}, REQUEST_FAILED),
        (GOOD | {"instruction": {}}, INVALID_PARAMS),
        (GOOD | {"instruction": "x" * 10**6}, REQUEST_FAILED),
        (GOOD | {"files": URI}, INVALID_PARAMS),
        (GOOD | {"files": [None]}, INVALID_PARAMS),
        (GOOD | {"files": ["file:///etc/passwd"]}, REQUEST_FAILED),
        (GOOD | {"files": [f"file:///src/{n}.py" for n in range(999)]}, REQUEST_FAILED),
        (GOOD | {"diagnostics": {}}, INVALID_PARAMS),
        (GOOD | {"diagnostics": [{"message": "x"}]}, INVALID_PARAMS),
    ],
)
@talking(MODEL, capabilities=editor())
async def test_what_an_action_carries_is_not_believed(peer, carried, wanted):
    """An error that says what is wrong, and nobody is asked. [CA]"""
    edits = ScriptedEdits(BETTER)
    action = await chosen(peer, edits=edits)
    answered = await peer.request(RESOLVE, action | {"data": carried})
    assert code(answered) == wanted
    assert len(answered["error"]["message"].split()) >= 3
    assert edits.asked == []
    await edit_of(peer, action)


@pytest.mark.parametrize(
    "carried",
    [
        GOOD | {"range": span((10**12, 0), (10**15, 10**15))},
        GOOD | {"range": span((2, 3), (0, 1))},
        GOOD | {"instruction": "\ud800 as \x00 you like"},
        GOOD | {"diagnostics": [{"range": WORD, "message": 5}] * 300},
        GOOD | {"files": [URI, URI]},
        GOOD | {"more": 1},
        {k: v for k, v in GOOD.items() if k != "version"},
    ],
)
@talking(MODEL, capabilities=editor())
async def test_what_is_odd_but_can_be_used(peer, carried):
    """It is clamped, and asked for in the first file once. [CA]"""
    edits = ScriptedEdits(BETTER)
    action = await chosen(peer, edits=edits)
    await edit_of(peer, action | {"data": carried})
    [asked] = edits.asked
    assert 0 <= asked.start <= asked.end <= len(TEXT)
    assert [file.name for file in asked.files] == ["app.py"]
    asked.instruction.encode()


@talking(MODEL, capabilities=editor())
async def test_an_action_that_has_all_it_needs(peer):
    """One with an edit, or with a command only, comes back as it is. [CA]"""
    done = {"title": "Done", "edit": {"changes": {}}, "data": 5}
    runs = {"title": "Run", "command": {"title": "Run", "command": "fusionls.refactor"}}
    for action in (done, runs):
        assert (await peer.request(RESOLVE, action))["result"] == action


@talking(MODEL, capabilities=editor())
async def test_row_62_an_edit_makes_its_own_progress(peer):
    """The request has no token: one is created first, then begin, reports, end. [PRG]"""
    action = await chosen(peer, edits=ScriptedEdits(BETTER, after_s=3))
    await edit_of(peer, action)
    await peer.quiet()
    [created] = peer.of(CREATE)
    assert steps(peer, created["params"]["token"])[-1] == "end"
    [begin, *_] = [m["params"]["value"] for m in peer.of("$/progress")]
    assert begin["cancellable"] is True and "app.py" in begin["title"]
    assert begin["message"] == "asking m and n"
    places = [peer.received.index(m) for m in (created, peer.of("$/progress")[0])]
    assert places == sorted(places)


@talking(MODEL, capabilities=editor(progress=False))
async def test_row_62_an_edit_of_a_client_without_progress(peer):
    """It is asked for no token, and nothing is reported. [PRG]"""
    await edit_of(peer, await chosen(peer, edits=ScriptedEdits(BETTER, after_s=3)))
    assert peer.of(CREATE) == peer.of("$/progress") == []


def refuse(_):
    raise Refuse("no")


def silent(_):
    raise Silence


@pytest.mark.parametrize("reply", [refuse, silent], ids=["refused", "never answered"])
@talking(MODEL, capabilities=editor())
async def test_row_62_an_edit_does_not_wait_for_its_bar(peer, reply):
    """The client refuses the token or never says a word: the edit comes as soon as without. [PRG]"""
    peer.replies[CREATE] = reply
    action = await chosen(peer, edits=ScriptedEdits(BETTER, after_s=3))
    asked = peer.now()
    await edit_of(peer, action)
    assert peer.now() - asked <= 3 + peer.allowance_s(ANSWERED_MS)
    assert len(peer.of(CREATE)) == 1
    assert peer.of("$/progress") == []


@talking(MODEL, capabilities=editor())
async def test_row_63_a_bar_that_is_made_when_all_is_over(peer):
    """The client takes the token after the edit came: nothing begins, and nothing breaks. [pygls#621]"""
    peer.replies[CREATE] = silent
    action = await chosen(peer, edits=ScriptedEdits(BETTER, after_s=1))
    await edit_of(peer, action)
    [created] = peer.of(CREATE)
    peer.write_message({"jsonrpc": "2.0", "id": created["id"], "result": None})
    peer.notify(CANCEL, {"token": created["params"]["token"]})
    assert await peer.quiet() == []
    await edit_of(peer, action)


@pytest.mark.parametrize("how", ["progress", "request"])
@talking({"m": hangs(), "n": hangs("```python\ndef")}, capabilities=editor())
async def test_row_63_an_edit_is_cancelled(peer, how):
    """-32800 in 20 ms and the sockets in 100; the bar ends and no edit comes. [PRG, CAN]"""
    action = await chosen(peer)
    number = peer.ask(RESOLVE, action)
    await asyncio.sleep(1)
    assert len(peer.transport.requests) >= 2
    [created] = peer.of(CREATE)
    token = created["params"]["token"]
    sent = peer.now()
    if how == "progress":
        peer.notify(CANCEL, {"token": "no such"})
        peer.notify(CANCEL, {"token": token})
    else:
        peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert peer.now() - sent <= peer.allowance_s(ANSWERED_MS)
    await asyncio.sleep(CLOSED_MS / 1000)
    assert all(request.closed_ms is not None for request in peer.transport.requests)
    count = len(peer.transport.requests)
    await peer.quiet()
    assert len(peer.transport.requests) == count, "somebody is asked for what nobody wants"
    assert steps(peer, token)[-1] == "end"


@talking_to_process(member="stall-in-stream")
async def test_row_63_cancelling_an_edit_closes_the_real_sockets(peer, fault):
    """The same over real connections, with answers read in a process of their own. [CAN]"""
    await peer.hello(editor())
    peer.open(TEXT)
    listed = await peer.request(LIST, actions_params(WORD))
    number = peer.ask(RESOLVE, listed["result"][0])
    await fault.wait_for(asked_for_text)
    sent = peer.now()
    peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert peer.now() - sent <= peer.allowance_s(ANSWERED_MS)
    asked = connections_asked(fault)
    await fault.wait_for(lambda _: all(one.closed_s is not None for one in asked))
    assert peer.now() - sent <= peer.allowance_s(CLOSED_MS)
    assert await peer.goodbye() == 0


@talking(MODEL, capabilities=editor())
async def test_row_29_an_edit_under_way_at_shutdown(peer):
    """It is answered, and its bar ends. [BP]"""
    edits = ScriptedEdits(BETTER, after_s=30)
    number = peer.ask(RESOLVE, await chosen(peer, edits=edits))
    await asyncio.sleep(1)
    await peer.request("shutdown")
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert edits.ended == ["cancelled"]
    assert await peer.leave() == 0


@talking(MODEL, hello=False)
async def test_an_action_that_writes_a_new_file(peer):
    """The file is created first, then written; it fails where it is there meanwhile. [CreateFile]"""
    await peer.hello(editor(), workspaceFolders=[{"uri": "file:///src", "name": "src"}])
    peer.open(TEXT)

    def added(file):
        return [] if file.exists else [Hunk(file.name, 0, 0, "assert add(1, 2) == 3\n", ("m",))]

    peer.engine.edits = ScriptedEdits(added)
    action = await _test_action(peer)
    edit = await edit_of(peer, action)
    create, _ = edit["documentChanges"]
    assert create["kind"] == "create"
    assert create["options"] == {"overwrite": False, "ignoreIfExists": False}
    texts = made(edit, {URI: TEXT}, {URI: 1})
    [new] = set(texts) - {URI}
    assert new.startswith("file:///src/") and "test" in new
    assert texts == {URI: TEXT, new: "assert add(1, 2) == 3\n"}


@talking(MODEL, hello=False)
async def test_a_client_that_creates_no_files(peer):
    """-32803 before anybody is asked; a file that is there is written all the same. [CreateFile]"""
    await peer.hello(editor(edits={"documentChanges": True}))
    peer.open(TEXT)
    edits = peer.engine.edits = ScriptedEdits(BETTER)
    action = await _test_action(peer)
    answered = await peer.request(RESOLVE, action)
    assert code(answered) == REQUEST_FAILED
    assert "create" in answered["error"]["message"]
    assert edits.asked == []
    name = answered["error"]["message"].split()[0]
    edits.disk = {f"file:///src/{name}": "total = 0\n"}
    edit = await edit_of(peer, action)
    found = {
        c["textDocument"]["uri"]: c["textDocument"]["version"] for c in edit["documentChanges"]
    }
    assert found == {URI: 1, f"file:///src/{name}": None}


async def _test_action(peer):
    listed = await peer.request(LIST, actions_params(span((0, 4), (0, 7))))
    return next(a for a in listed["result"] if "test" in a["kind"])
