"""Rows F28 to F51 of the fault catalogue that a script can play: answers that go wrong on their way.

What does not depend on a socket is played here, in virtual time; ``e2e/test_transport.py`` has the rest.
"""

import gzip
import json

import httpx

from fusionls.core.reply import FailureKind as Kind
from tests.contract.asking import KEY
from tests.contract.fault import Fault, first_text, has_parts, in_events, kinds, plays
from tests.contract.speech import Speech, put_for
from tests.support.scripted_transport import Break, Hang, Raw, Script

_ODD = kinds(Kind.MALFORMED)
_BROKEN = kinds(Kind.DROPPED)
_CUT = kinds(Kind.DROPPED, Kind.MALFORMED)
_TOO_LARGE = kinds(Kind.TOO_LARGE)
_RESET = httpx.ReadError("Connection reset by peer")
_HTML = f"<!DOCTYPE html><title>Log in</title><p>{KEY} def add".encode()
# More than the caps of these tests allow, of each kind.
_MANY = 1_000


def _until_text(said: Speech) -> bytes:
    return b"".join(said.pieces[: said.first_text + 1])


def _after_text(said: Speech) -> bytes:
    return b"".join(said.pieces[said.first_text + 1 :])


def _text_event(said: Speech) -> bytes:
    return said.pieces[said.first_text]


def _without_end(said: Speech) -> bytes:
    return b"".join(said.bytes_of(line) for line in said.lines if not said.parsed(line).ends)


def _text_without_end(said: Speech) -> str:
    return "".join(said.text_in(line) for line in said.lines if not said.parsed(line).ends)


def _ended_early(said: Speech) -> Script:
    early = said.bytes_of(said.ending)
    return plays(said, _until_text(said) + early, b"".join(said.pieces[said.first_text + 1 :]))


def _text_ended_early(said: Speech) -> str:
    return first_text(said) + said.text_in(said.ending)


def _is_whole(said: Speech) -> Script:
    """As a server answers that was not asked to stream, or that cannot."""
    body = json.dumps({"choices": [{"text": "a", "message": {"content": "a"}}], "response": "a"})
    return plays(said, body.encode(), headers={"content-type": "application/json; charset=utf-8"})


def _slow_bytes(said: Speech) -> Script:
    head = plays(said).steps
    return Script((*head, *(Raw(said.body[n : n + 1], 1_000) for n in range(len(said.body)))))


NETWORK_FAULTS = (
    Fault(
        "F24 refused",
        lambda _: Script((Break(httpx.ConnectError("refused")),)),
        kinds(Kind.UNREACHABLE),
    ),
    Fault(
        "F25 no answer to a handshake",
        lambda _: Script((Break(httpx.ConnectTimeout("slow"), 1_000),)),
        kinds(Kind.UNREACHABLE),
    ),
    Fault("F28 reset before the head", lambda _: Script((Break(_RESET),)), _BROKEN, requests=2),
    Fault(
        "F28 reset before the body",
        lambda said: Script((*plays(said).steps, Break(_RESET))),
        _BROKEN,
        requests=2,
    ),
    Fault(
        "F31 reset once, on a kept connection",
        lambda said: [Script((Break(_RESET),)), plays(said, said.body)],
        requests=2,
    ),
    Fault(
        "F29 reset after the first text",
        lambda said: Script((*plays(said, _until_text(said)).steps, Break(_RESET))),
        _BROKEN,
        seen=first_text,
        fits=has_parts,
    ),
    Fault(
        "F30 broken off in an event",
        lambda said: Script((*plays(said, said.body[:25]).steps, Break(_RESET))),
        _BROKEN,
    ),
    Fault(
        "an error of our own",
        lambda _: Script((Break(ZeroDivisionError(f"{KEY} def add")),)),
        kinds(Kind.BUG),
    ),
)

