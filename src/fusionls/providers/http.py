"""The shared HTTP client: httpx as the interface, aiohttp beneath.

httpx's own connection pool stops working for good under many cancelled requests, and cancelling is
what a cutoff does all day; aiohttp's survives it and needs less time per request.

Invariant: a request goes to an address that its ``Way`` covers, over TLS that is verified, through no
proxy but the user's, and never where a redirect points.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.peer import (
    NamesWithin,
    PeerRefused,
    Reach,
    is_loopback_host,
    reach_for,
    request_within,
    socket_within,
)
from fusionls.providers.tls import UnusableTlsFile, stamp_of, trusting, words_of

__all__ = ["FRESH_CONNECTION", "WAY", "Reach", "Way", "open_client", "post_request", "reach_for"]

# A server that is there answers a handshake in far less; one that is not must not use up a budget.
CONNECT_S = 1.0
# Looking up the name, waiting in the pool, connecting and TLS together.
REACH_S = 3.0
# Somebody waits for an edit knowingly: a server behind a slow line is worth a few seconds.
EDIT_CONNECT_S = 5.0
EDIT_REACH_S = 8.0
# Most servers keep an idle connection for a minute or so. People pause longer than httpx's 5 s.
KEEP_ALIVE_S = 75.0
# The name of the request extension that asks for a connection that nobody used before.
FRESH_CONNECTION = "fusionls.fresh_connection"
# The name of the request extension that holds the Way of a request.
WAY = "fusionls.way"
# The authorities of a way, its certificate and that one's key.
Files = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """How requests go to a member: how far, with which certificates and through which proxy.

    Without anything said a request stays on this machine. ``ca_file`` is trusted beside the world's
    certificates. A proxy is used for ``Reach.ANY`` only: where it connects to cannot be seen from here.
    """

    reach: Reach = Reach.LOOPBACK
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = field(default="", repr=False)
    # It may hold a name and a password.
    proxy: str = field(default="", repr=False)


_THIS_MACHINE = Way()
_PATIENT = httpx.Timeout(None, connect=EDIT_CONNECT_S, pool=EDIT_REACH_S)


def open_client(
    transport: httpx.AsyncBaseTransport | None = None, lookup: AbstractResolver | None = None
) -> httpx.AsyncClient:
    """Return the client that all members share; the caller closes it.

    It follows no redirect, reads no environment, keeps no cookies and has no read timeout: time belongs
    to the engine's cutoff. In tests ``transport`` replaces the network and ``lookup`` the look-up of names.
    """
    return _DirectClient(
        transport=transport or _NetworkTransport(lookup),
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
    http: httpx.AsyncClient,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    *,
    fresh: bool,
    way: Way = _THIS_MACHINE,
    patient: bool = False,
) -> httpx.Request:
    """Return a POST with the client's own headers too; ``fresh`` asks for a fresh connection.

    ``patient``: it is an edit's, and connecting may take longer.

    The same as the client's ``build_request`` without all that is not used here, in half the time.
    """
    together = httpx.Headers(http.headers)
    together.update(headers)
    timeout = _PATIENT if patient else http.timeout
    extensions = {"timeout": timeout.as_dict(), FRESH_CONNECTION: fresh, WAY: way}
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
    """Sends over the pool of connections of a way, or over a fresh one if a request asks for that."""

    def __init__(self, lookup: AbstractResolver | None = None) -> None:
        self._lookup = lookup
        self._transports: dict[tuple[Way, bool, bool, bool], AiohttpTransport] = {}
        self._retired: list[AiohttpTransport] = []
        self._contexts: dict[Files, tuple[SSLContext, tuple[int, ...]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` by its way. Raises ModelFailure for what we refuse and for faults of TLS."""
        try:
            return await self._transport_for(request).handle_async_request(request)
        except (httpx.TransportError, UnusableTlsFile, PeerRefused) as error:
            words = _own_words(error)
            if not words:
                raise
            self._retire_outdated()
            failure = Failure(FailureKind.UNREACHABLE, f"{words} ({request.url.host})")
            raise ModelFailure(failure) from error

    def _transport_for(self, request: httpx.Request) -> AiohttpTransport:
        way = request.extensions.get(WAY, _THIS_MACHINE)
        url = request.url
        if url.scheme not in ("http", "https") or url.userinfo:
            raise PeerRefused("refused: the address must be http or https, without a name in it")
        tls = url.scheme == "https"
        keep = not request.extensions.get(FRESH_CONNECTION, False)
        proxied = bool(way.proxy) and way.reach is Reach.ANY and not is_loopback_host(url.host)
        transport = self._transports.get((way, tls, keep, proxied))
        if transport is None:
            context = self._context(way) if tls or proxied else SSLContext(PROTOCOL_TLS_CLIENT)
            transport = _transport(way, context, self._lookup, keep=keep, proxied=proxied)
            self._transports[way, tls, keep, proxied] = transport
        return transport

    def _context(self, way: Way) -> SSLContext:
        """Return the context for ``way``. Only TLS needs one, and ways with the same files share it."""
        files = _files_of(way)
        if files not in self._contexts:
            self._contexts[files] = (trusting(*files), stamp_of(*files))
        return self._contexts[files][0]

    def _retire_outdated(self) -> None:
        """Have certificates that were renewed on disk read anew; what runs with the old ones may end."""
        outdated = {
            files for files, (_, stamp) in self._contexts.items() if stamp != stamp_of(*files)
        }
        for files in outdated:
            del self._contexts[files]
        for at in [at for at in self._transports if _files_of(at[0]) in outdated]:
            self._retired.append(self._transports.pop(at))

    async def aclose(self) -> None:
        for transport in (*self._transports.values(), *self._retired):
            await transport.aclose()


