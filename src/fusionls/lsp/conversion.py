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
    for kind in vars(types).values():
        # One by one: they are texts and numbers too, and a hook for all enumerations would come second.
        if isinstance(kind, type) and issubclass(kind, Enum):
            made.register_structure_hook(kind, _tolerant)
    made.register_structure_hook(types.InlineCompletionTriggerKind, _trigger_kind)
    return made


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


class Wrong:
    """Params that cannot be used, and in words why."""

    def __init__(self, why: str) -> None:
        self.why = why


def structured(converter: Converter, kind: type[Any], message: dict[str, Any]) -> Any:
    """Return the params of ``message``, which is of the protocol's type ``kind``, or Wrong."""
    try:
        return converter.structure(message, kind).params
    except RecursionError:
        return Wrong("params are nested too deeply")
    except Exception as error:
        # cattrs raises groups of whatever went wrong; their text may quote the document.
        return Wrong(f"params are not as the protocol says ({type(error).__name__})")
