"""``fusionls.refactor``: rows 54-56 and 61-63 for a command that edits. [TE] is "Text Edits" of LSP 3.17."""

import asyncio

import pytest

from fusionls.core.editing.edit import Hunk
from tests.conformance.editing import TAKES, editor, made, refactor_params, span
from tests.conformance.messages import URI, code, insertion
from tests.conformance.peer import Refuse
from tests.conformance.talking import talking
from tests.conformance.test_progress import steps
from tests.support.scripted_edits import ScriptedEdits, replaced
from tests.support.scripted_transport import answer, hangs

RUN, APPLY = "workspace/executeCommand", "workspace/applyEdit"
CREATE, CANCEL = "window/workDoneProgress/create", "window/workDoneProgress/cancel"
INVALID_PARAMS, REQUEST_FAILED, REQUEST_CANCELLED = -32602, -32803, -32800
MODEL = {"m": answer("x", after_ms=1)}
TEXT = "def add(a, b):\n    total = a + b\n    return total\n"
OTHER, CLOSED = "file:///src/other.py", "file:///src/closed.py"
BETTER = replaced("total", "sum_", members=("m", "n"), why="both say so")
WORD = span((1, 4), (1, 9))
ANSWERED_MS, CLOSED_MS = 20, 100


def applied(_):
    return {"applied": True}


async def opened(peer, edits=None, text=TEXT):
    peer.open(text)
    peer.replies[APPLY] = applied
    if edits is not None:
        peer.engine.edits = edits
    return edits


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("edits", [TAKES, {}], ids=["all", "none"])
@talking(MODEL, hello=False)
async def test_row_54_a_command_hands_its_edit_to_the_client(peer, encoding, edits):
    """By ``workspace/applyEdit``, in units of the client; nothing changes with us. [TE]"""
    await peer.hello(editor(edits=edits, encoding=encoding))
    text = f"x = '😀é'; {TEXT}"
    await opened(peer, ScriptedEdits(BETTER), text)
    answered = await peer.request(RUN, refactor_params())
    result = answered["result"]
    assert result == {
        "id": result["id"],
        "applied": True,
        "hunks": 2,
        "why": "m and n agree",
    }
    [sent] = peer.of(APPLY)
    assert sent["params"]["label"] == "fusionls: Say it better"
    after = made(sent["params"]["edit"], {URI: text}, {URI: 1}, encoding)
    assert after == {URI: text.replace("total", "sum_")}
    assert peer.server.session.documents.get(URI).text == text


@talking(MODEL, capabilities=editor())
async def test_what_the_person_says_reaches_the_models(peer):
    """As an object or field by field: the instruction, and the selection as it is now. [executeCommand]"""
    edits = await opened(peer, ScriptedEdits(BETTER))
    said = refactor_params("  say it better ", WORD)
    one_by_one = [URI, WORD, "say it better"]
    for arguments in (said["arguments"], one_by_one, [*one_by_one, None, None]):
        answered = await peer.request(RUN, {"command": said["command"], "arguments": arguments})
        assert answered["result"]["applied"] is True
    for asked in edits.asked:
        assert asked.instruction == "say it better" and asked.refactoring == "rewrite"
        assert asked.first.document.slice(asked.start, asked.end) == "total"
    assert len({asked.id for asked in edits.asked}) == 3


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (None, INVALID_PARAMS),
        ([], INVALID_PARAMS),
        ([5], INVALID_PARAMS),
        ([URI], INVALID_PARAMS),
        ([{"uri": URI, "range": WORD, "instruction": ["x"]}], INVALID_PARAMS),
        ([{"uri": URI, "range": {}, "instruction": "x"}], INVALID_PARAMS),
        ([{"uri": "", "range": WORD, "instruction": "x"}], INVALID_PARAMS),
        ([{"uri": "file:///etc/passwd", "range": WORD, "instruction": "x"}], REQUEST_FAILED),
        ([URI, WORD, "x", "no such refactoring"], REQUEST_FAILED),
        ([URI, WORD, "x", "rewrite", ["file:///etc/passwd"]], REQUEST_FAILED),
        ([URI, WORD, "x", "rewrite", [CLOSED]], REQUEST_FAILED),
    ],
)
@talking(MODEL, capabilities=editor())
async def test_arguments_that_cannot_be_used(peer, arguments, wanted):
    """An error in a sentence; nobody is asked and nothing is applied. [executeCommand]"""
    edits = await opened(peer, ScriptedEdits(BETTER))
    answered = await peer.request(RUN, {"command": "fusionls.refactor", "arguments": arguments})
    assert code(answered) == wanted
    assert len(answered["error"]["message"].split()) >= 3
    assert edits.asked == [] and peer.of(APPLY) == []


