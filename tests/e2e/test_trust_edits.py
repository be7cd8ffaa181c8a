"""What leaves for other machines while edits are asked of a real server: no secret, and no file kept in.

As ``test_trust_planted.py`` and ``test_trust_local_only.py`` for completions.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.e2e.test_trust_local_only import PRIVACY, TRICKS
from tests.e2e.test_trust_planted import KINDRED, seen
from tests.support.planted_secrets import planted_secrets
from tests.support.recording_server import RecordingServer
from tests.support.secret_files import planted_files
from tests.support.watched_server import Model, watched_editor

MEMBERS = """
[members.cloud]
wire = "openai"
endpoint = "{cloud}"
model = "qwen2.5-coder-7b-instruct"
privacy = "cloud"
[members.base]
wire = "openai"
endpoint = "{base}"
family = "qwen2.5-coder"
privacy = "cloud"
[members.near]
wire = "openai"
endpoint = "{near}"
model = "qwen2.5-coder-7b-instruct"
[pools.default]
members = ["cloud", "base", "near"]
"""
RULES = """
[refactor]
budget_ms = 15000
samples = 1
judge = "cloud"
[privacy]
exclude = ["kept/**"]
local_paths = ["hr/**"]
"""
PLACES = ["in the file", "in the words", "in another file", "in a report"]
# One that nothing fits: what is asked is of interest, and not what comes of it.
ANSWER = "I cannot do that."


class Desk:
    """A project that is open in an editor, two models in the cloud and one that is local."""

    def __init__(self, folder):
        self.folder, self.project = folder, folder / "project"
        self.project.mkdir()
        self.cloud, self.base, self.near = Model(ANSWER), Model(ANSWER), Model(ANSWER)

    @asynccontextmanager
    async def opened(self):
        """Start the models and the server."""
        async with self.cloud, self.base, self.near:
            config = self.folder / "config.toml"
            urls = {name: getattr(self, name).url for name in ("cloud", "base", "near")}
            config.write_text(MEMBERS.format(**urls) + RULES)
            async with watched_editor(self.folder / "server", config, {}) as self.editor:
                await self.editor.begin((self.project,))
                yield

    def uri(self, name):
        return name if ":" in name else (self.project / name).as_uri()

    def open(self, name, text=KINDRED):
        self.editor.open(self.uri(name), text)

    async def ask(self, name, instruction="tidy up", **more):
        return await self.editor.edited(self.uri(name), instruction, **more)

    @property
    def far(self):
        """All that was shown to models on other machines, and every byte that they were sent."""
        sent = self.cloud.received + self.base.received
        return self.cloud.prompts + self.base.prompts + sent.decode()

    @property
    def asked(self):
        return self.cloud.asked, self.base.asked, self.near.asked


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_secrets_stay_near(desk, place):
    # Each kind of secret in one of the places.
    planted = planted_secrets()[PLACES.index(place) :: len(PLACES)]
    if place == "in a report":
        # A report is cut and told on one line, so that all kinds of secrets are tried.
        planted = planted_secrets()

    async def ask(number, one):
        name, beside = f"app{number}.py", f"beside{number}.py"
        desk.open(name, f"{one.text}\n{KINDRED}" if place == "in the file" else KINDRED)
        if place == "in the words":
            await desk.ask(name, f"Use this:\n{one.text}")
        elif place == "in a report":
            start = {"line": 1, "character": 0}
            report = {"range": {"start": start, "end": start}, "message": f"bad: {one.text}"}
            await desk.ask(name, "", refactoring="fix", diagnostics=[report])
        elif place == "in another file":
            desk.open(beside, f"{one.text}\n{KINDRED}")
            await desk.ask(name, files=[desk.uri(beside)])
            desk.editor.close(desk.uri(beside))
        else:
            await desk.ask(name)
        desk.editor.close(desk.uri(name))

    async def session():
        async with desk.opened():
            for number, one in enumerate(planted):
                await ask(number, one)

    asyncio.run(session())
    assert desk.asked == (len(planted),) * 3
    assert [one for one in planted if seen(one.secret, desk.far)] == []
    assert [one for one in planted if one.secret not in desk.near.prompts] == []


def test_planted_files_and_their_names_reach_nobody(desk):
    async def session():
        async with desk.opened():
            files = planted_files(desk.project)
            desk.open("ordinary.py")
            said = []
            for file in files:
                said.append(await desk.ask("ordinary.py", files=[file.uri]))
                said.append(await desk.ask(file.uri))
                desk.editor.open(file.uri, f"{KINDRED}{file.marker} = 1\n")
                said.append(await desk.ask(file.uri))
                said.append(await desk.ask("ordinary.py", files=[file.uri]))
                desk.editor.close(file.uri)
            before = desk.asked
            await desk.ask("ordinary.py")
            return files, said, before

    files, said, before = asyncio.run(session())
    assert len(files) >= 100
    assert before == (0, 0, 0)
    # It would have been asked.
    assert desk.asked[2] == 1
    assert all(len(one.split()) > 3 for one in said)
    shown = desk.far + desk.near.prompts
    assert [f.uri for f in files if any(word in shown for word in (f.marker, *f.names))] == []


def test_what_is_kept_in_is_shown_to_whom_it_may_be(desk):
    async def session():
        files = {
            "hr/people.py": "people_marker",
            "kept/plan.py": "plan_marker",
            "build/made.py": "made_marker",
        }
        (desk.project / ".gitignore").write_text("build/\n")
        for name, marker in files.items():
            (desk.project / name).parent.mkdir()
            (desk.project / name).write_text(f"{KINDRED}{marker} = 1\n")
        (desk.project / "link.py").symlink_to(desk.project / "hr/people.py")
        (desk.folder / "outside.py").write_text("outside_marker = 1\n")
        outside = (desk.folder / "outside.py").as_uri()
        counted = {}
        async with desk.opened():
            desk.open("ordinary.py")
            for names in (
                ["hr/people.py"],
                ["link.py"],
                ["kept/plan.py"],
                ["build/made.py"],
                [outside],
            ):
                uris = [desk.uri(name) for name in names]
                before = desk.asked
                said = await desk.ask("ordinary.py", files=uris)
                after = desk.asked
                counted[names[0]] = tuple(b - a for a, b in zip(before, after, strict=True)), said
            for name in ("hr/people.py", "kept/plan.py"):
                before = desk.asked
                said = await desk.ask(name)
                counted[f"at {name}"] = (
                    tuple(b - a for a, b in zip(before, desk.asked, strict=True)),
                    said,
                )
            return counted, outside

    counted, outside = asyncio.run(session())
    assert "_marker" not in desk.far
    assert not [word for word in ("hr/", "link.py", "kept/", "build/") if word in desk.far]
    asked = {name: asked for name, (asked, _) in counted.items()}
    near, nobody = (0, 0, 1), (0, 0, 0)
    assert asked == {
        "hr/people.py": near,
        "link.py": near,
        "kept/plan.py": nobody,
        "build/made.py": nobody,
        outside: nobody,
        "at hr/people.py": near,
        "at kept/plan.py": nobody,
    }, counted
    assert {"plan_marker", "made_marker", "outside_marker"}.isdisjoint(desk.near.prompts.split())


@pytest.mark.parametrize("whose", ["the user's", "the project's", "the editor's"])
def test_no_address_leaves_this_machine(desk, whose):
    """The settings are saved anew with each address, while the server runs."""

    async def session():
        async with RecordingServer() as reached:
            tricks = [trick.format(port=reached.port) for trick in TRICKS]
            if whose == "the project's":
                (desk.project / ".fusionls.toml").write_text("privacy.local_only = true\n")
            async with desk.opened():
                config = desk.folder / "config.toml"
                if whose == "the editor's":
                    wish = {"fusionls": {"privacy": {"local_only": True}}}
                    desk.editor.notify("workspace/didChangeConfiguration", {"settings": wish})
                top = "local_only = true\n" if whose == "the user's" else ""
                for number, trick in enumerate(tricks):
                    urls = {"cloud": trick, "base": trick, "near": desk.near.url}
                    text = MEMBERS.format(**urls)
                    text = text.replace('privacy = "cloud"', PRIVACY[number % len(PRIVACY)])
                    config.write_text(text + RULES + top)
                    desk.open(f"app{number}.py")
                    await desk.ask(f"app{number}.py")
                return desk.editor.heard, reached.connections

    heard, connections = asyncio.run(session())
    assert connections == 0
    assert heard.names == []
    assert heard.peers <= {("127.0.0.1", desk.near.port)}
    assert desk.near.asked > 40
