"""The memory as a member: what an editor gets from it, from opened folders to changed files."""

import asyncio
import math
from dataclasses import dataclass, field

import pytest

from fusionls.core.kept_in import Keep
from fusionls.core.member import Caps, Member, PromptBudget
from fusionls.core.prompt import Place, RenderedPrompt
from fusionls.engine.ports import Pool, PoolMember
from fusionls.local.memory import WorkspaceMemory
from fusionls.local.memory_files import FolderWalk, Text
from fusionls.settings.narrowing import read_wish
from fusionls.settings.schema import UserFile
from tests.support.fake_editor import FakeEditor
from tests.support.virtual_time import run_virtual

ABLE = {
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True},
    "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}},
}
CODE = "engine.start(fuel, speed=slow)\nengine.report(distance, color=blue)\n"
TYPED = "engine.start(fuel, speed=slow)\nengine.report(dis"


async def at_once(function):
    return function()


@dataclass
class SlowWalk:
    """A folder whose files come one a second."""

    texts: list[Text]
    stopped: str = ""

    async def read(self, function):
        if function == self.next_batch:
            await asyncio.sleep(1)
        return function()

    def next_batch(self):
        return [self.texts.pop(0)] if self.texts else []


@dataclass
class MemoryPools:
    """A pool of the memory alone."""

    memory: WorkspaceMemory
    caps: Caps = field(default_factory=Caps)

    def pool_for(self, uri, wish, language_id=""):
        member = Member("memory", "memory", budget=PromptBudget(2000, 0, 0))
        return Pool((PoolMember(member, self.memory),), self.caps).within(wish)

    def news(self):
        return ()

    def keep_of(self, uri, wish):
        return Keep.ALL

    def read_wish(self, block):
        return read_wish(UserFile(), ["memory"], block)

    def __getattr__(self, name):
        return getattr(self.memory, name)


def play(scene, root=None, walk=None, in_thread=at_once, capabilities=None):
    async def run():
        opened = []

        def open_walk(path):
            opened.append(path)
            return walk or FolderWalk(path)

        memory = WorkspaceMemory(open_walk, in_thread)
        editor = FakeEditor(MemoryPools(memory))
        folders = [{"uri": root.as_uri(), "name": "root"}] if root else None
        params = {"processId": None, "capabilities": capabilities or ABLE}
        await editor.request("initialize", params | {"workspaceFolders": folders})
        editor.notify("initialized", {})
        try:
            return await scene(editor, memory, opened)
        finally:
            await editor.stop()

    return run_virtual(run())


async def inserted(editor, uri, text=TYPED):
    """Open a document if need be, and return what is offered at its end."""
    if uri not in editor.texts:
        editor.open(uri, text, "python")
        await asyncio.sleep(1)
    answer = await editor.client.answer(editor.inline(uri, len(editor.texts[uri])))
    items = (answer["result"] or {}).get("items", [])
    if not items:
        return None
    # The word that is being typed may be part of the item.
    typed = editor.texts[uri].split("\n")[-1][items[0]["range"]["start"]["character"] :]
    return items[0]["insertText"].removeprefix(typed)


def test_files_of_the_folder_are_continued(tmp_path):
    (tmp_path / "code.py").write_text(CODE)

    async def scene(editor, memory, opened):
        return await inserted(editor, (tmp_path / "new.py").as_uri())

    assert play(scene, tmp_path) == "tance, color=blue)"


def test_a_folder_is_read_when_one_of_its_documents_is_opened_and_only_then(tmp_path):
    (tmp_path / "code.py").write_text(CODE)

    async def scene(editor, memory, opened):
        await asyncio.sleep(5)
        before = list(opened)
        await inserted(editor, "file:///elsewhere/new.py")
        between = list(opened)
        await inserted(editor, (tmp_path / "new.py").as_uri())
        await inserted(editor, (tmp_path / "newer.py").as_uri())
        return before, between, opened

    assert play(scene, tmp_path) == ([], [], [tmp_path])


def test_what_is_typed_in_an_open_document_counts_at_once(tmp_path):
    (tmp_path / "code.py").write_text(CODE)

    async def scene(editor, memory, opened):
        code = (tmp_path / "code.py").as_uri()
        editor.open(code, CODE, "python")
        editor.type(code, CODE.index("distance"), "dismal_")
        typed = await inserted(editor, (tmp_path / "new.py").as_uri())
        editor.notify("textDocument/didClose", {"textDocument": {"uri": code}})
        await asyncio.sleep(1)
        # Not saved: what is on the disk counts again.
        return typed, await inserted(editor, (tmp_path / "newer.py").as_uri(), TYPED + "ta")

    assert play(scene, tmp_path) == ("mal_distance, color=blue)", "nce, color=blue)")


