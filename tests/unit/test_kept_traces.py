import asyncio
import json
import os
import sys
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.core.suggestion import Suggestion
from fusionls.core.trace import EDIT, Trace
from fusionls.local.kept_traces import (
    SESSIONS_KEPT,
    TRACES_KEPT,
    KeptTraces,
    kept_sessions,
)
from fusionls.local.written_later import WRITTEN_AFTER_S
from fusionls.lsp.kept import SUGGESTIONS_KEPT, KeptSuggestions
from tests.support.virtual_time import run_virtual
from tests.unit.test_agreement import candidate
from tests.unit.test_explaining import traced

TRACE = traced(candidate("qwen", "secret_name + b"), candidate("llama", "b"))


def suggested(trace: Trace) -> Suggestion:
    return Suggestion((), trace)


def kept(folder, *ids, close=True):
    """Have a server keep the traces of ``ids`` in ``folder``."""

    async def serve():
        keeper = KeptTraces(folder)
        for name in ids:
            keeper.keep(replace(TRACE, id=name))
        if close:
            keeper.close()
        else:
            await asyncio.sleep(WRITTEN_AFTER_S + 0.01)

    run_virtual(serve())


def explain(folder, monkeypatch, *arguments):
    monkeypatch.setenv("FUSIONLS_STATE", str(folder))
    return CliRunner().invoke(commands, ["explain", *arguments])


@pytest.mark.parametrize("close", [True, False])
def test_what_is_kept_can_be_explained_and_holds_no_code(tmp_path, monkeypatch, close):
    kept(tmp_path / "traces", "r1", "r2", close=close)
    [file] = (tmp_path / "traces").iterdir()
    assert "secret_name" not in file.read_text("utf-8")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0
    found = explain(tmp_path, monkeypatch, "r1")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("r1: manual completion")
    for word in ("qwen", "llama", "score", "made of", "121 of 350 ms"):
        assert word in found.stdout
    assert json.loads(explain(tmp_path, monkeypatch, "r1", "--json").stdout)["id"] == "r1"


def test_without_an_id_the_last_one_is_explained(tmp_path, monkeypatch):
    kept(tmp_path / "traces", "r1", "r2")
    assert explain(tmp_path, monkeypatch).stdout.startswith("r2: ")


def test_an_id_that_nobody_knows_gets_a_sentence(tmp_path, monkeypatch):
    kept(tmp_path / "traces", "r3", "r4")
    found = explain(tmp_path, monkeypatch, "r99")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "no suggestion 'r99' is known; the newest session knows r3 to r4" in found.stderr
    nothing = explain(tmp_path / "elsewhere", monkeypatch, "r1")
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "no server has suggested anything yet" in nothing.stderr


def test_of_two_sessions_the_newer_one_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 111)
    kept(tmp_path / "traces", "r1", "r7")
    monkeypatch.setattr(time, "time_ns", lambda: 10**20)
    monkeypatch.setattr(os, "getpid", lambda: 222)
    kept(tmp_path / "traces", "r1")
    found = explain(tmp_path, monkeypatch, "r1")
    assert "of process 222; 111 knew one of that id, too" in found.stderr
    assert explain(tmp_path, monkeypatch, "r7").stdout.startswith("r7: "), "the older one knows it"


def test_a_server_keeps_its_last_ones(tmp_path):
    kept(tmp_path, *(f"r{n}" for n in range(TRACES_KEPT + 5)))
    [session] = kept_sessions(tmp_path)
    assert len(session.traces) == TRACES_KEPT
    assert "r4" not in session.traces and "r5" in session.traces


def test_old_sessions_are_removed(tmp_path, monkeypatch):
    for n in range(SESSIONS_KEPT + 3):
        (tmp_path / f"{n:015d}-{n}.jsonl").write_text("{}\n")
    last_week = tmp_path / "000000000000022-22.jsonl"
    os.utime(last_week, (0, 0))
    kept(tmp_path, "r1")
    left = sorted(file.name for file in tmp_path.iterdir())
    assert len(left) == SESSIONS_KEPT - 1
    assert last_week.name not in left and "000000000000000-0.jsonl" not in left


def test_what_cannot_be_written_or_read_harms_nobody(tmp_path):
    (tmp_path / "file").write_text("in the way")
    kept(tmp_path / "file", "r1")
    (tmp_path / "1-1.jsonl").write_bytes(b"\xff\n")
    (tmp_path / "2-2.jsonl").write_text("[]\n{}\n{broken\n" + json.dumps({"v": 99, "id": "r1"}))
    assert list(kept_sessions(tmp_path)) == []


def test_an_edit_is_not_pushed_out_by_what_is_typed(tmp_path):
    async def serve():
        keeper = KeptTraces(tmp_path)
        for n in range(2):
            keeper.keep(replace(TRACE, id=f"e{n}", kind=EDIT))
        for n in range(TRACES_KEPT + 5):
            keeper.keep(replace(TRACE, id=f"r{n}"))
        keeper.keep(replace(TRACE, id="e2", kind=EDIT))
        keeper.close()

    run_virtual(serve())
    [session] = kept_sessions(tmp_path)
    assert list(session.traces)[:3] == ["e0", "e1", "r5"]
    assert list(session.traces)[-2:] == [f"r{TRACES_KEPT + 4}", "e2"], "in the order of suggestion"
    assert len(session.traces) == TRACES_KEPT + 3


def test_a_server_explains_its_edits_whatever_is_typed_since():
    suggestions = KeptSuggestions()
    for n in range(SUGGESTIONS_KEPT + 1):
        suggestions.keep(suggested(replace(TRACE, id=f"e{n}", kind=EDIT)), 0.0)
    for n in range(SUGGESTIONS_KEPT + 1):
        suggestions.keep(suggested(replace(TRACE, id=f"r{n}")), 1.0)
    known = ("e0" in suggestions, "e1" in suggestions, "r0" in suggestions, "r1" in suggestions)
    assert known == (False, True, False, True)
    assert len(list(suggestions.values())) == 2 * SUGGESTIONS_KEPT
