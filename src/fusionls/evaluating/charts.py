"""Two kinds of charts as SVG elements. What they are made of is escaped by whoever writes the tree out.

Why no library: docs/decisions/0012-charts-without-a-library.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

# All lengths are in the units of the view box, which a browser scales to the width that there is.
WIDTH = 760
ROW = 26
LABELS = 250
MARGIN = 30
DOT = 4.5
CURVES_HIGH = 260
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Apart in hue and in lightness, also for most people who see fewer colours (Okabe and Ito 2008; the last one
# by Tol, for eight of them).
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999"),
    "#882255",
)


@dataclass(frozen=True, slots=True)
class Dot:
    """A row of a dot chart: a share (0 to 1) with its interval. ``strong`` is drawn to be seen first."""

    label: str
    value: float
    low: float
    high: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A named set of values, drawn as the share of them that is not higher."""

    label: str
    values: tuple[float, ...]


def dot_chart(title: str, dots: Sequence[Dot]) -> Element:
    """Return ``dots`` one below the other on an axis from 0 to 100 %."""
    height = MARGIN + ROW * len(dots) + MARGIN
    svg = canvas(title, height)
    for tick in TICKS:
        x = _share_x(tick)
        line(svg, (x, MARGIN / 2), (x, height - MARGIN), "grid")
        label(svg, (x, height - MARGIN / 3), f"{tick:.0%}", "middle")
    for number, dot in enumerate(dots):
        y = MARGIN + ROW * number
        kind = "strong" if dot.strong else "usual"
        label(svg, (LABELS - 12, y + 4), dot.label, "end", kind)
        line(svg, (_share_x(dot.low), y), (_share_x(dot.high), y), f"interval {kind}")
        mark = SubElement(svg, "circle", {"cx": f"{_share_x(dot.value):.1f}", "cy": f"{y:.1f}"})
        mark.set("r", str(DOT))
        mark.set("class", kind)
        said = f"{dot.label}: {dot.value:.1%} ({dot.low:.1%} to {dot.high:.1%})"
        SubElement(mark, "title").text = said
    return svg


def curve_chart(title: str, curves: Sequence[Curve]) -> Element:
    """Return for each curve which share of its values is not higher than a time in milliseconds."""
    height = CURVES_HIGH + MARGIN * 2 + ROW * len(curves)
    svg = canvas(title, height)
    most = max((max(curve.values) for curve in curves if curve.values), default=1.0) or 1.0
    for tick in TICKS:
        y = MARGIN / 2 + CURVES_HIGH * (1 - tick)
        line(svg, (MARGIN * 2, y), (WIDTH - MARGIN, y), "grid")
        label(svg, (MARGIN * 2 - 8, y + 4), f"{tick:.0%}", "end")
        x = MARGIN * 2 + (WIDTH - MARGIN * 3) * tick
        label(svg, (x, CURVES_HIGH + MARGIN), f"{most * tick:.0f} ms", "middle")
    for number, curve in enumerate(curves):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in _steps(sorted(curve.values), most))
        colour = colour_of(number)
        SubElement(svg, "polyline", {"points": points, "stroke": colour, "class": "curve"})
        key(svg, CURVES_HIGH + MARGIN * 2 + ROW * number, colour, curve.label)
    return svg


def _steps(values: Sequence[float], most: float) -> list[tuple[float, float]]:
    points = [(MARGIN * 2.0, MARGIN / 2 + CURVES_HIGH)]
    for number, value in enumerate(values, 1):
        x = MARGIN * 2 + (WIDTH - MARGIN * 3) * value / most
        y = MARGIN / 2 + CURVES_HIGH * (1 - number / len(values))
        points += [(x, points[-1][1]), (x, y)]
    return points


def _share_x(value: float) -> float:
    return LABELS + (WIDTH - LABELS - MARGIN) * value


def colour_of(number: int) -> str:
    """Return the colour of the curve with this number, from 0."""
    return COLOURS[number % len(COLOURS)]


def key(svg: Element, y: float, colour: str, name: str) -> None:
    """Say below a chart what a colour stands for."""
    mark = {"x": str(MARGIN * 2), "y": f"{y - 9:.0f}", "width": "22", "height": "5"}
    SubElement(svg, "rect", mark | {"fill": colour})
    label(svg, (MARGIN * 2 + 30, y), name, "start")


def canvas(title: str, height: float) -> Element:
    """Return an empty drawing, ``title`` for those who cannot see it."""
    svg = Element("svg", {"viewBox": f"0 0 {WIDTH} {height:.0f}", "role": "img"})
    svg.set("aria-label", title)
    return svg


def line(svg: Element, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
    """Draw a line."""
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(svg, "line", {name: f"{at:.1f}" for name, at in ends.items()} | {"class": kind})


def label(
    svg: Element, at: tuple[float, float], text: str, anchor: str, kind: str = "usual"
) -> None:
    """Write ``text``; ``anchor`` says which end of it is ``at`` that place."""
    place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": anchor, "class": kind}
    SubElement(svg, "text", place).text = text
