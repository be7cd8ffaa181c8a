"""A strict client of raw bytes. What differs between the two ways to a server is in its subclasses."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.conformance.frames import Message, StrictFrames, packed
from tests.conformance.messages import GHOST_TEXT, INVOKED, URI, code, inline_at

# What a client answers to a server's request: a result from its params, or one of the two below.
Reply = Callable[[Any], Any]


class Silence(Exception):
    """Raised by a reply: the client does not answer."""


class Refuse(Exception):
    """Raised by a reply: the client answers with an error."""


def _null(_: Any) -> None:
    return None


def _nothing_set(params: Any) -> list[None]:
    return [None] * len(params["items"])


class Peer(ABC):
    """One client. Every answer is checked: one per request, in a well-formed frame.

    ``patience_s`` bounds the wait for an answer, ``quiet_s`` is a silence that counts as the end.
    ``received`` holds all that came, in order; ``replies`` what the client answers by method.
    """

    patience_s: float
    quiet_s: float

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.replies: dict[str, Reply] = {
            "workspace/configuration": _nothing_set,
            "client/registerCapability": _null,
            "client/unregisterCapability": _null,
            "window/workDoneProgress/create": _null,
        }
        self.broken: list[BaseException] = []
        self._frames = StrictFrames()
        self._ids = count(1)
        self._asked: Counter[str] = Counter()
        self._optional: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._unclaimed: defaultdict[str, deque[Message]] = defaultdict(deque)
        self._news = asyncio.Event()

    # What the two ways do each in their own manner.

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send raw bytes."""

    @abstractmethod
    def hang_up(self) -> None:
        """Close the server's stdin."""

    @abstractmethod
    async def exit_code(self) -> int:
        """Return the exit code, waiting for it with patience."""

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether the server has not ended."""

    @abstractmethod
    def allowance_s(self, milliseconds: float) -> float:
        """Return how many seconds may pass for something that must take so long at most."""

    # Sending.

    def send(self, *messages: Message) -> None:
        """Send messages in one write. Their answers are expected."""
        for message in messages:
            self.expect(message)
        self.write(b"".join(map(packed, messages)))

    def expect(self, message: Message) -> None:
        """Count on an answer to ``message`` if it is a request; for what is sent as raw bytes."""
        if type(message.get("id")) in (int, str) and "result" not in message:
            self._asked[_key(message["id"])] += 1

    def write_message(self, message: Message) -> None:
        """Send a message without counting on an answer."""
        self.write(packed(message))

    def may_answer(self, message: Message) -> None:
        """Allow an answer to ``message``: what was torn on its way may be understood or not."""
        self._optional[_key(message["id"])] += 1

    @staticmethod
    def now() -> float:
        """Return the seconds of the loop's clock."""
        return asyncio.get_running_loop().time()

    def new_id(self) -> int:
        return next(self._ids)

    def message(self, method: str, params: Any = ..., **fields: Any) -> Message:
        """Return a message; without ``id`` a notification, without ``params`` with none."""
        with_params = {} if params is ... else {"params": params}
        return {"jsonrpc": "2.0", "method": method, **with_params, **fields}

    def notify(self, method: str, params: Any = ...) -> None:
        self.send(self.message(method, params))

    def ask(self, method: str, params: Any = ...) -> int:
        """Send a request; return its id."""
        number = self.new_id()
        self.send(self.message(method, params, id=number))
        return number

    async def request(self, method: str, params: Any = ...) -> Message:
        """Send a request; return its response."""
        return await self.answer(self.ask(method, params))

    # Receiving.

    async def answer(self, request_id: int | str | None) -> Message:
        """Return the next response with this id that nobody has taken yet."""
        waiting = self._unclaimed[_key(request_id)]
        try:
            async with asyncio.timeout(self.patience_s):
                while not waiting:
                    self._check()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no answer to {request_id!r}; {self.seen()}") from None
        return waiting.popleft()

    def seen(self) -> str:
        """Say for a failure's message what the server has done so far."""
        return f"alive: {self.alive}, got {self.received[-20:]}"

    async def refusal(self) -> int:
        """Return the code of the next error whose id is null."""
        return code(await self.answer(None))

    async def until(self, condition: Callable[[], object], why: str) -> None:
        """Wait until what was received satisfies ``condition``."""
        try:
            async with asyncio.timeout(self.patience_s):
                while not condition():
                    self._check()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{why}; {self.seen()}") from None

    async def quiet(self) -> list[Message]:
        """Wait until nothing has come for ``quiet_s``; return what came meanwhile."""
        seen = len(self.received)
        while True:
            before = len(self.received)
            await asyncio.sleep(self.quiet_s)
            if len(self.received) == before:
                self._check()
                return self.received[seen:]

    def of(self, method: str) -> list[Message]:
        """Return the server's requests and notifications of one method."""
        return [message for message in self.received if message.get("method") == method]

    def take(self, data: bytes) -> None:
        """Called with what the server writes."""
        try:
            for message in self._frames.feed(data):
                self._take_message(message)
        except AssertionError as error:
            self.broken.append(error)
        self._news.set()

    def _take_message(self, message: Message) -> None:
        self.received.append(message)
        if "method" not in message:
            key = _key(message["id"])
            self._answered[key] += 1
            self._unclaimed[key].append(message)
            allowed = self._asked[key] + self._optional[key]
            if message["id"] is not None and self._answered[key] > allowed:
                raise AssertionError(f"an answer that nobody asked for, or a second one: {message}")
        elif "id" in message:
            # Not at once: a client that answers while it is written to does not exist.
            asyncio.get_running_loop().call_soon(self._reply, message)

    def _reply(self, message: Message) -> None:
        response: Message = {"jsonrpc": "2.0", "id": message["id"]}
        reply = self.replies.get(message["method"])
        try:
            if reply is None:
                raise Refuse(f"{message['method']} is not supported")
            response["result"] = reply(message.get("params"))
        except Silence:
            return
        except Refuse as error:
            response["error"] = {"code": -32601, "message": str(error)}
        if self.alive:
            self.write(packed(response))

    def _check(self) -> None:
        if self.broken:
            raise self.broken[0]

    # A session.

    async def hello(self, capabilities: Message = GHOST_TEXT, **params: Any) -> Message:
        """Shake hands; return the result of ``initialize``."""
        wanted = {"processId": None, "rootUri": None, "capabilities": capabilities, **params}
        answered = await self.request("initialize", wanted)
        assert "result" in answered, answered
        self.notify("initialized", {})
        result: Message = answered["result"]
        return result

    async def still_answers(self) -> None:
        """Ask something that every server answers."""
        answered = await self.request("conformance/unknown", {})
        assert code(answered) in (-32601, -32002), answered

    async def goodbye(self) -> int:
        """Shut down and leave, and check that every request had its one answer."""
        await self.request("shutdown")
        return await self.leave()

    async def leave(self) -> int:
        """Leave without a shutdown, or after one; check the answers and return the exit code."""
        if self.alive:
            self.notify("exit")
        ended_with = await self.exit_code()
        self._check()
        self._frames.end()
        missing = self._asked - self._answered
        # What is asked once the session is over need not be answered: only a live server is asked here.
        assert not missing, f"never answered: {sorted(missing)}"
        return ended_with

    def open(self, text: str, uri: str = URI, language: str = "python", version: int = 1) -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, version: int, *changes: Message, uri: str = URI) -> None:
        identifier = {"uri": uri, "version": version}
        params = {"textDocument": identifier, "contentChanges": list(changes)}
        self.notify("textDocument/didChange", params)

    def close(self, uri: str = URI) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def inline(self, line: int, character: int, kind: int = INVOKED, **more: Any) -> int:
        """Ask for ghost text; return the id. ``more`` are fields of the params, or ``uri``."""
        return self.ask("textDocument/inlineCompletion", inline_at(line, character, kind, **more))


def _key(request_id: Any) -> str:
    # As JSON, because 1 and "1" are different ids.
    return json.dumps(request_id)
