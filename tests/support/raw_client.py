"""A client of raw bytes for a server in a process of its own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Self

# No answer of ours takes longer than a cap and a cold start; a test must not hang.
PATIENCE_S = 20.0


class RawClient:
    """Frames out, frames in. Notifications and requests of the server are kept in ``received``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self._in = process.stdin
        self._out = process.stdout
        self._ids = count(1)
        self._waiting: dict[Any, asyncio.Future[dict[str, Any]]] = {}
        self.received: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def spawn(cls, command: Sequence[str], environment: Mapping[str, str]) -> Self:
        """Start a server. Its stderr goes where ours goes."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(environment),
        )
        return cls(process)

    def write(self, body: bytes) -> None:
        """Send ``body`` in a frame."""
        self._in.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def ask(self, method: str, params: Any) -> int:
        """Send a request; return its id."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.write(json.dumps(message).encode())
        return number

    async def answer(self, number: int) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self._waiting[number]

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        return await self.answer(self.ask(method, params))

    async def start(self, capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
        """Shake hands."""
        offered = (
            {"textDocument": {"inlineCompletion": {}}} if capabilities is None else capabilities
        )
        params = {"processId": None, "rootUri": None, "capabilities": offered}
        answered = await self.request("initialize", params)
        self.notify("initialized", {})
        return answered

    async def stop(self) -> int:
        """Shut down and leave; return the exit code."""
        await self.request("shutdown", None)
        self.notify("exit", None)
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
            await self._reading
        return code

    async def _read(self) -> None:
        while True:
            try:
                head = await self._out.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            [length] = [
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ]
            message = json.loads(await self._out.readexactly(length))
            waiting = self._waiting.get(message.get("id"))
            if "method" not in message and waiting is not None:
                waiting.set_result(message)
            else:
                self.received.append(message)
