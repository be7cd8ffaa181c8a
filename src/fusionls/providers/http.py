"""The shared HTTP client: httpx as the interface, aiohttp beneath.

httpx's own connection pool stops working for good under many cancelled requests, and cancelling is
what a cutoff does all day; aiohttp's survives it and needs less time per request.
"""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext

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
    return httpx.AsyncClient(
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


class _NetworkTransport(httpx.AsyncBaseTransport):
    """Sends over a pool of connections, or over a fresh one if a request asks for that."""

    def __init__(self) -> None:
        context = httpx.create_ssl_context(verify=True, trust_env=False)
        self._pooled = _transport(context, keep=True)
        self._fresh = _transport(context, keep=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fresh = request.extensions.get(FRESH_CONNECTION, False)
        return await (self._fresh if fresh else self._pooled).handle_async_request(request)

    async def aclose(self) -> None:
        await self._pooled.aclose()
        await self._fresh.aclose()


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
