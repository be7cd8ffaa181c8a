"""The one place where foreign errors and HTTP statuses become failures in our words.

Invariant: a message never holds a key, a prompt, code or a body. It is made of our own words, a number
and a host; what a server wrote is not repeated.
"""

import asyncio
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

_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_SECONDS = re.compile(r"[0-9]{1,5}")
_EVENT_STREAM = "text/event-stream"

_KIND_OF_STATUS = {
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.RATE_LIMITED,
    403: FailureKind.AUTHENTICATION,
    429: FailureKind.RATE_LIMITED,
}

# Errors inside a stream name themselves in words; these are fragments of the names in use.
_KIND_OF_WORD = (
    ("rate_limit", FailureKind.RATE_LIMITED),
    ("quota", FailureKind.RATE_LIMITED),
    ("credit", FailureKind.RATE_LIMITED),
    ("auth", FailureKind.AUTHENTICATION),
    ("permission", FailureKind.AUTHENTICATION),
    ("api_key", FailureKind.AUTHENTICATION),
    ("invalid_request", FailureKind.REFUSED),
    ("not_found", FailureKind.REFUSED),
    ("context_length", FailureKind.REFUSED),
)

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


def failure_of_head(status: int, headers: Mapping[str, str]) -> Failure | None:
    """Return why an answer with this status and these headers is not read, or None if it is."""
    if status != HTTPStatus.OK:
        return _failure_of_status(status, headers)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        # A small compressed body can unpack to any size, and none was asked for.
        return Failure(FailureKind.MALFORMED, "the answer is compressed")
    media_type = headers.get("content-type", _EVENT_STREAM).partition(";")[0].strip().lower()
    if media_type != _EVENT_STREAM:
        return Failure(FailureKind.MALFORMED, "the answer is not a stream of events")
    return None


def failure_of_error_event(error: object) -> Failure:
    """Return the failure for an ``error`` that came inside a stream, in any of the shapes in use."""
    fields = error if isinstance(error, dict) else {}
    code = fields.get("code")
    if isinstance(code, int) and 400 <= code <= 599:
        return _failure_of_status(code, {})
    words = f"{code} {fields.get('type')}".lower()
    kinds = (kind for word, kind in _KIND_OF_WORD if word in words)
    return Failure(next(kinds, FailureKind.SERVER_ERROR), "the server reported an error")


def _failure_of_status(status: int, headers: Mapping[str, str]) -> Failure:
    if 300 <= status <= 399:
        host = _host_of_location(headers.get("location", ""))
        return Failure(FailureKind.REDIRECT, f"redirect refused: {host}")
    if status < 300:
        return Failure(FailureKind.MALFORMED, f"{_status_words(status)} instead of an answer")
    message = _status_words(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS and _SECONDS.fullmatch(
        wait := headers.get("retry-after", "")
    ):
        message = f"{message}, retry after {wait} s"
    other = FailureKind.SERVER_ERROR if status >= 500 else FailureKind.REFUSED
    return Failure(_KIND_OF_STATUS.get(status, other), message)


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
