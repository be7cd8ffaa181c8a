"""The way to a server in a process of its own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.conformance.peer import Peer
from tests.support.fault_server import ConnectionRecord, FaultServer

# A cold start on a busy machine takes seconds.
PATIENCE_S = 20.0
QUIET_S = 0.4
# A row's bound is exact in virtual time. Here it only tells a prompt answer from one that waits for a
# timer or a person: other tests may hold a process up. What it really takes is for `make bench`.
REAL_TIME_FACTOR = 3.0
BUSY_MACHINE_S = 0.5
POLL_S = 0.005
STATUS = Path("/proc")


def slowness() -> float:
    """Return how many times as long as alone a process takes here: 1 if there are cores to spare."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class SpawnedPeer(Peer):
    """A client of a server process. While ``reading`` is clear, the client reads nothing."""

    patience_s = PATIENCE_S
    quiet_s = QUIET_S

    def __init__(self, process: asyncio.subprocess.Process, environment: Mapping[str, str]) -> None:
        super().__init__()
        self.environment = environment
        assert process.stdin and process.stdout and process.stderr
        self.process = process
        self.stderr = b""
        self.reading = asyncio.Event()
        self.reading.set()
        self._in, self._out, self._err = process.stdin, process.stdout, process.stderr
        self._pumps = [asyncio.create_task(self._pump()), asyncio.create_task(self._pump_errors())]

    @classmethod
    async def spawn(cls, command: Sequence[str], environment: Mapping[str, str]) -> Self:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environment),
        )
        return cls(process, environment)

    def write(self, data: bytes) -> None:
        self._in.write(data)

    def seen(self) -> str:
        errors = self.stderr[-1000:].decode(errors="replace")
        return f"{super().seen()}, exit code {self.process.returncode}, stderr: {errors}"

    async def drain(self) -> None:
        """Wait until the server has room for what was written."""
        with contextlib.suppress(ConnectionError):
            await self._in.drain()

    def hang_up(self) -> None:
        self._in.close()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop_listening(self) -> None:
        """Close the server's stdout for good."""
        for pump in self._pumps[:1]:
            pump.cancel()
        # asyncio has no other way to close the reading end of a child's pipe.
        pipe = self.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]  # asyncio's own
        assert pipe is not None
        pipe.close()

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def exit_code(self) -> int:
        ended_with = await self.ends_within(self.patience_s)
        async with asyncio.timeout(self.patience_s):
            await asyncio.gather(*self._pumps, return_exceptions=True)
        return ended_with

    async def ends_within(self, seconds: float) -> int:
        """Return the exit code of a process that must end so soon, give or take a busy machine."""
        # Not ``process.wait()``: that also waits for somebody to read what the pipes still hold.
        end = self.now() + seconds * slowness() + BUSY_MACHINE_S
        while self.process.returncode is None:
            assert self.now() < end, f"still running after {seconds} s"
            await asyncio.sleep(POLL_S)
        return self.process.returncode

    def allowance_s(self, milliseconds: float) -> float:
        return REAL_TIME_FACTOR * slowness() * milliseconds / 1000 + BUSY_MACHINE_S

    def resident_bytes(self) -> int:
        """Return the memory that the process holds."""
        status = (STATUS / str(self.process.pid) / "status").read_text()
        [line] = [line for line in status.split("\n") if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    async def aclose(self) -> None:
        """End the process, however it is, and everything that reads from it."""
        if self.process.returncode is None:
            self.process.kill()
            await self.ends_within(self.patience_s)
        # Nor another one to close all of them at once.
        self.process._transport.close()  # type: ignore[attr-defined]  # asyncio's own
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        self._in.close()

    async def _pump(self) -> None:
        while True:
            # A client that does not read leaves the pipe full: asyncio stops at its own limit.
            await self.reading.wait()
            data = await self._out.read(65536)
            if not data:
                return
            self.take(data)

    async def _pump_errors(self) -> None:
        while data := await self._err.read(65536):
            self.stderr += data


def asked_for_text(fault: FaultServer) -> bool:
    """Tell whether a model behind ``fault`` was asked to complete, and not only probed."""
    return any(connections_asked(fault))


def connections_asked(fault: FaultServer) -> list[ConnectionRecord]:
    """Return the connections over which a model was asked to complete."""
    return [c for c in fault.connections if any("completion" in path for path in c.requests)]
