"""``fusionls explain e7``: an edit that a server offered, explained afterwards."""

import json

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.core.reply import ReplyState
from fusionls.core.trace import DecisionTrace, HunkTrace, MemberTrace, Trace
from fusionls.local.kept_traces import KeptTraces
from tests.support.virtual_time import run_virtual

HUNK = HunkTrace(1, "secret.py", 3, 4, ("near", "far"), False, "wanted by 2 of 2", "secret_text")
DROPPED = HunkTrace(1, "secret.py", 9, 9, ("far",), True, "nobody else wants it", "secret_text")


def trace(name, kind="refactor"):
    return Trace(
        name,
        kind,
        "code action",
        "python",
        20_000.0,
        "checked",
        (MemberTrace("near", ReplyState.ANSWERED, text="secret_text"),),
        DecisionTrace(900.0, "near and far propose the same edit", None, None, True),
        hunks=(HUNK,) if kind == "refactor" else (),
        dropped=(DROPPED,) if kind == "refactor" else (),
    )


@pytest.fixture
def explain(tmp_path, monkeypatch):
    async def serve():
        keeper = KeptTraces(tmp_path / "traces")
        for one in (trace("r1", "completion"), trace("e1"), trace("r2", "completion"), trace("e2")):
            keeper.keep(one)
        keeper.close()

    run_virtual(serve())
    monkeypatch.setenv("FUSIONLS_STATE", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(commands, ["explain", *arguments])


def test_who_proposed_what_and_what_was_left_out(explain):
    found = explain("e1")
    assert found.exit_code == 0
    assert found.stdout.startswith("e1: code action refactor, python")
    for words in (
        "lines 3 to 4",
        "near, far",
        "wanted by 2 of 2",
        "line 9",
        "nobody else wants it",
    ):
        assert words in found.stdout
    assert "secret" not in found.stdout


def test_the_last_one_may_be_an_edit(explain):
    assert explain().stdout.startswith("e2: ")


def test_it_is_one_document(explain):
    document = json.loads(explain("e1", "--json").stdout)
    assert [hunk["members"] for hunk in document["hunks"]] == [["near", "far"]]
    assert [hunk["why"] for hunk in document["dropped"]] == ["nobody else wants it"]
    assert "secret" not in json.dumps(document)


def test_an_id_that_nobody_knows_gets_a_sentence(explain):
    found = explain("e9")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "knows r1 to r2 and e1 to e2" in found.stderr