@pytest.mark.parametrize("said", [{}, {"instruction": " \n"}, {"refactoring": "rewrite"}])
@talking(MODEL, capabilities=editor())
async def test_a_command_that_says_nothing(peer, said):
    """-32803 in a sentence, and no model is asked; a comment in the code may say it. [executeCommand]"""
    await opened(peer)
    wanted = {"uri": URI, "range": WORD, **said}
    answered = await peer.request(RUN, {"command": "fusionls.refactor", "arguments": [wanted]})
    assert code(answered) == REQUEST_FAILED
    assert len(answered["error"]["message"].split()) >= 3
    assert peer.transport.requests == []
    peer.change(2, {"text": TEXT.replace("total = a", "# fusionls: say it better\n    total = a")})
    await peer.request(RUN, {"command": "fusionls.refactor", "arguments": [wanted]})
    assert "say it better" in str(peer.transport.requests[0].json)


@talking(MODEL, hello=False)
async def test_several_files(peer):
    """Open ones as they are in the editor, others from disk: all in one edit. [workspaceEdit]"""
    await peer.hello(editor(), workspaceFolders=[{"uri": "file:///src", "name": "src"}])
    edits = await opened(peer, ScriptedEdits(BETTER, disk={CLOSED: "import total\n"}))
    peer.open("total = 1\n", uri=OTHER, version=4)
    params = refactor_params(files=[OTHER, CLOSED, URI])
    answered = await peer.request(RUN, params)
    assert answered["result"]["hunks"] == 4
    [asked] = edits.asked
    assert [file.name for file in asked.files] == ["app.py", "other.py", "closed.py"]
    [sent] = peer.of(APPLY)
    texts = {URI: TEXT, OTHER: "total = 1\n", CLOSED: "import total\n"}
    after = made(sent["params"]["edit"], texts, {URI: 1, OTHER: 4})
    assert after == {uri: text.replace("total", "sum_") for uri, text in texts.items()}


@talking(MODEL, hello=False)
async def test_files_of_one_name_in_two_folders(peer):
    """Each keeps its own text: they are told apart. [workspaceFolders]"""
    folders = [{"uri": f"file:///src/{name}", "name": name} for name in ("one", "two")]
    await peer.hello(editor(), workspaceFolders=folders)
    edits = await opened(peer, ScriptedEdits(BETTER))
    texts = {f"file:///src/{name}/a.py": f"total = '{name}'\n" for name in ("one", "two")}
    for uri, text in texts.items():
        peer.open(text, uri=uri)
    first, second = texts
    await peer.request(RUN, refactor_params(uri=first, files=[second]))
    names = [file.name for file in edits.asked[0].files]
    assert names == ["a.py", "a (2).py"]
    [sent] = peer.of(APPLY)
    after = made(sent["params"]["edit"], texts, dict.fromkeys(texts, 1))
    assert after == {uri: text.replace("total", "sum_") for uri, text in texts.items()}


def refuse(_):
    raise Refuse("the person said no")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: {"applied": False, "failureReason": "it is read-only"}, "read-only"),
        (lambda _: {"applied": False}, "did not apply"),
        (lambda _: None, "did not apply"),
        (lambda _: ["applied"], "did not apply"),
        (refuse, "the person said no"),
    ],
)
@talking(MODEL, capabilities=editor())
async def test_row_56_a_command_whose_edit_is_refused(peer, reply, reason):
    """``applied`` is false, the person is told once, and nothing changes with us. [applyEdit]"""
    await opened(peer, ScriptedEdits(BETTER))
    peer.replies[APPLY] = reply
    answered = await peer.request(RUN, refactor_params())
    assert answered["result"]["applied"] is False
    [shown] = peer.of("window/showMessage")
    assert reason in shown["params"]["message"]
    assert peer.server.session.documents.get(URI).text == TEXT


