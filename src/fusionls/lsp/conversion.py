"""pygls' converter, made to accept what clients really send."""

from enum import Enum
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pygls.protocol import default_converter


def converter() -> Converter:
    """Return a converter between JSON and the protocol's types.

    An enumeration's value that is not known to us is kept as it is: the protocol tells servers to
    tolerate it. Unknown keys are ignored as ever.
    """
    made: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
    made.register_structure_hook_func(_is_enumeration, _tolerant)
    made.register_structure_hook(types.InlineCompletionTriggerKind, _trigger_kind)
    return made


def _is_enumeration(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _tolerant(value: Any, kind: type[Enum]) -> Any:
    try:
        return kind(value)
    except ValueError:
        if type(value) in {type(member.value) for member in kind}:
            return value
        raise


def _trigger_kind(value: Any, _: Any) -> types.InlineCompletionTriggerKind:
    """Before LSP 3.18 was final the kinds were counted from 0; 1 alone means a request by hand."""
    kinds = types.InlineCompletionTriggerKind
    return kinds.Invoked if value == kinds.Invoked.value else kinds.Automatic
