"""Ends the session when the editor's process is gone although our stdin is still open.

A child of the editor may hold the other end of our pipe. LSP 3.17, "Initialize Request": a server whose
parent is not alive should exit.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable

# Without a descriptor for processes we look this often; the protocol's clients expect some seconds.
LOOK_S = 1.0


class Watchdog:
    """Calls ``gone`` in the loop once the process ``pid`` has ended.

    A pid that names no process here (a container's client has numbers of its own) is not watched. On
    Windows nothing is: there the end of stdin has to do, and this was not run there.
    """

    def __init__(self, pid: int, gone: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._gone = gone
        self._pid = pid
        self._descriptor: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        if os.name == "nt" or pid <= 0 or pid == os.getpid() or not _is_alive(pid):
            return
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                # The descriptor stands for the process itself: its number may be used again.
                self._descriptor = os.pidfd_open(pid)
        if self._descriptor is not None:
            self._loop.add_reader(self._descriptor, self._ended)
        else:
            self._look()

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _look(self) -> None:
        if _is_alive(self._pid):
            self._timer = self._loop.call_later(LOOK_S, self._look)
        else:
            self._gone()

    def _ended(self) -> None:
        self.close()
        self._gone()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError, OSError):
        # Somebody else's process lives too; a number that no process can have is not watched.
        return pid < 2**31
    return True
