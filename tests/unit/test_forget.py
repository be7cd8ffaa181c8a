"""``fusionls forget``: what it deletes, what it says, and what it cannot do."""

import json
import sqlite3
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.local.kept_traces import KeptTraces, kept_sessions
from tests.support.virtual_time import run_virtual
from tests.unit.test_kept_traces import TRACE, kept
from tests.unit.test_state import names_in, seen, written


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def file(state):
    return state / "learned" / "learned.sqlite"


def forget(*arguments):
    return CliRunner().invoke(commands, ["forget", *map(str, arguments)])


def test_everything_is_forgotten_and_counted(state, file):
    written(file, *seen("r1", "r2"), *seen("r3", project=""))
    kept(state / "traces", "r1", "r2")
    done = forget()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "Forgotten: documents outside of any project\n"
        "Forgotten: /code/a\n"
        "3 requests deleted, and the traces of 1 server.\n"
    )
    assert names_in(file) == []
    assert list(kept_sessions(state / "traces")) == []


def test_what_is_known_of_one_project_is_forgotten(state, file, tmp_path):
    project = tmp_path / "project"
    written(
        file,
        *seen("there", project=str(project)),
        *seen("by its URI", project=project.as_uri()),
        *seen("below", project=str(project / "part")),
        *seen("beside", project=f"{project}-2"),
        *seen("nowhere", project=""),
    )
    kept(state / "traces", "r1")
    done = forget("--project", project, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["requests"] == 3
    assert said["sessions"] == 0
    assert set(said["projects"]) == {str(project), project.as_uri(), str(project / "part")}
    assert names_in(file) == ["beside", "nowhere"]
    assert len(list(kept_sessions(state / "traces"))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_project_is_meant_by_a_link_and_from_within_its_folder(file, tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for spelling in (tmp_path / "link", "link", "./link/", "link/../link"):
        written(file, *seen("r1", project=str(tmp_path / "real")))
        monkeypatch.chdir(tmp_path)
        assert json.loads(forget("--project", spelling, "--json").stdout)["requests"] == 1
    written(file, *seen("r1", project=str(tmp_path / "link")))
    monkeypatch.chdir(tmp_path / "link")
    assert json.loads(forget("--project", tmp_path / "link", "--json").stdout)["requests"] == 1


def test_where_nothing_is_known_nothing_is_made(state, file):
    done = forget("--project", "/code/unknown")
    assert (done.exit_code, done.stdout) == (0, "0 requests deleted.\n")
    assert json.loads(forget("--json").stdout) == {
        "v": 1,
        "requests": 0,
        "edit_answers": 0,
        "projects": [],
        "sessions": 0,
    }
    assert not state.exists()


def test_a_name_cannot_act_on_the_terminal(file):
    written(file, *seen("r1", project="/code/\x1b]0;title\x07"))
    assert "\x1b" not in forget().stdout


def test_a_broken_file_is_forgotten_with_what_was_put_aside(file):
    file.parent.mkdir(parents=True)
    file.write_text("secret notes")
    done = forget()
    assert done.exit_code == 0, done.output
    for part in file.parent.iterdir():
        assert b"secret notes" not in part.read_bytes()


def test_what_a_newer_version_has_learned_is_left_alone_and_the_way_out_is_said(file):
    written(file, *seen("r1"))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    done = forget()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it belongs to a newer fusionls" in done.stderr
    assert f"delete {file.parent}" in done.stderr


def test_a_server_that_runs_does_not_bring_its_old_traces_back(state):
    async def serve():
        keeper = KeptTraces(state / "traces")
        for name in ("before", "after"):
            keeper.keep(replace(TRACE, id=name))
            keeper.close()
            if name == "before":
                assert forget().exit_code == 0

    run_virtual(serve())
    [session] = kept_sessions(state / "traces")
    assert list(session.traces) == ["after"]
