"""Reading the JSON object of an event without trusting its shape."""

from collections.abc import Mapping

from fusionls.core.text import without_lone_surrogates
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import Event, json_object, malformed
from fusionls.providers.failures import failure_of_error_event

_END_MARK = "[DONE]"
NOTHING: Mapping[str, object] = {}


def payload_of(event: Event) -> dict[str, object] | None:
    """Return the JSON object of an event, or None for the mark that ends the answer.

    Raises ModelFailure: malformed, or the kind of the error that the server reports.
    """
    if event.data.strip() == _END_MARK:
        return None
    payload = json_object(event.data)
    if payload.get("error") or event.name == "error":
        raise ModelFailure(failure_of_error_event(payload.get("error") or payload))
    return payload


def text_at(source: Mapping[str, object], key: str) -> str:
    """Return the text at ``key``, empty if it is missing or null. Raises ModelFailure (malformed)."""
    value = source.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise malformed(f"{key} is not a text")
    return without_lone_surrogates(value)


def object_at(source: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the object at ``key``, empty if it is missing or null. Raises ModelFailure (malformed)."""
    value = source.get(key)
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise malformed(f"{key} is not an object")
    return value


def objects_at(source: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """Return the list of objects at ``key``, empty if missing or null. Raises ModelFailure."""
    value = source.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise malformed(f"{key} is not a list of objects")
    return value


def count_at(source: Mapping[str, object], key: str) -> int | None:
    """Return the count at ``key``, or None where there is no sensible one."""
    value = source.get(key)
    return value if type(value) is int and value >= 0 else None
