"""What benches measure, and how it is summed up."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, its unit, and the bar it should not exceed (or fall below)."""

    name: str
    value: float
    unit: str
    bar: str = ""


def at_share(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median(values: Sequence[float]) -> float:
    return at_share(values, 0.5)


def scaled(count: int, share: float, least: int) -> int:
    """Return ``share`` of ``count``, but never so few that the figure says nothing."""
    return max(least, round(count * share))
