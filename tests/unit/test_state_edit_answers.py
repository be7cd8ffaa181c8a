"""How members answered edits, in the state file: what stands in it, and for how long."""

import asyncio
import json
import sqlite3

import pytest
from click.testing import CliRunner

from fusionls.cli.group import commands
from fusionls.core.editing.edit import Format
from fusionls.core.editing.formats import NEWEST_COUNTED, FormAnswer
from fusionls.core.panel_json import panel_to_json
from fusionls.state import edit_answers, schema
from fusionls.state.edit_answers import AnswerSeen
from fusionls.state.ledger import DAYS_KEPT, Ledger
from fusionls.state.state_file import StateFile
from fusionls.wiring.keeping import EditsByProject
from tests.unit.test_state import NOW_S, names_in, panel, seen, written


def answered(*good, member="qwen", form=Format.BLOCKS, project="/code/a", at_s=NOW_S):
    return [AnswerSeen(project, at_s, FormAnswer(member, form, well_formed=one)) for one in good]


def answers_in(file, newest=1000):
    ledger = Ledger(file)
    try:
        return ledger.answers(newest)
    finally:
        ledger.close()


def good_in(file, member="qwen", newest=1000):
    return [one.well_formed for one in answers_in(file, newest) if one.member == member]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "learned" / "learned.sqlite"


def test_the_newest_of_each_member_and_format_are_read_the_oldest_first(file):
    written(file, *answered(False, True, True), *answered(False, member="gemma"))
    written(file, *answered(False, form=Format.DEFINITION), *seen("r1"), *answered(False))
    assert answers_in(file, 2) == [
        FormAnswer("qwen", Format.BLOCKS, well_formed=True),
        FormAnswer("gemma", Format.BLOCKS, well_formed=False),
        FormAnswer("qwen", Format.DEFINITION, well_formed=False),
        FormAnswer("qwen", Format.BLOCKS, well_formed=False),
    ]
    assert names_in(file) == ["r1"]


def test_nothing_is_made_by_looking(file):
    assert answers_in(file) == []
    assert not file.parent.exists()


def test_two_servers_write_in_turn(file):
    one, other = Ledger(file), Ledger(file)
    for _ in range(3):
        one.write(answered(True))
        other.write(answered(False))
    assert good_in(file) == [True, False] * 3
    one.close()
    other.close()


def test_what_one_server_keeps_the_next_one_knows(file):
    async def served():
        for good in (True, False):
            server = StateFile(file)
            answer = FormAnswer("qwen", Format.BLOCKS, well_formed=good)
            EditsByProject(server).keep_answer(answer, "file:///code/a")
            server.close()
        return await StateFile(file).answers(NEWEST_COUNTED)

    assert [one.well_formed for one in asyncio.run(served())] == [True, False]
    ledger = Ledger(file)
    assert ledger.projects() == ("/code/a",), "by the path that a person names"
    ledger.close()


def test_what_is_too_old_or_too_much_is_deleted(file, monkeypatch):
    old = NOW_S - (DAYS_KEPT + 1) * 24 * 3600
    written(file, *answered(True, True, project="/gone", at_s=old), *answered(False))
    assert good_in(file) == [False]
    ledger = Ledger(file)
    assert ledger.projects() == ("/code/a",), "of the other one nothing is known any more"
    ledger.close()
    written(file, *answered(*[True] * NEWEST_COUNTED), *answered(True, member="gemma"))
    assert good_in(file) == [True] * NEWEST_COUNTED
    assert good_in(file, "gemma") == [True]
    monkeypatch.setattr(edit_answers, "MOST_ANSWERS", 3)
    written(file, *answered(True, member="phi"))
    assert len(answers_in(file)) == 3


def test_what_is_forgotten_is_in_no_byte_of_the_file(file):
    written(file, *answered(True, project="/code/secret-project"), *answered(True, False))
    ledger = Ledger(file)
    forgotten = ledger.forget(["/code/secret-project"])
    assert (forgotten.panels, forgotten.answers) == (0, 1)
    assert forgotten.projects == ("/code/secret-project",)
    for part in file.parent.iterdir():
        assert b"secret-project" not in part.read_bytes()
    assert good_in(file) == [True, False]
    assert ledger.forget().answers == 2
    assert answers_in(file) == []
    ledger.close()


def test_the_command_says_what_it_deleted(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSIONLS_STATE", str(tmp_path))
    file = tmp_path / "learned" / "learned.sqlite"
    written(file, *seen("r1"), *answered(True, False))
    done = CliRunner().invoke(commands, ["forget"])
    assert done.stdout.splitlines() == [
        "Forgotten: /code/a",
        "1 request and 2 answers to edits deleted, and the traces of 0 servers.",
    ]
    written(file, *answered(True))
    said = json.loads(CliRunner().invoke(commands, ["forget", "--json"]).stdout)
    assert (said["requests"], said["edit_answers"]) == (0, 1)


def of_the_first_version(file):
    """Make the file as it was before edits were learned from."""
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in schema.STEPS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
    connection.execute("INSERT INTO pools (name) VALUES ('p')")
    connection.execute("INSERT INTO projects (path) VALUES ('/code/a')")
    connection.execute(
        "INSERT INTO panels (pool, project, at_s, panel) VALUES (1, 1, ?, ?)",
        (int(NOW_S), json.dumps(panel_to_json(panel("r1")))),
    )
    connection.commit()
    connection.close()


def test_an_older_file_gets_the_table_and_keeps_the_rest(file):
    of_the_first_version(file)
    assert answers_in(file) == []
    written(file, *answered(True), *seen("r2"))
    assert good_in(file) == [True]
    assert names_in(file) == ["r1", "r2"]
    assert not file.with_name(file.name + ".broken").exists()


def test_rows_that_are_no_answers_are_passed_over(file):
    written(file, *answered(True))
    connection = sqlite3.connect(file)
    insert = "INSERT INTO edit_answers (project, at_s, member, format, well_formed) VALUES "
    for strange in (
        "(1, 9e9, x'ff', 'blocks', 1)",
        "(1, 9e9, CAST(x'ff' AS TEXT), x'00', 1)",
        "(1, 9e9, 'qwen', 'a later form', 1)",
        "(1, 9e9, replace(hex(zeroblob(5000)), '0', 'x'), 'blocks', 1)",
        "(1, 'soon', 'qwen', 'blocks', 'yes')",
    ):
        connection.execute(insert + strange)
    connection.commit()
    connection.close()
    assert good_in(file) == [True, False], "what is not said to be good is not"
    written(file, *answered(True))
    assert good_in(file)[-1] is True
