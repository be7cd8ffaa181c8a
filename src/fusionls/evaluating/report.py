"""The report of an evaluation: figures, charts, and where the pool and its best member differ."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from fusionls.core.redaction import redacted
from fusionls.evaluating.charts import Curve, Dot, curve_chart, dot_chart
from fusionls.evaluating.figures import share
from fusionls.evaluating.judging import Judged, Outcome, Way
from fusionls.evaluating.page import add, page_of, table_of, written
from fusionls.evaluating.summary import Line, Summary, outcome_of

# A report is read by people: of more cases than this they see how many there are.
MOST_CASES_SHOWN = 60
# What stands before the hole is shown so far back, and no text longer than this (code points).
LINES_SHOWN, LONGEST_SHOWN = 6, 600
HEADINGS = (
    *("who", "right", "95 %", "exact", "answered", "right of those", "errors", "p50 ms", "p95 ms"),
    *("tokens in", "tokens out", "cost"),
)


def report_of(title: str, notes: Sequence[str], summary: Summary, cases: Sequence[Judged]) -> str:
    """Return the page. ``title`` names what was evaluated, ``notes`` are sentences on how."""
    page, body = page_of(f"fusionls eval: {title}")
    for note in (*verdict(summary), *notes):
        add(body, "p", note)
    add(body, "h2", "How often right")
    body.append(_rights(summary))
    body.append(_table(summary))
    add(body, "h2", "When the answer was there")
    body.append(_times(summary, cases))
    for group in dict.fromkeys(case.case.group for case in cases):
        _by_group(body, group, [case for case in cases if case.case.group == group])
    _differing(body, summary, cases)
    return written(page)


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
    return table_of(
        HEADINGS, [(cells_of(line, summary.currency), not line.who) for line in summary.lines]
    )


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
    add(body, "h2", f"{group}: {len(cases)} cases")
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
    add(body, "h2", f"Where the pool and {summary.best_single} differ: {len(differing)} cases")
    for case, ours, theirs in differing[:MOST_CASES_SHOWN]:
        _shown(body, case, ours, theirs)
    if len(differing) > MOST_CASES_SHOWN:
        add(body, "p", f"The first {MOST_CASES_SHOWN} are shown.")


def _shown(body: Element, judged: Judged, ours: Outcome, theirs: Outcome) -> None:
    case = judged.case
    details = SubElement(body, "details")
    add(details, "summary", f"{'won' if ours.right else 'lost'}: {case.id}")
    before = "\n".join(case.prefix.split("\n")[-LINES_SHOWN:])
    for name, text in (
        ("before the cursor", before),
        ("what stood there", case.gold),
        ("the pool", ours.text),
        (theirs.who, theirs.text),
    ):
        add(details, "div", name)
        shown = redacted(text)[-LONGEST_SHOWN:] if text is not None else "(nothing)"
        add(details, "pre", shown)


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
