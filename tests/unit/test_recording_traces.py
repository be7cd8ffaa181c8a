import asyncio
import json
import os
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.core.feedback import FeedbackEvent, FeedbackKind
from fusionls.core.panel_json import panel_from_json
from fusionls.local.trace_recording import TraceRecording
from fusionls.local.written_later import WRITTEN_AFTER_S
from fusionls.simulating.reading import read_panels
from fusionls.simulating.yardstick import accepted
from tests.support.virtual_time import run_virtual
from tests.unit.test_agreement import candidate
from tests.unit.test_explaining import traced

TRACE = traced(candidate("qwen", "secret_name + b"), candidate("llama", "b"))


def record(file, *ids, with_content=False, close=True):
    """Have a server record the traces of ``ids``."""

    async def serve():
        recording = TraceRecording(file, with_content=with_content)
        for name in ids:
            recording.keep(replace(TRACE, id=name))
        if close:
            recording.close()
        else:
            await asyncio.sleep(WRITTEN_AFTER_S + 0.01)

    run_virtual(serve())


def lines_of(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("close", [True, False])
def test_a_recording_holds_who_answered_when_and_no_code(tmp_path, close):
    file = tmp_path / "traces.jsonl"
    record(file, "r1", "r2", close=close)
    assert "secret_name" not in file.read_text("utf-8")
    assert [line["id"] for line in lines_of(file)] == ["r1", "r2"]
    assert panel_from_json(lines_of(file)[0]).members == ("qwen", "llama")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0


def test_with_content_it_holds_what_the_members_answered(tmp_path):
    record(tmp_path / "traces.jsonl", "r1", with_content=True)
    [line] = lines_of(tmp_path / "traces.jsonl")
    assert [member["text"] for member in line["members"]] == ["secret_name + b", "b"]


def test_what_the_person_did_is_recorded_and_read_with_its_trace(tmp_path):
    file = tmp_path / "traces.jsonl"

    async def serve(*words):
        recording = TraceRecording(file)
        # The last word may come before the trace: members are let run on behind the answer.
        recording.judge(FeedbackEvent("r1", words[0], 3, 250.0))
        recording.keep(replace(TRACE, id="r1"))
        for word in words[1:]:
            recording.judge(FeedbackEvent("r1", word, 3, 250.0))
        recording.close()

    for words in (("shown",), ("shown", "accepted"), ("rejected",), ("accepted", "rejected")):
        run_virtual(serve(*map(FeedbackKind, words)))
    record(file, "r1")
    with file.open("rb") as opened:
        found = read_panels([("traces", opened)])
    assert found.bad == ()
    assert [accepted(panel) for panel in found.panels] == [None, True, False, False, None]


def test_a_second_session_goes_on_where_the_first_one_ended(tmp_path):
    file = tmp_path / "traces.jsonl"
    record(file, "r1")
    record(file, "r2")
    assert [line["id"] for line in lines_of(file)] == ["r1", "r2"]


def test_a_line_that_was_cut_off_costs_no_other_one(tmp_path):
    file = tmp_path / "traces.jsonl"
    file.write_text('{"v": 1, "id"')
    record(file, "r2")
    assert json.loads(file.read_text("utf-8").split("\n")[1])["id"] == "r2"


def test_what_cannot_be_written_harms_nobody_and_is_said_once(tmp_path, caplog):
    async def serve(file):
        recording = TraceRecording(file)
        for _ in range(3):
            recording.keep(TRACE)
            recording.close()

    run_virtual(serve(tmp_path / "nowhere" / "traces.jsonl"))
    assert len(caplog.records) == 1
    assert "traces are not recorded any more" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_that_nobody_reads_does_not_hold_the_server(tmp_path, caplog):
    os.mkfifo(tmp_path / "pipe")
    record(tmp_path / "pipe", "r1")
    assert "traces are not recorded any more" in caplog.text


def test_content_without_a_file_to_write_is_a_mistake():
    found = CliRunner().invoke(commands, ["--stdio", "--record-content"])
    assert found.exit_code == 2
    assert "--record FILE" in found.stderr
