"""No project file and no editor can widen anything: shown over the whole schema, key by key and at random."""

import dataclasses
import json
import types
import typing
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.member import Caps
from fusionls.engine.ports import Pool
from fusionls.settings import schema
from fusionls.settings.layers import SettingsSource
from fusionls.settings.names import KnownNames
from fusionls.settings.narrowing import read_wish
from fusionls.settings.resolved import Settings
from fusionls.settings.rights import Right, Says, Within, project, says_of, user
from fusionls.settings.schema import (
    Block,
    EditorSettings,
    PolicyFile,
    ProjectFile,
    UserFile,
)

MODELS = frozenset({"memory", "smollm2-135m"})
KNOWN = KnownNames(
    wires=frozenset({"openai", "embedded", "memory"}), families=frozenset({"plain"}), models=MODELS
)
USER = """
[members.near]
wire = "openai"
endpoint = "http://127.0.0.1:8012"
[members.far]
wire = "openai"
endpoint = "https://models.example"
key = { env = "FAR_KEY" }
headers = { "X-Title" = "mine" }
roles = ["completion"]
[pools.home]
members = ["near"]
[completion]
pool = "home"
budget_ms = 300
[privacy]
exclude = ["mine/**", "!mine/open/**"]
[languages.markdown]
enabled = false
[network]
ca_file = "~/ca.pem"
"""
EVIL = "https://evil.example"
HOSTILE = [
    EVIL,
    "near",
    "home",
    "default",
    "!mine/**",
    "openai",
    "../../etc/passwd",
    "\x1b[31m",
    "",
    True,
    False,
    0,
    -1,
    10**9,
    9_999,
    1.5,
    [],
    ["near", "far"],
    ["evil"],
    ["!mine/**", "!**"],
    ["completion", "refactor", "judge"],
    {},
    {"env": "AWS_SECRET_ACCESS_KEY"},
    {"command": ["sh", "-c", "touch /tmp/pwned"]},
    {"evil": {"wire": "openai", "endpoint": EVIL}},
    {"evil": {"members": ["near", "far", "evil"]}},
]


def blocks() -> list[type[Block]]:
    found = (value for value in vars(schema).values() if isinstance(value, type))
    return [value for value in found if issubclass(value, Block) and value is not Block]


def inner(annotation: object) -> list[type[Block]]:
    """Return the blocks that a field's type is made of."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, Block) else []
    return [block for part in typing.get_args(annotation) for block in inner(part)]


def paths(block: type[Block], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return every key of a block and of the blocks in it; a table by name gets a name or two."""
    found = []
    for name, field in block.model_fields.items():
        at = (*above, name)
        found.append(at)
        for deeper in inner(field.annotation):
            names = ("near",) if above else ("near", "evil")
            keys = [(name,) for name in names] if "dict" in str(field.annotation) else [()]
            found += [path for key in keys for path in paths(deeper, (*at, *key))]
    return found


ALL_PATHS = sorted(
    {*paths(UserFile), *paths(PolicyFile), *paths(ProjectFile), *paths(EditorSettings)}
)
TOP = sorted({path[0] for path in ALL_PATHS})
ALL_KEYS = sorted(
    {part for path in ALL_PATHS for part in path} | {"near", "far", "evil", "markdown"}
)


class Home:
    """A user with a project, whose file can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, folder / "p/.fusionls.toml"
        self.project.parent.mkdir()
        (folder / "config.toml").write_text(USER)
        self.source = SettingsSource(KNOWN, folder / "config.toml", None)
        self.mine = self.settings()

    def settings(self, document: str = "p/a.py") -> Settings:
        return self.source.settings_for(self.folder / document)

    def project_says(self, content: str | bytes) -> Settings:
        """Return the settings with a project's file that was not there before."""
        self.project.unlink(missing_ok=True)
        assert self.settings() == self.mine
        self.project.write_bytes(content.encode() if isinstance(content, str) else content)
        found = self.settings()
        for said in self.source.news():
            assert said.isprintable(), said
        return found


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


