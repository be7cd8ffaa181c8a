"""`fusionls models`, as a person or a script meets it."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from fusionls.cli.commands.models import COMMAND
from fusionls.local.install import weights_path
from tests.support.fake_wheels import TERMS, fake_model

WEIGHTS = b"GGUF and so on"


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A catalogue of an open model and one with terms, and an empty data folder."""
    entries = {
        "free": fake_model(WEIGHTS, name="free"),
        "bound": fake_model(WEIGHTS, name="bound", licence=TERMS),
    }
    monkeypatch.setattr("fusionls.local.catalogue.catalogue", lambda: entries)
    monkeypatch.setenv("FUSIONLS_DATA", str(tmp_path))
    return tmp_path


def put(data: Path, name: str, weights: bytes = WEIGHTS) -> None:
    path = weights_path(name, data)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(weights)


def run(*arguments: str, code: int) -> Result:
    result = CliRunner().invoke(COMMAND, arguments)
    assert result.exit_code == code, result.output
    return result


def test_list_shows_each_state(models):
    put(models, "free")
    rows = [line.split("│") for line in run("list", code=0).stdout.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row[1:-1]] for row in rows] == [
        ["free", "0 MB", "Apache-2.0", "yes"],
        ["bound", "0 MB", "Terms of Example", "no"],
    ]
    put(models, "bound", b"something else")
    result = run("list", "--json", code=1)
    document = json.loads(result.stdout)
    assert document["v"] == 1
    assert {row["name"]: row["state"] for row in document["models"]} == {
        "free": "installed",
        "bound": "damaged",
    }
    assert "fusionls models install bound" in result.stderr


def test_install_of_a_model_that_is_there(models):
    put(models, "free")
    result = run("install", "free", "free", "--json", code=0)
    (row,) = json.loads(result.stdout)["models"]
    assert (row["state"], row["path"]) == ("already installed", str(weights_path("free", models)))
    assert "already installed and intact" in result.stderr


def test_terms_without_a_terminal_name_the_flag(models):
    result = run("install", "bound", code=2)
    assert "--accept-licence" in result.stderr
    assert TERMS.url in result.stderr
    assert result.stdout == ""
    assert not weights_path("bound", models).exists()


def test_terms_with_a_terminal_are_asked(models, monkeypatch):
    asked = []
    monkeypatch.setattr("fusionls.cli.commands.models._at_a_terminal", lambda: True)

    def refuse(text, err):
        asked.append(text)
        return False

    monkeypatch.setattr(click, "confirm", refuse)
    run("install", "bound", code=2)
    assert TERMS.url in asked[0]


def test_an_unknown_name(models):
    assert "Known are: free, bound" in run("install", "nothing", code=2).stderr
    assert "Known are: free, bound" in run("remove", "../free", code=2).stderr


def test_a_source_that_is_not_there(models):
    result = run("install", "free", "--from", str(models / "none"), "--json", code=3)
    assert json.loads(result.stdout)["models"][0]["state"] == "failed"
    assert "is not a folder" in result.stderr


def test_remove(models):
    put(models, "free")
    assert "removed" in run("remove", "free", code=0).stderr
    assert not weights_path("free", models).exists()
    assert "is not installed" in run("remove", "free", code=0).stderr


def test_relative_folders_of_the_environment_are_made_absolute(tmp_path, monkeypatch):
    from fusionls.settings import paths

    monkeypatch.chdir(tmp_path)
    for variable, function in [
        ("FUSIONLS_DATA", paths.data_folder),
        ("FUSIONLS_CONFIG", paths.config_file),
        ("FUSIONLS_STATE", paths.state_folder),
    ]:
        monkeypatch.setenv(variable, "here")
        assert function() == tmp_path / "here"
        monkeypatch.setenv(variable, "")
        assert function().is_absolute()
        assert "fusionls" in str(function())
