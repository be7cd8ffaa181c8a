"""``fusionls config``: files in; what is printed, and the exit code."""

import json
import tomllib

import pytest
from click.testing import CliRunner

from fusionls.cli.commands.config import COMMAND

USER = """[members.near]
wire = "openai"
endpoint = "http://127.0.0.1:8012"
headers = { "X-Api-Token" = "sesame" }
[completion]
budget_ms = 300
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr("fusionls.wiring.opening.policy_file", lambda: tmp_path / "policy.toml")
    (tmp_path / "p").mkdir()
    (tmp_path / "config.toml").write_text(USER)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(COMMAND, [str(argument) for argument in arguments])


def test_show_prints_a_settings_file(home):
    shown = run("show", home / "p")
    assert shown.exit_code == 0
    table = tomllib.loads(shown.stdout)
    assert table["completion"] == {
        "pool": "default",
        "budget_ms": 300,
        "manual_budget_ms": 1500,
        "threshold": 0.25,
        "debounce": True,
    }
    assert "sesame" not in shown.output


def test_show_says_where_each_value_comes_from(home):
    (home / "p" / ".fusionls.toml").write_text("[completion]\nmanual_budget_ms = 90\n")
    shown = run("show", "--origin", home / "p")
    lines = shown.stdout.split("\n")
    assert f"budget_ms = 300  # {home}/config.toml:6" in lines
    assert f"manual_budget_ms = 90  # {home}/p/.fusionls.toml:2" in lines
    assert "threshold = 0.25  # built in" in lines
    assert tomllib.loads(shown.stdout)["completion"]["budget_ms"] == 300


def test_show_prints_one_document(home):
    (home / "p" / "a.py").write_text("")
    (home / "p" / ".fusionls.toml").write_text("[completion]\nbudget_ms = 90\n")
    document = json.loads(run("show", "--json", home / "p" / "a.py").stdout)
    assert document["root"] == str(home / "p")
    assert document["settings"]["completion"]["manual_budget_ms"] == 1500
    assert document["origins"]["completion.budget_ms"] == f"{home}/p/.fusionls.toml:2"
    assert document["files"] == [f"{home}/config.toml", f"{home}/p/.fusionls.toml"]
    assert "sesame" not in json.dumps(document)


def test_show_says_that_a_file_is_broken(home):
    (home / "config.toml").write_text("[completion")
    shown = run("show", home / "p")
    assert shown.exit_code == 2
    assert "not valid TOML" in shown.stderr
    assert tomllib.loads(shown.stdout)["completion"]["budget_ms"] == 350


@pytest.mark.parametrize(
    ("project", "code", "said"),
    [
        ("", 0, "ok"),
        ("[completion]\nbudget_ms = 900\n", 1, "line 2: completion.budget_ms is 900"),
        ("[members.x]\n", 1, "line 1: members: only your own settings file"),
        (
            "[completion]\nbudget = 9\n",
            2,
            "line 2: completion.budget: this key is not known: check its",
        ),
        ("\x1b[31m", 2, "line 1: it is not valid TOML"),
    ],
)
def test_check(home, project, code, said):
    file = home / "p" / ".fusionls.toml"
    file.write_text(project)
    checked = run("check", home / "p")
    assert checked.exit_code == code
    assert f"{file}: {said}" in checked.stdout
    rows = json.loads(run("check", "--json", home / "p").stdout)["files"]
    assert [row["file"] for row in rows] == [f"{home}/config.toml", str(file)]
    assert rows[1]["good"] == (code < 2)


def test_a_field_that_the_wire_writes_is_not_yours(home):
    """It would count or not, as it happens."""
    member = USER.replace("headers", "body = { top_k = 20, temperature = 1 }\nheaders")
    (home / "config.toml").write_text(member)
    said = run("check", home / "p")
    assert said.exit_code != 0
    assert (
        "members.near.body.temperature is written by the wire openai itself: leave it out"
        in said.output
    )
    assert "top_k" not in said.output


def test_check_without_any_file(home):
    (home / "config.toml").unlink()
    checked = run("check", home / "p")
    assert checked.exit_code == 0
    assert "there is no such file, so the built-in settings count" in checked.stdout


@pytest.mark.parametrize("kind", ["user", "project", "policy"])
def test_schema(kind):
    assert json.loads(run("schema", "--for", kind).stdout)["type"] == "object"


def test_presets():
    assert "local-first" in run("preset").stdout
    assert "[pools.default]" in run("preset", "all-local").stdout
    unknown = run("preset", "nothing")
    assert unknown.exit_code == 2
    assert "There are: all-local" in unknown.stderr