def assert_within(mine: Settings, theirs: Settings) -> None:
    """Fail if ``theirs`` allows anything that ``mine`` does not."""
    names = {*mine.members, *MODELS}
    pools = {"default", *theirs.pools}
    checks = {
        "members": theirs.members == mine.members,
        "network": theirs.network == mine.network,
        "currency": theirs.currency == mine.currency,
        "weights": theirs.weights == mine.weights,
        "allowed_hosts": theirs.allowed_hosts == mine.allowed_hosts,
        "pools": all(pool.members and set(pool.members) <= names for pool in theirs.pools.values()),
        "completion": theirs.completion.pool in pools
        and theirs.completion.budget_ms <= mine.completion.budget_ms
        and theirs.completion.manual_budget_ms <= mine.completion.manual_budget_ms,
        "refactor": theirs.refactor.pool in pools
        and theirs.refactor.judge in {"", *names}
        and theirs.refactor.budget_ms <= mine.refactor.budget_ms
        and theirs.refactor.samples <= mine.refactor.samples,
        "privacy": theirs.privacy.local_only >= mine.privacy.local_only
        and all(
            keeps_in(getattr(mine.privacy, name), getattr(theirs.privacy, name))
            for name in ("exclude", "local_paths")
        ),
        "languages": all(
            theirs.languages[name].enabled <= block.enabled
            for name, block in mine.languages.items()
        ),
        # These say where the rest comes from, and allow nothing.
        "root": True,
        "outermost": theirs.outermost == mine.outermost,
        "files": True,
        "origins": True,
    }
    assert set(checks) == {field.name for field in dataclasses.fields(Settings)}
    assert [name for name, holds in checks.items() if not holds] == []


def keeps_in(mine: list[str], theirs: list[str]) -> bool:
    added = theirs[len(mine) :]
    return theirs[: len(mine)] == mine and not any(pattern.startswith("!") for pattern in added)


def nested(path: tuple[str, ...], value: object) -> dict[str, object]:
    for part in reversed(path):
        value = {part: value}
    return typing.cast("dict[str, object]", value)


def test_every_field_is_classed():
    for block in blocks():
        for name, field in block.model_fields.items():
            says = says_of(field)
            assert says.meaning, (block, name)
            assert (says.right is Right.PROJECT) == (says.within is not None), (block, name)


def test_a_field_that_is_not_classed_fails():
    class Forgotten(Block):
        endpoint: str = ""

    with pytest.raises(LookupError, match="not classed"):
        says_of(Forgotten.model_fields["endpoint"])


def test_a_projects_file_has_no_field_of_the_users_but_in_proposals():
    def walk(block: type[Block], above: tuple[str, ...] = ()) -> None:
        for name, field in block.model_fields.items():
            if name == "proposed":
                continue
            assert says_of(field).right is Right.PROJECT, (*above, name)
            for deeper in inner(field.annotation):
                walk(deeper, (*above, name))

    walk(ProjectFile)
    walk(EditorSettings)


def test_what_the_user_alone_may_say():
    """The list of what reaches outside; a field that leaves it must do so here too."""
    users = {
        name
        for block in (schema.MemberBlock, schema.NetworkBlock, schema.KeyBlock, schema.PriceBlock)
        for name, field in block.model_fields.items()
        if says_of(field).right is Right.USER
    }
    assert users == {
        *("wire", "endpoint", "model", "family", "key", "privacy", "maker", "prior", "shares"),
        *("price", "roles", "context", "allow_plain_http", "headers", "body", "query", "network"),
        *("ca_file", "client_certificate", "client_key", "proxy"),
        *("env", "keyring", "command", "file", "input", "output"),
    }
    assert user("x") == Says(Right.USER, "x")
    assert project(Within.ADDS, "x").right is Right.PROJECT


@pytest.mark.parametrize("top", TOP)
def test_no_key_of_the_schema_widens_anything_in_a_project(home, top):
    for path in (path for path in ALL_PATHS if path[0] == top):
        # What lies deep in a table that is not for a project needs no more than a sample.
        for value in HOSTILE if len(path) < 4 else HOSTILE[::4]:
            assert_within(home.mine, home.project_says(tomlkit.dumps(nested(path, value))))


@pytest.mark.parametrize("top", TOP)
def test_no_key_of_the_schema_widens_anything_from_an_editor(home, top):
    for path in (path for path in ALL_PATHS if path[0] == top):
        for value in [*HOSTILE, None]:
            assert_wish_within(home.mine, nested(path, value))


