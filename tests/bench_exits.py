"""How long the process lives on once nobody needs it, and whether anything outlives it."""

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fusionls.local.install import installed
from fusionls.settings.paths import data_folder
from tests.bench_overhead import TEXT, URI
from tests.support.blocking_client import BlockingClient
from tests.support.figures import Figure, scaled
from tests.support.keepers import end_keepers, keepers_in
from tests.support.sides import Side, backends, ours

EXITS = 20
LEAST_EXITS = 3
KILLS = 200
LEAST_KILLS = 6
BAR_EXIT_S, BAR_EOF_S, BAR_PARENT_S = 0.5, 2, 5
# What lives longer than this after its last reason to live is an orphan.
ORPHAN_S = 10.0
# From the start of a session until its local model is asked it takes about this long: kills fall anywhere
# in it.
EARLIEST_KILL_S, LATEST_KILL_S = 0.2, 2.5
# The request has reached the member by then.
UNDER_WAY_S = 0.1
# The model outlives the last server that uses it by 30 s.
KEEPER_GONE_S = 45.0
Step = Callable[[BlockingClient], None]
# A parent that starts the server with pipes that are not its own, says its pid, and waits to be killed.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[3:], stdin=int(sys.argv[1]), stdout=int(sys.argv[2]))
print(child.pid, flush=True)
time.sleep(60)
"""


def exits(share: float) -> list[Figure]:
    """Sessions with a request under way that nobody will answer, ended in three ways."""
    rounds = scaled(EXITS, share, LEAST_EXITS)
    with backends(1, "stall", "--quiet") as [stalled], ours([stalled.url]) as side:
        said = [_ended_s(side, _shut_down, _say_exit) for _ in range(rounds)]
        hung_up = [_ended_s(side, _do_nothing, _hang_up) for _ in range(rounds)]
        killed = [_orphaned_s(side) for _ in range(rounds)]
        kills = scaled(KILLS // 2, share, LEAST_KILLS)
        orphans = sum(_orphaned_s(side) >= ORPHAN_S for _ in range(kills))
    figures = [
        Figure("end after exit: longest", max(said), "s", f"<= {BAR_EXIT_S}"),
        Figure("end after the end of stdin: longest", max(hung_up), "s", f"<= {BAR_EOF_S}"),
        Figure("end after the parent was killed: longest", max(killed), "s", f"<= {BAR_PARENT_S}"),
        Figure("parent killed: servers left", orphans, f"of {kills}", "= 0"),
    ]
    if "smollm2-135m" in installed(data_folder()):
        with TemporaryDirectory() as folder, ours([]) as local:
            Path(folder).chmod(0o700)
            own = {**local.environment, "XDG_RUNTIME_DIR": folder}
            for seed in range(kills):
                _kill_with_model(Side(local.command, own), seed)
            each = Counter(keeper.identity for keeper in keepers_in(Path(folder)))
            time.sleep(KEEPER_GONE_S)
            left = len(keepers_in(Path(folder)))
            end_keepers(Path(folder))
        name = f"{kills} servers with a local model killed: models"
        figures += [
            Figure(
                f"{name} still there just after, of one kind",
                max(each.values(), default=0),
                "",
                "<= 1",
            ),
            Figure(f"{name} left after {KEEPER_GONE_S:.0f} s", left, "", "= 0"),
        ]
    return figures


def _ended_s(side: Side, first: Step, end: Step) -> float:
    with side.client() as client:
        client.start(os.getpid())
        _ask(client)
        time.sleep(UNDER_WAY_S)
        first(client)
        start = time.monotonic()
        end(client)
        client.process.wait(ORPHAN_S)
        return time.monotonic() - start


def _ask(client: BlockingClient) -> None:
    client.open(URI, TEXT)
    place = {"line": 1, "character": 0}
    asked = {"textDocument": {"uri": URI}, "position": place, "context": {"triggerKind": 1}}
    client.ask("textDocument/inlineCompletion", asked)


def _shut_down(client: BlockingClient) -> None:
    client.request("shutdown", None)


def _do_nothing(client: BlockingClient) -> None:
    client.sync()


def _say_exit(client: BlockingClient) -> None:
    client.notify("exit", None)


def _hang_up(client: BlockingClient) -> None:
    assert client.process.stdin is not None
    client.process.stdin.close()


def _orphaned_s(side: Side) -> float:
    """Kill the server's parent while we hold its stdin open; return how long it lives on."""
    given, kept = os.pipe()
    read, out = os.pipe()
    try:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(given), str(out), *side.command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(side.environment),
            pass_fds=(given, out),
        )
        assert parent.stdout is not None
        server = os.pidfd_open(int(parent.stdout.readline()))
        with parent.stdout:
            body = (
                b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":'
                b'{"processId":%d,"rootUri":null,"capabilities":{}}}' % parent.pid
            )
            os.write(kept, b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            select.select([read], [], [], ORPHAN_S)
            parent.kill()
            parent.wait()
            start = time.monotonic()
        return _gone_s(server, start)
    finally:
        for descriptor in (given, kept, read, out):
            os.close(descriptor)


def _gone_s(process: int, start: float) -> float:
    """Return when the process behind a descriptor ended; one that does not is killed."""
    try:
        if not select.select([process], [], [], ORPHAN_S)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        return time.monotonic() - start
    finally:
        os.close(process)


def _kill_with_model(side: Side, seed: int) -> None:
    """Kill a server somewhere between its start and its model's."""
    dice = random.Random(seed)  # places, not secrets
    with side.client() as client:
        client.start()
        _ask(client)
        time.sleep(dice.uniform(EARLIEST_KILL_S, LATEST_KILL_S))
        client.process.kill()
        client.process.wait()
