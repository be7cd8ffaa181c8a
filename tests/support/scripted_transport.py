"""A network that plays a script: each host answers as it is told, in the time of the loop.

In virtual time nothing here takes any real time. A host that is named ``qwen`` in the scripts is
reached as ``http://qwen.test``. The events are written in the dialect of the path that was asked.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import httpx

EVENT_STREAM = "text/event-stream"
# Longer than any budget; in virtual time it costs nothing.
HANG_S = 3600.0
_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")


@dataclass(frozen=True, slots=True)
class Head:
    """The status and the headers. A script without one begins with status 200 at once."""

    after_ms: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": EVENT_STREAM})


@dataclass(frozen=True, slots=True)
class Token:
    """An event with a piece of the answer."""

    text: str
    after_ms: float = 0.0
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last events: the counts and the mark of the end."""

    after_ms: float = 0.0
    tokens_in: int = 10
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes of the body as they are."""

    content: bytes
    after_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Break:
    """An error of the network."""

    error: Exception = field(default_factory=lambda: httpx.ReadError("reset"))
    after_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing more, for HANG_S."""


Step = Head | Token | End | Raw | Break | Hang


@dataclass(frozen=True, slots=True)
class Script:
    """What one host does with one request. Every ``after_ms`` counts from the step before.

    ``wire`` is empty for the dialect of the path that is asked.
    """

    steps: tuple[Step, ...]
    wire: str = ""


def answer(
    text: str,
    *,
    after_ms: float = 0.0,
    per_token_ms: float = 0.0,
    logprob: float | None = -0.1,
    wire: str = "",
) -> Script:
    """A healthy answer whose first token comes after ``after_ms`` and each further one later."""
    tokens = _TOKEN.findall(text)
    waits = [after_ms, *[per_token_ms] * len(tokens)]
    steps = [Token(token, wait, logprob) for token, wait in zip(tokens, waits, strict=False)]
    end = End(0.0 if tokens else after_ms, tokens_out=len(tokens))
    return Script((*steps, end), wire)


def fails(status: int, *, after_ms: float = 0.0, **headers: str) -> Script:
    """An answer with another status; ``retry_after`` becomes the header ``retry-after``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script((Head(after_ms, status, named),))


def unreachable(*, after_ms: float = 0.0) -> Script:
    """No connection."""
    return Script((Break(httpx.ConnectError("refused"), after_ms),))


def hangs(text: str = "", *, after_ms: float = 0.0) -> Script:
    """``text`` and then nothing for ever."""
    return Script((Token(text, after_ms), Hang()) if text else (Hang(),))


@dataclass(slots=True)
class SeenRequest:
    """One POST that a host was sent. Times are milliseconds on the clock of the loop."""

    host: str
    path: str
    json: dict[str, Any]
    headers: Mapping[str, str]
    at_ms: float
    extensions: Mapping[str, Any]
    closed_ms: float | None = None
    finished: bool = False


class ScriptedTransport(httpx.AsyncBaseTransport):
    """Plays ``scripts``: per host one script, or one for each request in turn and then the last.

    ``requests`` are the POSTs in the order of arrival. A GET, which opens a connection, is answered with
    200 at once and only counted in ``probes``.
    """

    def __init__(self, scripts: Mapping[str, Script | Sequence[Script]]) -> None:
        self._scripts = {
            host: [script] if isinstance(script, Script) else list(script)
            for host, script in scripts.items()
        }
        self.requests: list[SeenRequest] = []
        self.probes: list[str] = []

    def of(self, host: str) -> list[SeenRequest]:
        """The requests that ``host`` was sent."""
        return [seen for seen in self.requests if seen.host == host]

    def now_plays(self, host: str, script: Script) -> None:
        """From now on ``host`` plays ``script``."""
        self._scripts[host] = [script]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host.removesuffix(".test")
        if host not in self._scripts:
            raise httpx.ConnectError(f"no script for {host}")
        if request.method == "GET":
            self.probes.append(host)
            return httpx.Response(200, stream=httpx.ByteStream(b""))
        seen = SeenRequest(
            host=host,
            path=request.url.path,
            json=json.loads(await request.aread()),
            headers=request.headers,
            at_ms=_now_ms(),
            extensions=request.extensions,
        )
        self.requests.append(seen)
        waiting = self._scripts[host]
        return await _play_head(waiting.pop(0) if len(waiting) > 1 else waiting[0], seen)


class _Body(httpx.AsyncByteStream):
    def __init__(self, script: Script, steps: Sequence[Step], seen: SeenRequest) -> None:
        self._script = script
        self._steps = steps
        self._seen = seen

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._steps:
            await _wait(step)
            yield _bytes_of(step, self._script.wire or self._seen.path)
        self._seen.finished = True

    async def aclose(self) -> None:
        if self._seen.closed_ms is None:
            self._seen.closed_ms = _now_ms()


async def _play_head(script: Script, seen: SeenRequest) -> httpx.Response:
    first, *rest = script.steps
    head = first if isinstance(first, Head) else Head()
    body = rest if isinstance(first, Head) else script.steps
    try:
        # A server that never answers, or breaks at once, shows no head either.
        await _wait(first if isinstance(first, Head | Break | Hang) else head)
    except BaseException:
        seen.closed_ms = _now_ms()
        raise
    return httpx.Response(head.status, headers=head.headers, stream=_Body(script, body, seen))


async def _wait(step: Step) -> None:
    if isinstance(step, Hang):
        await _hang()
    if step.after_ms:
        await asyncio.sleep(step.after_ms / 1000)
    if isinstance(step, Break):
        raise step.error


async def _hang() -> NoReturn:
    # Not a bare future: a loop in virtual time would call that a deadlock.
    await asyncio.sleep(HANG_S)
    raise AssertionError("nobody gave up on a host that hangs")


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


def _bytes_of(step: Step, dialect: str) -> bytes:
    match step:
        case Raw(content=content):
            return content
        case Token(text=text, logprob=logprob):
            return token_event(text, dialect, logprob)
        case End(tokens_in=tokens_in, tokens_out=tokens_out):
            return end_events(dialect, tokens_in, tokens_out)
        case _:
            raise AssertionError(f"{step} has no bytes")


def token_event(text: str, dialect: str, logprob: float | None = None) -> bytes:
    """One token in the dialect of a path (or of a wire's name)."""
    known = logprob is not None
    if "/v1/" not in dialect and dialect != "openai":
        probabilities = [{"token": text, "logprob": logprob}] if known else []
        return event({"content": text, "stop": False, "completion_probabilities": probabilities})
    logprobs = {"content": [{"token": text, "logprob": logprob}]} if known else None
    key = {"delta": {"content": text}} if "chat" in dialect else {"text": text}
    return event({"choices": [{"index": 0, **key, "logprobs": logprobs, "finish_reason": None}]})


def end_events(dialect: str, tokens_in: int = 10, tokens_out: int = 1) -> bytes:
    """The end of an answer in the dialect of a path (or of a wire's name)."""
    if "/v1/" not in dialect and dialect != "openai":
        counts = {"tokens_evaluated": tokens_in, "tokens_predicted": tokens_out}
        return event({"content": "", "stop": True, **counts})
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
    finish = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return finish + event({"choices": [], "usage": usage}) + b"data: [DONE]\n\n"


def event(payload: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(payload).encode() + b"\n\n"
