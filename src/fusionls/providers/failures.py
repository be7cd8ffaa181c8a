"""The one place where foreign errors and HTTP statuses become failures in our words.

Invariant: a message never holds a key, a prompt, code or a body. It is made of our own words, a number
and a host; what a server wrote is not repeated.
"""

import asyncio
import math
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import httpx

from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.error_words import Said, said_in
from fusionls.providers.retry_after import retry_after_s

_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_EVENT_STREAM = "text/event-stream"

_KIND_OF_STATUS = {
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.OUT_OF_CREDIT,
    403: FailureKind.AUTHENTICATION,
    413: FailureKind.TOO_LONG,
    429: FailureKind.RATE_LIMITED,
    # llama.cpp says so of a model that cannot fill in: the settings are wrong, not the server.
    501: FailureKind.REFUSED,
    # Not registered; several vendors say with it that all their machines are busy.
    529: FailureKind.OVERLOADED,
}
# What a body may say beside which status. A gateway in front of a model repeats words that are not its own.
_MAY_SAY = {
    FailureKind.OUT_OF_CREDIT: range(400, 500),
    FailureKind.TOO_LONG: range(400, 600),
    FailureKind.NOT_FOUND: (400, 403, 404, 422),
    FailureKind.OVERLOADED: range(429, 600),
    FailureKind.AUTHENTICATION: (400, 401, 403),
    FailureKind.RATE_LIMITED: (403, 429, 503),
}
_WORDS_FOR = {
    FailureKind.OUT_OF_CREDIT: "there is no credit left",
    FailureKind.TOO_LONG: "the prompt is too long",
    FailureKind.NOT_FOUND: "the server does not know the model",
    FailureKind.OVERLOADED: "the server is overloaded",
    FailureKind.AUTHENTICATION: "the key is not accepted",
    FailureKind.RATE_LIMITED: "too many requests",
}

# The first class that fits decides, so a subclass stands before its base.
_FAILURE_OF_ERROR: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    (ssl.CertificateError, FailureKind.UNREACHABLE, "TLS: the certificate is not accepted"),
    (ssl.SSLError, FailureKind.UNREACHABLE, "TLS: no safe connection"),
    (aiohttp.ClientSSLError, FailureKind.UNREACHABLE, "TLS: no safe connection"),
    (aiohttp.ClientConnectorDNSError, FailureKind.UNREACHABLE, "the name is not known"),
    (aiohttp.ClientConnectorError, FailureKind.UNREACHABLE, "no connection"),
    (aiohttp.ConnectionTimeoutError, FailureKind.UNREACHABLE, "no connection in time"),
    (aiohttp.InvalidURL, FailureKind.UNREACHABLE, "the address is not valid"),
    (aiohttp.ClientResponseError, FailureKind.MALFORMED, "the answer is not HTTP"),
    (aiohttp.ClientPayloadError, FailureKind.DROPPED, "the answer broke off"),
    (aiohttp.ClientConnectionError, FailureKind.DROPPED, "the connection was dropped"),
    (httpx.InvalidURL, FailureKind.UNREACHABLE, "the address is not valid"),
    (httpx.UnsupportedProtocol, FailureKind.UNREACHABLE, "the address is not valid"),
    (httpx.ConnectError, FailureKind.UNREACHABLE, "no connection"),
    (httpx.ProxyError, FailureKind.UNREACHABLE, "no connection through the proxy"),
    (httpx.TimeoutException, FailureKind.UNREACHABLE, "no connection in time"),
    (httpx.NetworkError, FailureKind.DROPPED, "the connection was dropped"),
    (httpx.RemoteProtocolError, FailureKind.DROPPED, "the connection was dropped"),
    (asyncio.TimeoutError, FailureKind.UNREACHABLE, "no connection in time"),
    (ConnectionError, FailureKind.DROPPED, "the connection was dropped"),
    (OSError, FailureKind.UNREACHABLE, "no connection"),
)


