"""Reads single values out of JSON that anybody may have written: each as it should be, or a PanelError."""

from collections.abc import Mapping
from typing import Any

# Eleven days: nothing that is measured here takes longer, and it leaves room to add and to square.
LONGEST_MS = 1e9
MOST_COUNTED = 10**9
LONGEST_NAME = 200
# Said of a value that is told in a message (code points).
_SHOWN = 40


class PanelError(ValueError):
    """JSON that tells of no panel; the message is a clause for people that says what is wrong with it."""


def object_of(value: object, what: str) -> Mapping[str, Any]:
    """Return ``value`` if it is an object. ``what`` names it in the error."""
    if not isinstance(value, dict):
        raise PanelError(f"{what} is {kind_of(value)} and not an object")
    return value


def objects(block: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    """Return the list of objects ``name``, which holds at most ``most``."""
    found = block.get(name)
    if not isinstance(found, list):
        raise PanelError(f"'{name}' is {kind_of(found)} and not a list")
    if len(found) > most:
        raise PanelError(f"'{name}' holds {len(found)} entries, more than {most}")
    return [object_of(one, f"an entry of '{name}'") for one in found]


def text(block: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return the short text ``name``, ``default`` if it is null or not there."""
    found = block.get(name)
    found = default if found is None else found
    if not isinstance(found, str):
        raise PanelError(f"'{name}' is {kind_of(found)} and not a text")
    if len(found) > LONGEST_NAME:
        raise PanelError(f"'{name}' is longer than {LONGEST_NAME} characters")
    # It will be printed: nothing in it may steer a terminal, or be no character at all.
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in found)


def milliseconds(block: Mapping[str, Any], name: str) -> float | None:
    """Return a time, None if it is null or not there; one before the request was read is 0."""
    found = number(block, name, -LONGEST_MS, LONGEST_MS)
    return None if found is None else max(0.0, found)


def number(block: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    """Return the number ``name``, None if it is null or not there."""
    found = block.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise PanelError(f"'{name}' is {kind_of(found)} and not a number")
    # What is not a number at all (NaN) is not within any limits.
    if not least <= found <= most:
        raise PanelError(f"'{name}' is not between {least:g} and {most:g}")
    return float(found)


def count(block: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number from 0, None if it is null or not there."""
    found = number(block, name, 0, MOST_COUNTED)
    if found is None:
        return None
    if found != int(found):
        raise PanelError(f"'{name}' is not a whole number")
    return int(found)


def flag(block: Mapping[str, Any], name: str) -> bool:
    """Return ``name``, False if it is not there."""
    found = block.get(name)
    if not isinstance(found, bool | None):
        raise PanelError(f"'{name}' is {kind_of(found)} and neither true nor false")
    return bool(found)


def kind_of(value: object) -> str:
    """Return in words what ``value`` is, shortly and whatever it is."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return f"the text {value[:_SHOWN]!r}"
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
