"""Rows 30-34: how a server process ends, and when it must not."""

import asyncio
import signal
import subprocess
import sys

import pytest

from tests.conformance.messages import GHOST_TEXT
from tests.conformance.spawned import asked_for_text
from tests.conformance.talking import OURS, talking_to_process

EXIT_S, END_OF_INPUT_S, ORPHAN_S, SIGNAL_S = 0.5, 2.0, 5.0, 1.0
# A pid that no Linux, macOS or Windows machine gives out: as from a container's other namespace.
NO_SUCH_PID = 2**22 + 12345
# Threads that are not daemons, stuck for longer than the test lasts.
STUCK = """
import threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,)).start()
from fusionls.cli import main
main(["--stdio"])
"""


def start(**params):
    """Return params for initialize."""
    return {"processId": None, "rootUri": None, "capabilities": GHOST_TEXT} | params


async def asks_a_model(peer, fault):
    """Leave a request running behind a member that stalls."""
    peer.open("return ")
    number = peer.inline(0, 7)
    await fault.wait_for(asked_for_text)
    return number


def ended_cleanly(peer):
    return b"Traceback" not in peer.stderr and b"Exception ignored" not in peer.stderr


@pytest.mark.parametrize("asked", [True, False], ids=["after shutdown", "without"])
@talking_to_process()
async def test_row_30_exit(peer, asked):
    """``exit`` ends the process in 500 ms: code 0 after a shutdown, else 1. [exit]"""
    await peer.hello()
    if asked:
        await peer.request("shutdown")
    peer.notify("exit")
    assert await peer.ends_within(EXIT_S) == (0 if asked else 1)
    await peer.exit_code()
    assert ended_cleanly(peer)


@pytest.mark.parametrize("asked", [True, False], ids=["after shutdown", "without"])
@talking_to_process(member="stall")
async def test_row_30_exit_while_a_model_stalls(peer, fault, asked):
    """The same while a request runs; its socket is closed. [exit]"""
    await peer.hello()
    await asks_a_model(peer, fault)
    if asked:
        await peer.request("shutdown")
    peer.notify("exit")
    assert await peer.ends_within(EXIT_S) == (0 if asked else 1)
    await fault.wait_for(lambda server: server.open_connections == 0)


@talking_to_process(command=(sys.executable, "-c", STUCK), only_ours="starts threads in it")
async def test_row_30_exit_with_stuck_threads(peer):
    """The same with threads that nobody can end. [exit]"""
    await peer.hello()
    await peer.request("shutdown")
    peer.notify("exit")
    assert await peer.ends_within(EXIT_S) == 0


@pytest.mark.parametrize(
    "left", ["nothing", "at once", "half a frame", "half a header", "after shutdown"]
)
@talking_to_process()
async def test_row_31_end_of_input(peer, left):
    """stdin ends without ``exit``: gone in 2 s with code 1, never 0. (policy; pygls#173)"""
    if left != "at once":
        await peer.hello()
    if left == "after shutdown":
        await peer.request("shutdown")
    peer.write(
        {"half a frame": b"Content-Length: 50\r\n\r\n{", "half a header": b"Cont"}.get(left, b"")
    )
    peer.hang_up()
    patience = END_OF_INPUT_S * (2 if left == "at once" else 1)
    assert await peer.ends_within(patience) == 1
    await peer.exit_code()
    assert ended_cleanly(peer)


@talking_to_process(member="stall")
async def test_row_31_end_of_input_while_a_model_stalls(peer, fault):
    """The same while a request runs; its socket is closed. (policy)"""
    await peer.hello()
    await asks_a_model(peer, fault)
    peer.hang_up()
    assert await peer.ends_within(END_OF_INPUT_S) == 1
    await fault.wait_for(lambda server: server.open_connections == 0)


def pretended_editor():
    """Start a process that waits until it is killed."""
    # Its stdin is a pipe that we hold: it also ends when this test run dies.
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


