"""Edits with a real server, a real model and an independent client library (pytest-lsp) at its pipes."""

import ast
import asyncio
import re
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import tree_sitter
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fusionls.core.languages import languages
from tests.e2e.server_environment import server_environment
from tests.e2e.test_lsp_client import served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S = 120
REQUEST_CANCELLED, REQUEST_FAILED = -32800, -32803
FREE = "free"
# Long budgets: what these tests show is what comes out, on a machine however busy.
SETTINGS = '[pools.default]\nmembers = ["smollm2-135m"]\n\n[refactor]\nbudget_ms = 90000\n'
EDITOR = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                types.ClientCodeActionKindOptions([types.CodeActionKind.Refactor])
            ),
            data_support=True,
            resolve_support=types.ClientCodeActionResolveOptions(["edit"]),
            honors_change_annotations=True,
        )
    ),
    workspace=types.WorkspaceClientCapabilities(
        apply_edit=True,
        workspace_edit=types.WorkspaceEditClientCapabilities(
            document_changes=True,
            change_annotation_support=types.ChangeAnnotationsSupportOptions(),
        ),
    ),
    window=types.WindowClientCapabilities(work_done_progress=True),
)


@dataclass(frozen=True)
class Program:
    """A file with a function ``distance`` without words about it, and a variable in it named ``x``."""

    name: str
    language: str
    text: str


PYTHON = Program(
    "app.py",
    "python",
    """\
import math


def area(radius):
    \"\"\"Return the area of a circle.\"\"\"
    return math.pi * radius * radius


def distance(speed, time):
    x = speed * time
    return x
""",
)
JAVASCRIPT = Program(
    "app.js",
    "javascript",
    """\
/**
 * Returns the area of a circle.
 */
function area(radius) {
  return Math.PI * radius * radius;
}

function distance(speed, time) {
  const x = speed * time;
  return x;
}
""",
)
GO = Program(
    "app.go",
    "go",
    """\
package app

import "math"

// Area returns the area of a circle.
func Area(radius float64) float64 {
\treturn math.Pi * radius * radius
}

func distance(speed int, time int) int {
\tx := speed * time
\treturn x
}
""",
)
PROGRAMS = [PYTHON, JAVASCRIPT, GO]


@dataclass(frozen=True)
class Function:
    """What stands in place of ``distance`` and what it works out."""

    name: str
    value: str

    def of(self, program):
        text = program.text.replace("distance", self.name).replace("speed * time", self.value)
        return Program(program.name, program.language, text)


FUNCTIONS = [
    Function("distance", "speed * time"),
    Function("average", "speed / time"),
    Function("seconds", "time * 60 + speed"),
    Function("missing", "speed - time"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(smollm2, tmp_path_factory):
    """A client whose server serves these tests."""
    variables = server_environment(tmp_path_factory.mktemp("server"), SETTINGS)
    async with served(variables, EDITOR) as client:
        yield client


class Buffer:
    """A document in the client. It makes edits as the protocol says."""

    def __init__(self, client, program):
        self.client, self.program = client, program
        self.text = program.text
        self.uri = f"file:///src/{program.name}"
        self.version = 1
        item = types.TextDocumentItem(self.uri, program.language, self.version, self.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def close(self):
        identifier = types.TextDocumentIdentifier(self.uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    def at(self, pattern):
        """Return an empty range at the first match of ``pattern``; the texts are ASCII."""
        found = re.search(pattern, self.text)
        assert found, pattern
        before = self.text[: found.start()]
        here = types.Position(before.count("\n"), len(before.rpartition("\n")[2]))
        return types.Range(here, here)

    async def actions(self, pattern):
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri), self.at(pattern), types.CodeActionContext([])
        )
        async with asyncio.timeout(PATIENCE_S):
            return await self.client.text_document_code_action_async(params)

    async def action(self, pattern, kind):
        return next(a for a in await self.actions(pattern) if a.kind == kind)

    def make(self, edit):
        """Make ``edit``, tell the server, and return the edits that were made."""
        [change] = edit.document_changes
        identifier = change.text_document
        assert (identifier.uri, identifier.version) == (self.uri, self.version)
        lines = self.text.split("\n")
        starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
        for one in reversed(change.edits):
            start, end = (starts[p.line] + p.character for p in (one.range.start, one.range.end))
            self.text = self.text[:start] + one.new_text + self.text[end:]
        self.version += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.version, self.uri),
                [types.TextDocumentContentChangeWholeDocument(self.text)],
            )
        )
        return change.edits

    def parses(self):
        language = languages()[self.program.language]
        parser = tree_sitter.Parser(tree_sitter.Language(language.grammar()))
        return not parser.parse(self.text.encode()).root_node.has_error


async def resolved(client, action):
    async with asyncio.timeout(PATIENCE_S):
        return await client.code_action_resolve_async(action)


