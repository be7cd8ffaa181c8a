"""Standard input and output as the two ends of a ``StreamLoop``.

Reading: the loop watches the descriptor, so a message needs no hop between threads; where that cannot
be done (a file, Windows) a thread reads. Writing: at once while the pipe has room; when the client does
not read, a thread waits in our place and the outbox decides what still goes out.
"""

import asyncio
import contextlib
import logging
import os
import select
import sys
import threading
from collections.abc import Callable

from fusionls.lsp.outbox import Outbox, Outgoing

log = logging.getLogger(__name__)

READ_BYTES = 64 * 1024
# POSIX: a pipe that polls writable takes this much without blocking (PIPE_BUF is at least 512, 4096 on
# Linux).
SAFE_WRITE_BYTES = getattr(select, "PIPE_BUF", 512)


def take_descriptors() -> tuple[int, int]:
    """Return private copies of stdin and stdout; whatever else prints goes to stderr from now on.

    stdout belongs to the protocol: one stray line of a library breaks the session. Child processes
    inherit neither.
    """
    given, out = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a device, not a path of ours
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return given, out


class Reader:
    """Feeds what arrives on ``descriptor`` to ``feed``, in the loop; ``at_end`` is called at its end."""

    def __init__(
        self, descriptor: int, feed: Callable[[bytes], None], at_end: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._feed = feed
        self._at_end = at_end
        self._loop = asyncio.get_running_loop()
        try:
            self._loop.add_reader(descriptor, self._readable)
        except (NotImplementedError, PermissionError, OSError):
            threading.Thread(target=self._read_on, name="stdin", daemon=True).start()

    def close(self) -> None:
        """Stop watching."""
        with contextlib.suppress(NotImplementedError, OSError, ValueError):
            self._loop.remove_reader(self._descriptor)

    def _readable(self) -> None:
        received = self._read()
        if received:
            self._feed(received)
        elif received is not None:
            self.close()
            self._at_end()

    def _read(self) -> bytes | None:
        """Return what has arrived, ``b""`` at the end, None if nothing has arrived after all."""
        try:
            return os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            log.warning("stdin cannot be read: %s", error.strerror)
            return b""

    def _read_on(self) -> None:
        _wait_for(self._descriptor)
        while received := self._read():
            self._call(self._feed, received)
        self._call(self._at_end)

    def _call(self, function: Callable[..., None], *arguments: bytes) -> None:
        # The loop may be closed while this thread still waits for the client.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)


class Writer:
    """Writes frames to ``descriptor`` in order; ``broken`` is called in the loop if nobody reads."""

    def __init__(self, descriptor: int, broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        _wait_for(descriptor)
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._busy = False
        self._thread: threading.Thread | None = None
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(descriptor, select.POLLOUT)

    def put(self, outgoing: Outgoing) -> None:
        """Write a frame now if the pipe has room for it, else when it has."""
        with self._lock:
            if not self._busy and not len(self._outbox) and self._has_room(len(outgoing.frame)):
                self._write(outgoing.frame)
                return
            self._outbox.put(outgoing)
            overflowing = self._outbox.overflowing
            self._start_thread()
            self._news.notify()
        if overflowing:
            log.error("the client has not read for too long")
            self._broken()

    def send(self, frame: bytes) -> None:
        """Write a frame that never becomes stale."""
        self.put(Outgoing(frame))

    def drained(self, patience_s: float) -> bool:
        """Wait at most ``patience_s`` seconds until everything is written; return whether it is."""
        with self._lock:
            return self._news.wait_for(
                lambda: not self._busy and not len(self._outbox), timeout=patience_s
            )

    def _has_room(self, length: int) -> bool:
        return (
            length <= SAFE_WRITE_BYTES
            and self._poll is not None
            and any(event & select.POLLOUT for _, event in self._poll.poll(0))
        )

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_on, name="stdout", daemon=True)
            self._thread.start()

    def _write_on(self) -> None:
        while True:
            with self._lock:
                self._busy = False
                self._news.notify_all()
                self._news.wait_for(lambda: len(self._outbox))
                frame = self._outbox.take()
                self._busy = True
            if not self._write(frame):
                return

    def _write(self, frame: bytes) -> bool:
        left = memoryview(frame)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            log.warning("stdout cannot be written: %s", error.strerror)
            # From the writing thread too; the loop may be gone by then.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._broken)
            return False
        return True


def _wait_for(descriptor: int) -> None:
    """Make reads and writes of ``descriptor`` wait, whatever whoever started us has set."""
    with contextlib.suppress(AttributeError, OSError):
        os.set_blocking(descriptor, True)