@pytest.mark.parametrize("reaped", [True, False], ids=["reaped", "a zombie"])
@talking_to_process()
async def test_row_32_the_editor_dies(peer, reaped):
    """The process of ``processId`` dies, stdin stays open: gone in 5 s. [INI]"""
    editor = pretended_editor()
    try:
        await peer.request("initialize", start(processId=editor.pid))
        peer.notify("initialized", {})
        await peer.still_answers()
        editor.kill()
        if reaped:
            editor.wait()
        assert await peer.ends_within(ORPHAN_S) == 1
    finally:
        editor.kill()
        editor.communicate()


@talking_to_process()
async def test_row_32_the_editor_was_dead_before(peer):
    """``processId`` names a child of ours that is gone already: the server may stay or leave. [INI]

    But if it stays, it serves and ends as ever.
    """
    editor = pretended_editor()
    editor.communicate()
    peer.may_answer({"id": "first"})
    peer.write_message(peer.message("initialize", start(processId=editor.pid), id="first"))
    await asyncio.sleep(peer.quiet_s)
    if peer.alive:
        await peer.still_answers()
        peer.notify("exit")
    assert await peer.exit_code() == 1


@pytest.mark.parametrize("option", ["--clientProcessId={}", "--clientProcessId {}"])
@talking_to_process(only_ours="has its own command line")
async def test_row_32_the_command_line_names_the_editor(peer, option):
    """The same with ``--clientProcessId``, for a client that sends no ``processId``. [IC]"""
    editor = pretended_editor()
    watching = await type(peer).spawn([*OURS, *option.format(editor.pid).split()], peer.environment)
    try:
        await watching.hello()
        await watching.still_answers()
        editor.kill()
        editor.wait()
        assert await watching.ends_within(ORPHAN_S) == 1
    finally:
        editor.kill()
        editor.communicate()
        await watching.aclose()
    peer.hang_up()


@talking_to_process(only_ours="three processes at once")
async def test_row_33_no_false_exit(peer):
    """No ``processId``, that of a wrapper, or one of another namespace: nobody has died. [INI]"""
    wrapper = pretended_editor()
    others = [await type(peer).spawn(OURS, peer.environment) for _ in range(2)]
    try:
        for client, pid in zip([peer, *others], [None, wrapper.pid, NO_SUCH_PID], strict=True):
            await client.request("initialize", start(processId=pid))
            client.notify("initialized", {})
        await asyncio.sleep(ORPHAN_S + 0.5)
        for client in (peer, *others):
            assert client.alive
            assert await client.goodbye() == 0
    finally:
        wrapper.kill()
        wrapper.communicate()
        for client in others:
            await client.aclose()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "asking"])
@talking_to_process(member="stall")
async def test_row_34_signals(peer, fault, number, busy):
    """SIGTERM and SIGINT: a clean exit in 1 s, without a traceback. (policy)"""
    await peer.hello()
    if busy:
        await asks_a_model(peer, fault)
    peer.signal(number)
    assert await peer.ends_within(SIGNAL_S) >= 0, "killed by the signal instead of ending"
    await peer.exit_code()
    assert ended_cleanly(peer)
    await fault.wait_for(lambda server: server.open_connections == 0)


@talking_to_process()
async def test_row_34_sigpipe(peer):
    """SIGPIPE alone breaks nothing: the server ends cleanly in 1 s, or serves on. (policy)"""
    await peer.hello()
    peer.signal(signal.SIGPIPE)
    await asyncio.sleep(peer.quiet_s)
    if peer.alive:
        await peer.still_answers()
        assert await peer.goodbye() == 0
    assert await peer.ends_within(SIGNAL_S) >= 0
    await peer.exit_code()
    assert ended_cleanly(peer)


@talking_to_process()
async def test_row_34_nobody_reads_any_more(peer):
    """The client has closed our stdout: a clean exit in 1 s once something is written. (policy)"""
    await peer.hello()
    peer.stop_listening()
    peer.write_message(peer.message("conformance/unknown", {}, id="lost"))
    assert await peer.ends_within(SIGNAL_S) == 1
    await peer.exit_code()
    assert ended_cleanly(peer)
