"""How long a server asks to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.providers.retry_after import LONGEST_S, SHORTEST_S, duration_s, retry_after_s

# Sunday, 6 November 1994, 08:49:37, the moment of RFC 9110's examples.
NOW_S = 784111777.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", SHORTEST_S),
        ("1000000000", LONGEST_S),
        ("9" * 400, LONGEST_S),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun Nov  6 08:50:37 1994", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", SHORTEST_S),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_S),
    ],
)
def test_what_is_said_is_clamped(said, seconds):
    assert retry_after_s({"retry-after": said}, NOW_S) == seconds


@pytest.mark.parametrize(
    "said",
    [
        "",
        "-5",
        "1e9",
        "NaN",
        "inf",
        "soon",
        "1,2",
        "\u0663\u0660",
        "\ud800",
        "Sun, 99 Nov 1994",
        "0x10",
    ],
)
def test_what_is_not_sane_is_as_if_nothing_were_said(said):
    assert retry_after_s({"retry-after": said}, NOW_S) is None


def test_the_servers_own_clock_counts():
    headers = {
        "retry-after": "Sun, 06 Nov 1994 08:50:07 GMT",
        "date": "Sun, 06 Nov 1994 08:49:37 GMT",
    }
    a_year = 365 * 24 * 3600
    assert [retry_after_s(headers, now) for now in (NOW_S + a_year, None)] == [30.0, 30.0]
    assert retry_after_s({"retry-after": headers["retry-after"]}, None) is None


def test_a_duration_in_a_body():
    assert [duration_s(said) for said in ("34s", "0.25s", "34", "-3s", 34, None)] == [
        34.0,
        SHORTEST_S,
        *[None] * 4,
    ]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_header_is_a_wait_or_none(said, date):
    wait = retry_after_s({"retry-after": said, "date": date}, NOW_S)
    assert wait is None or SHORTEST_S <= wait <= LONGEST_S
