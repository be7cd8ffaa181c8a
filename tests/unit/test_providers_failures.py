"""Whatever a server writes into its head, what we say about it is in our own words."""

import asyncio

import aiohttp
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.reply import FailureKind
from fusionls.providers.failures import (
    failure_of_answer,
    failure_of_error,
    failure_of_error_event,
    failure_of_head,
)
from fusionls.providers.refusals import BODY_BYTES, BODY_S, failure_of_response
from tests.support.virtual_time import run_virtual

CODE = "def private"


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://elsewhere.test:8443/v1?key=1", "elsewhere.test"),
        ("//elsewhere.test/", "elsewhere.test"),
        ("/v1/completions", "the same host"),
        ("", "the same host"),
        ("http://[::1", "an odd address"),
        ("http://def private/", "an odd address"),
        ("http://user:password@[::1]/", "::1"),
    ],
)
def test_where_a_redirect_leads(location, host):
    failure = failure_of_head(308, {"location": location})
    assert failure is not None
    assert failure.message == f"redirect refused: {host}"


@given(
    st.integers(100, 999),
    st.sampled_from(["location", "retry-after", "content-type", "content-encoding"]),
    st.sampled_from([CODE, f"http://{CODE}", f"http://x/{CODE}", "\x00", "\ud800"]),
)
def test_a_head_is_never_repeated(status, name, value):
    failure = failure_of_head(status, {name: value})
    assert failure is None or CODE not in failure.message


JSON = st.recursive(
    st.none() | st.integers() | st.text() | st.just(CODE),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "details"]), inner),
)


@given(JSON, st.integers(100, 999))
def test_an_error_is_never_repeated(value, status):
    for error in (value, {"code": value, "type": value, "message": CODE, "details": value}):
        assert CODE not in failure_of_error_event(error).message
        assert CODE not in failure_of_answer(status, {}, error).message


async def pieces_of(*pieces, then_s=0.0):
    for piece in pieces:
        yield piece
        await asyncio.sleep(then_s)


def why_refused(status, content_type, *pieces, then_s=0.0, **headers):
    """Return the failure of a response, and the virtual seconds that it took to find out."""

    async def ask():
        loop = asyncio.get_running_loop()
        head = {"content-type": content_type, **headers}
        failure = await failure_of_response(
            status, head, pieces_of(*pieces, then_s=then_s), lambda: 0.0
        )
        return failure, loop.time()

    return run_virtual(ask())


NO_QUOTA = b'{"error": {"code": "insufficient_quota", "message": "def private"}}'
JSON_TYPE = "application/json; charset=utf-8"


def test_the_body_of_a_refusal_is_read_for_its_reason():
    failure, took_s = why_refused(429, JSON_TYPE, NO_QUOTA[:10], NO_QUOTA[10:])
    assert (failure.kind, took_s) == (FailureKind.OUT_OF_CREDIT, 0.0)
    assert failure.message == "429 Too Many Requests: there is no credit left"


def test_an_error_behind_a_status_of_200_is_one():
    failure, _ = why_refused(200, JSON_TYPE, NO_QUOTA)
    assert failure.kind == FailureKind.OUT_OF_CREDIT
    failure, _ = why_refused(200, JSON_TYPE, b'{"choices": []}')
    assert failure.kind == FailureKind.MALFORMED


@pytest.mark.parametrize(
    ("content_type", "pieces", "headers"),
    [
        ("text/html", [b"<html>"], {}),
        (JSON_TYPE, [b"<html>"], {}),
        (JSON_TYPE, [b"[" * 100_000], {}),
        (JSON_TYPE, [b"\xff\xfe"], {}),
        (JSON_TYPE, [], {}),
        (JSON_TYPE, [NO_QUOTA], {"content-encoding": "gzip"}),
        # What is larger is not read to its end.
        (JSON_TYPE, [b" " * BODY_BYTES, b" ", NO_QUOTA], {}),
    ],
)
def test_a_gateway_that_gives_no_reason_is_a_rate_limit_all_the_same(content_type, pieces, headers):
    failure, _ = why_refused(429, content_type, *pieces, **headers)
    assert (failure.kind, failure.message) == (FailureKind.RATE_LIMITED, "429 Too Many Requests")


def test_a_reason_that_does_not_come_is_not_waited_for():
    failure, took_s = why_refused(500, JSON_TYPE, b"{", then_s=3600.0)
    assert failure.kind == FailureKind.SERVER_ERROR
    assert took_s == BODY_S


def test_a_wait_is_told_in_seconds_and_as_a_number():
    failure = failure_of_head(429, {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0)
    assert failure is not None
    assert (failure.retry_after_s, failure.status) == (60.0, 429)
    assert failure.message == "429 Too Many Requests, retry after 60 s"


def test_the_bridge_calls_a_dropped_connection_a_timeout():
    error = httpx.ConnectTimeout("")
    error.__cause__ = aiohttp.ServerDisconnectedError()
    assert failure_of_error(error, "qwen.test").kind == FailureKind.DROPPED