def _files_of(way: Way) -> Files:
    return way.ca_file, way.client_certificate, way.client_key


def _own_words(error: BaseException | None) -> str:
    """Return our sentence for a refusal or a fault of TLS or proxy behind ``error``, else nothing."""
    while error is not None:
        if isinstance(error, PeerRefused | UnusableTlsFile):
            return str(error)
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return f"the proxy refuses ({error.status})"
        if isinstance(error, aiohttp.ClientProxyConnectionError):
            return "no connection to the proxy"
        # Some of aiohttp's are errors of TLS by name, but know nothing of them.
        if isinstance(error, SSLError) and not isinstance(error, aiohttp.ClientError):
            return words_of(error)
        error = error.__cause__
    return ""


def _transport(
    way: Way, context: SSLContext, lookup: AbstractResolver | None, *, keep: bool, proxied: bool
) -> AiohttpTransport:
    proxy = _proxy(way.proxy) if proxied else None

    def open_session() -> aiohttp.ClientSession:
        # The number of connections is not limited: the engine never has more than a few requests per
        # member, and waiting in a queue behind a cancelled one is time lost.
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=0,
            force_close=not keep,
            keepalive_timeout=KEEP_ALIVE_S if keep else None,
            resolver=NamesWithin(way.reach, lookup),
            socket_factory=socket_within(way.reach),
        )
        return aiohttp.ClientSession(
            connector=connector,
            request_class=request_within(way.reach),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    # The session binds itself to the running loop, so it is opened by the first request.
    return AiohttpTransport(verify=context, trust_env=False, client=open_session, proxy=proxy)


def _proxy(url: str) -> httpx.Proxy:
    # Never the URL in the message: it may hold a password.
    wrong = PeerRefused('refused: network.proxy must be like "http://proxy.example:3128"')
    try:
        there = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise wrong from None
    if there.scheme not in ("http", "https") or not there.host:
        raise wrong
    if not there.userinfo:
        return httpx.Proxy(there)
    # aiohttp's errors print a password that it is given as one. From this header it makes the proxy's own.
    both = b64encode(f"{there.username}:{there.password}".encode()).decode()
    plain = there.copy_with(username=None, password=None)
    return httpx.Proxy(plain, headers={"Authorization": f"Basic {both}"})
