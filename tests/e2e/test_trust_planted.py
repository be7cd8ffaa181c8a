"""Secrets lie around in an editor, and a model that is not local records what it is shown."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.support.planted_secrets import Planted, planted_secrets
from tests.support.secret_files import planted_files
from tests.support.watched_server import Model, watched_editor

SETTINGS = """
[members.cloud]
wire = "openai"
endpoint = "{cloud}"
family = "qwen2.5-coder"
privacy = "cloud"
[members.near]
wire = "openai"
endpoint = "{near}"
family = "qwen2.5-coder"
[completion]
budget_ms = 10000
manual_budget_ms = 10000
[privacy]
exclude = ["kept/**"]
local_paths = ["hr/**"]
"""
# Words in common make a document a snippet of another one's prompt: eight lines are compared.
KINDRED = """def ordinary_total(invoice_lines, discount_rate):
    shipping_costs = invoice_lines.shipping_costs
    customer_country = invoice_lines.customer_country
    return sum(invoice_lines) * discount_rate + shipping_costs


def ordinary_taxes(invoice_lines, customer_country):
    taxable_amount = ordinary_total(invoice_lines, discount_rate=1)
    return taxable_amount * customer_country.tax_rate
"""
PLANTED_AMONG = 5
FOLLOWED_AGAIN_S = 1.1
LOOKED_AT_AGAIN_S = 0.2


class Desk:
    """A project that is open in an editor, a model in the cloud and one that is local."""

    def __init__(self, folder):
        self.folder, self.project = folder, folder / "project"
        self.project.mkdir()
        self.cloud, self.near = Model("cloud_says()"), Model("near_says()")
        self.version = 1
        self.settings = SETTINGS

    @asynccontextmanager
    async def opened(self, rooted=True):
        """Start the models and the server."""
        async with self.cloud, self.near:
            config = self.folder / "config.toml"
            config.write_text(self.settings.format(cloud=self.cloud.url, near=self.near.url))
            async with watched_editor(self.folder / "server", config, {}) as self.editor:
                await self.editor.begin((self.project,) if rooted else ())
                self.open("ordinary.py", KINDRED)
                yield

    def open(self, name, text):
        """Open a document by its path in the project, or its URI."""
        self.editor.open(self.uri(name), text)

    def uri(self, name):
        return name if ":" in name else (self.project / name).as_uri()

    async def ask(self, name="ordinary.py", before=KINDRED, behind=""):
        """Write a document anew and ask in it; return who answered."""
        self.version += 1
        # No two requests are the same, so that none is answered by what is known.
        before = f"# {self.version}\n{before}"
        self.editor.change(self.uri(name), before + behind, self.version)
        return await self.editor.suggested(self.uri(name), before)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_planted_files_and_their_names_reach_nobody(desk):
    async def session():
        async with desk.opened():
            files = planted_files(desk.project)
            desk.open("src/sibling.py", KINDRED + "sibling_was_seen = 1\n")
            answered = []
            for file in files:
                text = f"{KINDRED}{file.marker} = 1\n"
                desk.open(file.uri, text)
                answered += await desk.ask(file.uri, text)
                await desk.ask()
                desk.editor.close(file.uri)
            for file in files:
                desk.open(file.uri, f"{KINDRED}{file.marker} = 1\n")
            for _ in range(PLANTED_AMONG):
                await desk.ask()
        return files, answered

    files, answered = asyncio.run(session())
    assert len(files) >= 100
    assert answered == []
    for model in (desk.cloud, desk.near):
        # It was asked each time, and shown the harmless file beside.
        assert model.asked == len(files) + PLANTED_AMONG
        assert "sibling_was_seen" in model.prompts
        assert "src/sibling.py" in model.prompts
        # The bytes too: nothing stands in a header or an address.
        shown = model.prompts + model.received.decode()
        leaked = [f.uri for f in files if any(word in shown for word in (f.marker, *f.names))]
        assert leaked == []


def test_what_is_to_stay_near_is_shown_to_the_local_member_alone(desk):
    async def session():
        async with desk.opened():
            desk.open("hr/people.py", KINDRED + "people_marker = 1\n")
            desk.open("HR/people2.py", KINDRED + "people2_marker = 1\n")
            desk.open("kept/plan.py", KINDRED + "plan_marker = 1\n")
            (desk.project / "hr").mkdir()
            (desk.project / "hr/people.py").write_text("x")
            (desk.project / "link.py").symlink_to(desk.project / "hr/people.py")
            desk.open("link.py", KINDRED + "link_marker = 1\n")
            return [
                await desk.ask(),
                await desk.ask("hr/people.py", KINDRED + "people_marker = 2\n"),
                await desk.ask("link.py", KINDRED + "link_marker = 2\n"),
                await desk.ask("kept/plan.py", KINDRED + "plan_marker = 2\n"),
            ]

    both, near, linked, nobody = asyncio.run(session())
    assert sorted(both) == ["cloud_says()", "near_says()"]
    assert (near, linked, nobody) == (["near_says()"], ["near_says()"], [])
    assert "_marker" not in desk.cloud.prompts
    assert not [word for word in ("hr/", "HR/", "link.py", "kept/") if word in desk.cloud.prompts]
    assert {"people_marker", "link_marker"} <= set(desk.near.prompts.split())
    assert "plan_marker" not in desk.near.prompts


@pytest.mark.parametrize("rooted", [True, False], ids=["in a workspace", "without one"])
def test_a_file_of_settings_in_a_folder_that_is_kept_in_lets_nothing_out(desk, rooted):
    """The user's patterns count from the project's folder: where that is, is not for a repository to say."""
    names = ("hr/a.py", "kept/b.py", "hr/deep/c.py", "kept/deep/d.py")
    files = ("pyproject.toml", ".fusionls.toml")

    async def session():
        for number, name in enumerate(names):
            file = (desk.project / name).parent / files[number % 2]
            file.parent.mkdir()
            file.write_text("[tool.fusionls]\n" if file.name == files[0] else "")
        async with desk.opened(rooted):
            for name in names:
                desk.open(name, KINDRED + "kept_in_marker = 1\n")
            answers = [await desk.ask()]
            for name in names:
                answers.append(await desk.ask(name, KINDRED + "kept_in_marker = 2\n"))
        return answers

    ordinary, *kept_in = asyncio.run(session())
    assert "kept_in_marker" not in desk.cloud.prompts
    assert (len(ordinary), kept_in) == (2, [["near_says()"], [], ["near_says()"], []])


@pytest.mark.parametrize("whose", ["the user's", "a project's"])
def test_a_link_in_a_folder_with_settings_of_its_own_lets_nothing_out(desk, whose):
    """What a folder around keeps in counts for the place that a link leads to."""

    async def session():
        for folder in ("plans", "sub"):
            (desk.project / folder).mkdir()
        (desk.project / "plans/a.py").write_text("x")
        (desk.project / "sub/.fusionls.toml").write_text("")
        (desk.project / "sub/link.py").symlink_to(desk.project / "plans/a.py")
        rule = 'privacy.exclude = ["plans/**"]\n'
        if whose == "a project's":
            (desk.project / ".fusionls.toml").write_text(rule)
        else:
            desk.settings += f'[projects."{desk.project}"]\n{rule}'
        async with desk.opened():
            desk.open("sub/link.py", KINDRED + "plan_marker = 1\n")
            await desk.ask()
            return await desk.ask("sub/link.py", KINDRED + "plan_marker = 2\n")

    assert asyncio.run(session()) == []
    assert desk.cloud.asked == 1
    assert "plan_marker" not in desk.cloud.prompts + desk.near.prompts


@pytest.mark.parametrize("rooted", [True, False], ids=["in a workspace", "without one"])
def test_a_project_keeps_in_however_its_address_is_written(desk, rooted):
    async def session():
        (desk.project / ".fusionls.toml").write_text("privacy.local_only = true\n")
        said = {}
        async with desk.opened(rooted):
            for before in ("file:", "FILE://", "file://localhost", "file://LOCALHOST"):
                uri = f"{before}{desk.project}/app.py"
                desk.open(uri, KINDRED)
                said[before] = await desk.ask(uri)
                desk.editor.close(uri)
        return said

    said = asyncio.run(session())
    assert [before for before, answers in said.items() if answers != ["near_says()"]] == []
    assert desk.cloud.asked == 0


def test_a_document_that_becomes_a_link_to_a_secret_is_kept_in(desk):
    """Another branch is checked out while it is open."""

    async def session():
        (desk.project / "secrets").mkdir()
        (desk.project / "secrets/all.yaml").write_text("x")
        document = desk.project / "notes.py"
        document.write_text(KINDRED)
        async with desk.opened():
            desk.open("notes.py", KINDRED)
            first = await desk.ask("notes.py")
            document.unlink()
            document.symlink_to(desk.project / "secrets/all.yaml")
            # Links are followed again after a second.
            await asyncio.sleep(FOLLOWED_AGAIN_S)
            later = await desk.ask("notes.py", KINDRED + "linked_marker = 1\n")
            await desk.ask()
        return first, later

    first, later = asyncio.run(session())
    assert (len(first), later) == (2, [])
    assert "linked_marker" not in desk.cloud.prompts + desk.near.prompts


def test_what_is_excluded_later_is_no_context_from_then_on(desk):
    """The rule is saved while the file is open, and another project's file is typed in."""

    async def session():
        other = desk.folder / "other"
        other.mkdir()
        async with desk.opened():
            desk.open((other / "plan.py").as_uri(), KINDRED + "plan_marker = 1\n")
            await desk.ask()
            seen_before = "plan_marker" in desk.cloud.prompts
            (other / ".fusionls.toml").write_text('privacy.exclude = ["plan.py"]\n')
            await asyncio.sleep(LOOKED_AT_AGAIN_S)
            desk.cloud.requests.clear()
            await desk.ask()
        return seen_before

    assert asyncio.run(session())
    assert desk.cloud.asked == 1
    assert "plan_marker" not in desk.cloud.prompts


