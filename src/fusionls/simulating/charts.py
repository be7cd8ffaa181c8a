"""Two more kinds of charts: named points in a field, and lines over the number of requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from fusionls.evaluating.charts import (
    CURVES_HIGH,
    DOT,
    MARGIN,
    ROW,
    TICKS,
    WIDTH,
    canvas,
    colour_of,
    key,
    label,
    line,
)

LEFT = MARGIN * 2
WIDE = WIDTH - MARGIN * 3
# A line has no more corners than a browser has pixels for.
MOST_POINTS = 300


@dataclass(frozen=True, slots=True)
class Point:
    """A named place in a field."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values, one for each request."""

    label: str
    values: tuple[float, ...]


def point_chart(title: str, points: Sequence[Point], unit: str = "ms") -> Element:
    """Return ``points`` in a field that both begins at 0; x is in ``unit``. The key has their names."""
    svg, most_x, most_y = _field(
        title, len(points), [one.x for one in points], [one.y for one in points], unit
    )
    for number, point in enumerate(points):
        x = LEFT + WIDE * point.x / most_x
        y = _height(point.y / most_y)
        mark = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": str(DOT * 1.3), "fill": colour_of(number)}
        dot = SubElement(svg, "circle", mark)
        SubElement(dot, "title").text = f"{point.label}: {point.y:.3f} at {point.x:.0f} {unit}"
        is_left = x < WIDTH * 0.8
        label(svg, (x + 8 if is_left else x - 8, y + 4), point.label, "start" if is_left else "end")
        key(
            svg,
            _below(number),
            colour_of(number),
            f"{point.label}: {point.y:.3f}, {point.x:.0f} {unit}",
        )
    return svg


def line_chart(title: str, lines: Sequence[Series]) -> Element:
    """Return ``lines`` over the number of requests."""
    longest = max((len(one.values) for one in lines), default=0)
    values = [value for one in lines for value in one.values]
    svg, most_x, most_y = _field(title, len(lines), [float(longest)], values, "requests")
    for number, one in enumerate(lines):
        step = max(1, len(one.values) // MOST_POINTS)
        places = [*range(0, len(one.values), step), len(one.values) - 1] if one.values else []
        corners = (
            f"{LEFT + WIDE * place / most_x:.1f},{_height(max(0.0, one.values[place]) / most_y):.1f}"
            for place in places
        )
        kind = {"class": "curve", "stroke": colour_of(number)}
        SubElement(svg, "polyline", kind | {"points": " ".join(corners)})
        last = one.values[-1] if one.values else 0.0
        key(svg, _below(number), colour_of(number), f"{one.label}: {last:.1f}")
    return svg


def thinned(values: Sequence[float]) -> tuple[float, ...]:
    """Return so many of the sorted ``values``, evenly, that a curve of them looks the same."""
    ordered = sorted(values)
    step = len(ordered) / MOST_POINTS
    if step <= 1:
        return tuple(ordered)
    return tuple(
        ordered[min(len(ordered) - 1, int(step * (n + 1)) - 1)] for n in range(MOST_POINTS)
    )


def _field(
    title: str, keys: int, xs: Sequence[float], ys: Sequence[float], unit: str
) -> tuple[Element, float, float]:
    """Return a drawing with axes, and the values at their ends."""
    svg = canvas(title, CURVES_HIGH + MARGIN * 2 + ROW * keys)
    most_x, most_y = max(xs, default=0.0) or 1.0, max(ys, default=0.0) or 1.0
    for tick in TICKS:
        y = _height(tick)
        line(svg, (LEFT, y), (WIDTH - MARGIN, y), "grid")
        label(svg, (LEFT - 8, y + 4), f"{most_y * tick:.3g}", "end")
        label(
            svg, (LEFT + WIDE * tick, CURVES_HIGH + MARGIN), f"{most_x * tick:.0f} {unit}", "middle"
        )
    return svg, most_x, most_y


def _height(share: float) -> float:
    return MARGIN / 2 + CURVES_HIGH * (1 - share)


def _below(number: int) -> float:
    return CURVES_HIGH + MARGIN * 2 + ROW * number
