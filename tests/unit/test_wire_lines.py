"""Answers that are JSON in lines, or in one piece: wherever the bytes are cut, and however many."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.reply import FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Caps, Event
from fusionls.providers.lines import LineSplitter, WholeBody, is_usual, splitter_for

CAPS = Caps(event=20, events=5, stream=60)


def events_of(splitter, *pieces):
    found = [event for piece in pieces for event in splitter.feed(piece)]
    return [event.data for event in [*found, *splitter.finish()]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']),
        (b'{"a":1}\r\n\r\n\n{"b":2}', ['{"a":1}\r', '{"b":2}']),
        (b'\xef\xbb\xbf{"a":1}\n', ['{"a":1}']),
        ('{"a":"\u2028\u0085é"}\n'.encode(), ['{"a":"\u2028\u0085é"}']),
        (b"\xff\n", ["\ufffd"]),
        (b"\n \n\r\n", []),
        (b"", []),
    ],
)
def test_every_line_is_an_event(body, expected):
    assert events_of(LineSplitter(), body) == expected
    assert events_of(LineSplitter(), *(body[n : n + 1] for n in range(len(body)))) == expected


@given(
    st.lists(st.sampled_from([b"{", b"}", b"\n", b"\r\n", "é😀".encode(), b" "]), max_size=30),
    st.lists(st.integers(0, 90)),
)
def test_where_the_bytes_are_cut_does_not_matter(parts, cuts):
    body = b"".join(parts)
    bounds = [0, *sorted(cut for cut in cuts if cut <= len(body)), len(body)]
    pieces = [body[a:b] for a, b in pairwise(bounds)]
    for framing in ("ndjson", "json"):
        one, other = splitter_for(framing, Caps()), splitter_for(framing, Caps())
        assert events_of(one, *pieces) == events_of(other, body)


def test_a_whole_body_is_one_event():
    assert events_of(WholeBody(), b'\xef\xbb\xbf{"a":\n', b"1}\n") == ['{"a":\n1}\n']
    assert events_of(WholeBody(), b" \n") == []
    assert list(WholeBody().feed(b"{}")) == []


@pytest.mark.parametrize(
    ("splitter", "pieces"),
    [
        (LineSplitter(CAPS), [b"x" * 21]),
        (LineSplitter(CAPS), [b"x" * 15, b"x" * 15 + b"\n"]),
        (LineSplitter(CAPS), [b"x\n" * 6]),
        (LineSplitter(CAPS), [b"\n" * 6]),
        (LineSplitter(CAPS), [b"x" * 19 + b"\n"] * 4),
        (WholeBody(CAPS), [b"x" * 15] * 2),
    ],
)
def test_everything_has_a_cap(splitter, pieces):
    with pytest.raises(ModelFailure) as raised:
        events_of(splitter, *pieces)
    assert raised.value.failure.kind is FailureKind.TOO_LARGE


def test_what_comes_before_a_cap_is_broken_is_still_seen():
    feeding = LineSplitter(CAPS).feed(b"a\n" + b"x" * 30 + b"\n")
    assert next(feeding) == Event("a")


@pytest.mark.parametrize(
    ("content_type", "framing", "usual"),
    [
        (None, "sse", True),
        ("text/event-stream; charset=utf-8", "sse", True),
        ("Text/Event-Stream", "sse", True),
        ("application/json", "sse", False),
        ("application/x-ndjson", "ndjson", True),
        ("application/json; charset=utf-8", "ndjson", True),
        ("application/json", "json", True),
        ("text/html", "json", False),
        ("", "ndjson", False),
    ],
)
def test_an_answer_is_known_by_its_type(content_type, framing, usual):
    assert is_usual(content_type, framing) is usual
