"""A real server process with a real model, and an independent client library (pytest-lsp) at its pipes."""

import ast
import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig

from tests.e2e.server_environment import server_environment, settings_file
from tests.support.keepers import HAS_PROCESS_LIST, end_keepers, keepers_in, keepers_left

pytestmark = pytest.mark.asyncio(loop_scope="module")
sees_processes = pytest.mark.skipif(
    not HAS_PROCESS_LIST, reason="finds the keepers of models in /proc"
)

PATIENCE_S = 20
ASK_AGAIN_S = 0.2
# A model outlives the last server that uses it by 30 s.
KEEPER_GONE_S = 45
REQUEST_CANCELLED = -32800
BY_HAND = types.InlineCompletionTriggerKind.Invoked
WHILE_TYPING = types.InlineCompletionTriggerKind.Automatic
GHOST_TEXT = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        inline_completion=types.InlineCompletionClientCapabilities()
    )
)
ADDING = "def add(a, b):\n    return $0\n"


@asynccontextmanager
async def served(variables, capabilities=GHOST_TEXT):
    """Run a server process and yield a client that has shaken hands; end the process in any case."""
    # What pytest_lsp.fixture does, but that wants its environment before there is a temporary folder.
    command = [sys.executable, "-m", "fusionls", "--stdio"]
    config = ClientServerConfig(server_command=command, server_env=variables)
    client: Any = await config.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            params = types.InitializeParams(capabilities=capabilities)
            client.offered = (await client.initialize_session(params)).capabilities
        yield client
        if client._server.returncode is None:
            async with asyncio.timeout(PATIENCE_S):
                await client.shutdown_session()
    finally:
        if client._server.returncode is None:
            client._server.kill()
        await client.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment(smollm2, tmp_path_factory):
    return server_environment(tmp_path_factory.mktemp("server"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(environment):
    """A client whose server serves several tests: each opens a document of its own."""
    async with served(environment) as client:
        yield client


class Buffer:
    """A document in the client, where ``$0`` in the text marks the cursor. Positions are UTF-16."""

    def __init__(self, client, name, marked):
        before, _, after = marked.partition("$0")
        self.client = client
        self.uri = f"file:///src/{name}.py"
        self.text = before + after
        self.cursor = len(before)
        self.version = 1
        item = types.TextDocumentItem(self.uri, "python", self.version, self.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def position(self, offset):
        line = self.text.count("\n", 0, offset)
        before = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        return types.Position(line, len(before.encode("utf-16-le")) // 2)

    def offset(self, position):
        lines = self.text.split("\n")
        line = lines[position.line].encode("utf-16-le")[: 2 * position.character]
        return sum(len(before) + 1 for before in lines[: position.line]) + len(
            line.decode("utf-16-le")
        )

    def replace(self, start, end, text):
        """Replace what stands between two offsets, tell the server, and put the cursor behind it."""
        change = types.TextDocumentContentChangePartial(
            text=text, range=types.Range(self.position(start), self.position(end))
        )
        self.version += 1
        identifier = types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(identifier, [change])
        )
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor = start + len(text)

    def params(self, trigger=BY_HAND):
        return types.InlineCompletionParams(
            types.InlineCompletionContext(trigger),
            types.TextDocumentIdentifier(self.uri),
            self.position(self.cursor),
        )

    async def items(self, trigger=BY_HAND):
        async with asyncio.timeout(PATIENCE_S):
            answer = await self.client.text_document_inline_completion_async(self.params(trigger))
        return list(answer.items)

    def with_taken(self, item):
        """Return the text as it is when the person takes ``item``."""
        start, end = self.offset(item.range.start), self.offset(item.range.end)
        return self.text[:start] + item.insert_text + self.text[end:]


async def run(client, command, *arguments):
    params = types.ExecuteCommandParams(command, list(arguments))
    async with asyncio.timeout(PATIENCE_S):
        return await client.workspace_execute_command_async(params)


async def test_the_server_offers_ghost_text(editor):
    offered = editor.offered
    assert offered.inline_completion_provider is not None
    assert offered.completion_provider is not None
    commands = offered.execute_command_provider.commands
    assert {"fusionls.accept", "fusionls.explain"} <= set(commands)


@pytest.mark.parametrize(
    ("name", "marked", "word"),
    [
        ("blank", ADDING, ""),
        ("word", "def area(width, height):\n    return wid$0\n", "wid"),
        ("before_text", "def add(a, b):\n    return (a + $0)\n", ""),
    ],
)
async def test_an_item_fits_where_it_is_put(editor, name, marked, word):
    buffer = Buffer(editor, name, marked)
    item = (await buffer.items())[0]
    start = buffer.cursor - len(word)
    assert item.range == types.Range(buffer.position(start), buffer.position(buffer.cursor))
    assert item.insert_text.startswith(word) and item.insert_text.strip() != word
    assert item.filter_text == item.insert_text
    assert item.command.command == "fusionls.accept"
    ast.parse(buffer.with_taken(item))


async def test_an_item_can_be_accepted_and_explained(editor):
    buffer = Buffer(editor, "explained", ADDING)
    item = (await buffer.items())[0]
    assert await run(editor, "fusionls.accept", *item.command.arguments) == {"known": True}
    trace = await run(editor, "fusionls.explain", item.command.arguments[0])
    [member] = trace["members"]
    assert (member["name"], member["verdict"]) == ("smollm2-135m", "valid")
    assert item.insert_text in member["text"]
    assert await run(editor, "fusionls.accept", "no such id") == {"known": False}


async def test_typing_what_an_item_says_leaves_the_rest_of_it(editor):
    buffer = Buffer(editor, "typed", ADDING)
    first = (await buffer.items())[0]
    whole = buffer.with_taken(first)
    for character in first.insert_text[:3]:
        buffer.replace(buffer.cursor, buffer.cursor, character)
        rest = (await buffer.items(WHILE_TYPING))[0]
        assert buffer.with_taken(rest) == whole
        trace = await run(editor, "fusionls.explain", rest.command.arguments[0])
        assert trace["members"] == [], "a model was asked for what is known"


async def test_an_edit_behind_wide_characters(editor):
    buffer = Buffer(editor, "wide", 'def add(a, b):\n    sign = "🎉🎉"; xx$0\n')
    buffer.replace(buffer.cursor - 2, buffer.cursor, "return a")
    item = (await buffer.items())[0]
    assert item.range.start == types.Position(1, 26)
    assert item.insert_text.startswith("a")
    taken = buffer.with_taken(item)
    assert 'sign = "🎉🎉"; return a' in taken
    ast.parse(taken)


async def test_a_cancelled_request_is_answered_as_such(editor):
    # Long enough that the model reads for a while.
    functions = "".join(f"def add_{n}(a, b):\n    return a + b + {n}\n\n\n" for n in range(40))
    buffer = Buffer(editor, "cancelled", functions + ADDING)
    asked = editor.protocol.send_request_async(
        types.TEXT_DOCUMENT_INLINE_COMPLETION, buffer.params(), msg_id="slow"
    )
    request = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    editor.cancel_request(types.CancelParams(id="slow"))
    with pytest.raises(JsonRpcException) as raised:
        async with asyncio.timeout(PATIENCE_S):
            await request
    assert raised.value.code == REQUEST_CANCELLED
    # A busy machine may need more than one time limit to read the prompt, which is then read on.
    async with asyncio.timeout(PATIENCE_S):
        while not await buffer.items():  # noqa: ASYNC110 - what is awaited is the answer
            await asyncio.sleep(ASK_AGAIN_S)


async def test_a_client_without_ghost_text_gets_a_list_and_a_clean_end(environment):
    async with served(environment, types.ClientCapabilities()) as client:
        buffer = Buffer(client, "listed", "def area(width, height):\n    return wid$0\n")
        where = types.CompletionParams(
            types.TextDocumentIdentifier(buffer.uri), buffer.position(buffer.cursor)
        )
        item = (await client.text_document_completion_async(where)).items[0]
        edit = item.text_edit
        assert edit.new_text.startswith("wid") and item.filter_text == edit.new_text
        assert buffer.text[buffer.offset(edit.range.start) : buffer.cursor] == "wid"
        assert item.detail == "fusionls: smollm2-135m"
        ast.parse(buffer.text.replace("wid\n", edit.new_text + "\n"))
        await client.shutdown_session()
        assert client._server.returncode == 0


@sees_processes
async def test_servers_share_a_model_and_killed_ones_leave_none_behind(environment, tmp_path):
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    alone = environment | {"XDG_RUNTIME_DIR": str(runtime)}
    try:
        async with served(alone) as first, served(alone) as second:
            for client in (first, second):
                assert await Buffer(client, "killed", ADDING).items()
            assert len(keepers_in(runtime)) == 1
            for client in (first, second):
                os.kill(client._server.pid, signal.SIGKILL)
                await client._server.wait()
        assert keepers_left(runtime, KEEPER_GONE_S) == []
    finally:
        end_keepers(runtime)


async def test_without_a_model_the_person_is_told_how_to_get_one(tmp_path):
    variables = server_environment(tmp_path, settings="", weights=tmp_path / "no models")
    async with served(variables) as client:
        buffer = Buffer(client, "unserved", ADDING)
        assert [await buffer.items() for _ in range(3)] == [[], [], []]
        [shown] = client.messages
        assert "fusionls models install smollm2-135m" in shown.message


async def test_a_mistake_in_the_settings_is_named_and_the_server_serves(smollm2, tmp_path):
    variables = server_environment(tmp_path, settings="# mine\n[completion]\nbudget = 300\n")
    async with served(variables) as client:
        # With the built-in cap a slow machine may have nothing to show, but it answers.
        answer = await client.text_document_inline_completion_async(
            Buffer(client, "mistaken", ADDING).params()
        )
        assert isinstance(answer, types.InlineCompletionList)
        [shown] = client.messages
        for part in (str(settings_file(tmp_path)), "line 3", "completion.budget"):
            assert part in shown.message
