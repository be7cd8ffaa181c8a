"""Rows F43 to F51 of the fault catalogue: events that say something odd."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fusionls.core.reply import FailureKind as Kind
from tests.contract.asking import KEY
from tests.contract.fault import (
    Fault,
    first_text,
    has_parts,
    in_events,
    kinds,
    plays,
    without_first_text,
)
from tests.contract.speech import Speech
from tests.support.scripted_transport import Script

_ODD = kinds(Kind.MALFORMED)
_TELLTALE = f"{KEY}: def add(a, b): return"

# What vendors put into an "error" inside a stream, and what it means.
_ERRORS: tuple[tuple[object, Kind], ...] = (
    ({"type": "overloaded_error"}, Kind.OVERLOADED),
    ({"type": "api_error"}, Kind.SERVER_ERROR),
    ({"type": "rate_limit_error"}, Kind.RATE_LIMITED),
    ({"type": "authentication_error"}, Kind.AUTHENTICATION),
    ({"type": "invalid_request_error", "code": None}, Kind.REFUSED),
    ({"code": "insufficient_quota"}, Kind.OUT_OF_CREDIT),
    ({"code": "context_length_exceeded"}, Kind.TOO_LONG),
    ({"code": "model_not_found"}, Kind.NOT_FOUND),
    ({"code": 429, "status": "RESOURCE_EXHAUSTED"}, Kind.RATE_LIMITED),
    ({"code": 401}, Kind.AUTHENTICATION),
    ({"code": 500, "metadata": {"raw": _TELLTALE}}, Kind.SERVER_ERROR),
    ({}, Kind.SERVER_ERROR),
    (_TELLTALE, Kind.SERVER_ERROR),
    ([_TELLTALE], Kind.SERVER_ERROR),
    (7, Kind.SERVER_ERROR),
)


def _error(error: object) -> object:
    """The payload that says ``error``, with the key and the code in its sentence."""
    told = {"message": _TELLTALE, **error} if isinstance(error, Mapping) else error
    return {"type": "error", "error": told}


def _errors(error: object, kind: Kind) -> list[Fault]:
    payload = _error(error)
    short = json.dumps(error)[:40]
    return [
        Fault(
            f"F43 {short} before any text",
            lambda said: plays(said, said.event(payload, "error")),
            kinds(kind),
        ),
        Fault(
            f"F43 {short} after text",
            lambda said: plays(said, _until_text(said) + said.event(payload)),
            kinds(kind),
            seen=first_text,
            fits=has_parts,
        ),
    ]


def _until_text(said: Speech) -> bytes:
    return b"".join(said.pieces[: said.first_text + 1])


def _says(value: object) -> Callable[[Speech], Script]:
    """The first text is ``value``."""
    return lambda said: plays(said, said.with_first_text(value).body)


def _reads(value: str) -> Callable[[Speech], str]:
    """What is read where the first text of the healthy answer stood."""
    return lambda said: said.transcript.text.replace(first_text(said), value, 1)


def _bytes_in_text(value: bytes) -> Callable[[Speech], Script]:
    """The bytes ``value`` stand in the first text as they are."""
    return lambda said: plays(said, said.with_first_text("@@").body.replace(b"@@", value))


def _adds(noise: str) -> Callable[[Speech], Script]:
    """One more field, as JSON, in the event with the first text."""
    return lambda said: plays(
        said, said.with_first_data(lambda data: f"{data.rstrip()[:-1]}, {noise}}}").body
    )


def _begins_with(*payloads: str) -> Callable[[Speech], Script]:
    """Events in front of the answer."""
    return lambda said: plays(said, *(_event(said, data) for data in payloads), said.body)


def _event(said: Speech, data: str) -> bytes:
    return f"data: {data}\n\n".encode() if said.framing == "sse" else f"{data}\n".encode()


def _twice(said: Speech) -> Script:
    """Every field of the event with the first text occurs twice."""
    return plays(said, said.with_first_data(lambda d: f"{d.rstrip()[:-1]}, {d.lstrip()[1:]}").body)


def _over_lines(said: Speech) -> Script:
    """Server-sent events may have their content in several lines."""
    rows = (json.dumps(line.payload, indent=1).split("\n") for line in _with_payload(said))
    blocks = ("".join(f"data: {row}\n" for row in block) for block in rows)
    names = (f"event: {line.name}\n" if line.name else "" for line in _with_payload(said))
    body = "".join(f"{name}{block}\n" for name, block in zip(names, blocks, strict=True))
    return plays(said, body.encode())


def _with_payload(said: Speech):
    return [line for line in said.lines if line.payload is not None]


def _for_lists(value: object) -> Callable[[Speech], Script]:
    """Every list in the event with the first text is ``value``."""
    return lambda said: plays(said, said.with_first_payload(lambda p: _put_lists(p, value)).body)


def _put_lists(payload: Any, value: object) -> Any:
    if isinstance(payload, list):
        return value
    if isinstance(payload, dict):
        return {key: _put_lists(child, value) for key, child in payload.items()}
    return payload


def _text_in_list(said: Speech) -> bool:
    """Whether the text of the first event with text stands inside of a list."""
    bare = said.with_first_payload(lambda payload: _put_lists(payload, []))
    return not said.text_in(bare.lines[said.first_text])


def _numbers(payload: Any, digits: str) -> Any:
    if isinstance(payload, dict):
        return {key: _numbers(child, digits) for key, child in payload.items()}
    if isinstance(payload, list):
        return [_numbers(child, digits) for child in payload]
    return payload if isinstance(payload, bool | str) or payload is None else digits


def _huge_numbers(said: Speech) -> Script:
    """Every number of the answer has 300 digits."""

    def change(payload: Any) -> Any:
        return _numbers(payload, "@@")

    pieces = [
        said.event(change(line.payload), line.name) if line.payload is not None else b""
        for line in said.lines
    ]
    return plays(said, b"".join(pieces).replace(b'"@@"', b"9" * 300))


def _sse(said: Speech) -> bool:
    return said.framing == "sse"


ERROR_FAULTS = tuple(fault for error, kind in _ERRORS for fault in _errors(error, kind))

TEXT_FAULTS = (
    Fault("F44 a line separator", _says("a\u2028\u2029\x85b"), text=_reads("a\u2028\u2029\x85b")),
    Fault("F44 line ends", _says("a\r\nb\rc\n"), text=_reads("a\r\nb\rc\n")),
    Fault(
        "F44 what looks like an event", _says("\n\ndata: [DONE]"), text=_reads("\n\ndata: [DONE]")
    ),
    Fault("F49 a NUL", _says("a\0b"), text=_reads("a\0b")),
    Fault("F49 a raw NUL", _bytes_in_text(b"a\0b"), _ODD, seen=None),
    Fault("F49 not UTF-8", _bytes_in_text(b"a\xff\xfe"), text=_reads("a\ufffd\ufffd")),
    Fault("F49 half a character", _bytes_in_text(b"a\xe2\x82"), text=_reads("a\ufffd")),
    Fault("F49 a lone surrogate", _says("a\ud800b"), text=_reads("a\ufffdb")),
    Fault("F49 two lone surrogates", _says("\udfff\ud800"), text=_reads("\ufffd\ufffd")),
    Fault("F49 a pair of surrogates", _bytes_in_text(b"\\ud83d\\ude00"), text=_reads("\U0001f600")),
    Fault(
        "F51 no text",
        lambda said: plays(said, said.with_first_text(None).body),
        text=without_first_text,
    ),
    Fault("F51 an empty text", _says(""), text=without_first_text),
    *(
        Fault(
            f"F51 {value!r} for a text",
            _says(value),
            _ODD,
        )
        for value in (7, True, {"a": "b"}, [7])
    ),
)

SHAPE_FAULTS = (
    Fault("F50 100 levels", _adds(f'"noise": {"[" * 100}{"]" * 100}'), _ODD),
    Fault("F50 5,000 levels", _adds(f'"noise": {"[" * 5_000}{"]" * 5_000}'), _ODD),
    Fault("F50 5,000 levels without end", _adds(f'"noise": {"{" * 5_000}'), _ODD),
    Fault("F50 a field twice", _twice),
    Fault("F50 numbers that are none", _adds('"noise": [NaN, Infinity, -Infinity, 1e999]')),
    Fault("F50 a number of 5,000 digits", _adds(f'"noise": {"9" * 5_000}')),
    Fault("F50 huge numbers everywhere", _huge_numbers),
    Fault("F51 empty lists", _for_lists([]), text=without_first_text, fits=_text_in_list),
    Fault("F51 null for lists", _for_lists(None), text=without_first_text, fits=_text_in_list),
    Fault("F51 a text for lists", _for_lists("none"), _ODD, fits=_text_in_list),
    Fault("F51 lists of texts", _for_lists(["none"]), _ODD, fits=_text_in_list),
    Fault("F51 an empty object first", _begins_with("{}"), fits=in_events),
    Fault("F51 an unknown object first", _begins_with('{"new": [1, {"a": null}]}'), fits=in_events),
    Fault("F51 no error", _begins_with('{"error": null}'), fits=in_events),
    *(
        Fault(f"F45 {odd} first", _begins_with(odd), _ODD, fits=in_events)
        for odd in ("[]", "7", "null", '"text"', "{oops", "\0", "<html>")
    ),
    Fault(
        "F44 comments",
        lambda said: plays(said, b": OPENROUTER PROCESSING\n\n", said.body),
        fits=_sse,
    ),
    Fault(
        "F44 other fields",
        lambda said: plays(said, b"id: 7\nretry: 9\nnew\n\n", said.body),
        fits=_sse,
    ),
    Fault("F44 events over several lines", _over_lines, fits=_sse),
)
