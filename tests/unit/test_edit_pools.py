"""Who is asked for edits of some files: by role, by who may see all of them, and within the budgets."""

import asyncio
import os

import pytest

from fusionls.core.editing.orders import Style
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.wish import NO_WISH, Wish
from fusionls.engine.occupying import OccupyingClient
from fusionls.engine.ports import Endpoint, NoFile
from fusionls.engine.warm_client import WarmClient
from fusionls.settings.layers import SettingsSource
from fusionls.wiring import ConfiguredPools, known_names
from fusionls.wiring.keepers import Keepers
from tests.support.virtual_time import run_virtual
from tests.unit.test_gguf_header import weights

USER = """
[members.near]
wire = "openai"
endpoint = "http://127.0.0.1:1"
model = "gpt-oss-20b"

[members.far]
wire = "openai"
endpoint = "https://models.example"
model = "qwen2.5-coder-7b"
prior = 0.9
context = 8192
price = { input = 1.0, output = 2.0 }

[members.typist]
wire = "openai"
endpoint = "http://127.0.0.1:2"
roles = ["completion"]

[members.filler]
wire = "tabby"
endpoint = "http://127.0.0.1:3"

[members.judge]
wire = "anthropic"
endpoint = "https://judge.example"
roles = ["judge"]

[pools.default]
members = ["memory", "near", "far", "typist"]

[pools.fillers]
members = ["filler", "typist"]

[refactor]
judge = "judge"

[languages.markdown]
enabled = false
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_DATA", str(tmp_path / "nothing"))
    (tmp_path / "config.toml").write_text(USER)
    (tmp_path / "work").mkdir()
    return tmp_path


def pool_for(place, *paths, wish=NO_WISH, language="", policy=""):
    """The pool for edits of ``paths``."""
    (place / "policy.toml").write_text(policy)

    async def ask():
        source = SettingsSource(known_names(), place / "config.toml", place / "policy.toml")
        pools = ConfiguredPools(source)
        pools.folders_changed(((place / "work").as_uri(),))
        uris = [(place / path).as_uri() for path in paths or ("work/app.py",)]
        try:
            return pools.edit_pool_for(uris, wish, language)
        finally:
            await pools.aclose()

    return run_virtual(ask())


def names(pool):
    return [one.member.name for one in pool.members]


def project(place, text):
    (place / "work/.fusionls.toml").write_text(text)


def test_who_says_nothing_of_roles_edits_and_the_memory_never_does(place):
    pool = pool_for(place)
    assert (names(pool), pool.off) == (["near", "far"], "")
    assert (pool.budget_ms, pool.samples) == (20_000, 3)


def test_a_judge_is_whom_the_settings_name_whatever_its_roles(place):
    assert pool_for(place).judge.member.name == "judge"
    project(place, '[refactor]\njudge = "near"\n')
    assert pool_for(place).judge.member.name == "near"
    assert pool_for(place, wish=Wish(local_only=True)).judge.member.name == "near"
    project(place, "[privacy]\nlocal_only = true\n")
    assert pool_for(place).judge is None, "it is on another machine"
    project(place, '[refactor]\njudge = "filler"\n')
    assert pool_for(place).judge is None, "it cannot be told anything"


def test_members_are_known_by_what_they_are_worth_at_edits(place):
    near, far = pool_for(place).members
    assert near.member.prior == edit_prior_of("gpt-oss-20b")
    assert (far.member.prior, far.tokens, near.tokens) == (0.9, 8192, 0)
    assert far.member.price.output == 2.0
    assert near.client is not far.client


@pytest.mark.parametrize(
    ("block", "style"),
    [
        ('wire = "openai"\nmodel = "gpt-4.1-mini"', Style.CHAT),
        ('wire = "openai"\nmodel = "qwen2.5-coder-7b"', Style.CONTINUE),
        ('wire = "openai"\nmodel = "Qwen/Qwen2.5-Coder-7B-Instruct"', Style.CHAT),
        ('wire = "openai"\nmodel = "gemma-3-12b-it"', Style.CHAT),
        ('wire = "openai"\nmodel = "our-own"\nfamily = "chat"', Style.CHAT),
        ('wire = "llamacpp"', Style.CONTINUE),
        ('wire = "llamacpp"\nmodel = "starcoder2-3b"', Style.CONTINUE),
        ('wire = "ollama"\nmodel = "qwen2.5-coder:7b"', Style.CHAT),
        ('wire = "ollama"\nmodel = "qwen2.5-coder:7b-base"', Style.CONTINUE),
        ('wire = "ollama"\nmodel = "codellama:7b-code"', Style.CONTINUE),
        ('wire = "mistral"\nmodel = "codestral-latest"', Style.CHAT),
        ('wire = "anthropic"\nmodel = "m"', Style.CHAT),
        ('wire = "gemini"\nmodel = "m"', Style.CHAT),
    ],
)
def test_a_member_is_told_in_the_way_it_understands(place, block, style):
    (place / "config.toml").write_text(f'[members.a]\n{block}\nendpoint = "http://127.0.0.1:1"\n')
    [member] = pool_for(place).members
    assert (member.style, member.cannot) == (style, "")


@pytest.mark.parametrize(
    ("name", "form", "fill_in", "size", "style"),
    [
        ("My Model 7B", "{{ messages }}", "", 5 * 10**9, Style.CHAT),
        ("My Model 7B", "", "", 5 * 10**9, Style.CONTINUE),
        ("Qwen2.5 Coder 7B", "{{ messages }}", "<|fim_prefix|>", 5 * 10**9, Style.CONTINUE),
        ("Qwen2.5 Coder 7B Instruct", "{{ messages }}", "<|fim_prefix|>", 5 * 10**9, Style.CHAT),
        ("SmolLM2 135M Instruct", "{{ messages }}", "", 145 * 10**6, Style.CONTINUE),
    ],
)
def test_weights_say_themselves_how_they_are_told(place, name, form, fill_in, size, style):
    known = {"general.name": name, "tokenizer.ggml.model": "gpt2"}
    known |= {"tokenizer.chat_template": form} if form else {}
    if fill_in:
        known |= {"tokenizer.ggml.tokens": [fill_in], "tokenizer.ggml.fim_pre_token_id": 0}
    own = weights(place, known)
    os.truncate(own, size)
    block = f'[members.a]\nwire = "embedded"\nmodel = "{own}"\n'
    (place / "config.toml").write_text(block)
    [member] = pool_for(place).members
    assert (member.style, member.tokens) == (style, 2048)
    assert member.member.prior == edit_prior_of(f"own {name}")
    (place / "config.toml").write_text(block + "context = 8192\n")
    assert pool_for(place).members[0].tokens == 8192


def test_embedded_models_take_turns_with_long_edits(place):
    own = weights(place, {"general.name": "My Model 7B", "tokenizer.ggml.model": "gpt2"})
    block = f'wire = "embedded"\nmodel = "{own}"\n'
    blocks = f'[members.a]\n{block}[members.b]\n{block}[members.c]\n{block}shares = "gpu0"\n'
    (place / "config.toml").write_text(blocks)
    shares = {one.member.name: one.member.shares for one in pool_for(place).members}
    assert shares["a"] == shares["b"] != "" and shares["c"] == "gpu0"


def test_who_only_fills_in_cannot_be_asked_and_it_is_said(place):
    pool = pool_for(place, wish=Wish(edit_pool="fillers"))
    assert [one.cannot for one in pool.members] == [
        "its server only fills in, and cannot be told what to change"
    ]
    assert pool.off == f"filler is not asked for edits: {pool.members[0].cannot}"


def test_without_anybody_it_is_said_what_to_do(place):
    (place / "config.toml").write_text("")
    pool = pool_for(place)
    assert (pool.members, "install a model" in pool.off) == ((), True)


def test_the_strictest_of_all_files_counts(place):
    project(place, '[privacy]\nlocal_paths = ["hr/**"]\nexclude = ["attic/**"]\n')
    assert names(pool_for(place, "work/app.py", "work/b.py")) == ["near", "far"]
    assert names(pool_for(place, "work/app.py", "work/hr/pay.py")) == ["near"]
    kept = pool_for(place, "work/app.py", "work/attic/old.py")
    assert (kept.members, kept.judge) == ((), None)
    assert kept.off.startswith("old.py is shown to nobody: ")
    secret = pool_for(place, "work/app.py", "work/.env")
    assert (secret.members, secret.off.split()[0]) == ((), ".env")


def test_a_file_of_a_stricter_project_counts_as_there(place):
    project(place, "")
    inner = place / "work/inner"
    inner.mkdir()
    (inner / ".fusionls.toml").write_text("[privacy]\nlocal_only = true\n")
    assert names(pool_for(place, "work/app.py", "work/inner/a.py")) == ["near"]


def test_where_nobody_here_may_see_it_that_is_said(place):
    project(place, '[pools.away]\nmembers = ["far"]\n[refactor]\npool = "away"\n')
    assert names(pool_for(place)) == ["far"]
    pool = pool_for(place, wish=Wish(local_only=True))
    assert (pool.members, "no member of its pool runs here" in pool.off) == ((), True)


def test_the_machines_policy_binds_edits_too(place):
    policy = 'allowed_hosts = ["judge.example"]\n[refactor]\nbudget_ms = 5000\n'
    pool = pool_for(place, policy=policy)
    assert (names(pool), pool.judge.member.name, pool.budget_ms) == (["near"], "judge", 5000)


def test_a_project_and_an_editor_may_lower_and_never_raise(place):
    project(place, "[refactor]\nsamples = 5\nbudget_ms = 90000\n")
    pool = pool_for(place, wish=Wish(edit_ms=60_000))
    assert (pool.samples, pool.budget_ms) == (3, 20_000)
    project(place, "[refactor]\nsamples = 1\nbudget_ms = 9000\n")
    assert (pool_for(place).samples, pool_for(place).budget_ms) == (1, 9000)
    assert pool_for(place, wish=Wish(edit_ms=100)).budget_ms == 100


def test_what_is_switched_off_is_off_for_edits_as_well(place):
    assert "markdown" in pool_for(place, language="markdown").off
    assert (
        "rust" in pool_for(place, language="rust", wish=Wish(languages_off=frozenset({"rust"}))).off
    )
    off = pool_for(place, wish=Wish(edits=False))
    assert (off.members, off.off) == ((), "switched off in the editor's settings")
    assert pool_for(place, wish=Wish(enabled=False)).off == "", "that is for completions"


class Kept:
    """A keeper that notes its end."""

    closed = False

    async def endpoint(self):
        return Endpoint("http://127.0.0.1:1")

    async def aclose(self):
        self.closed = True


def test_a_local_server_ends_with_the_last_who_uses_it(tmp_path):
    made = []

    def make():
        made.append(Kept())
        return made[-1]

    async def play():
        keepers = Keepers()
        one, other = keepers.lease(tmp_path, make), keepers.lease(tmp_path, make)
        assert await one.endpoint() == await other.endpoint()
        await one.aclose()
        await one.aclose()
        assert [keeper.closed for keeper in made] == [False]
        await other.aclose()
        assert [keeper.closed for keeper in made] == [True]
        # Who comes after the end gets one that serves.
        third = keepers.lease(tmp_path, make)
        assert [keeper.closed for keeper in made] == [True, False]
        await third.aclose()

    run_virtual(play())


CODE = "x" * 3000
KEY = RenderedPrompt(text=CODE, max_tokens=4)
EDIT = RenderedPrompt(messages=(ChatMessage("user", "rename"),), edits=True)


class OneSlot:
    """A server that answers one request after the other, in 100 ms; an edit takes 2 s."""

    def __init__(self):
        self.turn = asyncio.Lock()
        self.closed = False

    async def stream(self, prompt):
        from fusionls.core.reply import Chunk

        async with self.turn:
            await asyncio.sleep(2.0 if prompt.edits else 0.1)
            yield Chunk("a = 1", 2)

    def expected_ms(self, prompt):
        return None

    async def prepare(self):
        """Nothing to do."""

    async def warm(self, prompt):
        """Nothing to do."""

    async def aclose(self):
        self.closed = True


async def said(client, prompt):
    return "".join([chunk.text async for chunk in client.stream(prompt)])


def test_an_edit_takes_what_was_read_and_nothing_else_breaks():
    async def play():
        server = OneSlot()
        typing = WarmClient(server)
        editing = OccupyingClient(server, lambda: [typing])
        assert await said(typing, KEY) == "a = 1"
        other = RenderedPrompt(text="y" * 3000, max_tokens=4)
        assert typing.expected_ms(other) == pytest.approx(100)
        edit = asyncio.create_task(said(editing, EDIT))
        await asyncio.sleep(0.5)
        assert typing.expected_ms(other) is None, "nobody knows while an edit is written"
        assert await said(typing, other) == "a = 1"
        assert await edit == "a = 1"
        # The wait behind the edit is not taken for the pace of the server.
        assert typing.expected_ms(RenderedPrompt(text="z" * 3000)) == pytest.approx(100)
        assert await said(editing, EDIT) == "a = 1"
        assert typing.expected_ms(RenderedPrompt(text=other.text + "z" * 200)) == pytest.approx(
            107, abs=1
        ), "what had been read is gone"
        await typing.aclose()

    run_virtual(play())


def test_who_is_being_answered_is_not_closed_under_way():
    async def play():
        server = OneSlot()
        editing = OccupyingClient(server, tuple)
        edit = asyncio.create_task(said(editing, EDIT))
        await asyncio.sleep(0.5)
        closing = asyncio.create_task(editing.close_when_idle())
        await asyncio.sleep(0.5)
        assert not server.closed
        assert await edit == "a = 1"
        await closing
        assert server.closed

    run_virtual(play())


def test_a_file_that_is_named_is_read_within_the_rules_of_its_project(place):
    project(place, '[privacy]\nexclude = ["attic/**"]\n')
    (place / "work/attic").mkdir()
    for name in ("work/b.py", "work/attic/c.py"):
        (place / name).write_text("b = 1\n")

    async def ask():
        pools = ConfiguredPools(SettingsSource(known_names(), place / "config.toml"))
        pools.folders_changed(((place / "work").as_uri(),))
        try:
            found = await pools.file_at((place / "work/b.py").as_uri())
            with pytest.raises(NoFile, match=r"c\.py is a file with secrets, or excluded"):
                await pools.file_at((place / "work/attic/c.py").as_uri())
            with pytest.raises(NoFile, match="is not in a folder that is open"):
                await pools.file_at((place / "config.toml").as_uri())
            return found.text
        finally:
            await pools.aclose()

    assert asyncio.run(ask()) == "b = 1\n"
