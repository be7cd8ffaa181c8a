"""What is learned, in one file: what stands in it, for how long, and whatever is in its place."""

import json
import logging
import os
import shutil
import sqlite3
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.state import ledger as ledgers
from fusionls.state import opening, schema
from fusionls.state.ledger import DAYS_KEPT, Ledger, Observation
from fusionls.state.opening import NewerState, StateTrouble

NOW_S = time.time()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and pipes of POSIX")


def panel(name="r1", klass="1"):
    answers = (
        PanelAnswer("qwen", 80.5, klass, 0.4, 30.0, 91.25, None, 12, (), 900, 40),
        PanelAnswer("slow", asked_ms=0.4, cut_ms=91.5),
    )
    return Panel(name, answers, 350.0, "automatic", "python", klass, 0.5, 91.5, 120.0)


def seen(*names, pool="p", project="/code/a", at_s=NOW_S):
    return [Observation(pool, project, at_s, panel(name)) for name in names]


def names_in(file, pool="p", newest=1000):
    ledger = Ledger(file)
    try:
        return [one.id for one in ledger.read(pool, newest)]
    finally:
        ledger.close()


def written(file, *observations):
    """Write, as one server would in its life."""
    ledger = Ledger(file)
    try:
        ledger.write(observations)
    finally:
        ledger.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "learned" / "learned.sqlite"


def test_what_is_written_is_read_again_the_oldest_first(file):
    written(file, *seen("r1", "r2"))
    written(file, *seen("r3"), *seen("x1", pool="other"))
    ledger = Ledger(file)
    assert ledger.read("p", 1000) == [panel("r1"), panel("r2"), panel("r3")]
    assert ledger.read("p", 2) == [panel("r2"), panel("r3")], "the newest two"
    assert ledger.read("nobody's", 1000) == []
    ledger.close()


def test_nothing_is_made_by_looking(file):
    assert names_in(file) == []
    assert not file.parent.exists()


def test_no_code_and_no_times_of_tokens_are_written(file):
    told = panel(klass="return secret_price * 2")
    one = PanelAnswer("x", 5.0, "return secret_price * 3", token_ms=(1.25,) * 50)
    told = Panel("r1", (*told.answers, one), 350.0, chosen="return secret_price * 2")
    written(file, Observation("p", "/code/a", NOW_S, told))
    for part in file.parent.iterdir():
        assert b"secret_price" not in part.read_bytes()
        assert b'"token_ms' not in part.read_bytes()
    ledger = Ledger(file)
    [back] = ledger.read("p", 1)
    ledger.close()
    assert [answer.klass for answer in back.answers] == ["1", "", "2"]
    assert back.chosen == "1"


@POSIX
def test_only_the_person_can_read_it(file):
    file.parent.mkdir(mode=0o755)
    file.touch(0o644)
    ledger = Ledger(file)
    ledger.write(seen("r1"))
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert {part.stat().st_mode & 0o777 for part in file.parent.iterdir()} == {0o600}
    ledger.close()


@POSIX
def test_a_journal_that_was_made_for_a_file_without_rights_does_not_stay_so(file):
    server = Ledger(file)
    server.write(seen("r1"))
    for part in file.parent.iterdir():
        part.chmod(0o400)
    file.chmod(0o600)
    written(file, *seen("r2"))
    assert {part.stat().st_mode & 0o777 for part in file.parent.iterdir()} == {0o600}
    server.close()
    assert names_in(file) == ["r1", "r2"]


def test_names_that_are_no_unicode_are_kept_and_forgotten(file):
    strange = os.fsdecode(b"/code/\xff")
    written(file, Observation("p\udcff", strange, NOW_S, panel("r1")))
    assert names_in(file, "p\udcff") == ["r1"]
    ledger = Ledger(file)
    assert ledger.forget(ledger.projects()).panels == 1
    ledger.close()


def test_a_thousand_panels_of_five_members_take_a_megabyte(file):
    answers = tuple(
        PanelAnswer(f"member-{n}-with-a-name", 123.45 + n, str(n), 0.41, 99.12, 150.5 + n, None, 25)
        for n in range(5)
    )
    many = [
        Observation("p", "/code/of/mine/project", NOW_S, Panel(f"r{n}", answers, 350.0))
        for n in range(1000)
    ]
    written(file, *many)
    assert file.stat().st_size < 1_200_000


def test_two_servers_write_in_turn(file):
    one, other = Ledger(file), Ledger(file)
    for n in range(3):
        one.write(seen(f"a{n}"))
        other.write(seen(f"b{n}"))
    assert names_in(file) == ["a0", "b0", "a1", "b1", "a2", "b2"]
    one.close()
    other.close()


