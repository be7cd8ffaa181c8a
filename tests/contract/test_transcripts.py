"""Every wire asks exactly as its vendor documents, and reads the documented answer however it is cut."""

import json
from collections import Counter

import pytest

from fusionls.providers.events import Caps, Event
from fusionls.providers.http import open_client
from fusionls.providers.lines import splitter_for
from fusionls.providers.wires import wires
from tests.contract.asking import CAPS, Network, Outcome, ask, client_for, healthy
from tests.contract.speech import Speech, speech
from tests.contract.transcript import EDIT_SAMPLE, Transcript, transcripts
from tests.support.scripted_transport import Head, Raw, Script
from tests.support.virtual_time import run_virtual

# Two bytes, three, four, and a character that text splitters take for the end of a line.
WIDE = "é€😀\u2028"


def each(test):
    return pytest.mark.parametrize("told", transcripts(), ids=lambda told: told.name)(test)


def each_answer(test):
    answers = [told for told in transcripts() if not told.fails]
    return pytest.mark.parametrize("told", answers, ids=lambda told: told.name)(test)


def ask_each(told: Transcript, scripts: list[Script]) -> tuple[list[Outcome], Network]:
    """Ask one client once for each of ``scripts``."""
    network = Network(scripts)

    async def in_turn() -> list[Outcome]:
        async with open_client(network) as http:
            client = client_for(told, http, caps=CAPS)
            return [await ask(client, told.rendered) for _ in scripts]

    return run_virtual(in_turn()), network


def in_pieces(told: Transcript, pieces: list[bytes]) -> Script:
    head = Head(status=told.status, headers={"content-type": told.content_type})
    return Script((head, *(Raw(piece) for piece in pieces)))


def same_as_written(outcome: Outcome, told: Transcript) -> None:
    assert outcome.text == told.text
    assert (outcome.kind or "") == told.fails
    if told.fails:
        return
    counts = [(chunk.tokens_in, chunk.tokens_out) for chunk in outcome.chunks]
    assert last(count for count, _ in counts) == told.tokens_in
    assert last(count for _, count in counts) == told.tokens_out
    known = [chunk.logprob for chunk in outcome.chunks if chunk.logprob is not None]
    assert (sum(known) if known else None) == pytest.approx(told.logprob)


def last(values) -> int | None:
    """As the engine reads counts: those of the whole request come last."""
    return next((value for value in reversed(list(values)) if value is not None), None)


@each
def test_the_request_is_exactly_what_is_written(told):
    _, network = ask_each(told, [healthy(told)])
    [seen], [url] = network.requests, network.targets
    assert f"{url.scheme}://{url.netloc.decode()}" == origin(told.endpoint)
    assert url.raw_path.decode() == told.expect_path
    assert seen.json == told.expected_json
    for name, value in told.expect_headers.items():
        assert seen.headers.get(name) == value, name
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"


def origin(address: str) -> str:
    return "/".join(address.split("/")[:3])


@each
def test_the_key_is_only_where_it_is_written(told):
    """Not in the address, which ends up in logs, and in no other header."""
    _, network = ask_each(told, [healthy(told)])
    [seen], [url] = network.requests, network.targets
    written = {name.lower() for name in told.expect_headers}
    if told.key:
        assert told.key not in str(url)
        assert told.key not in json.dumps(seen.json)
        assert {n for n, value in seen.headers.items() if told.key in value} <= written
    else:
        known_for_keys = {"authorization", "x-api-key", "api-key", "x-goog-api-key"} - written
        assert not known_for_keys & set(seen.headers)


@each
def test_the_answer_is_read(told):
    [outcome], _ = ask_each(told, [healthy(told)])
    same_as_written(outcome, told)


@each
def test_a_byte_at_a_time(told):
    pieces = [told.answer[n : n + 1] for n in range(len(told.answer))]
    [outcome], _ = ask_each(told, [in_pieces(told, pieces)])
    same_as_written(outcome, told)


@each
def test_cut_in_two_anywhere(told):
    cuts = range(1, len(told.answer), 31)
    scripts = [in_pieces(told, [told.answer[:n], told.answer[n:]]) for n in cuts]
    for outcome in ask_each(told, scripts)[0]:
        same_as_written(outcome, told)


@each
def test_the_events_do_not_depend_on_the_cut(told):
    """At every byte: the same as above without the client, which would take a minute."""
    whole = events_of(told, told.answer)
    for n in range(1, len(told.answer)):
        assert events_of(told, told.answer[:n], told.answer[n:]) == whole


def events_of(told: Transcript, *pieces: bytes) -> list[Event]:
    splitter = splitter_for(wires()[told.wire].framing, Caps())
    return [
        *(event for piece in pieces for event in splitter.feed(piece)),
        *splitter.finish(),
    ]


@each_answer
def test_wide_characters_are_cut_anywhere(told):
    """Every split inside of a character too; the first text of the answer becomes a wide one."""
    plain = speech(told)
    wide = plain.with_first_text(WIDE)
    body = wide.body
    start = body.index(WIDE.encode())
    cuts = range(start - 2, start + len(WIDE.encode()) + 3)
    scripts = [in_pieces(told, [body[:n], body[n:]]) for n in cuts]
    scripts.append(in_pieces(told, [bytes([byte]) for byte in body]))
    expected = told.text.replace(first_text(plain), WIDE, 1)
    assert {outcome.text for outcome in ask_each(told, scripts)[0]} == {expected}


def first_text(plain: Speech) -> str:
    return plain.text_in(plain.lines[plain.first_text])


LINE_ENDS = {
    "carriage return and line feed": lambda body: body.replace(b"\n", b"\r\n"),
    "no line end behind the last event": lambda body: body.rstrip(b"\n"),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "blank lines between": lambda body: body.replace(b"\n\n", b"\n\n\n"),
}


@each_answer
@pytest.mark.parametrize("change", LINE_ENDS.values(), ids=LINE_ENDS.keys())
def test_servers_differ_in_their_line_ends(told, change):
    body = change(told.answer)
    script = in_pieces(told, [body[n : n + 7] for n in range(0, len(body), 7)])
    [outcome], _ = ask_each(told, [script])
    assert (outcome.text, outcome.failure) == (told.text, None)


def test_every_wire_has_two_transcripts_and_says_where_they_are_from():
    written = Counter(told.wire for told in transcripts())
    few = {name: written[name] for name in wires() if written[name] < 2}
    assert few == {}, "every wire needs at least two transcripts"
    assert not set(written) - set(wires()), "a transcript of a wire that is not there"
    assert all(told.source.strip() for told in transcripts())


def test_every_way_of_a_wire_has_a_transcript():
    """What a wire says it can do (continue, chat, fill in) is shown by a transcript."""
    # A sample of an edit is a chat, with a temperature.
    shown = {(told.wire, told.prompt) for told in transcripts() if told.prompt != EDIT_SAMPLE}
    said = {
        (name, prompt)
        for name, wire in wires().items()
        for prompt, can in (
            ("text", wire.continues),
            ("messages", wire.chats),
            ("fill_in", wire.fills_in),
        )
        if can
    }
    assert said - shown == set()
    assert shown - said == set()
