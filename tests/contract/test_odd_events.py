"""Whatever stands in an event, a wire reads it or refuses it: nothing else comes out of its two functions."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.prompt import ChatMessage, FillIn, RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Event
from fusionls.providers.wires import wires
from tests.contract.asking import meet
from tests.contract.fault import plays
from tests.contract.prompts import PROMPTS
from tests.contract.speech import speech
from tests.contract.transcript import one_per_wire, transcripts

# What is put in the place of every part of every documented event, one after the other.
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 7, -1, 10**30, 0.5, math.nan, math.inf, -math.inf),
    *("", "odd", "error", "\ud800", [], {}, [None], [7], ["odd"], [[]], [{}], {"odd": 7}),
)
WIRES = pytest.mark.parametrize("wire", wires().values(), ids=wires().keys())


def changed(value: Any) -> Iterator[Any]:
    """Every way to put one odd value into ``value``, or to leave out one part of it."""
    yield from ODD_VALUES
    items = value.items() if isinstance(value, dict) else ()
    parts: Iterable[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else items
    for key, part in parts:
        for other in changed(part):
            copy = value.copy()
            copy[key] = other
            yield copy
        copy = value.copy()
        del copy[key]
        yield copy


def check_parsed(wire, event: Event) -> None:
    try:
        parsed = wire.parse(event)
    except ModelFailure:
        return
    assert isinstance(parsed.ends, bool)
    for chunk in parsed.chunks:
        check_chunk(chunk)


def check_chunk(chunk: Chunk) -> None:
    chunk.text.encode()
    assert type(chunk.tokens) is int and chunk.tokens >= 0
    assert chunk.logprob is None or (math.isfinite(chunk.logprob) and chunk.logprob <= 0)
    for count in (chunk.tokens_in, chunk.tokens_out):
        assert count is None or (type(count) is int and 0 <= count < 10**18)


ANSWERED = [told for told in transcripts() if not told.fails]


@pytest.mark.parametrize("told", ANSWERED, ids=lambda told: told.name)
def test_every_part_of_every_event_may_be_odd(told):
    said = speech(told)
    for line in said.lines:
        for payload in changed(line.payload) if line.payload is not None else ():
            check_parsed(said.wire, Event(json.dumps(payload), line.name))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


@WIRES
@settings(max_examples=40)
@given(payload=JSON)
def test_any_json(wire, payload):
    check_parsed(wire, Event(json.dumps(payload)))


@WIRES
@settings(max_examples=40)
@given(data=st.text(max_size=50), name=st.sampled_from(["", "error", "message_stop", "\0"]))
def test_any_text(wire, data, name):
    check_parsed(wire, Event(data, name))


@pytest.mark.parametrize("told", one_per_wire(), ids=lambda told: told.wire)
def test_bytes_that_were_damaged_on_the_way(told):
    """A bit turned over in every seventh byte, one at a time: a text, perhaps a wrong one, or a failure."""
    said = speech(told)
    for place in range(0, len(told.answer), 7):
        body = bytearray(told.answer)
        body[place] ^= 1 << (place % 8)
        outcome, _ = meet(told, plays(said, bytes(body)))
        assert outcome.failure or outcome.text or not said.in_events


ODD_PROMPTS = {
    **PROMPTS,
    "nothing": RenderedPrompt(),
    "surrogates": RenderedPrompt(text="a\ud800", stop=("\udfff",)),
    "surrogates in a gap": RenderedPrompt(fill_in=FillIn("\ud800", "\udfff")),
    "surrogates in a chat": RenderedPrompt(messages=(ChatMessage("user", "\ud800"),)),
    "an empty gap": RenderedPrompt(fill_in=FillIn("", "")),
    "many stops": RenderedPrompt(text="a", stop=tuple(f"{n}" for n in range(40))),
    "many stops in a chat": RenderedPrompt(
        messages=(ChatMessage("user", "a"),), stop=("", " ", *(f"{n}" for n in range(40)))
    ),
    "only the system speaks": RenderedPrompt(messages=(ChatMessage("system", "a"),)),
    "the assistant begins": RenderedPrompt(
        messages=(ChatMessage("user", "a"), ChatMessage("assistant", "b"))
    ),
}


@WIRES
@pytest.mark.parametrize("prompt", ODD_PROMPTS.values(), ids=ODD_PROMPTS.keys())
@pytest.mark.parametrize("model", ["m", "", "a/b", "a?x=1#y", "é", "m\r\nx: y"])
def test_any_prompt_and_model(wire, prompt, model):
    """The request can be written, and a model's name adds no query and no header."""
    try:
        request = wire.request(prompt, model, "k-123")
    except ModelFailure:
        return
    assert json.dumps(request.body)
    assert "#" not in request.path
    assert request.path.isascii()
    assert request.path.isprintable()
    assert "x=1" not in request.path.partition("?")[2]


@WIRES
@pytest.mark.parametrize("key", ["se\ncret", "se\rcret", "se\0cret", "sécret", "se\u2028cret"])
def test_a_key_that_no_header_can_carry(wire, key):
    for prompt in PROMPTS.values():
        with pytest.raises(ModelFailure) as raised:
            wire.request(prompt, "m", key)
        assert "cret" not in str(raised.value)
    with pytest.raises(ModelFailure):
        wire.probe("m", key)


@WIRES
def test_nothing_printable_holds_the_key_or_the_code(wire):
    for prompt in PROMPTS.values():
        try:
            request = wire.request(prompt, "m", "k-123")
        except ModelFailure:
            continue
        assert "k-123" not in repr(request)
        assert "def add" not in repr(request)
    assert "k-123" not in repr(wire.probe("m", "k-123"))
    assert "k-123" not in wire.probe("m", "k-123").path
