"""The way to one model over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.engine.ports import Endpoint, EndpointSource
from fusionls.providers.events import Caps
from fusionls.providers.exchange import Post, encode_body, open_exchange
from fusionls.providers.failures import errors_as_failures
from fusionls.providers.wire import Wire, bearer

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


class HttpModelClient:
    """Asks ``model`` at the endpoint of ``source`` in the dialect of ``wire``.

    ``http`` is shared by all members and stays open when this client is closed.
    """

    def __init__(
        self,
        source: EndpointSource,
        wire: Wire,
        model: str,
        http: httpx.AsyncClient,
        caps: Caps | None = None,
    ) -> None:
        self._source = source
        self._wire = wire
        self._model = model
        self._http = http
        self._caps = caps or Caps()

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else.

        Closing or cancelling the iterator closes the connection.
        """
        post = await self._post(prompt)
        async with (
            aclosing(await open_exchange(self._http, post, self._wire, self._caps)) as exchange,
            aclosing(exchange.chunks()) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

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
        url = url_at(endpoint.url, self._wire.probe_path)
        headers = bearer(endpoint.key)
        with errors_as_failures(host_of(url)):
            async with (
                asyncio.timeout(PROBE_S),
                self._http.stream("GET", url, headers=headers) as response,
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
        endpoint = await self._endpoint()
        with errors_as_failures("the endpoint"):
            request = self._wire.request(prompt, self._model, endpoint.key)
            url = url_at(endpoint.url, request.path)
            headers = {"Content-Type": "application/json", **request.headers}
            return Post(host_of(url), url, headers, encode_body(request.body))


def url_at(base: str, path: str) -> str:
    """Return the address of ``path`` on the server at ``base``, which may end in ``/v1`` or not."""
    return base.rstrip("/").removesuffix("/v1") + path


def host_of(url: str) -> str:
    """Return the host in ``url`` for messages, without a name or a password that may stand there."""
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no valid host"


async def _read_at_most(response: httpx.Response, limit: int) -> None:
    seen = 0
    # httpx calls it an iterator; it is a generator, and has to be closed.
    async with aclosing(response.aiter_raw()) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            seen += len(piece)
            if seen > limit:
                return
