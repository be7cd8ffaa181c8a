"""The report as one HTML file that needs no network and runs no script.

It is built as a tree and written out by the standard library, which escapes every text and attribute: a
repository may call a file what it likes.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from fusionls.core.redaction import redacted
from fusionls.evaluating.charts import Curve, Dot, curve_chart, dot_chart
from fusionls.evaluating.figures import share
from fusionls.evaluating.judging import Judged, Outcome, Way
from fusionls.evaluating.summary import Line, Summary, outcome_of

# A report is read by people: of more cases than this they see how many there are.
MOST_CASES_SHOWN = 60
# What stands before the hole is shown so far back, and no text longer than this (code points).
LINES_SHOWN, LONGEST_SHOWN = 6, 600
# Nothing is fetched, whatever stands in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
tr.pool td { font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .5rem; margin: .2rem 0; }
details { border-bottom: 1px solid #8884; padding: .4rem 0; } summary { overflow-wrap: anywhere; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
svg text.strong { font-weight: 700; } svg .grid { stroke: #8885; } svg circle.usual { fill: #0072b2; }
svg circle.strong { fill: #d55e00; } svg .interval { stroke-width: 2; stroke: #0072b2; }
svg .interval.strong { stroke: #d55e00; } svg .curve { fill: none; stroke-width: 2; }
"""
HEADINGS = (
    *("who", "right", "95 %", "exact", "answered", "right of those", "errors", "p50 ms", "p95 ms"),
    *("tokens in", "tokens out", "cost"),
)


def report_of(title: str, notes: Sequence[str], summary: Summary, cases: Sequence[Judged]) -> str:
    """Return the page. ``title`` names what was evaluated, ``notes`` are sentences on how."""
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    _add(head, "title", f"fusionls eval: {title}")
    SubElement(head, "style").text = _STYLE
    body = SubElement(page, "body")
    _add(body, "h1", f"fusionls eval: {title}")
    for note in (*verdict(summary), *notes):
        _add(body, "p", note)
    _add(body, "h2", "How often right")
    body.append(_rights(summary))
    body.append(_table(summary))
    _add(body, "h2", "When the answer was there")
    body.append(_times(summary, cases))
    for group in dict.fromkeys(case.case.group for case in cases):
        _by_group(body, group, [case for case in cases if case.case.group == group])
    _differing(body, summary, cases)
    written = tostring(page, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{_visible(written)}\n"


def verdict(summary: Summary) -> list[str]:
    """Return in sentences how the pool did against its best member."""
    fused = summary.line(Way.FUSED)
    gain = summary.gain
    if fused is None or gain is None:
        return ["There was nothing to judge."]
    return [
        f"The pool was right in {fused.right.count} of {fused.right.cases} cases ({fused.right.value:.1%}),"
        f" {gain.value:+.1%} against its best single member in hindsight, {summary.best_single}"
        f" (95 %: {gain.low:+.1%} to {gain.high:+.1%}; {gain.won} won, {gain.lost} lost,"
        f" McNemar p = {gain.p:.2g})."
    ]


def _rights(summary: Summary) -> Element:
    dots = [
        Dot(line.name, line.right.value, line.right.low, line.right.high, strong=not line.who)
        for line in summary.lines
    ]
    return dot_chart("share of right answers, with intervals of 95 %", dots)


def _table(summary: Summary) -> Element:
    table = Element("table")
    row = SubElement(SubElement(table, "thead"), "tr")
    for heading in HEADINGS:
        _add(row, "th", heading)
    rows = SubElement(table, "tbody")
    for line in summary.lines:
        row = SubElement(rows, "tr", {} if line.who else {"class": "pool"})
        for cell in cells_of(line, summary.currency):
            _add(row, "td", cell)
    return table


def cells_of(line: Line, currency: str) -> list[str]:
    """Return a line's figures as texts, in the order of the headings."""
    return [
        line.name,
        f"{line.right.value:.1%}",
        f"{line.right.low:.1%}-{line.right.high:.1%}",
        f"{line.exact.value:.1%}",
        f"{line.answered}/{line.right.cases}",
        f"{line.right.count / line.answered:.1%}" if line.answered else "",
        str(line.broken),
        _whole(line.ms_p50),
        _whole(line.ms_p95),
        _whole(line.tokens_in),
        _whole(line.tokens_out),
        "" if line.cost is None else f"{line.cost:.4f} {currency}",
    ]


def _times(summary: Summary, cases: Sequence[Judged]) -> Element:
    curves = []
    for line in summary.lines:
        if line.way in (Way.ALONE, Way.FUSED, Way.IN_TIME):
            found = (outcome_of(case, line.way, line.who) for case in cases)
            times = tuple(one.ms for one in found if one is not None and one.ms is not None)
            curves.append(Curve(line.name, times))
    return curve_chart("share of answers that were there by then", curves)


def _by_group(body: Element, group: str, cases: Sequence[Judged]) -> None:
    _add(body, "h2", f"{group}: {len(cases)} cases")
    dots = []
    ways = dict.fromkeys((one.way, one.who) for case in cases for one in case.outcomes)
    for way, who in ways:
        if way in (Way.ALONE, Way.VOTE, Way.FUSED, Way.ORACLE):
            found = (outcome_of(case, way, who) for case in cases)
            part = share([one.right for one in found if one is not None])
            name = f"{who}, {way.value}" if who else way.value
            dots.append(Dot(name, part.value, part.low, part.high, strong=not who))
    body.append(dot_chart(f"share of right answers, {group}", dots))


def _differing(body: Element, summary: Summary, cases: Sequence[Judged]) -> None:
    """Show where the pool was wrong and its best member right, and the other way round."""
    differing = []
    for case in cases:
        ours = outcome_of(case, Way.FUSED)
        theirs = outcome_of(case, Way.ALONE, summary.best_single)
        if ours is not None and theirs is not None and ours.right != theirs.right:
            differing.append((case, ours, theirs))
    _add(body, "h2", f"Where the pool and {summary.best_single} differ: {len(differing)} cases")
    for case, ours, theirs in differing[:MOST_CASES_SHOWN]:
        _shown(body, case, ours, theirs)
    if len(differing) > MOST_CASES_SHOWN:
        _add(body, "p", f"The first {MOST_CASES_SHOWN} are shown.")


def _shown(body: Element, judged: Judged, ours: Outcome, theirs: Outcome) -> None:
    case = judged.case
    details = SubElement(body, "details")
    _add(details, "summary", f"{'won' if ours.right else 'lost'}: {case.id}")
    before = "\n".join(case.prefix.split("\n")[-LINES_SHOWN:])
    for name, text in (
        ("before the cursor", before),
        ("what stood there", case.gold),
        ("the pool", ours.text),
        (theirs.who, theirs.text),
    ):
        _add(details, "div", name)
        shown = redacted(text)[-LONGEST_SHOWN:] if text is not None else "(nothing)"
        _add(details, "pre", shown)


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _visible(page: str) -> str:
    """Return ``page`` without signs that hide, turn round or end what is written, whoever wrote them."""
    kept = (s if s.isprintable() or s in "\n\t" else "\N{REPLACEMENT CHARACTER}" for s in page)
    return "".join(kept)


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
