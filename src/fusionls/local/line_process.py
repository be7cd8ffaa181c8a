"""A process that answers one line with one line, from its start to its end."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from fusionls.engine.edit_ports import DeskFailed
from fusionls.local.edit_lines import (
    MOST_BYTES,
    READY,
    CallFailed,
    NotUnderstood,
    answer_from,
    call_line,
)

# -P: a server often starts in the folder it works on, and nothing there may be imported. -B: nothing is
# written where the code lies.
COMMAND = (sys.executable, "-P", "-B", "-m", "fusionls.local.edit_child")
# Its imports take 0.3 s; on a machine that swaps it may take many times that.
START_S = 20.0
# A killed process is gone within milliseconds, unless the system itself hangs.
GONE_S = 2.0
_QUIET_ON_WINDOWS = 0x00004000 | 0x08000000  # BELOW_NORMAL_PRIORITY_CLASS, CREATE_NO_WINDOW
# All that it needs of the environment. Keys stay here: what it reads was written by others.
_NEEDED = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")
_ITS_OWN = ("PYTHON", "LC_")


class LineProcess:
    """Starts at once, in the background. Calls are answered one after the other."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._is_killed = False
        self._turn = asyncio.Lock()
        self._calls: set[asyncio.Task[Any]] = set()
        self._why = ""
        self._starting = asyncio.get_running_loop().create_task(self._start())
        self._starting.add_done_callback(_look_at)

    @property
    def is_sound(self) -> bool:
        """Whether it can be asked: it has not failed, and it runs or is being started."""
        return not self._why and (self._process is None or self._process.returncode is None)

    async def ask(self, call: str, order: object, within_s: float) -> Any:
        """Return the answer to ``call``, or raise DeskFailed; the process has ended then.

        ``within_s`` (seconds) counts from when it is sent. Who is cancelled leaves the call behind, as what
        it tells the process may matter to the next one.
        """
        asked = self._call(call, order, within_s)
        # Not `await asked`: whoever is cancelled here must not take what is being done from the desk.
        await asyncio.wait({asked})
        if asked.cancelled():
            raise DeskFailed(self._why)
        return asked.result()

    def forget(self) -> bool:
        """Have it forget the request that it worked for. False if it is still at it, or cannot be asked."""
        if self._calls or not self.is_sound:
            return False
        if self._starting.done():
            self._call("anew", None, START_S)
        return True

    async def end(self) -> None:
        """Kill it and wait until it is gone. Never raises."""
        self._fail("it was closed")
        tasks = [self._starting, *self._calls]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        process = self._process
        if process is not None:
            # A start that was cancelled may have come to a process meanwhile.
            self._kill()
            with suppress(TimeoutError):
                async with asyncio.timeout(GONE_S):
                    await process.wait()

    async def _start(self) -> None:
        """Start the process and wait until it is ready. Raises DeskFailed."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MOST_BYTES,  # of one line
                env=_environment(),
                creationflags=_QUIET_ON_WINDOWS if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise self._failed(f"no process can be started ({error.strerror})") from error
        if self._why:
            self._kill()
            raise DeskFailed(self._why)
        await self._heard(READY, START_S)

    def _call(self, call: str, order: object, within_s: float) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(self._answered(call, order, within_s))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        # Nobody may wait for it any more.
        task.add_done_callback(_look_at)
        return task

    async def _answered(self, call: str, order: object, within_s: float) -> Any:
        async with self._turn:
            await self._started()
            process = self._process
            if self._why or process is None or process.stdin is None:
                raise DeskFailed(self._why or "its process has ended")
            line = call_line(call, order)
            if len(line) > MOST_BYTES:
                raise DeskFailed(f"the files have more than {MOST_BYTES} bytes")
            # A process that has ended already shows in the empty answer.
            process.stdin.write(line)
            return await self._heard(call, within_s)

    async def _started(self) -> None:
        # Not `await self._starting`: who is cancelled here must not take the start from the others.
        await asyncio.wait({self._starting})
        if self._starting.cancelled():
            raise DeskFailed(self._why or "it was closed")
        self._starting.result()

    async def _heard(self, call: str, within_s: float) -> Any:
        """Return what is said next, written down already. Raises DeskFailed; the process is killed then."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise self._failed("its process has no pipes")
        try:
            async with asyncio.timeout(within_s):
                with suppress(ConnectionError):
                    await process.stdin.drain()
                line = await process.stdout.readline()
            if not line.endswith(b"\n"):
                raise self._failed("its process ended")
            return answer_from(call, line)
        except TimeoutError as error:
            raise self._failed(f"it was not done within {within_s:g} s") from error
        except CallFailed as error:
            raise self._failed(f"a bug ({error})") from error
        except (NotUnderstood, ValueError) as error:
            raise self._failed("its process said something else") from error
        except asyncio.CancelledError:
            self._fail("it was closed")
            raise

    def _failed(self, why: str) -> DeskFailed:
        self._fail(why)
        return DeskFailed(self._why)

    def _fail(self, why: str) -> None:
        self._why = self._why or f"the edits could not be read and compared: {why}"
        self._kill()

    def _kill(self) -> None:
        # Once: to kill a process looks first whether it has ended, and takes its end from who waits for it.
        if self._process is not None and self._process.returncode is None and not self._is_killed:
            self._is_killed = True
            with suppress(ProcessLookupError):
                self._process.kill()


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _NEEDED or name.upper().startswith(_ITS_OWN)
    }


def _look_at(task: "asyncio.Task[Any]") -> None:
    """Take note of how a task ended, so that nobody complains that it was not looked at."""
    if not task.cancelled():
        task.exception()
