"""One request and its answer: bytes come in, chunks go out."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import cast

import httpx

from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.text import without_lone_surrogates
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Caps, Event, malformed, too_large
from fusionls.providers.failures import errors_as_failures
from fusionls.providers.http import Way, post_request
from fusionls.providers.lines import is_usual, splitter_for
from fusionls.providers.refusals import failure_of_response
from fusionls.providers.wire import Parsed, Wire

# After the text has ended, the counts and the end of the body are usually there already. Waiting for
# them saves the connection for the next request, but no answer is held up for longer than this.
TAIL_S = 0.05


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent, ready to be sent again. Most of it is a key and code, so it is not printed.

    ``patient``: it asks for an edit, and connecting may take longer.
    """

    host: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    way: Way = field(default_factory=Way)
    patient: bool = False


def encode_body(body: Mapping[str, object]) -> bytes:
    """Return ``body`` as JSON in UTF-8. Lone surrogates, which editors can send, become U+FFFD."""
    return without_lone_surrogates(json.dumps(body, ensure_ascii=False)).encode()


async def open_exchange(http: httpx.AsyncClient, post: Post, wire: Wire, caps: Caps) -> "Exchange":
    """Send ``post`` and return its answer once its first byte is there; the caller closes it.

    A kept connection may die just when it is used again, so a connection that drops before the first
    byte of the answer is replaced once by a fresh one. Raises ModelFailure.
    """
    try:
        return await _send(http, post, wire, caps, fresh=False)
    except ModelFailure as failed:
        if failed.failure.kind is not FailureKind.DROPPED:
            raise
    return await _send(http, post, wire, caps, fresh=True)


class Exchange:
    """An answer that is being read; whoever got it from ``open_exchange`` closes it."""

    def __init__(self, response: httpx.Response, host: str, wire: Wire, caps: Caps) -> None:
        self._response = response
        self._host = host
        self._wire = wire
        self._caps = caps
        # httpx promises an iterator only, but to leave one early it must be closed like a generator.
        self._pieces = cast(AsyncGenerator[bytes, None], response.aiter_raw())
        self._first_piece = b""
        self._answer_bytes = 0
        self._events = 0

    async def begin(self) -> None:
        """Check the head and wait for the first byte of the body. Raises ModelFailure."""
        status, headers = self._response.status_code, dict(self._response.headers)
        if status == HTTPStatus.OK and is_usual(headers.get("content-type"), self._wire.framing):
            # A type that this wire knows is no failure, whatever most wires have.
            headers.pop("content-type", None)
        if failure := await failure_of_response(status, headers, self._pieces):
            raise ModelFailure(failure)
        with errors_as_failures(self._host):
            self._first_piece = await anext(self._pieces, b"")
        if not self._first_piece:
            raise malformed("the answer is empty")

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it comes. Raises ModelFailure, also if the answer has no end."""
        async with aclosing(self._parsed_events()) as events:
            ended = False
            while not ended:
                with errors_as_failures(self._host):
                    parsed = await anext(events, None)
                if parsed is None:
                    raise self._no_end()
                for chunk in parsed.chunks:
                    yield chunk
                ended = parsed.ends
            for chunk in await _read_tail(events):
                yield chunk

    async def aclose(self) -> None:
        """Hang up, unless the body was read to its end: then the connection is kept."""
        with suppress(Exception):
            await self._response.aclose()
        with suppress(Exception):
            await self._pieces.aclose()

    async def _parsed_events(self) -> AsyncGenerator[Parsed, None]:
        splitter = splitter_for(self._wire.framing, self._caps)
        piece = self._first_piece
        while piece:
            for event in splitter.feed(piece):
                yield self._parse(event)
            # A server that never pauses must not keep the loop from everybody else.
            await asyncio.sleep(0)
            piece = await anext(self._pieces, b"")
        for event in splitter.finish():
            yield self._parse(event)

    def _parse(self, event: Event) -> Parsed:
        parsed = self._wire.parse(event)
        self._events += 1
        self._answer_bytes += sum(len(chunk.text.encode()) for chunk in parsed.chunks)
        if self._answer_bytes > self._caps.answer:
            raise too_large(f"more than {self._caps.answer} bytes of text")
        return parsed

    def _no_end(self) -> ModelFailure:
        if not self._events:
            return malformed("the answer has no events")
        if self._wire.framing == "json":
            return malformed("the answer is JSON, but none of a model")
        return ModelFailure(Failure(FailureKind.DROPPED, f"the answer broke off ({self._host})"))


async def _send(
    http: httpx.AsyncClient, post: Post, wire: Wire, caps: Caps, *, fresh: bool
) -> Exchange:
    with errors_as_failures(post.host):
        request = post_request(
            http,
            post.url,
            post.headers,
            post.content,
            fresh=fresh,
            way=post.way,
            patient=post.patient,
        )
        response = await http.send(request, stream=True)
    exchange = Exchange(response, post.host, wire, caps)
    try:
        await exchange.begin()
    except BaseException:
        await exchange.aclose()
        raise
    return exchange


async def _read_tail(events: AsyncGenerator[Parsed, None]) -> list[Chunk]:
    """Return the counts that follow the text. What goes wrong here spoils nothing: the text is whole.

    Text behind the end is none of the answer's.
    """
    chunks: list[Chunk] = []
    with suppress(Exception):
        async with asyncio.timeout(TAIL_S):
            async for parsed in events:
                for chunk in parsed.chunks:
                    if chunk.tokens_in is not None or chunk.tokens_out is not None:
                        chunks.append(replace(chunk, text="", tokens=0, logprob=None))
    return chunks