def test_a_file_that_was_deleted_begins_anew_under_a_running_server(file):
    ledger = Ledger(file)
    ledger.write(seen("r1"))
    shutil.rmtree(file.parent)
    ledger.write(seen("r2"))
    ledger.write(seen("r3"))
    assert names_in(file) == ["r2", "r3"]
    ledger.close()


# How long, and how much


def test_what_is_too_old_is_deleted(file):
    old, young = NOW_S - (DAYS_KEPT + 1) * 24 * 3600, NOW_S - (DAYS_KEPT - 1) * 24 * 3600
    written(
        file,
        *seen("old", at_s=old),
        *seen("elsewhere", project="/gone", pool="gone", at_s=old),
        *seen("young", at_s=young),
    )
    assert names_in(file) == ["young"]
    ledger = Ledger(file)
    assert ledger.projects() == ("/code/a",), "of the other one nothing is known any more"
    ledger.close()


def test_a_pool_has_its_newest_ones_and_all_pools_together_have_theirs(file, monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_OF_A_POOL", 3)
    monkeypatch.setattr(ledgers, "MOST_PANELS", 5)
    for pool in "abc":
        written(file, *seen(*(f"{pool}{n}" for n in range(4)), pool=pool))
    assert names_in(file, "a") == []
    assert names_in(file, "b") == ["b2", "b3"]
    assert names_in(file, "c") == ["c1", "c2", "c3"]


def test_a_server_that_runs_for_days_tidies_again_and_again(file, monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_OF_A_POOL", 10)
    monkeypatch.setattr(ledgers, "TIDY_EVERY", 20)
    ledger = Ledger(file)
    for n in range(200):
        ledger.write(seen(f"r{n}"))
    ledger.close()
    assert 10 <= len(names_in(file)) <= 30


def test_room_is_given_back(file, monkeypatch):
    written(file, *seen(*(f"r{n}" for n in range(2000))))
    before = file.stat().st_size
    monkeypatch.setattr(ledgers, "MOST_OF_A_POOL", 100)
    written(file, *seen("last"))
    written(file, *seen("last"))
    assert file.stat().st_size < before / 2


def test_what_is_forgotten_is_in_no_byte_of_the_file(file):
    written(file, *seen("r1", project="/code/secret-project"), *seen("r2"))
    server = Ledger(file)
    server.write(seen("r3", project="/code/secret-project"))
    ledger = Ledger(file)
    forgotten = ledger.forget(["/code/secret-project", "/code/unknown"])
    assert (forgotten.panels, forgotten.projects) == (2, ("/code/secret-project",))
    for part in file.parent.iterdir():
        assert b"secret-project" not in part.read_bytes()
    server.write(seen("r4"))
    assert names_in(file) == ["r2", "r4"]
    assert ledger.forget().panels == 2
    assert ledger.forget().panels == 0
    assert names_in(file) == []
    server.close()
    ledger.close()


# Whatever is in its place


def foreign_database(file):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE panels (recipe)")
    connection.execute("INSERT INTO panels VALUES ('soup')")
    connection.commit()
    connection.close()


def without_tables(file):
    written(file, *seen("r1"))
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE panels")
    connection.close()


def broken_in_the_middle(file):
    written(file, *seen(*(f"r{n}" for n in range(300))))
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)


def cut_off(file):
    written(file, *seen(*(f"r{n}" for n in range(300))))
    os.truncate(file, 5000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_text("these are notes of mine\n" * 100),
        lambda file: file.write_bytes(b"SQLite format 3\0" + b"\xff" * 500),
        foreign_database,
        without_tables,
        broken_in_the_middle,
        cut_off,
    ],
)
def test_a_broken_file_is_put_aside_and_a_new_one_begun(file, caplog, spoil):
    file.parent.mkdir()
    spoil(file)
    content = file.read_bytes()
    ledger = Ledger(file)
    ledger.write(seen("r1"))
    ledger.write(seen("r2"))
    ledger.close()
    assert names_in(file) == ["r1", "r2"]
    aside = file.with_name(file.name + ".broken")
    assert aside.read_bytes() == content
    [record] = caplog.records
    assert "was broken. It is called learned.sqlite.broken now" in record.getMessage()
    ledgers.forget_broken(file)
    assert not aside.exists()


def test_reading_puts_a_broken_file_aside_as_well(file):
    file.parent.mkdir()
    broken_in_the_middle(file)
    with pytest.raises(StateTrouble):
        names_in(file)
    assert names_in(file) == []


def test_a_journal_that_was_left_of_another_file_is_not_taken_in(file):
    file.parent.mkdir()
    journal = file.with_name(file.name + "-wal")
    ledger = Ledger(file)
    ledger.write(seen("r1"))
    content = journal.read_bytes()
    ledger.close()
    file.unlink()
    journal.write_bytes(content)
    written(file, *seen("r2"))
    assert names_in(file) == ["r2"]