@contextmanager
def errors_as_failures(host: str) -> Iterator[None]:
    """Turn every exception inside into a ModelFailure that names ``host``. Cancellation passes."""
    try:
        yield
    except ModelFailure:
        raise
    except Exception as error:
        raise ModelFailure(failure_of_error(error, host)) from error


def failure_of_error(error: Exception, host: str) -> Failure:
    """Return the failure for a foreign error while talking to ``host``; an unknown one is our bug."""
    # The bridge between aiohttp and httpx calls a dropped connection a timeout; its cause knows.
    cause = error.__cause__
    known = cause if isinstance(cause, aiohttp.ClientError) else error
    for foreign, kind, words in _FAILURE_OF_ERROR:
        if isinstance(known, foreign):
            return Failure(kind, f"{words} ({host})")
    return Failure(FailureKind.BUG, f"{type(error).__name__} while asking {host}")


def failure_of_head(
    status: int, headers: Mapping[str, str], now_s: float | None = None
) -> Failure | None:
    """Return why an answer with this status and these headers is not read, or None if it is.

    ``now_s`` is the time now in seconds since 1970, for a Retry-After that is a date.
    """
    if status != HTTPStatus.OK:
        return _failure_of_status(status, headers, Said(), now_s)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        # A small compressed body can unpack to any size, and none was asked for.
        return Failure(FailureKind.MALFORMED, "the answer is compressed", status=status)
    if media_type_of(headers, _EVENT_STREAM) != _EVENT_STREAM:
        return Failure(FailureKind.MALFORMED, "the answer is not a stream of events", status=status)
    return None


def failure_of_answer(
    status: int, headers: Mapping[str, str], error: object, now_s: float | None = None
) -> Failure:
    """Return the failure for an answer that is no stream and whose body says ``error``.

    The body knows more than the status does. ``now_s`` as in ``failure_of_head``.
    """
    if status == HTTPStatus.OK:
        return failure_of_error_event(error)
    return _failure_of_status(status, headers, said_in(error), now_s)


def failure_of_error_event(error: object) -> Failure:
    """Return the failure for an ``error`` that came with status 200, in any of the shapes in use."""
    said = said_in(error)
    if said.status is not None:
        return _failure_of_status(said.status, {}, said, None)
    kind = said.kind or FailureKind.SERVER_ERROR
    words = _WORDS_FOR.get(kind)
    message = f"the server reported an error{f': {words}' if words else ''}"
    return Failure(kind, message, said.retry_after_s, HTTPStatus.OK.value)


def media_type_of(headers: Mapping[str, str], default: str = "") -> str:
    """Return the media type of an answer in lower case, without its parameters."""
    return headers.get("content-type", default).partition(";")[0].strip().lower()


def _failure_of_status(
    status: int, headers: Mapping[str, str], said: Said, now_s: float | None
) -> Failure:
    if 300 <= status <= 399:
        host = _host_of_location(headers.get("location", ""))
        return Failure(FailureKind.REDIRECT, f"redirect refused: {host}", status=status)
    message = _status_words(status)
    if status < 300:
        message = f"{message} instead of an answer"
        return Failure(FailureKind.MALFORMED, message, status=status)
    kind = _KIND_OF_STATUS.get(
        status, FailureKind.SERVER_ERROR if status >= 500 else FailureKind.REFUSED
    )
    if said.kind is not None and said.kind != kind and status in _MAY_SAY.get(said.kind, ()):
        kind = said.kind
        message = f"{message}: {_WORDS_FOR[kind]}"
    wait_s = retry_after_s(headers, now_s)
    wait_s = said.retry_after_s if wait_s is None else wait_s
    if wait_s is not None:
        message = f"{message}, retry after {math.ceil(wait_s)} s"
    return Failure(kind, message, wait_s, status)


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _host_of_location(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return "an odd address"
    if not host:
        return "the same host"
    return host if _HOST.fullmatch(host) else "an odd address"
