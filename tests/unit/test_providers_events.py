"""Bytes in, events out, wherever the bytes were cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import JSON_DEPTH, Event, EventSplitter, json_object


def events_of(*pieces):
    splitter = EventSplitter()
    found = [event for piece in pieces for event in splitter.feed(piece)]
    return [*found, *splitter.finish()]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", [Event("a")]),
        (b"data: a\r\rdata: b\r\n\r\n", [Event("a"), Event("b")]),
        (b"data: a\r\n\ndata: b\n\r", [Event("a"), Event("b")]),
        (b"data: a\ndata:b\ndata:  c\n\n", [Event("a\nb\n c")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [Event("a", "error"), Event("b")]),
        (b": comment\n\nid: 1\nretry: 9\nodd\ndata\n\n", [Event("")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("a")]),
        (b"event: lost\n\n", []),
        ("data: a\u2028b\u0085c\x0cd\n\n".encode(), [Event("a\u2028b\u0085c\x0cd")]),
        (b"data: \xff\xc3\n\n", [Event("\ufffd\ufffd")]),
        (b"data: a\x00b\n\n", [Event("a\x00b")]),
        (b"data: a", [Event("a")]),
        (b"data: a\n", [Event("a")]),
        (b"", []),
    ],
)
def test_events(stream, expected):
    assert events_of(stream) == expected
    assert events_of(*(stream[i : i + 1] for i in range(len(stream)))) == expected


FRAGMENTS = st.sampled_from(
    [
        b"data:",
        b"data: ",
        b"event: x",
        b"\n",
        b"\r",
        b"\r\n",
        b":",
        b"a",
        "é😀\u2028".encode(),
        b"\xef\xbb\xbf",
    ]
)


@given(st.lists(FRAGMENTS, max_size=30).map(b"".join), st.lists(st.integers(0, 90)))
def test_where_the_bytes_are_cut_does_not_matter(stream, cuts):
    bounds = [0, *sorted(cut for cut in cuts if cut <= len(stream)), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(bounds)]
    assert events_of(*pieces) == events_of(stream)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(stream):
    for event in events_of(stream):
        try:
            json_object(event.data)
        except ModelFailure:
            continue


@pytest.mark.parametrize(("levels", "fine"), [(JSON_DEPTH, True), (JSON_DEPTH + 1, False)])
def test_json_has_a_depth(levels, fine):
    text = '{"a":' * levels + "1" + "}" * levels
    if fine:
        assert json_object(text)
    else:
        with pytest.raises(ModelFailure, match="levels"):
            json_object(text)


def test_brackets_inside_a_text_are_not_depth():
    assert json_object('{"content": "' + "[{" * 500 + '"}')