def test_files_that_change_come_and_go_are_followed(tmp_path):
    async def scene(editor, memory, opened):
        found: list[str | None] = []

        async def changed(path, text):
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            change = {"uri": path.as_uri(), "type": 2}
            editor.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
            await asyncio.sleep(1)
            found.append(await inserted(editor, (tmp_path / f"new{len(found)}.py").as_uri(), TYPED))
            editor.notify(
                "textDocument/didClose",
                {"textDocument": {"uri": (tmp_path / f"new{len(found) - 1}.py").as_uri()}},
            )

        editor.open((tmp_path / "first.py").as_uri(), "", "python")
        await asyncio.sleep(1)
        await changed(tmp_path / "a.py", CODE)
        await changed(tmp_path / "a.py", CODE.replace("blue", "red"))
        await changed(tmp_path / ".env", CODE.replace("blue", "secret"))
        await changed(tmp_path / ".gitignore", "a.py\n")
        await changed(tmp_path / ".gitignore", "")
        await changed(tmp_path / "a.py", None)
        await changed(tmp_path / "sub" / "b.py", CODE)
        return found

    blue, red = "tance, color=blue)", "tance, color=red)"
    assert play(scene, tmp_path) == [blue, red, red, None, red, None, blue]


def test_a_folder_that_is_closed_is_forgotten(tmp_path):
    (tmp_path / "code.py").write_text(CODE)

    async def scene(editor, memory, opened):
        before = await inserted(editor, (tmp_path / "new.py").as_uri())
        event = {"added": [], "removed": [{"uri": tmp_path.as_uri(), "name": "root"}]}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        return before, await inserted(editor, "file:///elsewhere/new.py")

    before, after = play(scene, tmp_path)
    assert before
    assert after is None


def test_secret_documents_are_neither_remembered_nor_continued(tmp_path):
    async def scene(editor, memory, opened):
        editor.open((tmp_path / ".env").as_uri(), CODE, "plaintext")
        ordinary = await inserted(editor, (tmp_path / "new.py").as_uri())
        (tmp_path / "code.py").write_text(CODE)
        return ordinary, await inserted(editor, (tmp_path / "id_rsa").as_uri())

    assert play(scene, tmp_path) == (None, None)


def test_slow_reading_is_shown_and_can_be_stopped(tmp_path):
    walk = SlowWalk(
        [Text(f"{tmp_path}/{n}.py", CODE.replace("engine", f"e{n}")) for n in range(99)]
    )

    async def scene(editor, memory, opened):
        editor.open((tmp_path / "new.py").as_uri(), "", "python")
        await asyncio.sleep(2)
        [created] = [
            m for m in editor.client.received if m.get("method") == "window/workDoneProgress/create"
        ]
        editor.client.send({"jsonrpc": "2.0", "id": created["id"], "result": None})
        await asyncio.sleep(8)
        shown = [m for m in editor.client.received if m.get("method") == "$/progress"]
        editor.notify("window/workDoneProgress/cancel", {"token": shown[0]["params"]["token"]})
        await asyncio.sleep(2)
        left = len(walk.texts)
        await asyncio.sleep(20)
        assert len(walk.texts) == left > 50
        kept = await inserted(editor, (tmp_path / "b.py").as_uri(), TYPED.replace("engine", "e3"))
        return shown, kept, memory.reading

    shown, kept, reading = play(scene, tmp_path, walk, walk.read)
    kinds = [m["params"]["value"]["kind"] for m in shown]
    assert kinds[0] == "begin"
    assert "report" in kinds
    assert any("files" in m["params"]["value"].get("message", "") for m in shown)
    assert kept == "tance, color=blue)"
    assert reading == ()


@pytest.mark.parametrize("capable", [True, False])
def test_changes_are_asked_for_where_the_client_offers_it(tmp_path, capable):
    capabilities = ABLE if capable else {"textDocument": {"inlineCompletion": {}}}

    async def scene(editor, memory, opened):
        await inserted(editor, (tmp_path / "new.py").as_uri())
        return [
            registration["method"]
            for m in editor.client.received
            if m.get("method") == "client/registerCapability"
            for registration in m["params"]["registrations"]
        ]

    watched = "workspace/didChangeWatchedFiles"
    assert play(scene, tmp_path, capabilities=capabilities).count(watched) == capable


def test_an_answer_says_how_likely_it_is():
    async def run():
        memory = WorkspaceMemory(in_thread=at_once)
        uri = "file:///w/a.py"
        prompt = RenderedPrompt(CODE + TYPED, stop=("\n",), place=Place(uri, 1, len(CODE + TYPED)))
        from fusionls.core.text import DocumentSnapshot

        memory.document_changed(DocumentSnapshot(uri, "python", 1, CODE + TYPED))
        await asyncio.sleep(1)
        try:
            return [chunk async for chunk in memory.stream(prompt)]
        finally:
            await memory.aclose()

    [chunk] = run_virtual(run())
    assert chunk.text == "tance, color=blue)"
    assert 0.3 < math.exp(chunk.logprob) < 1.0
    assert chunk.tokens == 1
