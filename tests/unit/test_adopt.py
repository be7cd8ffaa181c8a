"""A project's proposals, and what becomes of the user's file."""

import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.cli.commands.adopt import COMMAND
from fusionls.settings.adopt import AdoptError, adopt, proposal_of
from fusionls.settings.layers import SettingsSource
from fusionls.settings.names import KnownNames
from fusionls.settings.problems import SettingsError

KNOWN = KnownNames(
    wires=frozenset({"openai", "embedded", "memory"}),
    families=frozenset({"plain"}),
    models=frozenset({"memory"}),
)
PROPOSED = """
[proposed.members.team]
wire = "openai"
endpoint = "https://team.example/v1"
model = "coder"
key = { env = "TEAM_KEY" }
"""


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder, self.config, self.project = folder, folder / "config.toml", folder / "p"
        self.project.mkdir()
        self.proposes(PROPOSED)

    def proposes(self, text: str) -> None:
        (self.project / ".fusionls.toml").write_text(text)

    def adopt(self) -> str:
        proposal = proposal_of(self.project, KNOWN)
        assert proposal is not None
        adopt(self.config, proposal, KNOWN)
        return self.config.read_bytes().decode()

    def settings(self):
        source = SettingsSource(KNOWN, self.config, None)
        found = source.settings_for(self.project / "a.py")
        assert source.news() == ()
        return found


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_proposal_has_no_effect_until_it_is_adopted(home):
    assert home.settings().members == {}
    home.adopt()
    assert home.settings().members["team"].endpoint == "https://team.example/v1"
    elsewhere = SettingsSource(KNOWN, home.config, None).settings_for(home.folder / "q/a.py")
    assert elsewhere.members == {}


def test_what_the_project_says_later_has_no_effect(home):
    home.adopt()
    home.proposes(PROPOSED.replace("team.example", "evil.example"))
    assert home.settings().members["team"].endpoint == "https://team.example/v1"
    home.adopt()
    assert home.settings().members["team"].endpoint == "https://evil.example/v1"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# only a comment, and no line end",
        "# head\n[members.mine] # mine\nwire   =   'embedded'\n\n[pools.default]\nmembers = ['mine'] # why\n",
        "# windows\r\n[members.mine]\r\nwire = 'embedded'\r\n",
        "[projects.'{p}'] # here\nprivacy.local_only = true # stays\n[completion]\nbudget_ms = 100\n",
        "[projects.'{p}'.members.other]\nwire = 'embedded' # o\n[projects.'/else']\n[languages.go]\n",
        "[projects.'{p}'.members]\nteam = {{ wire = 'embedded' }} # was mine\n",
        "projects.'{p}'.completion.budget_ms = 9\n",
        "[projects]\n[projects.'{p}'.privacy]\nlocal_only = true\n[members.x]\nwire = 'memory'\n",
        "[projects.'{p}/../p']\nprivacy.local_only = true\n",
    ],
)
def test_all_else_in_the_users_file_stays_as_it_is(home, before):
    before = before.replace("{{", "{").replace("}}", "}").replace("{p}", str(home.project))
    home.config.write_bytes(before.encode())
    after = home.adopt()
    for line in before.split("\n"):
        if "#" in line and "was mine" not in line:
            assert line in after
    assert ("\r\n" in after) == ("\r\n" in before)
    assert after.count("\r\n") in (0, after.count("\n"))
    old, new = tomllib.loads(before), tomllib.loads(after)
    (team,) = (
        block["members"].pop("team")
        for block in new["projects"].values()
        if "team" in block.get("members", {})
    )
    assert team["endpoint"] == "https://team.example/v1"
    old.get("projects", {}).get(str(home.project), {}).get("members", {}).pop("team", None)
    assert pruned(new) == pruned(old)
    assert home.settings().members["team"].model == "coder"


def pruned(table):
    """Return a table without empty ones: headers may come with an adopted member."""
    if not isinstance(table, dict):
        return table
    inner = {key: pruned(value) for key, value in table.items()}
    return {key: value for key, value in inner.items() if value != {}}


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(home):
    real = home.folder / "dotfiles" / "fusionls.toml"
    real.parent.mkdir()
    real.write_text("# kept\n")
    real.chmod(0o640)
    home.config.symlink_to(real)
    home.adopt()
    assert home.config.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith("# kept\n")
    assert [file.name for file in real.parent.iterdir()] == ["fusionls.toml"]


def test_a_new_file_is_for_its_owner_only(home):
    home.config = home.folder / "new" / "config.toml"
    home.adopt()
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600


def test_a_broken_users_file_is_left_alone(home):
    home.config.write_text("[completion")
    with pytest.raises(SettingsError, match="not valid TOML"):
        home.adopt()
    assert home.config.read_text() == "[completion"


