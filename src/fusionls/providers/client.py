"""The way to one model over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import httpx

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, FailureKind
from fusionls.engine.ports import Endpoint, EndpointSource, ModelFailure
from fusionls.providers.addresses import host_of, url_at
from fusionls.providers.events import EDIT_CAPS, Caps
from fusionls.providers.exchange import Post, encode_body, open_exchange
from fusionls.providers.failures import errors_as_failures
from fusionls.providers.http import WAY, Way
from fusionls.providers.lines import MEDIA_TYPES
from fusionls.providers.wire import RequestOptions, Wire, WireRequest, refusal, with_options

# A healthy server answers a probe at once; a busy one may take a moment.
PROBE_S = 2.0
# A list of models is some KB. A probe only opens a connection, so a longer answer is not waited for.
PROBE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FixedEndpoint:
    """An endpoint that is always there, such as one that the settings name."""

    fixed: Endpoint

    async def endpoint(self) -> Endpoint:
        """Return the endpoint."""
        return self.fixed

    async def aclose(self) -> None:
        """Nothing is held."""


@runtime_checkable
class HoldsKey(Protocol):
    """A source that remembers a key which may be replaced elsewhere while this runs."""

    def refused(self) -> None:
        """Fetch the key anew next time: the server did not take it."""


class HttpModelClient:
    """Asks ``model`` at the endpoint of ``source`` in the dialect of ``wire``.

    ``http`` is shared by all members and stays open when this client is closed. ``way`` says how far its
    requests may go, and ``options`` what the settings add to each. Without ``caps`` they are the usual ones,
    which are wider for edits.
    """

    def __init__(
        self,
        source: EndpointSource,
        wire: Wire,
        model: str,
        http: httpx.AsyncClient,
        caps: Caps | None = None,
        way: Way | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        self._source = source
        self._wire = wire
        self._model = model
        self._http = http
        self._caps = caps or Caps()
        self._edit_caps = caps or EDIT_CAPS
        self._way = way or Way()
        self._options = options or RequestOptions()
        self._query = {**wire.query, **self._options.query}
        self._usual_headers = {
            "Content-Type": "application/json",
            "Accept": ", ".join(MEDIA_TYPES[wire.framing]),
        }

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else.

        Closing or cancelling the iterator closes the connection.
        """
        post = await self._post(prompt)
        caps = self._edit_caps if prompt.edits else self._caps
        try:
            async with (
                aclosing(await open_exchange(self._http, post, self._wire, caps)) as exchange,
                aclosing(exchange.chunks()) as chunks,
            ):
                async for chunk in chunks:
                    yield chunk
        except ModelFailure as failed:
            if failed.failure.kind is FailureKind.AUTHENTICATION and isinstance(
                self._source, HoldsKey
            ):
                self._source.refused()
            raise

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return None: nothing is known here of what the server has to do first."""
        return None

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Do nothing: a server of somebody else's is not asked ahead."""

    async def prepare(self) -> None:
        """Wait for the endpoint and open a connection to it. Raises ModelFailure if none opens.

        The status of the answer does not matter: some keys may complete but not list models.
        """
        endpoint = await self._endpoint()
        with errors_as_failures("the endpoint"):
            probe = self._wire.probe(self._model, endpoint.key)
            asked = with_options(WireRequest(probe.path, probe.headers, {}), self._options)
            url = url_at(endpoint.url, asked.path, self._query)
        with errors_as_failures(host_of(url)):
            async with (
                asyncio.timeout(PROBE_S),
                self._http.stream(
                    "GET", url, headers=asked.headers, extensions={WAY: self._way}
                ) as response,
            ):
                await _read_at_most(response, PROBE_BYTES)

    async def aclose(self) -> None:
        """Free the endpoint. Never raises."""
        with suppress(Exception):
            await self._source.aclose()

    async def _endpoint(self) -> Endpoint:
        with errors_as_failures("the endpoint"):
            return await self._source.endpoint()

    async def _post(self, prompt: RenderedPrompt) -> Post:
        if cannot := refusal(self._wire, prompt):
            raise cannot
        endpoint = await self._endpoint()
        with errors_as_failures("the endpoint"):
            request = self._wire.request(prompt, self._model, endpoint.key)
            own = {**self._usual_headers, **request.headers}
            full = with_options(WireRequest(request.path, own, request.body), self._options)
            url = url_at(endpoint.url, full.path, self._query)
            content = encode_body(full.body)
            return Post(host_of(url), url, full.headers, content, self._way, prompt.edits)


async def _read_at_most(response: httpx.Response, limit: int) -> None:
    seen = 0
    # httpx calls it an iterator; it is a generator, and has to be closed.
    async with aclosing(response.aiter_raw()) as pieces:  # type: ignore[type-var]  # see above
        async for piece in pieces:
            seen += len(piece)
            if seen > limit:
                return
