"""The state file under real threads and processes: several servers at once, killed ones, full disks."""

import asyncio
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from fusionls.state import opening, state_file
from fusionls.state.ledger import Ledger
from fusionls.state.state_file import MOST_WAITING, StateFile
from tests.conftest import REPOSITORY
from tests.unit.test_state import panel, seen, written

PATIENCE_S = 60
# A server that writes what it learns, COUNT panels one after the other, and says when it has begun.
SERVER = """
import sys, time
from pathlib import Path
from fusionls.state import state_file
from fusionls.state.state_file import StateFile
from tests.unit.test_state import panel
state_file.WRITTEN_AFTER_S = 0.01
file, name, count, pause_s = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
server = StateFile(file)
for n in range(count):
    server.keep("p", "/code/" + name, panel(f"{name}-{n}"))
    time.sleep(pause_s)
    if n == 0:
        print("begun", flush=True)
server.close()
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "learned" / "learned.sqlite"


def server(file, name, count, pause_s=0.0005, **how):
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, str(file), name, str(count), str(pause_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        **how,
    )


def known(file, newest=10_000):
    async def ask():
        learned = StateFile(file)
        found = await learned.panels("p", newest)
        learned.close()
        return found

    return asyncio.run(ask())


def is_whole(file):
    connection = sqlite3.connect(file)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()


def threads():
    return {thread.name for thread in threading.enumerate()}


def test_what_one_server_keeps_the_next_one_knows(file):
    one = StateFile(file)
    assert "fusionls-state" not in threads(), "nothing is started before the first use"
    for n in range(30):
        one.keep("p", "/code/a", panel(f"r{n}"))
    one.close()
    assert [told.id for told in known(file)] == [f"r{n}" for n in range(30)]
    assert [told.id for told in known(file, 2)] == ["r28", "r29"]
    assert known(file.with_name("none")) == []


def test_what_is_kept_is_on_the_disk_within_a_second_or_so(file):
    running = StateFile(file)
    running.keep("p", "/code/a", panel("r1"))
    deadline = time.monotonic() + PATIENCE_S
    while not known(file) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert known(file) == [panel("r1")]
    running.close()
    running.keep("p", "/code/a", panel("too late"))
    running.close()
    assert len(known(file)) == 1


def test_five_servers_that_begin_at_once_lose_nothing(file):
    servers = [server(file, f"s{n}", 200) for n in range(5)]
    for one in servers:
        complained = one.communicate(timeout=PATIENCE_S)[1]
        assert (one.returncode, complained) == (0, "")
    found = [told.id for told in known(file)]
    assert len(found) == 1000
    for n in range(5):
        own = [name for name in found if name.startswith(f"s{n}-")]
        assert own == [f"s{n}-{k}" for k in range(200)], "in the order in which they came"


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_servers_that_are_killed_leave_a_whole_file(file):
    for round_ in range(5):
        servers = [server(file, f"k{round_}{n}", 100_000, 0.0) for n in range(2)]
        for one in servers:
            assert one.stdout.readline() == "begun\n"
        time.sleep(0.1 + 0.05 * round_)
        for one in servers:
            one.send_signal(signal.SIGKILL)
            one.communicate(timeout=PATIENCE_S)
        assert is_whole(file)
    before = len(known(file))
    assert before > 0
    one = server(file, "after", 10)
    assert one.communicate(timeout=PATIENCE_S)[1] == ""
    assert known(file)[-1].id == "after-9"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_costs_one_line_in_the_log(file):
    written(file, *seen("r1"))

    def limit():
        import resource

        # The system refuses to let any file grow beyond this, as a full disk would.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    one = server(file, "full", 3000, preexec_fn=limit)
    complained = one.communicate(timeout=PATIENCE_S)[1]
    assert one.returncode == 0
    [line] = [line for line in complained.split("\n") if line]
    assert "fusionls works without it." in line
    assert is_whole(file)
    assert known(file)[0].id == "r1"


def test_a_file_that_is_held_for_long_is_tried_again_and_said_once(file, caplog, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_S", 0.01)
    monkeypatch.setattr(state_file, "WRITTEN_AFTER_S", 0.01)
    monkeypatch.setattr(state_file, "AGAIN_AFTER_S", 0.05)
    written(file, *seen("r1"))
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    running = StateFile(file)
    for n in range(3 * MOST_WAITING):
        running.keep("p", "/code/a", panel(f"n{n}"))
        if n % 300 == 0:
            time.sleep(0.05)
    holder.execute("ROLLBACK")
    holder.close()
    deadline = time.monotonic() + PATIENCE_S
    while len(known(file)) < MOST_WAITING and time.monotonic() < deadline:
        time.sleep(0.05)
    running.close()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "another program holds it" in record.getMessage()
    found = [told.id for told in known(file)]
    assert found[0] == "r1", "what was there before"
    assert found[-1] == f"n{3 * MOST_WAITING - 1}"
    # As many as wait, and as many as were just being tried.
    assert len(found) <= 2 * MOST_WAITING + 1, "the oldest were given up"


@pytest.mark.parametrize(
    "spoil", [lambda file: file.mkdir(), lambda file: file.symlink_to("/nowhere/at/all")]
)
def test_a_server_works_without_a_file(file, caplog, spoil):
    file.parent.mkdir()
    spoil(file)
    running = StateFile(file)
    running.keep("p", "/code/a", panel("r1"))
    running.close()
    assert known(file) == []
    assert {record.getMessage().partition(": ")[2] for record in caplog.records} == {
        "learned.sqlite is no plain file. fusionls works without it."
    }


def test_a_newer_version_is_left_alone(file, caplog):
    written(file, *seen("r1"))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    content = file.read_bytes()
    running = StateFile(file)
    running.keep("p", "/code/a", panel("r2"))
    running.close()
    assert file.read_bytes() == content
    [record] = caplog.records
    assert "it belongs to a newer fusionls" in record.getMessage()


def test_the_end_of_a_server_does_not_wait_for_a_disk_that_hangs(file, monkeypatch):
    hanging = threading.Event()
    monkeypatch.setattr(Ledger, "write", lambda self, batch: hanging.wait(PATIENCE_S))
    running = StateFile(file)
    running.keep("p", "/code/a", panel("r1"))
    before = time.monotonic()
    running.close()
    assert time.monotonic() - before < PATIENCE_S / 4
    hanging.set()


def test_reading_from_a_disk_that_hangs_ends_with_nothing(file, caplog, monkeypatch):
    hanging = threading.Event()
    monkeypatch.setattr(state_file, "READ_WITHIN_S", 0.05)
    monkeypatch.setattr(Ledger, "read", lambda self, pool, newest: hanging.wait(PATIENCE_S))
    assert known(file) == []
    assert "the disk does not answer" in caplog.text
    hanging.set()


def test_the_loop_goes_on_while_much_is_read(file):
    written(file, *seen(*(f"r{n}" for n in range(1000))))

    async def tick_beside():
        learned = StateFile(file)
        reading = asyncio.create_task(learned.panels("p"))
        ticks = 0
        while not reading.done():
            await asyncio.sleep(0.001)
            ticks += 1
        assert len(await reading) == 1000
        return ticks

    # Some 60 on an idle machine; were the loop held up, it would be one.
    assert asyncio.run(tick_beside()) > 5


def test_forgetting_works_while_servers_write(file, tmp_path):
    writing = server(file, "busy", 100_000, 0.0005)
    assert writing.stdout.readline() == "begun\n"
    time.sleep(0.5)
    forgetting = subprocess.run(
        [sys.executable, "-m", "fusionls", "forget", "--project", "/code/busy", "--json"],
        env=os.environ | {"FUSIONLS_STATE": str(file.parent.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    writing.kill()
    complained = writing.communicate(timeout=PATIENCE_S)[1]
    assert (forgetting.returncode, forgetting.stderr, complained) == (0, "", "")
    assert '"/code/busy"' in forgetting.stdout
    assert is_whole(file)
    assert "busy-0" not in {told.id for told in known(file)}
