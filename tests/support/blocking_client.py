"""A client without an event loop, whose own share of a measured time is small and steady."""

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

# Nothing that is measured takes longer, and nothing waits for ever.
PATIENCE_S = 30.0
Message = dict[str, Any]


class BlockingClient:
    """Starts a server and talks to it. Leaving the block kills it if it still runs.

    ``deaf`` gives it a pipe of one page for its output, so that little gets out while nobody reads.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, deaf: bool = False
    ) -> None:
        self.started_s = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            bufsize=0,
            pipesize=PAGE_BYTES if deaf else -1,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._in = self.process.stdin
        self._out = self.process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._buffer = b""
        self._ids = count(1)
        self._answers: dict[int, Message] = {}

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._in.close()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def write(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        frame = memoryview(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        while frame:
            frame = frame[self._in.write(frame) :]

    def notify(self, method: str, params: Any) -> None:
        self.write({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        """Send a request; return its id."""
        number = next(self._ids)
        self.write({"id": number, "method": method, "params": params})
        return number

    def answer(self, number: int) -> Message:
        """Return the response to the request ``number``."""
        while number not in self._answers:
            self._take(self.read())
        return self._answers.pop(number)

    def request(self, method: str, params: Any) -> Message:
        return self.answer(self.ask(method, params))

    def start(self, process_id: int | None = None) -> Message:
        """Shake hands."""
        capabilities: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}
        params = {"processId": process_id, "rootUri": None, "capabilities": capabilities}
        answered = self.request("initialize", params)
        self.notify("initialized", {})
        return answered

    def open(self, uri: str, text: str) -> None:
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def stop(self) -> int:
        """Shut down and leave; return the exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(PATIENCE_S)

    def sync(self) -> None:
        """Return once everything sent so far was read: by a request that costs nothing."""
        self.request("$/nothing", {})

    def read(self) -> Message:
        """Return the next message. Raises EOFError, TimeoutError."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        [length] = [int(line[15:]) for line in head.split(b"\r\n") if _is_length(line)]
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        message: Message = json.loads(body)
        return message

    def _take(self, message: Message) -> None:
        if "method" not in message:
            self._answers[message["id"]] = message
        elif "id" in message:
            # A request of the server's, such as for a progress bar: agreed.
            self.write({"id": message["id"], "result": None})

    def _more(self) -> None:
        if not self._poll.poll(PATIENCE_S * 1000):
            raise TimeoutError(f"the server was silent for {PATIENCE_S:.0f} s")
        received = os.read(self._out, 1 << 20)
        if not received:
            raise EOFError("the server hung up")
        self._buffer += received


# The least that a pipe can hold.
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _is_length(line: bytes) -> bool:
    return line.lower().startswith(b"content-length:")
