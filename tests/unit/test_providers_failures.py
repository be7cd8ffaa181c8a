"""Whatever a server writes into its head, what we say about it is in our own words."""

import aiohttp
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.reply import FailureKind
from fusionls.providers.failures import failure_of_error, failure_of_error_event, failure_of_head

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


@given(st.recursive(st.none() | st.integers() | st.text() | st.just(CODE), st.lists))
def test_an_error_event_is_never_repeated(value):
    for error in (value, {"code": value, "type": value, "message": CODE}):
        assert CODE not in failure_of_error_event(error).message


def test_the_bridge_calls_a_dropped_connection_a_timeout():
    error = httpx.ConnectTimeout("")
    error.__cause__ = aiohttp.ServerDisconnectedError()
    assert failure_of_error(error, "qwen.test").kind == FailureKind.DROPPED
