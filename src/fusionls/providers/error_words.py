"""What a server means by the error that it describes, whatever the status says.

Every vendor has its own shape and its own words for the same few cases. Nothing of them is repeated: only
the kind of failure and a time come out of here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fusionls.core.reply import FailureKind
from fusionls.providers.retry_after import duration_s

# Where servers put short names of what went wrong.
_NAMES = ("code", "type", "status", "reason", "error_type", "error_code")
_SENTENCES = ("message", "detail", "error", "msg")
# What matters is said at once; behind it there may be the whole prompt.
_LONGEST_SENTENCE = 2000
_MOST_DETAILS = 20

# Fragments of names, in lower case. The first that fits decides, so what is sure stands before what is vague.
_KIND_OF_NAME = (
    ("insufficient_quota", FailureKind.OUT_OF_CREDIT),
    ("exceeded_current_quota", FailureKind.OUT_OF_CREDIT),
    ("credit", FailureKind.OUT_OF_CREDIT),
    ("spend_limit", FailureKind.OUT_OF_CREDIT),
    ("billing", FailureKind.OUT_OF_CREDIT),
    ("insufficient_balance", FailureKind.OUT_OF_CREDIT),
    ("payment_required", FailureKind.OUT_OF_CREDIT),
    ("context_length", FailureKind.TOO_LONG),
    ("exceed_context_size", FailureKind.TOO_LONG),
    ("request_too_large", FailureKind.TOO_LONG),
    ("string_above_max_length", FailureKind.TOO_LONG),
    ("model_not_found", FailureKind.NOT_FOUND),
    ("modelnotfound", FailureKind.NOT_FOUND),
    ("invalid_model", FailureKind.NOT_FOUND),
    ("deploymentnotfound", FailureKind.NOT_FOUND),
    ("overloaded", FailureKind.OVERLOADED),
    ("rate_limit", FailureKind.RATE_LIMITED),
    ("resource_exhausted", FailureKind.RATE_LIMITED),
    ("too_many_requests", FailureKind.RATE_LIMITED),
    ("quota", FailureKind.RATE_LIMITED),
    ("auth", FailureKind.AUTHENTICATION),
    ("permission", FailureKind.AUTHENTICATION),
    ("api_key", FailureKind.AUTHENTICATION),
    ("invalid_request", FailureKind.REFUSED),
    ("invalid_argument", FailureKind.REFUSED),
    ("not_found", FailureKind.REFUSED),
)
# Fragments of sentences: all of a row have to be there. Only what no name says everywhere.
_KIND_OF_SENTENCE = (
    (("credit balance",), FailureKind.OUT_OF_CREDIT),
    (("insufficient credits",), FailureKind.OUT_OF_CREDIT),
    (("insufficient balance",), FailureKind.OUT_OF_CREDIT),
    (("included credits",), FailureKind.OUT_OF_CREDIT),
    (("maximum context length",), FailureKind.TOO_LONG),
    (("context size",), FailureKind.TOO_LONG),
    (("context window",), FailureKind.TOO_LONG),
    (("prompt is too long",), FailureKind.TOO_LONG),
    (("token count", "exceeds"), FailureKind.TOO_LONG),
    (("`max_new_tokens` must be <=",), FailureKind.TOO_LONG),
    (("model", "overloaded"), FailureKind.OVERLOADED),
)
_NO_SUCH_MODEL = re.compile(
    r"\b(model|deployment)\b[^.]{0,200}?\b(not found|does not exist|not a valid|doesn't exist)\b"
)
# Names that say less than a sentence may.
_VAGUE = (FailureKind.REFUSED, FailureKind.RATE_LIMITED)


@dataclass(frozen=True, slots=True)
class Said:
    """What an error says: the status that it names itself, and how long to wait (seconds)."""

    kind: FailureKind | None = None
    status: int | None = None
    retry_after_s: float | None = None


def said_in(error: object) -> Said:
    """Return what ``error`` says, the value of an "error" field or a whole body, in any shape in use."""
    objects = list(_objects(error))
    names = " ".join(_texts(objects, _NAMES)).lower()
    sentences = " ".join(_texts(objects, _SENTENCES)).lower()
    if isinstance(error, str):
        sentences = error[:_LONGEST_SENTENCE].lower()
    status = next((s for o in objects if (s := _status_in(o)) is not None), None)
    waits = (duration_s(o.get("retryDelay")) for o in objects)
    kind = _kind(names, sentences)
    return Said(kind, status, next((wait for wait in waits if wait is not None), None))


def _kind(names: str, sentences: str) -> FailureKind | None:
    named = next((kind for word, kind in _KIND_OF_NAME if word in names), None)
    if named is None or named in _VAGUE:
        for words, kind in _KIND_OF_SENTENCE:
            if all(word in sentences for word in words):
                return kind
        not_found = "not_found" in names or "notfound" in names
        if _NO_SUCH_MODEL.search(sentences) or (not_found and "model" in sentences):
            return FailureKind.NOT_FOUND
    return named


def _objects(error: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects of an error that may name it: itself, what it wraps, and its details."""
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, dict):
        return
    yield error
    if isinstance(error.get("error"), dict):
        yield from _objects(error["error"])
    details = error.get("details")
    for detail in details[:_MOST_DETAILS] if isinstance(details, list) else ():
        if isinstance(detail, dict):
            yield detail


def _texts(objects: list[Mapping[str, object]], keys: tuple[str, ...]) -> Iterator[str]:
    for source in objects:
        for key in keys:
            value = source.get(key)
            if isinstance(value, str):
                yield value[:_LONGEST_SENTENCE]


def _status_in(source: Mapping[str, object]) -> int | None:
    code = source.get("code")
    return code if isinstance(code, int) and 400 <= code <= 599 else None
