"""Rows F1 to F21 of the fault catalogue: what an HTTP status means, whoever sends it.

The bodies repeat the key and the code of the request, as some vendors' error messages do.
"""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from fusionls.core.reply import FailureKind as Kind
from fusionls.providers.retry_after import LONGEST_S
from tests.contract.asking import KEY
from tests.contract.fault import Fault, kinds
from tests.contract.speech import Speech
from tests.support.scripted_transport import Break, Hang, Head, Raw, Script

_TELLTALE = f"Incorrect API key provided: {KEY}. In your prompt: def add(a, b): return"
_JSON = "application/json"
_HTML = b"<html><body><h1>502 Bad Gateway</h1>" + _TELLTALE.encode() + b"</body></html>"
_REFUSED = kinds(Kind.REFUSED)
_LOGIN = kinds(Kind.AUTHENTICATION)
_LATER = kinds(Kind.SERVER_ERROR, Kind.OVERLOADED)
_LIMITED = kinds(Kind.RATE_LIMITED)
_REDIRECT = kinds(Kind.REDIRECT)
_ODD = kinds(Kind.MALFORMED)


def _status(
    row: str,
    status: int,
    wanted: frozenset[Kind],
    *,
    body: bytes | None = None,
    retry_after_s: float | None = None,
    **headers: str,
) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = _error({"message": _TELLTALE, "code": None}) if body is None else body
    script = Script((Head(0, status, {"content-type": _JSON, **named}), Raw(content)))
    return Fault(row, lambda _: script, wanted, retry_after_s=retry_after_s)


def _error(fields: Mapping[str, object]) -> bytes:
    return json.dumps({"error": {"message": _TELLTALE, **fields}}).encode()


def _limited_by(retry_after: str, wait_s: float | None = None, **headers: Any) -> Fault:
    row = f"F12 429 retry-after {retry_after[:30]}"
    return _status(row, 429, _LIMITED, retry_after_s=wait_s, retry_after=retry_after, **headers)


def _redirect(status: int) -> Fault:
    return _status(f"F19 {status} same host", status, _REDIRECT, location=f"/elsewhere?key={KEY}")


def _said_with_status(status: int):
    def play(said: Speech) -> Script:
        """A healthy answer under a status that is none of an answer."""
        head = Head(0, status, {"content-type": said.transcript.content_type})
        return Script((head, Raw(said.body)))

    return play


# Some vendors say one thing in words of their own: the code, the type or the sentence decides.
_TOO_LONG = (
    {"code": "context_length_exceeded", "type": "invalid_request_error"},
    {"type": "exceed_context_size_error", "code": 400},
)
_NO_MODEL = (
    {"code": "model_not_found"},
    {"type": "not_found_error", "message": "model: m"},
    {"message": "model 'm' not found, try pulling it first"},
)
_NO_CREDIT = (
    {"code": "insufficient_quota", "type": "insufficient_quota"},
    {"type": "credit_balance_exhausted"},
    {"code": "enforced_spend_limit_reached"},
)

STATUS_FAULTS = (
    _status("F1 400", 400, _REFUSED),
    *(_status(f"F1 400 {f}", 400, kinds(Kind.TOO_LONG), body=_error(f)) for f in _TOO_LONG),
    _status("F2 401", 401, _LOGIN),
    _status("F3 402", 402, kinds(Kind.OUT_OF_CREDIT)),
    _status("F4 403", 403, _LOGIN),
    _status("F5 404", 404, _REFUSED | kinds(Kind.NOT_FOUND)),
    *(_status(f"F5 404 {f}", 404, kinds(Kind.NOT_FOUND), body=_error(f)) for f in _NO_MODEL),
    _status("F5 405", 405, _REFUSED),
    _status("F6 408", 408, _LATER | _REFUSED),
    _status("F7 409", 409, _LATER | _REFUSED),
    _status("F7 425", 425, _LATER | _REFUSED),
    _status("F8 413", 413, kinds(Kind.TOO_LONG)),
    _status("F9 415", 415, _REFUSED),
    _status("F9 422", 422, _REFUSED),
    _limited_by("7", 7),
    _limited_by("Wed, 21 Oct 2026 07:28:20 GMT", 20, date="Wed, 21 Oct 2026 07:28:00 GMT"),
    _status("F12 429", 429, _LIMITED),
    *(_limited_by(odd) for odd in ("soon", "-1", "1e9", "nan", "")),
    *(_limited_by(long, LONGEST_S) for long in ("1000000000", "9" * 400)),
    *(_status(f"F13 429 {f}", 429, kinds(Kind.OUT_OF_CREDIT), body=_error(f)) for f in _NO_CREDIT),
    _status("F12 429 HTML", 429, _LIMITED, body=_HTML, content_type="text/html"),
    _status("F14 500", 500, kinds(Kind.SERVER_ERROR)),
    _status("F15 502 HTML", 502, _LATER, body=_HTML, content_type="text/html"),
    _status("F16 503", 503, _LATER),
    _status("F17 504", 504, _LATER, body=b""),
    _status("F18 529", 529, kinds(Kind.OVERLOADED), body=_error({"type": "overloaded_error"})),
    _status("F18 599", 599, _LATER),
    *(_redirect(status) for status in (301, 302, 303, 307, 308)),
    _status("F20 307 other host", 307, _REDIRECT, location=f"http://evil.test/v1?key={KEY}"),
    _status("F20 308 no host", 308, _REDIRECT, location="http://[::1"),
    _status("F20 304", 304, _REDIRECT, body=b""),
    *(
        Fault(f"F21 {status}", _said_with_status(status), _ODD)
        for status in (102, 201, 202, 204, 206, 226)
    ),
    _status(
        "F48 500 with a body that unpacks to much",
        500,
        kinds(Kind.SERVER_ERROR),
        body=gzip.compress(b"x" * 1_000_000),
        content_encoding="gzip",
    ),
    _status("F41 500 with a body of much", 500, kinds(Kind.SERVER_ERROR), body=b"x" * 300_000),
    _status("F50 500 with a deep body", 500, kinds(Kind.SERVER_ERROR), body=b"[" * 100_000),
    Fault(
        "F40 a stall instead of an error's body",
        lambda _: Script((Head(0, 500, {"content-type": _JSON}), Hang())),
        kinds(Kind.SERVER_ERROR),
    ),
    Fault(
        "F29 a reset instead of an error's body",
        lambda _: Script((Head(0, 401, {"content-type": _JSON}), Break())),
        _LOGIN,
    ),
    _status("F43 200 and an error", 200, kinds(Kind.OUT_OF_CREDIT), body=_error(_NO_CREDIT[0])),
    _status("F49 429 with a body of NULs", 429, _LIMITED, body=b"\0\xff\xfe" * 100),
)
