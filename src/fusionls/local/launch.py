"""Starting a keeper process that outlives the server which needs it first."""

import asyncio
import os
import sys

from fusionls.local.child import llama_environment
from fusionls.local.runtime_folder import KeeperFiles

# -P: a server often starts in the folder it works on, and nothing there may be imported.
_COMMAND = (sys.executable, "-P", "-m", "fusionls.local.detach", "fusionls.local.keeper_process")


async def launch_keeper(files: KeeperFiles, line: bytes) -> bytes:
    """Start the keeper process, hand it the order ``line`` and return its answer.

    The answer is empty if the process ends without one. Who is cancelled meanwhile leaves a keeper behind
    that ends by itself when nobody leases it. Raises OSError.
    """
    loop = asyncio.get_running_loop()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    log = os.open(files.log, flags, 0o600)
    try:
        # Not create_subprocess_exec: its transport must be closed while the keeper lives on.
        transport, launching = await loop.subprocess_exec(
            lambda: _Launching(loop.create_future()),
            *_COMMAND,
            str(files.folder),
            files.identity,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=llama_environment(),
        )
    finally:
        os.close(log)
    try:
        orders = transport.get_pipe_transport(0)
        if isinstance(orders, asyncio.WriteTransport):
            orders.write(line)
            orders.write_eof()
        return await launching.answer
    finally:
        transport.close()


class _Launching(asyncio.SubprocessProtocol):
    """Collects what the keeper answers until it closes its standard output."""

    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self.answer = answer
        self._heard = bytearray()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Keep a piece of the answer."""
        if isinstance(data, bytes):
            self._heard += data

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Take the end of standard output as the end of the answer."""
        if fd == 1 and not self.answer.done():
            self.answer.set_result(bytes(self._heard))
