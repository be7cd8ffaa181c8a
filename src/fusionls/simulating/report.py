"""What a simulation found, as a table, as a document and as a page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from math import isfinite, isnan
from typing import Any

from fusionls.evaluating.charts import Curve, curve_chart
from fusionls.evaluating.page import add, page_of, table_of, written
from fusionls.simulating.charts import Point, Series, line_chart, point_chart, thinned
from fusionls.simulating.replay import Run, Scores

SIMULATION_VERSION = 1
CLAIRVOYANT = "clairvoyant"
HEADINGS = (
    *("policy", "value", "of best possible", "right", "answered", "p50 ms", "p95 ms", "p99 ms"),
    *("tokens", "wasted", "regret", "lost", "saved"),
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """All that was replayed: each policy's run and figures, in the same order, and by what rules.

    ``right`` says in words what counts as right, ``left_out`` how many traces could not be used, and why.
    """

    name: str
    members: tuple[str, ...]
    requests: int
    cap_ms: float
    survival: tuple[tuple[float, float], ...]
    right: str
    left_out: dict[str, int]
    runs: tuple[Run, ...]
    scores: tuple[Scores, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as the versioned object of docs/simulate.md."""
        rows = []
        for run, one in zip(self.runs, self.scores, strict=True):
            row = {name: _rounded(value) for name, value in asdict(one).items()}
            rows.append(row | {"answered": _rounded(answered(run))})
        return {
            "v": SIMULATION_VERSION,
            "name": self.name,
            "members": list(self.members),
            "requests": self.requests,
            "cap_ms": self.cap_ms,
            "survival": [list(part) for part in self.survival],
            "right": self.right,
            "left_out": self.left_out,
            "policies": rows,
        }


def answered(run: Run) -> float:
    """Return in which share of the requests something was shown."""
    return sum(bool(one.klass) for one in run.requests) / max(1, len(run.requests))


def cells_of(run: Run, one: Scores) -> list[str]:
    """Return a policy's figures as texts, in the order of the headings."""
    return [
        one.policy,
        f"{one.value:.3f}",
        "" if isnan(one.of_clairvoyant) else f"{one.of_clairvoyant:.1%}",
        f"{one.right:.1%}",
        f"{answered(run):.1%}",
        f"{one.p50_ms:.0f}",
        f"{one.p95_ms:.0f}",
        f"{one.p99_ms:.0f}",
        f"{one.tokens:,.1f}",
        f"{one.wasted_tokens:,.1f}",
        f"{one.regret:.3f}",
        f"{one.lost:.1%}",
        f"{one.saved:.1%}",
    ]


def sentences(found: Simulation) -> list[str]:
    """Return what has to be known to read the figures."""
    who = ", ".join(found.members)
    told = [
        f"{found.requests:,} requests to {who}; nobody waits longer than {found.cap_ms:.0f} ms.",
        f"What counts: {found.right}.",
    ]
    told += [f"{count:,} left out: {why}." for why, count in found.left_out.items()]
    fair = [one for one in found.scores if one.policy != CLAIRVOYANT]
    if fair:
        best = max(fair, key=lambda one: one.value)
        told.append(f"The most valuable rule is {best.policy}: {best.value:.3f} a request.")
    return told


def page(found: Simulation) -> str:
    """Return the report as a page that loads nothing and runs nothing."""
    whole, body = page_of(f"fusionls simulate: {found.name}")
    for sentence in sentences(found):
        add(body, "p", sentence)
    pairs = list(zip(found.runs, found.scores, strict=True))
    body.append(table_of(HEADINGS, [(cells_of(run, one), False) for run, one in pairs]))
    add(body, "h2", "Value of a request against the wait that 5 % exceed")
    points = [Point(one.policy, one.p95_ms, one.value) for one in found.scores]
    body.append(point_chart("value of a request by p95 (ms)", points))
    add(body, "h2", "When waiting ended")
    curves = [
        Curve(run.policy, thinned([one.stopped_ms for one in run.requests])) for run in found.runs
    ]
    body.append(curve_chart("share of requests that were answered by then", curves))
    add(body, "h2", "Value given away, summed up over the requests")
    body.append(line_chart("regret against a rule that knows what is to come", regrets(found.runs)))
    return written(whole)


def regrets(runs: Sequence[Run]) -> list[Series]:
    """Return for every policy the sum, so far, of what it was worth less than the clairvoyant one."""
    best = next((run for run in runs if run.policy == CLAIRVOYANT), None)
    if best is None:
        return []
    found = []
    for run in runs:
        if run is not best:
            less = (b.value - o.value for b, o in zip(best.requests, run.requests, strict=True))
            found.append(Series(run.policy, tuple(accumulate(less))))
    return found


def _rounded(value: Any) -> Any:
    """Return a figure as it is written down; JSON has no word for what is no number."""
    if not isinstance(value, float):
        return value
    return round(value, 4) if isfinite(value) else None
