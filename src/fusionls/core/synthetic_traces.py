"""Synthetic traces: a line that describes their setting, and a line for every request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fusionls.core.json_fields import (
    PanelError,
    count,
    flag,
    milliseconds,
    number,
    object_of,
    objects,
    text,
)
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.panel_fields import MOST_ANSWERS, cap_of, name_of, once

# More parts than any survival needs.
MOST_PARTS = 16


@dataclass(frozen=True, slots=True)
class TracesHeader:
    """The first line of synthetic traces: the person's patience, as weights and mean times, and the hard cap.

    ``survival`` holds pairs of a weight and milliseconds: the chance that the person has not moved on after
    t is the sum of weight * exp(-t / ms). ``contention`` is how much every further member that runs slows
    all of them down; it is in the times already.
    """

    setting: str
    survival: tuple[tuple[float, float], ...]
    cap_ms: float
    contention: float = 0.0


def header_from_json(found: object) -> TracesHeader | None:
    """Return the header that ``found`` is, None if it is none. Raises PanelError for a broken one."""
    block = object_of(found, "this")
    if "setting" not in block:
        return None
    parts = block.get("survival")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        raise PanelError(f"'survival' is not a list of 1 to {MOST_PARTS} pairs")
    survival = tuple(_part(part) for part in parts)
    contention = number(block, "contention", 0, 100) or 0.0
    return TracesHeader(text(block, "setting"), survival, cap_of(block), contention)


def _part(part: object) -> tuple[float, float]:
    if not isinstance(part, list) or len(part) != 2:
        raise PanelError("a part of 'survival' is not a pair of a weight and milliseconds")
    pair = {"weight": part[0], "ms": part[1]}
    weight, ms = number(pair, "weight", 0, 1), milliseconds(pair, "ms")
    if weight is None or not ms:
        raise PanelError("a part of 'survival' has no weight, or no time above 0")
    return weight, ms


def synthetic(block: Mapping[str, Any], header: TracesHeader) -> Panel:
    """Return the panel of one synthetic request. Raises PanelError."""
    found = objects(block, "arrivals", MOST_ANSWERS)
    answers = sorted((_arrival(one) for one in found), key=lambda answer: answer.member)
    return Panel(str(count(block, "id") or 0), once(answers), header.cap_ms)


def _arrival(block: Mapping[str, Any]) -> PanelAnswer:
    at = milliseconds(block, "at_ms")
    if at is None:
        raise PanelError("an arrival has no time ('at_ms')")
    klass = text(block, "answer")
    right = flag(block, "right")
    name = name_of(block, "member")
    return PanelAnswer(name, at, klass, done_ms=at, right=float(right and bool(klass)))