def in_a_name(planted):
    """A secret's place in a document, with the cursor in its middle."""
    start = planted.text.index(planted.secret)
    middle = start + len(planted.secret) // 2
    return planted.text[:middle], planted.text[middle:]


@pytest.mark.parametrize("place", ["before the cursor", "at the cursor", "beside", "cut in two"])
def test_secrets_in_ordinary_text_stay_near(desk, place):
    planted = planted_secrets()
    key = [f"line{n:02}" + "aB3" * 19 for n in range(32)]
    begin, end = (f"-----{word} PRIVATE" + " KEY-----" for word in ("BEGIN", "END"))
    if place == "cut in two":
        # A piece of a document begins in the middle of it.
        planted = [Planted("\n".join([begin, *key, end, ""]), line) for line in key[-3:]]

    async def session():
        async with desk.opened():
            for number, one in enumerate(planted):
                if place == "before the cursor":
                    await desk.ask(before=f"{one.text}\nvalue = ")
                elif place == "at the cursor":
                    await desk.ask("ordinary.py", *in_a_name(one))
                else:
                    beside = f"beside{number}.py"
                    desk.open(beside, f"{one.text}\n{KINDRED}")
                    await desk.ask()
                    desk.editor.close(desk.uri(beside))

    asyncio.run(session())
    assert desk.cloud.asked == desk.near.asked == len(planted)
    shown = desk.near.prompts.replace("<|fim_suffix|>", "").replace("<|fim_prefix|>", "")
    if place != "at the cursor":
        # The local member is shown all of it.
        assert [one for one in planted if one.secret not in shown] == []
    assert "<redacted>" not in desk.near.prompts
    assert [one for one in planted if seen(one.secret, desk.cloud.prompts)] == []


def seen(secret, prompts):
    """Whether a secret, or more than half of a long one, is in ``prompts``."""
    half = (len(secret) + 1) // 2
    parts = {secret} | ({secret[:half], secret[half:]} if half > 6 else set())
    return any(part in prompts for part in parts)
