"""A child process as the keeper sees it, and the real one."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

# Spinning barriers of GNU OpenMP starve two threads on a busy machine: 1132 ms a token instead of 5.
# With this many rounds of spinning the speed on an idle machine stays the same; where there is only one
# processor, whoever spins keeps the one that is waited for from running.
_SPINS, _SPINS_OF_ONE_PROCESSOR = "2000", "0"
# Where a debugger is installed, llama.cpp has it print its stack when it gives up: that takes seconds, and
# what stands on a stack may be the person's code.
_NO_STACK = {"GGML_NO_BACKTRACE": "1"}
# -P: a server often starts in the folder it works on, and nothing there may be imported.
_COMMAND = (sys.executable, "-P", "-m", "fusionls.local.llama_child")
# The last words of a process that failed; the reason is among its last lines.
_STDERR_BYTES = 8192
# The child exits within milliseconds of its input's end, unless it is in the middle of loading.
_CLOSE_S = 1.0
# After a process has ended its pipes are read to the end in no time.
_DRAIN_S = 0.5


class Child(Protocol):
    """A process that takes one line and gives one line."""

    @property
    def exit_code(self) -> int | None:
        """How the process ended (negative: by that signal), or None while it lives."""

    @property
    def ending(self) -> str:
        """How the process ended, in words; empty where nobody can know."""

    @property
    def last_words(self) -> str:
        """The end of what it wrote to standard error."""

    async def ask(self, line: bytes) -> bytes:
        """Send ``line`` and return the line that answers it, empty if the process ends first.

        Raises OSError if there is no process to ask.
        """

    async def end(self) -> None:
        """End the process, kindly at first, and wait until it is gone. Never raises."""


# Starts a child. Raises OSError.
Spawn = Callable[[], Awaitable[Child]]


class ProcessChild:
    """A real process with its three pipes. Raises ValueError if it was started without one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("a child process needs its three pipes")
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._words = bytearray()
        self._drain = asyncio.create_task(self._keep_last_words(process.stderr))

    @property
    def exit_code(self) -> int | None:
        """How the process ended (negative: by that signal), or None while it lives."""
        return self._process.returncode

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.exit_code
        return f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        return self._words.decode("utf-8", "replace")

    async def ask(self, line: bytes) -> bytes:
        """Send ``line`` and return the line that answers it, empty if the process ends first."""
        # A process that has ended already shows in the empty answer.
        with suppress(ConnectionError):
            self._stdin.write(line)
            await self._stdin.drain()
        return await self._stdout.readline()

    async def end(self) -> None:
        """End the process, kindly at first, and wait until it is gone. Never raises."""
        self._stdin.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._process.wait()
        finally:
            # Reached with a living child also when we are cancelled.
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    self._process.kill()
        await self._process.wait()
        await asyncio.wait({self._drain}, timeout=_DRAIN_S)
        if not self._drain.done():
            self._drain.cancel()
            await asyncio.wait({self._drain})

    async def _keep_last_words(self, stderr: asyncio.StreamReader) -> None:
        """Read standard error to its end: a full pipe would stop the process."""
        while block := await stderr.read(_STDERR_BYTES):
            self._words += block
            del self._words[:-_STDERR_BYTES]


def processors() -> int:
    """Return how many processors this process may use."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return len(allowed) or os.cpu_count() or 1


def llama_environment() -> dict[str, str]:
    """Return the environment for a process with llama.cpp. What the user has set in it wins."""
    spins = _SPINS if processors() > 1 else _SPINS_OF_ONE_PROCESSOR
    return {"GOMP_SPINCOUNT": spins} | _NO_STACK | os.environ


async def spawn_llama_child() -> ProcessChild:
    """Start a process that serves a model with llama.cpp. Raises OSError."""
    pipe = asyncio.subprocess.PIPE
    return ProcessChild(
        await asyncio.create_subprocess_exec(
            *_COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, env=llama_environment()
        )
    )
