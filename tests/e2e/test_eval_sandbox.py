"""Programs that tests bring are run with limits, by real processes."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from fusionls.evaluating.sandbox import keeps_from_network, passes, runtime_for

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")


def ends_well(program, patience_s=10.0, language="python"):
    return asyncio.run(passes(program, runtime(language), patience_s))


def runtime(language):
    found = runtime_for(language)
    assert found is not None
    return found


def test_a_program_passes_by_its_exit_code():
    assert ends_well("assert 1 + 1 == 2")
    assert not ends_well("assert 1 + 1 == 3")
    assert not ends_well("this is no program \udcff")


def test_one_that_does_not_end_is_ended_with_all_it_started(tmp_path):
    mark = tmp_path / "mark"
    late = f"import time; time.sleep(2.5); open({str(mark)!r}, 'w')"
    program = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {late!r}])\n"
        f"open({str(tmp_path / 'begun')!r}, 'w')\n"
        "time.sleep(60)\n"
    )
    begun = time.monotonic()
    assert not ends_well(program, patience_s=1.0)
    assert time.monotonic() - begun < 3
    time.sleep(3)
    assert (tmp_path / "begun").exists() and not mark.exists()


@POSIX
@pytest.mark.parametrize(
    "program",
    [
        "x = bytearray(4 << 30)",
        "open('big', 'wb').write(bytes(64 << 20))",
        "files = [open('f%d' % n, 'w') for n in range(500)]",
    ],
)
def test_memory_disk_and_files_are_limited(program):
    assert not ends_well(program)


def test_nothing_of_the_persons_environment_is_there(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sesame")
    assert ends_well("import os; assert 'SOME_API_KEY' not in os.environ")
    assert ends_well("import os, sys; assert sys.stdin.read() == '' and not os.listdir('.')[1:]")
    home = str(Path("~").expanduser())
    assert ends_well(f"import os; assert os.path.expanduser('~') != {home!r}")


def test_there_is_no_network_where_that_can_be_done():
    if not keeps_from_network():
        pytest.skip("the kernel lets nobody make rooms without a network")

    async def listening():
        called = []
        server = await asyncio.start_server(lambda *_: called.append(1), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        ended_well = await passes(program, runtime("python"))
        server.close()
        return ended_well, called

    assert asyncio.run(listening()) == (False, [])


def test_javascript_is_run_where_there_is_a_node():
    if runtime_for("javascript") is None:
        pytest.skip("no node on this machine")
    assert ends_well("if (1 + 1 !== 2) process.exit(1)", language="javascript")
    assert not ends_well("process.exit(1)", language="javascript")
    assert runtime_for("java") is None
