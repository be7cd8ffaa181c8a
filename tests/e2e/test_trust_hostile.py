"""A repository and an editor try everything with a real server: nothing leaves but to whom the user said.

The server's own interpreter tells what it connects to, looks up, starts and opens. What needs a name server
that lies is in ``test_trust_network.py``; every key of the schema is in ``test_settings_properties.py``.
"""

import asyncio
import json
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from click.testing import CliRunner

from fusionls.cli.commands.config import COMMAND
from tests.support.hostile_settings import (
    hostile_editor_settings,
    hostile_files,
    hostile_links,
)
from tests.support.recording_server import RecordingServer
from tests.support.watched_server import AUTOMATIC, BAIT, Model, watched_editor

MINE, FAR = "mine_says()", "far_says()"
KEYS = {"MINE_KEY": "key-of-mine-4711", "FAR_KEY": "key-of-far-4712"}
BAIT_TEXT = "text-of-a-file-that-nobody-may-open"
CAP_MS, MANUAL_CAP_MS, REFACTOR_MS = 300, 500, 5000
# What a machine that runs other tests too may add. The hostile ones ask for ten seconds and more.
SLACK_S = 3.0
DOCUMENT = "value = "
CHANGED = "workspace/didChangeConfiguration"
USER = """
[members.mine]
wire = "openai"
endpoint = "{mine}"
family = "plain"
key = {{ env = "MINE_KEY" }}
[members.far]
wire = "openai"
endpoint = "{far}"
family = "plain"
privacy = "cloud"
key = {{ env = "FAR_KEY" }}
[members.stalled]
wire = "openai"
endpoint = "{stalled}"
family = "plain"
[pools]
default.members = ["mine"]
slow.members = ["stalled"]
cloud.members = ["far"]
[completion]
budget_ms = 300
manual_budget_ms = 500
[refactor]
budget_ms = 5000
[privacy]
exclude = ["kept/**"]
local_paths = ["near/**"]
[languages.markdown]
enabled = false
[projects."{closed}"]
privacy.local_only = true
"""
# Within the user's settings these may be asked for. They show that the projects' files are read at all.
CHOSEN = 'completion.pool = "cloud"\n'
WIDE = "budget_ms = 10000\nmanual_budget_ms = 10000\n"
SLOW = f'[completion]\npool = "slow"\n{WIDE}'
SLOW_POOL = f'[pools.default]\nmembers = ["stalled"]\n[completion]\n{WIDE}'
SLOW_IN_AN_EDITOR = {
    "completion": {"members": ["stalled"], "budget_ms": 60000, "manual_budget_ms": 60000}
}
OPENED_OUT = 'completion.pool = "cloud"\nprivacy.local_only = false\n'


class World:
    """The user's models, the sockets that nobody of theirs named, and their settings file."""

    def __init__(self, folder):
        self.folder = folder
        self.mine, self.far, self.stalled = Model(MINE), Model(FAR), Model(stalled=True)
        self.models = (self.mine, self.far, self.stalled)
        self.recorders = [RecordingServer(host=f"127.0.0.{last}") for last in (1, 2, 3, 1)]
        self.config, self.mark = folder / "config.toml", folder / "mark"
        self.closed = folder / "closed"
        self.projects = folder / "projects"

    @asynccontextmanager
    async def opened(self):
        """Start the sockets, write the user's settings, and start the server with an editor."""
        async with AsyncExitStack() as stack:
            for model in self.models:
                await stack.enter_async_context(model)
            for recorder in self.recorders:
                await stack.enter_async_context(recorder)
            urls = {"mine": self.mine.url, "far": self.far.url, "stalled": self.stalled.url}
            self.config.write_text(USER.format(**urls, closed=self.closed))
            bait = self.folder / BAIT
            bait.write_text(BAIT_TEXT)
            bait.chmod(0o600)
            names = ("EVIL", "OTHER", "THIRD", "PROXY")
            self.stands_for = dict(zip(names, (r.url for r in self.recorders), strict=True))
            self.stands_for |= {"BAIT": str(bait), "MARK": str(self.mark)}
            self.projects.mkdir()
            self.closed.mkdir()
            around = watched_editor(self.folder / "server", self.config, KEYS)
            yield await stack.enter_async_context(around)

    @property
    def disturbed(self):
        """How many connections came to sockets that the user did not name."""
        return sum(recorder.connections for recorder in self.recorders)

    def assert_kept(self, editor):
        """Fail if anything left but to the user's models, each with its own key."""
        assert b"".join(r.received for r in self.recorders) == b""
        assert self.disturbed == 0
        heard = editor.heard
        assert ("127.0.0.1", self.mine.port) in heard.peers
        assert heard.peers <= {("127.0.0.1", model.port) for model in self.models}
        assert (heard.names, heard.started, heard.bait) == ([], [], [])
        assert not self.mark.exists()
        for model, name in ((self.mine, "MINE_KEY"), (self.far, "FAR_KEY"), (self.stalled, "")):
            seen = {n for n, key in KEYS.items() if key.encode() in model.received}
            assert seen <= {name}
        assert KEYS["MINE_KEY"].encode() in self.mine.received
        told = json.dumps(editor.received) + (self.folder / "server/server.log").read_text()
        assert not [word for word in (*KEYS.values(), BAIT_TEXT) if word in told]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


async def asked(editor, document, kind=AUTOMATIC):
    """Open a document, ask in it and close it; return what is offered and after how many seconds."""
    editor.open(document.as_uri(), DOCUMENT)
    begun = time.monotonic()
    said = await editor.suggested(document.as_uri(), DOCUMENT, kind)
    editor.close(document.as_uri())
    return said, time.monotonic() - begun