@talking(MODEL, capabilities=editor(applies=False))
async def test_a_client_that_lets_nobody_edit(peer):
    """-32803 before anybody is asked. [applyEdit]"""
    edits = await opened(peer, ScriptedEdits(BETTER))
    assert code(await peer.request(RUN, refactor_params())) == REQUEST_FAILED
    assert edits.asked == [] and peer.of(APPLY) == []


@talking(MODEL, capabilities=editor())
async def test_a_document_that_changes_while_a_command_works(peer):
    """The edit is for the newest version. [TE]"""
    await opened(peer, ScriptedEdits(BETTER, after_s=5))
    number = peer.ask(RUN, refactor_params())
    await asyncio.sleep(1)
    peer.change(9, insertion(0, 0, "# new\n"))
    assert (await peer.answer(number))["result"]["applied"] is True
    [sent] = peer.of(APPLY)
    newer = f"# new\n{TEXT}"
    after = made(sent["params"]["edit"], {URI: newer}, {URI: 9})
    assert after == {URI: newer.replace("total", "sum_")}


ANSWERED = "```python\ndef add(a, b):\n    return a + b\n\n\nprint(add(1, 2))\n```\n"
SHORTER = {name: answer(ANSWERED, after_ms=2000) for name in ("m", "n")}


@talking(SHORTER, capabilities=editor())
async def test_row_38_typing_elsewhere_while_models_work(peer):
    """The edit of real members is moved to where its lines are now; what was typed stays. [BP]"""
    text = f"{TEXT}\n\nprint(add(1, 2))\n"
    await opened(peer, text=text)
    number = peer.ask(RUN, refactor_params("without the variable", span((1, 4), (1, 4))))
    await asyncio.sleep(1)
    peer.change(2, insertion(0, 0, "import os\n"))
    result = (await peer.answer(number))["result"]
    assert result["applied"] is True
    [sent] = peer.of(APPLY)
    after = made(sent["params"]["edit"], {URI: f"import os\n{text}"}, {URI: 2})
    shorter = "import os\ndef add(a, b):\n    return a + b\n\n\nprint(add(1, 2))\n"
    assert after == {URI: shorter}
    notes = sent["params"]["edit"]["changeAnnotations"].values()
    assert all("m, n" in note["label"] for note in notes)


@talking(SHORTER, capabilities=editor())
async def test_row_38_typing_in_the_same_lines_while_models_work(peer):
    """-32803 in a sentence, and nothing that was typed is lost. [BP]"""
    await opened(peer)
    number = peer.ask(RUN, refactor_params("without the variable"))
    await asyncio.sleep(1)
    peer.change(2, insertion(1, 17, " + 1"))
    answered = await peer.answer(number)
    assert code(answered) == REQUEST_FAILED
    assert len(answered["error"]["message"].split()) >= 3
    assert peer.of(APPLY) == []


@pytest.mark.parametrize("token", ["work", 7])
@talking(MODEL, capabilities=editor())
async def test_row_61_a_command_reports_on_its_token(peer, token):
    """Begin, reports, end on the token of the request, and no second bar. [PRG]"""
    await opened(peer, ScriptedEdits(BETTER, after_s=3))
    await peer.request(RUN, refactor_params() | {"workDoneToken": token})
    assert steps(peer, token) == ["begin", "report", "end"]
    assert peer.of(CREATE) == []


@talking(MODEL, capabilities=editor())
async def test_row_62_a_command_without_a_token(peer):
    """It makes a bar of its own. [PRG]"""
    await opened(peer, ScriptedEdits(BETTER, after_s=3))
    await peer.request(RUN, refactor_params())
    [created] = peer.of(CREATE)
    assert steps(peer, created["params"]["token"])[-1] == "end"