values = st.recursive(
    st.sampled_from([value for value in HOSTILE if not isinstance(value, dict)])
    | st.integers(-(2**40), 2**40)
    | st.booleans()
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(st.sampled_from(ALL_KEYS), deeper, max_size=5)
    ),
    max_leaves=25,
)
files = st.dictionaries(st.sampled_from(ALL_KEYS), values, max_size=6)
# Files whose keys stand where they belong go further into the schema than random ones.
placed = st.lists(st.tuples(st.sampled_from(ALL_PATHS), values), min_size=1, max_size=6)


def together(parts: list[tuple[tuple[str, ...], object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for path, value in parts:
        at = table
        for part in path[:-1]:
            deeper = at.setdefault(part, {})
            if not isinstance(deeper, dict):
                break
            at = deeper
        else:
            at[path[-1]] = value
    return table


@settings(max_examples=150)
@given(table=files | placed.map(together))
def test_no_project_file_widens_anything(home, table):
    assert_within(home.mine, home.project_says(tomlkit.dumps(table)))


@settings(max_examples=100)
@given(text=st.text(st.characters(codec="utf-8"), max_size=200) | st.binary(max_size=100))
def test_no_bytes_widen_anything(home, text):
    assert_within(home.mine, home.project_says(text))


@settings(max_examples=75)
@given(outer=placed.map(together), own=placed.map(together))
def test_a_project_within_a_project_lets_nothing_out(home, outer, own):
    """What the outer file keeps in stays in, whatever the inner one says."""
    inside = home.folder / "p/sub/.fusionls.toml"
    inside.parent.mkdir(exist_ok=True)
    inside.unlink(missing_ok=True)
    without = home.project_says(tomlkit.dumps(outer))
    inside.write_text(tomlkit.dumps(own))
    within = home.settings("p/sub/a.py")
    inside.unlink()
    assert within.privacy.local_only >= without.privacy.local_only
    assert_within(home.mine, within)


def assert_wish_within(mine: Settings, block: object) -> None:
    names = {*mine.members, *MODELS}
    read = read_wish(mine, names, block)
    assert all(said.isprintable() for said in read.problems)
    if read.wish is None:
        assert read.problems
        return
    wish = read.wish
    caps = Caps(float(mine.completion.budget_ms), float(mine.completion.manual_budget_ms))
    pool = Pool((), caps).within(wish)
    assert pool.caps.automatic_ms <= caps.automatic_ms
    assert pool.caps.manual_ms <= caps.manual_ms
    assert set(wish.members or ()) <= names
    assert {wish.pool, wish.edit_pool} <= {"", "default", *mine.pools}
    assert not any(pattern.startswith("!") for pattern in (*wish.exclude, *wish.local_paths))
    assert {field.name for field in dataclasses.fields(wish)} == {
        *("enabled", "pool", "members", "automatic_ms", "manual_ms", "languages_off"),
        *("local_only", "exclude", "local_paths", "edits", "edit_pool", "edit_ms"),
    }


@settings(max_examples=200)
@given(block=files | placed.map(together) | values | st.none())
def test_no_editor_widens_anything(home, block):
    assert_wish_within(home.mine, json.loads(json.dumps(block)))


def test_the_policy_is_never_exceeded(tmp_path):
    """The user's own full rights end at the machine policy, and a project cannot loosen it either."""
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'allowed_hosts = ["a.example"]\ncompletion.budget_ms = 50\nprivacy.local_only = true\n'
        'privacy.exclude = ["keys/**"]\n'
    )
    config = tmp_path / "config.toml"
    config.write_text(
        USER + f"[projects.'{tmp_path}/p']\nprivacy = {{ local_only = false, exclude = [] }}\n"
        "completion.budget_ms = 10000\n"
    )
    (tmp_path / "p").mkdir()
    for value in HOSTILE:
        for path in (("allowed_hosts",), ("privacy", "exclude"), ("privacy", "local_only")):
            (tmp_path / "p/.fusionls.toml").write_text(tomlkit.dumps(nested(path, value)))
            found = SettingsSource(KNOWN, config, policy).settings_for(tmp_path / "p/a.py")
            assert found.allowed_hosts == ("a.example",)
            assert found.completion.budget_ms <= 50
            assert found.privacy.local_only
            assert found.privacy.exclude[-1:] == ["keys/**"]
