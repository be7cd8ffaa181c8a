"""A whole session on standard input and output, from the first byte to the exit code."""

import asyncio
import contextlib
import os
import signal
import sys

from fusionls.lsp.recording import Recording
from fusionls.lsp.server import FusionServer, OpenEngine, build_server
from fusionls.lsp.stdio import Reader, Writer, take_descriptors
from fusionls.lsp.stream import StreamLoop
from fusionls.lsp.watchdog import Watchdog

# What is still to be written or closed when the session is over has this long.
FAREWELL_S = 0.3


def run_stdio(
    open_engine: OpenEngine, *, client_pid: int | None = None, recording: Recording | None = None
) -> None:
    """Serve one client on stdin and stdout until it says ``exit``, hangs up or dies.

    Does not return: threads that wait for the client, and children of ours, are not waited for. The exit
    code is 0 if the client asked for a shutdown before it said exit, else 1. ``recording`` takes what both
    sides say.
    """
    given, out = take_descriptors()
    code = asyncio.run(_serve(given, out, open_engine, client_pid, recording))
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


async def _serve(
    given: int,
    out: int,
    open_engine: OpenEngine,
    client_pid: int | None,
    recording: Recording | None,
) -> int:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    server = build_server(open_engine)
    writer = Writer(out, broken=over.set)
    stream = StreamLoop(server, writer.send, put=writer.put, recording=recording)
    watchdogs: list[Watchdog] = []

    def watch(pid: int) -> None:
        watchdogs.append(Watchdog(pid, over.set))

    def feed(received: bytes) -> None:
        stream.feed(received)
        if stream.exit_code is not None:
            over.set()

    server.protocol.watch_process = watch
    server.protocol.on_end = over.set
    if client_pid is not None:
        watch(client_pid)
    for name in ("SIGTERM", "SIGINT"):
        with contextlib.suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), over.set)
    reader = Reader(given, feed, over.set)
    await over.wait()
    reader.close()
    for watchdog in watchdogs:
        watchdog.close()
    await _farewell(server, writer)
    return 1 if stream.exit_code is None else stream.exit_code


async def _farewell(server: FusionServer, writer: Writer) -> None:
    closing = asyncio.ensure_future(server.aclose())
    await asyncio.wait({closing}, timeout=FAREWELL_S)
    if not closing.done():
        closing.cancel()
    writer.drained(FAREWELL_S)
