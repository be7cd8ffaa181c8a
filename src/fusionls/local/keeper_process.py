"""The keeper process: one llama.cpp for all servers of a user.

Run as ``python -P -m fusionls.local.keeper_process FOLDER IDENTITY``, detached. It takes the lock that says
that it lives, reads one order from standard input, starts llama.cpp in itself, writes one answer to standard
output, and hands out leases until none was held for IDLE_S. A crash of llama.cpp is its end, and every
server notices by its lease.
"""

import faulthandler
import os
import secrets
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from fusionls.local.child_lines import Answer, line_of, order_from
from fusionls.local.lease import Lifetime, Record
from fusionls.local.lease_desk import LeaseDesk
from fusionls.local.llama_child import serve
from fusionls.local.runtime_folder import LOG_LIMIT_BYTES, KeeperFiles, taken

# Servers look whether the lock is free by taking it for a moment.
_LOCK_S = 1.0
# A prompt of 2048 tokens is read in one step, which was seen to take 8 s, and many times that beside other
# programs. What does not answer for so long never will.
HUNG_S = 120.0
# A probe costs llama.cpp less than a token.
_PROBE_EVERY_S = 20.0
_STDERR = 2


def main() -> None:
    """Keep a model until nobody needs it. Never returns."""
    started_s = time.monotonic()
    _ignore_signals()
    answers = os.dup(1)
    # llama.cpp prints where it likes; standard output is for our one line.
    os.dup2(_STDERR, 1)
    files = KeeperFiles(Path(sys.argv[1]), sys.argv[2])
    alive = files.alive_lock()
    if not taken(alive, _LOCK_S):
        _end(answers, Answer(busy=True))
    # What a keeper that was killed has left.
    files.remove_record()
    try:
        order = order_from(sys.stdin.buffer.readline())
    except (ValueError, TypeError) as error:
        _end(answers, Answer(error=f"no order was understood ({type(error).__name__})"))
    # Kept in a variable: the server ends with its last reference.
    server, answer = serve(order)
    if server is None:
        _end(answers, answer)
    secret = secrets.token_urlsafe(32)
    try:
        lifetime = Lifetime(started_s, time.monotonic())
        desk = LeaseDesk(secret, answer.port, order.key, lifetime)
        # The folder in which the first server happened to stand must not be held.
        os.chdir(files.folder)
        files.write_record(Record(os.getpid(), desk.port, secret))
    except OSError as error:
        _end(answers, Answer(error=f"no leases can be handed out in {files.folder}: {error}"))
    _say(answers, answer)
    threading.Thread(target=_probe, args=(desk, answer.port, order.key), daemon=True).start()
    with suppress(OSError):
        desk.serve(
            lambda: files.write_record(Record(os.getpid(), desk.port, secret)),
            files.remove_record,
            _tick,
        )
    files.remove_record()
    files.remove_log()
    # An orderly shutdown would wait for llama.cpp's threads, and there is nothing to save.
    os._exit(0)


def _ignore_signals() -> None:
    for name in ("SIGINT", "SIGHUP", "SIGPIPE"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _say(answers: int, answer: Answer) -> None:
    """Answer who started us; it may have been killed, and another server is served just as well."""
    with suppress(OSError):
        os.write(answers, line_of(answer))
    os.close(answers)


def _end(answers: int, answer: Answer) -> NoReturn:
    _say(answers, answer)
    sys.stderr.flush()
    os._exit(1)


def _tick() -> None:
    # This timer needs no interpreter, so it also ends a process in which llama.cpp never lets go of it.
    faulthandler.dump_traceback_later(HUNG_S, exit=True)
    with suppress(OSError):
        if os.fstat(_STDERR).st_size > LOG_LIMIT_BYTES:
            os.ftruncate(_STDERR, 0)


def _probe(desk: LeaseDesk, port: int, key: str) -> None:
    """End the process when llama.cpp answers nothing any more; servers start another one."""
    request = f"GET /slots HTTP/1.0\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    while True:
        time.sleep(_PROBE_EVERY_S)
        if not desk.leased:
            continue
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=HUNG_S) as connection:
                connection.sendall(request)
                connection.recv(1)
        except OSError as error:
            sys.stderr.write(f"0.0 E llama.cpp does not answer any more ({error})\n")
            sys.stderr.flush()
            os._exit(1)


if __name__ == "__main__":
    main()
