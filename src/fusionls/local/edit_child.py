"""The process that reads, judges and fuses edits: calls on standard input, their answers on standard output.

Run as ``python -P -m fusionls.local.edit_child``. It works for one request after the other of one server,
gives way to what people type, and holds nothing but the texts it is sent. A parser that takes all the
memory or all the time of a processor ends it, and nothing else.
"""

import os
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import Any, BinaryIO

# Somebody waits for an edit, but whoever types goes first.
NICENESS = 5
# Of the processor, for one call: a file of 20,000 lines is read and compared in two.
PROCESSOR_S = 20
# Of addresses, most of which are libraries. Trees of a file of megabytes take some hundred megabytes.
ADDRESS_BYTES = 2 * 1024**3


def main() -> None:
    """Answer calls until standard input ends. Never returns."""
    import signal

    # First of all: its imports take all of a processor for a moment.
    give_way()
    # An interrupt from the keyboard goes to the whole terminal; our parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever libraries print, standard output is for answers alone.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, lines), daemon=True).start()
    # Imported here: a server whose end is noticed meanwhile need not wait for it.
    from fusionls.local.edit_lines import READY, answer_line

    desk = OneDesk()
    be_modest()
    _say(answers, answer_line(READY))
    while True:
        line = lines.get()
        allow_seconds(PROCESSOR_S)
        _say(answers, desk.answer(line))


class OneDesk:
    """Answers calls, as lines, with the desk of the request that is at hand."""

    def __init__(self) -> None:
        from fusionls.core.editing.desk import Desk

        self._new = Desk
        self._desk = Desk()

    def answer(self, line: bytes) -> bytes:
        """Return the line that answers ``line``. Raises nothing but what ends the process."""
        from fusionls.engine.bugs import where_it_broke
        from fusionls.local.edit_lines import answer_line, call_from, failed_line

        try:
            call, order = call_from(line)
            return answer_line(self._done(call, order))
        except MemoryError:
            # What is left may not be enough for anything more.
            os._exit(1)
        except Exception as error:
            return failed_line(where_it_broke(error))

    def _done(self, call: str, order: Any) -> object:
        if call == "anew":
            self._desk = self._new()
            return None
        if call == "rebase":
            return self._desk.rebase(order.hunks, order.now)
        return getattr(self._desk, call)(order)


def _say(answers: BinaryIO, line: bytes) -> None:
    try:
        answers.write(line)
        answers.flush()
    except OSError:
        # Nobody reads any more.
        os._exit(0)


def _read(stream: BinaryIO, lines: "queue.SimpleQueue[bytes]") -> None:
    from fusionls.local.edit_lines import MOST_BYTES

    while (line := stream.readline(MOST_BYTES + 1)).endswith(b"\n"):
        lines.put(line)
    # The server has ended, also if it was killed, or says too much. There is nothing to save.
    os._exit(0)


def give_way() -> None:
    """Let others go first. On Windows who starts this process sees to it."""
    if sys.platform != "win32":
        os.nice(NICENESS)


def be_modest() -> None:
    """Bound what this process may use."""
    if sys.platform == "win32":
        return
    import resource

    for limit, most in (
        (resource.RLIMIT_AS, ADDRESS_BYTES),
        (resource.RLIMIT_CORE, 0),
        # It writes no files.
        (resource.RLIMIT_FSIZE, 0),
    ):
        # macOS has no limit of addresses; an administrator may have set lower ones.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def allow_seconds(seconds: int) -> None:
    """Allow so many seconds of the processor more than were used until now; then the process is ended."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, hard))


if __name__ == "__main__":
    main()