def bars(client):
    """Return the kinds of what was reported of edits, by token."""
    return {
        token: [report.kind for report in reports]
        for token, reports in client.progress_reports.items()
        if reports and "editing" in reports[0].title
    }


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.language)
async def test_a_docstring_is_asked_for_shown_and_written(editor, program):
    buffer, shown = Buffer(editor, program), set(bars(editor))
    action = await buffer.action(r"distance\(", "refactor.rewrite.docstring")
    edit = (await resolved(editor, action)).edit
    edits = buffer.make(edit)
    assert buffer.text != program.text and buffer.parses()
    # Only words are added: without them the program is what it was.
    code = buffer.text
    for one in edits:
        assert one.new_text.strip()
        note = edit.change_annotations[one.annotation_id]
        assert "smollm2-135m" in note.label
    comments = r'^[ \t]*(//.*|/\*[\s\S]*?\*/|"""[\s\S]*?""")\n'
    assert re.sub(comments, "", code, flags=re.M) == re.sub(comments, "", program.text, flags=re.M)
    if program is PYTHON:
        functions = [n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)]
        assert all(ast.get_docstring(function) for function in functions)
    [bar] = [kinds for token, kinds in bars(editor).items() if token not in shown]
    assert (bar[0], bar[-1]) == ("begin", "end")
    buffer.close()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.language)
async def test_a_variable_is_renamed_for_its_meaning(editor, program):
    """So small a model does not find a name for everything: of some functions one is enough."""
    for function in FUNCTIONS:
        buffer, shown = Buffer(editor, function.of(program)), set(bars(editor))
        action = await buffer.action(r"\bx\b", "refactor.rewrite.rename")
        assert "`x`" in action.title
        try:
            edit = (await resolved(editor, action)).edit
        except JsonRpcException as error:
            assert error.code == REQUEST_FAILED and len(error.message.split()) >= 3
            edit = None
        [bar] = [kinds for token, kinds in bars(editor).items() if token not in shown]
        assert (bar[0], bar[-1]) == ("begin", "end")
        if edit is not None:
            before = buffer.text
            buffer.make(edit)
            found = re.search(rf"(\w+) :?= {re.escape(function.value)}", buffer.text)
            assert found
            name = found[1]
            assert re.fullmatch(r"[^\W\d]\w*", name) and name != "x"
            assert buffer.text == re.sub(r"\bx\b", name, before) and buffer.parses()
        buffer.close()
        if edit is not None:
            return
    pytest.fail("no variable was renamed")


async def test_an_edit_under_way_is_cancelled(editor):
    buffer = Buffer(editor, PYTHON)
    action = await buffer.action(r"distance\(", "refactor.rewrite.docstring")
    asked = editor.protocol.send_request_async(types.CODE_ACTION_RESOLVE, action, msg_id="slow")
    request = asyncio.ensure_future(asked)
    await asyncio.sleep(0.1)
    editor.cancel_request(types.CancelParams(id="slow"))
    with pytest.raises(JsonRpcException) as raised:
        async with asyncio.timeout(PATIENCE_S):
            await request
    assert raised.value.code == REQUEST_CANCELLED
    # And the next one is served.
    assert (await resolved(editor, action)).edit is not None
    buffer.close()


async def test_a_free_instruction_is_answered_one_way_or_the_other(editor):
    """So small a model seldom does as it is told; what it is, is an edit that parses or a sentence."""
    buffer = Buffer(editor, PYTHON)
    received: list[Any] = []

    @editor.feature(types.WORKSPACE_APPLY_EDIT)  # type: ignore[untyped-decorator]  # pygls
    def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        received.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    here = buffer.at(r"distance\(")
    wanted = {
        "uri": buffer.uri,
        "range": {
            "start": {"line": here.start.line, "character": here.start.character},
            "end": {"line": here.end.line, "character": here.end.character},
        },
        "instruction": "Add a docstring to the function distance.",
    }
    # The client library warns of tokens that it did not hear of.
    editor.progress_reports[FREE] = []
    params = types.ExecuteCommandParams("fusionls.refactor", [wanted], FREE)
    try:
        async with asyncio.timeout(PATIENCE_S):
            result = await editor.workspace_execute_command_async(params)
    except JsonRpcException as error:
        assert len(error.message.split()) >= 3
        assert received == []
    else:
        assert result["applied"] is True
        [applied] = received
        buffer.make(applied.edit)
        assert buffer.text != PYTHON.text and buffer.parses()
        explain = types.ExecuteCommandParams("fusionls.explain", [result["id"]])
        said = await editor.workspace_execute_command_async(explain)
        assert all("smollm2-135m" in hunk["members"] for hunk in said["hunks"])
    kinds = bars(editor)[FREE]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    buffer.close()