SLOW_FAULTS = (
    Fault("F37 no head", lambda _: Script((Hang(),)), cut_s=0.3),
    Fault("F39 no body", lambda said: Script((*plays(said).steps, Hang())), cut_s=0.3),
    Fault(
        "F39 the first token comes late",
        lambda said: Script((*plays(said).steps, Raw(said.body, 30_000))),
    ),
    Fault("F38 a byte a second", _slow_bytes),
    Fault("F38 a byte a second, cut", _slow_bytes, cut_s=5.5),
    Fault(
        "F40 a stall after the first text",
        lambda said: Script((*plays(said, _until_text(said)).steps, Hang())),
        seen=first_text,
        cut_s=0.3,
        fits=has_parts,
    ),
    Fault(
        "F40 a stall after the end",
        lambda said: Script((*plays(said, said.body).steps, Hang())),
        fits=in_events,
    ),
    Fault(
        "F29 a reset after the end",
        lambda said: Script((*plays(said, said.body).steps, Break(_RESET))),
        fits=in_events,
    ),
)

ENDLESS_FAULTS = (
    Fault(
        "F41 texts without end",
        lambda said: plays(said, *[said.text_event("again")] * _MANY),
        _TOO_LARGE,
        seen=None,
        fits=has_parts,
    ),
    Fault(
        "F41 long texts without end",
        lambda said: plays(said, *[said.text_event("long" * 100)] * _MANY),
        _TOO_LARGE,
        seen=None,
        fits=has_parts,
    ),
    Fault(
        "F41 events without text, without end",
        lambda said: plays(said, *[said.text_event("")] * _MANY),
        _TOO_LARGE,
        fits=has_parts,
    ),
    Fault(
        "F41 blank lines without end",
        lambda said: plays(said, *[b"\n" * 500] * _MANY),
        _TOO_LARGE,
    ),
    Fault(
        "F41 comments without end",
        lambda said: plays(said, *[b": here\n\n"] * _MANY),
        _TOO_LARGE,
        fits=lambda said: said.framing == "sse",
    ),
    Fault(
        "F42 a line without end",
        lambda said: plays(said, _text_event(said)[:-9], *[b"x" * 1_000] * _MANY),
        _TOO_LARGE,
    ),
)

FORM_FAULTS = (
    Fault("F45 cut off in an event", lambda said: plays(said, _text_event(said)[:-9]), _CUT),
    Fault(
        "F45 cut off in a later event",
        lambda said: plays(said, _until_text(said), _after_text(said)[:25]),
        _CUT,
        seen=first_text,
        fits=has_parts,
    ),
    Fault(
        "F45 half of an event's JSON",
        lambda said: plays(said, said.with_first_data(lambda data: data[: len(data) // 2]).body),
        _ODD,
    ),
    Fault(
        "F46 no end",
        lambda said: plays(said, _without_end(said)),
        _BROKEN,
        seen=_text_without_end,
        fits=has_parts,
    ),
    Fault("F46 an early end", _ended_early, text=_text_ended_early, fits=has_parts),
    Fault(
        "F47 HTML",
        lambda said: plays(said, _HTML, headers={"content-type": "text/html; charset=utf-8"}),
        _ODD,
    ),
    Fault("F47 HTML that says it is an answer", lambda said: plays(said, _HTML), _ODD),
    Fault(
        "F47 plain text",
        lambda said: plays(said, b"ok", headers={"content-type": "text/plain"}),
        _ODD,
    ),
    Fault(
        "F47 another content type",
        lambda said: plays(said, said.body, headers={"content-type": "application/pdf"}),
        _ODD,
    ),
    Fault("F47 a whole answer", _is_whole, _ODD, fits=lambda said: said.framing == "sse"),
    Fault(
        "F48 gzip",
        lambda said: plays(
            said, gzip.compress(b"\n" * 1_000_000), headers={"content-encoding": "gzip"}
        ),
        _ODD,
    ),
    Fault("F48 gzip that nobody mentioned", lambda said: plays(said, gzip.compress(_HTML)), _ODD),
    Fault("F51 an empty body", plays, _ODD),
    Fault("F51 blank lines only", lambda said: plays(said, b"\n\n\n"), _ODD),
    Fault("F51 an end and no text", lambda said: plays(said, _only_end(said)), text=lambda _: ""),
)


def _only_end(said: Speech) -> bytes:
    """The last event, or the whole answer, without its text."""
    end = said.ending
    if text := said.text_in(end):
        return said.event(put_for(end.payload, text, ""), end.name)
    return said.bytes_of(end)
