"""What a server and the process that fuses its edits say to each other: one JSON text a line.

Both sides check what the other says against the types in ``core/editing/orders.py``: the process reads
texts that were written to harm, and is trusted no more than they are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
)
from fusionls.core.prompt import RenderedPrompt

# An answer has 8 MB at most, and escapes may make six bytes of one.
MOST_BYTES = 64 * 1024 * 1024
READY = "ready"
# Why a call failed: the kind of an error and its place.
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class RebaseOrder:
    """Hunks that are wanted in the files as they are ``now``."""

    hunks: tuple[Hunk, ...]
    now: Mapping[str, str]


# What each call takes and gives.
CALLS: Mapping[str, tuple[Any, Any]] = {
    "open": (EditOrder, Opened),
    "prompt": (PromptOrder, RenderedPrompt | str),
    "read": (ReadOrder, Reading),
    "decide": (float, Decision),
    "judge_prompt": (PromptOrder, RenderedPrompt | None),
    "rebase": (RebaseOrder, Rebased),
    # Another request: what is known of the last one is forgotten.
    "anew": (None, None),
    # Said by the process alone, when it has started.
    READY: (None, str),
}


class NotUnderstood(ValueError):
    """A line is not what it must be. The message holds nothing of it."""


class CallFailed(Exception):
    """The process could not do a call. The message has no code."""


def call_line(call: str, order: object) -> bytes:
    """Return the line that asks for ``call``."""
    return _line({"call": call, "order": plain(order)})


def answer_line(answer: object) -> bytes:
    """Return the line that answers a call."""
    return _line({"answer": plain(answer)})


def failed_line(why: str) -> bytes:
    """Return the line that says that a call failed; ``why`` holds no code."""
    return _line({"failed": why})


def call_from(line: bytes) -> tuple[str, Any]:
    """Return the call that ``line`` asks for, and its order. Raises NotUnderstood."""
    said = _object(line)
    call = said.get("call")
    if not isinstance(call, str) or call not in CALLS:
        raise NotUnderstood("an unknown call")
    return call, read_as(CALLS[call][0], said.get("order"))


def answer_from(call: str, line: bytes) -> Any:
    """Return the answer to ``call``. Raises NotUnderstood, and CallFailed if it failed."""
    said = _object(line)
    if "failed" in said:
        raise CallFailed(str(said["failed"])[:LONGEST_REASON])
    return read_as(CALLS[call][1], said.get("answer"))


def plain(value: object) -> Any:
    """Return ``value`` in the forms of JSON."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value


def read_as(kind: Any, value: object) -> Any:
    """Return ``value``, in the forms of JSON, as a ``kind``. Raises NotUnderstood."""
    if kind is None or kind is NoneType:
        return _checked(value, value is None)
    if kind is float:
        return float(_checked(value, type(value) in (int, float)))
    if kind in (str, int, bool):
        return _checked(value, type(value) is kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member_of(kind, value)
    if is_dataclass(kind):
        return _object_as(kind, value)
    return _compound(kind, value)


def _compound(kind: Any, value: object) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        fitting = [one for one in inner if _has_form(one, value)]
        return read_as(_checked(fitting, bool(fitting))[0], value)
    if origin is Literal:
        return _checked(value, value in inner)
    if origin is tuple:
        return _tuple_as(inner, value)
    if origin is Mapping:
        return {str(name): read_as(inner[1], one) for name, one in _table(value).items()}
    raise NotUnderstood("a type that is not written as JSON")


def _tuple_as(inner: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    items = _checked(value, isinstance(value, list))
    if inner[-1] is Ellipsis:
        return tuple(read_as(inner[0], one) for one in items)
    _checked(items, len(items) == len(inner))
    return tuple(read_as(one, item) for one, item in zip(inner, items, strict=True))


def _object_as(kind: Any, value: object) -> Any:
    table, known = _table(value), _types_of(kind)
    _checked(table, table.keys() <= known.keys())
    try:
        return kind(**{name: read_as(known[name], one) for name, one in table.items()})
    except TypeError as error:
        raise NotUnderstood("a part is missing") from error


@cache
def _types_of(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _member_of(kind: type[Enum], value: object) -> Enum:
    try:
        return kind(value)
    except ValueError as error:
        raise NotUnderstood("an unknown word") from error


def _has_form(kind: Any, value: object) -> bool:
    if kind is NoneType:
        return value is None
    if is_dataclass(kind):
        return isinstance(value, dict)
    if get_origin(kind) is tuple:
        return isinstance(value, list)
    return type(value) is kind


def _checked(value: Any, fits: bool) -> Any:
    if not fits:
        raise NotUnderstood("something of another kind")
    return value


def _table(value: object) -> dict[str, Any]:
    table: dict[str, Any] = _checked(value, isinstance(value, dict))
    return table


def _object(line: bytes) -> dict[str, Any]:
    try:
        return _table(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("no JSON object") from error


def _line(said: object) -> bytes:
    # In ASCII, so that half a surrogate, which editors can send, comes out as it went in.
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"
