"""The shared HTTP client: httpx as the interface, aiohttp beneath.

httpx's own connection pool stops working for good under many cancelled requests, and cancelling is
what a cutoff does all day; aiohttp's survives it and needs less time per request.
"""

from collections.abc import Mapping
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

# A server that is there answers a handshake in far less; one that is not must not use up a budget.
CONNECT_S = 1.0
# Looking up the name, waiting in the pool, connecting and TLS together.
REACH_S = 3.0
# Most servers keep an idle connection for a minute or so. People pause longer than httpx's 5 s.
KEEP_ALIVE_S = 75.0
# The name of the request extension that asks for a connection that nobody used before.
FRESH_CONNECTION = "fusionls.fresh_connection"


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the client that all members share; the caller closes it.

    It follows no redirect, reads no environment, keeps no cookies and has no read timeout: time belongs
    to the engine's cutoff. ``transport`` replaces the network in tests.
    """
    return _DirectClient(
        transport=transport or _NetworkTransport(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(None, connect=CONNECT_S, pool=REACH_S),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "User-Agent": "fusionls",
        },
    )


def post_request(
    http: httpx.AsyncClient, url: str, headers: Mapping[str, str], content: bytes, *, fresh: bool
) -> httpx.Request:
    """Return a POST with the client's own headers too; ``fresh`` asks for a fresh connection.

    The same as the client's ``build_request`` without all that is not used here, in half the time.
    """
    together = httpx.Headers(http.headers)
    together.update(headers)
    extensions = {"timeout": http.timeout.as_dict(), FRESH_CONNECTION: fresh}
    return httpx.Request(
        "POST", _parsed(url), headers=together, content=content, extensions=extensions
    )


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Return ``url`` for httpx. There are a few, from the settings, and parsing one takes 0.2 ms."""
    return httpx.URL(url)


class _DirectClient(httpx.AsyncClient):
    """Sends a request as it stands, by its only transport.

    There are no cookies, redirects or authentication to handle; to find that out, again for every
    request, took httpx a third of the whole time that a request costs.
    """

    def __init__(self, *, transport: httpx.AsyncBaseTransport, **options: Any) -> None:
        super().__init__(transport=transport, **options)
        self._only = transport

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **_: Any
    ) -> httpx.Response:
        """Send ``request``; the caller closes a response that is a ``stream``."""
        if self.is_closed:
            raise RuntimeError("the client has been closed")
        response = await self._only.handle_async_request(request)
        response.request = request
        if not stream:
            await response.aread()
        return response


class _NetworkTransport(httpx.AsyncBaseTransport):
    """Sends over a pool of connections, or over a fresh one if a request asks for that."""

    def __init__(self) -> None:
        self._transports: dict[tuple[bool, bool], AiohttpTransport] = {}
        self._context: SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        tls = request.url.scheme == "https"
        keep = not request.extensions.get(FRESH_CONNECTION, False)
        transport = self._transports.get((tls, keep))
        if transport is None:
            context = self._trusting() if tls else SSLContext(PROTOCOL_TLS_CLIENT)
            transport = self._transports[tls, keep] = _transport(context, keep=keep)
        return await transport.handle_async_request(request)

    def _trusting(self) -> SSLContext:
        """Return the context with the world's certificates, which only TLS needs: 20 ms and 3 MB."""
        if self._context is None:
            self._context = httpx.create_ssl_context(verify=True, trust_env=False)
        return self._context

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


def _transport(context: SSLContext, *, keep: bool) -> AiohttpTransport:
    def open_session() -> aiohttp.ClientSession:
        # The number of connections is not limited: the engine never has more than a few requests per
        # member, and waiting in a queue behind a cancelled one is time lost.
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=0,
            force_close=not keep,
            keepalive_timeout=KEEP_ALIVE_S if keep else None,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    # The session binds itself to the running loop, so it is opened by the first request.
    return AiohttpTransport(verify=context, trust_env=False, client=open_session)