@pytest.mark.parametrize("how", ["progress", "request"])
@talking({"m": hangs(), "n": hangs("```python\ndef")}, capabilities=editor())
async def test_row_63_a_command_is_cancelled(peer, how):
    """-32800 in 20 ms and the sockets in 100; nothing is applied, and the bar ends. [PRG, CAN]"""
    await opened(peer)
    number = peer.ask(RUN, refactor_params() | {"workDoneToken": "work"})
    await asyncio.sleep(1)
    assert len(peer.transport.requests) >= 2
    sent = peer.now()
    if how == "progress":
        peer.notify(CANCEL, {"token": "work"})
    else:
        peer.notify("$/cancelRequest", {"id": number})
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert peer.now() - sent <= peer.allowance_s(ANSWERED_MS)
    await asyncio.sleep(CLOSED_MS / 1000)
    assert all(request.closed_ms is not None for request in peer.transport.requests)
    await peer.quiet()
    assert steps(peer, "work")[-1] == "end"
    assert peer.of(APPLY) == []


DROPPED = Hunk("app.py", 0, 3, "async def", ("n",), why="one member only")


@talking(MODEL, capabilities=editor())
async def test_an_edit_can_be_explained_and_judged(peer):
    """Who wants each change, what was left out and why; feedback on it is no error. [policy]"""
    await opened(peer, ScriptedEdits(BETTER, dropped=(DROPPED,)))
    result = (await peer.request(RUN, refactor_params()))["result"]
    for event in ("shown", "accepted", "invented"):
        told = {"id": result["id"], "event": event, "length": 4}
        peer.notify("fusionls/feedback", told)
    accept = {
        "command": "fusionls.accept",
        "arguments": [result["id"], {"kind": "word", "length": 2}],
    }
    assert (await peer.request(RUN, accept))["result"] == {"known": True}
    explain = {"command": "fusionls.explain", "arguments": [result["id"]]}
    said = (await peer.request(RUN, explain))["result"]
    assert said["kind"] == "refactor" and said["trigger"] == "command"
    assert said["title"] == "Say it better" and "one member only" in said["table"]
    assert [(h["first"], h["members"], h["why"]) for h in said["hunks"]] == [
        (2, ["m", "n"], "both say so"),
        (3, ["m", "n"], "both say so"),
    ]
    [dropped] = said["dropped"]
    assert (dropped["why"], dropped["members"], dropped["text"]) == (
        "one member only",
        ["n"],
        "async def",
    )
    assert [e["kind"] for e in said["feedback"]] == ["shown", "accepted", "partly"]


@talking(MODEL, capabilities=editor())
async def test_a_refusal_can_be_explained_too(peer):
    """The message says why, and what was asked is kept. [policy]"""
    edits = await opened(peer, ScriptedEdits(refusal="Both want something else."))
    answered = await peer.request(RUN, refactor_params())
    assert answered["error"]["message"] == "Both want something else."
    explain = {"command": "fusionls.explain", "arguments": [edits.asked[0].id]}
    said = (await peer.request(RUN, explain))["result"]
    assert said["refusal"] == "Both want something else." and not said["decision"]["shown"]


@talking(MODEL, hello=False)
async def test_row_65_settings_that_change_while_an_edit_is_made(peer):
    """They are asked for once nothing is being answered any more, however long that takes. [CFG]"""
    wanted = editor()
    wanted["workspace"]["configuration"] = True
    await peer.hello(wanted)
    await peer.quiet()
    await opened(peer, ScriptedEdits(BETTER, after_s=40))
    pulled = len(peer.of("workspace/configuration"))
    number = peer.ask(RUN, refactor_params())
    await asyncio.sleep(1)
    peer.notify("workspace/didChangeConfiguration", {"settings": None})
    await peer.answer(number)
    assert len(peer.of("workspace/configuration")) == pulled
    await peer.quiet()
    assert len(peer.of("workspace/configuration")) == pulled + 1