def pipe(file):
    os.mkfifo(file)


@POSIX
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda file: file.mkdir(), "learned.sqlite is no plain file"),
        (lambda file: file.symlink_to("/nowhere"), "learned.sqlite is no plain file"),
        (lambda file: file.symlink_to("elsewhere"), "learned.sqlite is no plain file"),
        (pipe, "learned.sqlite is no plain file"),
        (
            lambda file: (file.touch(), pipe(f"{file}-wal")),
            "learned.sqlite-wal is no plain file",
        ),
    ],
)
def test_what_is_no_file_is_left_alone(file, spoil, why):
    file.parent.mkdir()
    spoil(file)
    for use in (lambda one: one.write(seen("r1")), lambda one: one.forget()):
        ledger = Ledger(file)
        with pytest.raises(StateTrouble, match=why):
            use(ledger)
        ledger.close()
    assert not (file.parent / "elsewhere").exists()


def test_a_file_in_the_place_of_the_folder_is_trouble_and_no_more(file):
    file.parent.write_text("in the way")
    with pytest.raises(StateTrouble):
        written(file, *seen("r1"))
    assert file.parent.read_text() == "in the way"


def test_a_newer_version_is_left_alone(file):
    written(file, *seen("r1"))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    content = file.read_bytes()
    for use in (Ledger.projects, lambda one: one.write(seen("r2")), Ledger.forget):
        ledger = Ledger(file)
        with pytest.raises(NewerState, match="newer fusionls"):
            use(ledger)
        ledger.close()
    assert file.read_bytes() == content
    assert not file.with_name(file.name + ".broken").exists()


def test_an_older_file_gets_the_new_tables_and_older_servers_notice(file, monkeypatch):
    older = Ledger(file)
    older.write(seen("r1"))
    steps = (*schema.STEPS, ("CREATE TABLE costs (project INTEGER REFERENCES projects)",))
    with monkeypatch.context() as newer:
        newer.setattr(schema, "STEPS", steps)
        for module in (schema, opening, ledgers):
            newer.setattr(module, "VERSION", len(steps))
        written(file, *seen("r2"))
        assert names_in(file) == ["r1", "r2"]
    with pytest.raises(NewerState):
        older.write(seen("r3"))
    older.close()


def test_a_file_that_another_program_holds_is_waited_for_and_then_left(file, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_S", 0.0)
    written(file, *seen("r1"))
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateTrouble, match="another program holds it"):
        written(file, *seen("r2"))
    holder.execute("ROLLBACK")
    holder.close()
    written(file, *seen("r3"))
    assert names_in(file) == ["r1", "r3"]


def test_rows_that_are_no_panels_are_passed_over(file):
    written(file, *seen("r1", "r2"))
    connection = sqlite3.connect(file)
    for text in ("", "[]", "{}", "[" * 50_000, '{"panel": 99}', "x" * 200_000):
        connection.execute(
            "INSERT INTO panels (pool, project, at_s, panel) VALUES (1, 1, 0, ?)", (text,)
        )
    insert = "INSERT INTO panels (pool, project, at_s, panel) VALUES (1, 1, 0, {})"
    for strange in ("x'ff'", "CAST(x'ff' AS TEXT)", "1.5"):
        connection.execute(insert.format(strange))
    connection.commit()
    connection.close()
    assert names_in(file) == ["r1", "r2"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    file = tmp_path_factory.mktemp("sound") / "learned" / "learned.sqlite"
    written(file, *seen(*(f"r{n}" for n in range(30))))
    return file


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 40_000), st.binary(min_size=1, max_size=40))),
    length=st.none() | st.integers(0, 40_000),
)
def test_any_bytes_are_survived(tmp_path_factory, sound, changes, length):
    logging.getLogger("fusionls.state").setLevel(logging.ERROR)
    file = tmp_path_factory.mktemp("any") / "learned" / "learned.sqlite"
    file.parent.mkdir()
    content = bytearray(sound.read_bytes())
    for place, new in changes:
        content[place : place + len(new)] = new
    file.write_bytes(content[:length])
    ledger = Ledger(file)
    for use in (
        lambda: ledger.read("p", 1000),
        lambda: ledger.write(seen("new")),
        ledger.projects,
        lambda: ledger.tidy(NOW_S),
        ledger.forget,
        lambda: ledger.write(seen("new")),
    ):
        try:
            use()
        except StateTrouble as trouble:
            assert json.dumps(str(trouble)).isascii()
    ledger.close()
    logging.getLogger("fusionls.state").setLevel(logging.NOTSET)