def test_a_disk_that_is_full_leaves_the_file_as_it_was(home, monkeypatch):
    home.config.write_text("# mine\n")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fusionls.settings.adopt.os.fsync", full)
    with pytest.raises(AdoptError, match="No space left"):
        home.adopt()
    assert home.config.read_text() == "# mine\n"
    assert sorted(file.name for file in home.folder.iterdir()) == ["config.toml", "p"]


@pytest.mark.parametrize(
    ("proposed", "said"),
    [
        ("wire = 'openia'\nendpoint = 'https://x.example'", 'did you mean "openai"?'),
        ("wire = 'openai'\nendpoint = 'http://x.example'", "use https"),
        (
            "wire = 'openai'\nendpoint = 'https://x.example'\nkey = { command = ['sh'] }",
            "cannot propose a program",
        ),
        (
            "wire = 'openai'\nendpoint = 'https://x.example'\nkey = { file = '~/.ssh/id' }",
            "a file of yours",
        ),
        (
            "wire = 'openai'\nendpoint = 'https://x.example'\nnetwork = { ca_file = 'ca.pem' }",
            "way into the network",
        ),
        ("wire = 'openai'\nendpoint = 'https://x.example'\nsudo = true", "this key is not known"),
    ],
)
def test_a_proposal_that_cannot_be_adopted_is_said_with_its_line(home, proposed, said):
    home.proposes(f"[proposed.members.x]\n{proposed}\n")
    with pytest.raises(SettingsError) as caught:
        proposal_of(home.project, KNOWN)
    assert said in str(caught.value)
    assert "line " in str(caught.value)


def test_the_nearest_project_is_asked(home):
    deep = home.project / "a" / "b"
    deep.mkdir(parents=True)
    proposal = proposal_of(deep, KNOWN)
    assert proposal is not None
    assert proposal.folder == home.project
    home.proposes("[completion]\nbudget_ms = 5\n")
    assert proposal_of(deep, KNOWN) is None


@settings(max_examples=50)
@given(
    model=st.text(st.characters(codec="utf-8"), max_size=40),
    headers=st.dictionaries(
        st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True), st.just("v"), max_size=2
    ),
)
def test_what_is_adopted_is_what_was_proposed(tmp_path_factory, model, headers):
    import tomlkit

    home = Home(tmp_path_factory.mktemp("home"))
    member = {"wire": "openai", "endpoint": "https://a.example", "model": model, "headers": headers}
    home.proposes(tomlkit.dumps({"proposed": {"members": {"x": member}}}))
    home.adopt()
    adopted = home.settings().members["x"]
    assert (adopted.model, adopted.headers) == (model, headers)


def run(home, monkeypatch, *arguments):
    monkeypatch.setenv("FUSIONLS_CONFIG", str(home.config))
    return CliRunner().invoke(COMMAND, [*arguments, str(home.project)])


def test_the_command_shows_and_copies_only_when_confirmed(home, monkeypatch):
    shown = run(home, monkeypatch)
    assert shown.exit_code == 1
    assert "YOUR CODE GOES TO 'https://team.example/v1' (the internet)" in shown.output
    assert "YOUR KEY in the variable 'TEAM_KEY' goes there too" in shown.output
    assert "say --yes" in shown.output
    assert not home.config.exists()
    assert run(home, monkeypatch, "--yes").exit_code == 0
    again = run(home, monkeypatch, "--yes")
    assert (again.exit_code, "already" in again.output) == (0, True)
    home.proposes(PROPOSED.replace("team.example", "evil.example"))
    assert "CHANGED since you adopted it" in run(home, monkeypatch).output
    home.proposes("")
    assert run(home, monkeypatch).exit_code == 1
    home.proposes("[proposed.members.x]\nwire = 'none'\n")
    assert run(home, monkeypatch, "--yes").exit_code == 2


def test_what_a_project_says_cannot_act_on_the_terminal(home, monkeypatch):
    home.proposes(
        '[proposed.members.x]\nwire = "openai"\nendpoint = "https://\\u0430pi.example"\n'
        'model = "\\u001b[2J\\u202E\\u0007"\nmaker = "a\\nYOUR CODE STAYS HERE"\n'
        'body = { "\\u001b]0;x" = ["\\u009b31m"] }\n'
    )
    output = run(home, monkeypatch).output
    assert all(
        line.isprintable() and line.isascii()
        for line in output.replace(str(home.folder), "").split("\n")
    )
    assert "\nYOUR CODE STAYS HERE" not in output
    assert "'https://\\u0430pi.example'" in output
    home.proposes('[proposed.members."\\u001b[2Jx"]\nwire = "openai"\n')
    refused = run(home, monkeypatch)
    assert refused.exit_code == 2
    assert refused.output.rstrip().isprintable()