def shown_settings(place):
    """What ``fusionls config show --json`` says of a document."""
    result = CliRunner().invoke(COMMAND, ["show", "--json", str(place)])
    assert result.exit_code in (0, 2), result.output
    assert not [key for key in KEYS.values() if key in result.output]
    return json.loads(result.stdout)["settings"]


def widened(mine, theirs):
    """Return which of the tables allow more than the user's do."""
    members = {*mine["members"], "memory"}
    privacy = mine["privacy"]
    holds = {
        **{
            name: theirs[name] == mine[name]
            for name in ("members", "network", "currency", "weights", "allowed_hosts")
        },
        "pools": all(set(pool["members"]) <= members for pool in theirs["pools"].values()),
        "completion": theirs["completion"]["pool"] in {"default", *theirs["pools"]}
        and theirs["completion"]["budget_ms"] <= CAP_MS
        and theirs["completion"]["manual_budget_ms"] <= MANUAL_CAP_MS,
        "refactor": theirs["refactor"]["judge"] in {"", *members}
        and theirs["refactor"]["budget_ms"] <= REFACTOR_MS,
        "privacy": theirs["privacy"]["local_only"] >= privacy["local_only"]
        and set(privacy["exclude"]) <= set(theirs["privacy"]["exclude"])
        and set(privacy["local_paths"]) <= set(theirs["privacy"]["local_paths"])
        and not any(
            p.startswith("!") for n in ("exclude", "local_paths") for p in theirs["privacy"][n]
        ),
        "languages": theirs["languages"]["markdown"]["enabled"] is False,
    }
    assert set(holds) == set(theirs)
    return [name for name, is_held in holds.items() if not is_held]


def project(world, name, text):
    """Make a project with a settings file; return a document in it."""
    folder = world.closed if name == "closed" else world.projects / name
    folder.mkdir(exist_ok=True)
    (folder / ".fusionls.toml").write_text(text)
    (folder / "app.py").write_text(DOCUMENT)
    return folder / "app.py"


def test_no_project_file_reaches_further_than_its_user(world, monkeypatch):
    async def session():
        wrong, documents = [], []
        async with world.opened() as editor:
            await editor.begin()
            for number, hostile in enumerate(hostile_files()):
                place = world.projects / f"p{number}"
                documents.append((hostile.name, hostile.write(place, world.stands_for)))
            for document in hostile_links(world.projects, world.stands_for, world.config):
                document.write_text(DOCUMENT)
                documents.append((str(document.parent.name), document))
            for name, document in documents:
                said, _ = await asked(editor, document)
                if said != [MINE] or world.disturbed:
                    wrong.append((name, document, said, world.disturbed))
                    break
            chosen = await asked(editor, project(world, "chosen", CHOSEN))
            closed = await asked(editor, project(world, "closed", OPENED_OUT))
            far_was_asked = world.far.asked
            slow = [
                (await asked(editor, project(world, f"slow{n}", text), kind))[1]
                for n, text in enumerate((SLOW, SLOW_POOL))
                for kind in (1, 2)
            ]
            world.assert_kept(editor)
        return wrong, documents, (chosen[0], closed[0], far_was_asked), slow

    wrong, documents, (chosen, closed, far_was_asked), slow = asyncio.run(session())
    assert wrong == []
    assert len(documents) >= 200
    # The user's own names may be chosen, and what the user keeps in stays in.
    assert (chosen, closed, far_was_asked) == ([FAR], [], 1)
    assert world.stalled.asked > 0
    assert max(slow) < MANUAL_CAP_MS / 1000 + SLACK_S
    monkeypatch.setenv("FUSIONLS_CONFIG", str(world.config))
    mine = shown_settings(world.folder)
    assert mine["completion"]["budget_ms"] == CAP_MS
    assert [(n, w) for n, d in documents if (w := widened(mine, shown_settings(d)))] == []


@pytest.mark.parametrize("way", ["pushed", "pulled"])
def test_no_editor_reaches_further_than_its_user(world, way):
    async def session():
        wrong = []
        async with world.opened() as editor:
            blocks = hostile_editor_settings(world.stands_for)
            options = {"fusionls": blocks[-1], "settings": blocks[5], "members": blocks[-2]}
            folders = (world.projects,)
            await editor.begin(folders, settings_asked=way == "pulled", options=options)
            if way == "pulled":
                await editor.answer_question({})

            async def says(block):
                if way == "pulled":
                    await editor.answer_settings(block)
                else:
                    editor.notify(CHANGED, {"settings": {"fusionls": block}})
                # What came is taken in beside the messages: a question more, and it is.
                await editor.request("workspace/executeCommand", {"command": "fusionls.status"})

            for number, block in enumerate(blocks):
                await says({})
                await says(block)
                said, _ = await asked(editor, world.projects / f"app{number}.py")
                if said != [MINE] or world.disturbed:
                    wrong.append((block, said, world.disturbed))
            await says({"completion": {"pool": "cloud"}})
            chosen, _ = await asked(editor, world.projects / "chosen.py")
            await says(SLOW_IN_AN_EDITOR)
            slow = [
                (await asked(editor, world.projects / f"s{kind}.py", kind))[1] for kind in (1, 2)
            ]
            world.assert_kept(editor)
        return wrong, len(blocks), chosen, slow

    wrong, blocks, chosen, slow = asyncio.run(session())
    assert wrong == []
    assert blocks >= 100
    # What came counts: within the user's names it may choose.
    assert chosen == [FAR]
    assert world.stalled.asked > 0
    assert max(slow) < MANUAL_CAP_MS / 1000 + SLACK_S
