"""Solves when to stop waiting in a process of its own, so that nobody who types ever waits for it.

numpy costs a server 16 MB and solving tens of milliseconds in which no other thread of it would run.
"""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fusionls.core.stopping.problem import Problem
from fusionls.core.stopping.table import CutoffTable
from fusionls.engine.beside import beside
from fusionls.engine.bugs import where_it_broke

log = logging.getLogger(__name__)

# Five members take a quarter of a second, five that share machines over four; and a machine that is busy all
# the time makes ten times that of it. Nobody waits.
SOLVED_WITHIN_S = 60.0
# A table of five members has some 100 kB, one for a long cap 400.
MOST_BYTES = 8 * 1024 * 1024
# A killed process is gone within milliseconds, unless the system itself hangs.
_GONE_WITHIN_S = 2.0
# -P: a server often starts in the folder it works on, and nothing there may be imported.
_COMMAND = (sys.executable, "-P", "-m", "fusionls.local.table_child")
# Threads of numpy's would only wait for each other in products as small as these.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_QUIET_ON_WINDOWS = 0x00004000 | 0x08000000  # BELOW_NORMAL_PRIORITY_CLASS, CREATE_NO_WINDOW


class TableSolver:
    """Solves one problem at a time; the next one waits. Nothing is started before the first."""

    def __init__(
        self, command: tuple[str, ...] = _COMMAND, within_s: float = SOLVED_WITHIN_S
    ) -> None:
        """``command`` solves one problem within ``within_s`` seconds."""
        self._command = command
        self._within_s = within_s
        self._turn = asyncio.Lock()
        self._running: _Run | None = None
        self._closed = False
        self._said = ""

    async def solve(self, problem: Problem) -> CutoffTable | None:
        """Return the table for ``problem``, None if there will be none. Raises nothing.

        Who is cancelled leaves no process behind.
        """
        # Written down now: whoever learns on changes what the problem points at.
        asked = problem.to_json()
        async with self._turn:
            if self._closed:
                return None
            try:
                return await self._solved(asked)
            except _Unsolved as unsolved:
                self._say(str(unsolved))
            except Exception as error:
                self._say(f"a bug ({where_it_broke(error)})")
            return None

    async def aclose(self) -> None:
        """End what runs, and solve nothing more. Never raises."""
        self._closed = True
        if self._running is not None:
            self._running.kill()
        # Whoever solves has the turn until its process is gone.
        async with self._turn:
            pass

    async def _solved(self, asked: Mapping[str, Any]) -> CutoffTable:
        run = self._running = _Run(self._command, asked)
        working = asyncio.ensure_future(beside(run.table, "fusionls-table"))
        try:
            done, _ = await asyncio.wait({working}, timeout=self._within_s)
            if not done:
                raise _Unsolved(f"it was not done within {self._within_s:g} s")
            return working.result()
        finally:
            self._running = None
            if not working.done():
                run.kill()
                await asyncio.wait({working}, timeout=_GONE_WITHIN_S)
            if working.done() and not working.cancelled():
                # Looked at, so that nobody complains that it was not.
                working.exception()

    def _say(self, why: str) -> None:
        if self._closed or why == self._said:
            return
        self._said = why
        log.warning("when to stop waiting could not be computed: %s. Simple rules decide.", why)


class _Unsolved(Exception):
    """There is no table. The message says in words why."""


class _Run:
    """One process, from its start to its end. ``table`` blocks; ``kill`` may be called from elsewhere."""

    def __init__(self, command: tuple[str, ...], asked: Mapping[str, Any]) -> None:
        self._command = command
        self._asked = asked
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False

    def table(self) -> CutoffTable:
        """Return the table once the process has written it. Raises _Unsolved; the process is gone then."""
        try:
            answer, code = self._answer()
        except OSError as error:
            raise _Unsolved(f"no process can be started ({error.strerror})") from error
        if code != 0:
            raise _Unsolved(f"its process ended with code {code}")
        try:
            return CutoffTable.from_json(json.loads(answer))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _Unsolved("its process said something else") from error

    def kill(self) -> None:
        """End the process, now or as soon as it is started."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    def _answer(self) -> tuple[bytes, int]:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD},
            creationflags=_QUIET_ON_WINDOWS if sys.platform == "win32" else 0,
        )
        # Noted before it is asked whether to kill it, so that one of both always sees the other.
        self._process = process
        with process:
            if self._killed:
                process.kill()
            try:
                return self._talk(process), process.wait()
            except BaseException:
                process.kill()
                raise

    def _talk(self, process: "subprocess.Popen[bytes]") -> bytes:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        # It reads everything before it writes anything; one that has ended shows in its exit code.
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(self._asked, separators=(",", ":")).encode("ascii"))
        with suppress(BrokenPipeError):
            process.stdin.close()
        answer = process.stdout.read(MOST_BYTES + 1)
        if len(answer) > MOST_BYTES:
            raise _Unsolved(f"its process said more than {MOST_BYTES} bytes")
        return answer
