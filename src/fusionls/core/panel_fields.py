"""What panels in JSON have in common, whoever wrote them."""

from collections.abc import Iterable, Mapping
from typing import Any

from fusionls.core.json_fields import PanelError, count, flag, milliseconds, text
from fusionls.core.panel import PanelAnswer

# More members than any pool has, and more tokens than any answer.
MOST_ANSWERS = 64
MOST_TOKENS = 100_000


def counted(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kept answer and a member of a trace tell by the same names."""
    return {
        "tokens_out": count(block, "tokens_out") or 0,
        "token_ms": _token_times(block),
        "prompt": count(block, "prompt"),
        "unread": count(block, "unread"),
        "recycled": flag(block, "recycled"),
    }


def check_version(block: Mapping[str, Any], name: str, known: int) -> None:
    """Raise PanelError if ``block`` is of a version that is not known here."""
    version = count(block, name)
    if version != known:
        raise PanelError(f"its format ('{name}') is {version}, and this program knows {known}")


def cap_of(block: Mapping[str, Any]) -> float:
    """Return the hard cap (ms), which has to be there."""
    cap = milliseconds(block, "cap_ms")
    if not cap:
        raise PanelError("'cap_ms' is missing, or no time above 0")
    return cap


def name_of(block: Mapping[str, Any], field: str) -> str:
    """Return the name of a member, which has to be there."""
    name = text(block, field)
    if not name:
        raise PanelError(f"'{field}' is empty: an answer is of somebody")
    return name


def class_of(block: Mapping[str, Any], name: str) -> str:
    """Return the class as a text, "" for none. In a file it is a number from 1."""
    found = count(block, name)
    return str(found) if found else ""


def _token_times(block: Mapping[str, Any]) -> tuple[float, ...]:
    found = block.get("token_ms")
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > MOST_TOKENS:
        raise PanelError(f"'token_ms' is not a list of at most {MOST_TOKENS} times")
    times = (milliseconds({"token_ms": one}, "token_ms") for one in found)
    return tuple(time for time in times if time is not None)


def once(answers: Iterable[PanelAnswer]) -> tuple[PanelAnswer, ...]:
    """Return the answers, each of another member."""
    found = tuple(answers)
    if len({answer.member for answer in found}) != len(found):
        raise PanelError("a member answers twice in it")
    return found
