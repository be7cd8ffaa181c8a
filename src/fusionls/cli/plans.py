"""What ``fusionls plan`` does: find the person's traces, and say what a budget costs by them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fusionls.cli.bars import bars
from fusionls.cli.traces import HOW_TO_RECORD, replayable_or_exit, traces_of
from fusionls.core.json_fields import PanelError
from fusionls.core.panel import Panel
from fusionls.core.panel_json import panel_from_json
from fusionls.evaluating.figures import Share
from fusionls.local.kept_traces import kept_sessions
from fusionls.settings.paths import learned_file
from fusionls.simulating.planning import (
    FEWEST_TRACES,
    MOST_TRACES,
    BudgetRow,
    MemberRow,
    Plan,
    planned,
)
from fusionls.simulating.reading import Recorded
from fusionls.state.ledger import MOST_OF_A_POOL, Ledger
from fusionls.state.opening import StateTrouble
from fusionls.wiring import traces_folder

PLAN_VERSION = 1
LEAST_MS, MOST_MS = 1.0, 600_000.0
_TABLE_WIDTH = 120
_UNITS = {"ms": 1.0, "s": 1000.0, "": 1.0}


def budget_ms(said: str) -> float:
    """Return the milliseconds of ``300ms``, ``0.3s`` or ``300``. Raises click.BadParameter."""
    text = said.strip().lower()
    unit = next(unit for unit in _UNITS if text.endswith(unit))
    try:
        found = float(text.removesuffix(unit)) * _UNITS[unit]
    except ValueError:
        found = 0.0
    if not LEAST_MS <= found <= MOST_MS:
        raise click.BadParameter(f"{said}: write a time as 300ms, 0.3s or 300 (1 ms to 10 minutes)")
    return found


def plan_of(files: Sequence[str], budget: float) -> Plan:
    """Return what the budget (ms) means by ``files``, else by what this user's servers have kept.

    Tells it for people on stderr. Exits with 2 where nothing can be used.
    """
    if files:
        what, recorded = ", ".join(files), traces_of(files)
    else:
        what, recorded = _own()
    found = replayable_or_exit(recorded, what, by_lot=not files)
    with bars() as show:
        newest = found.panels[-MOST_TRACES:], budget, found.costs[-MOST_TRACES:]
        plan = planned(*newest, partial(show, "replayed"))
    of_all = f" of {len(recorded.panels):,}" if len(recorded.panels) > len(found.panels) else ""
    told = f"{what}: {len(found.panels):,}{of_all} traces can be used"
    click.echo(
        told + (f", the newest {plan.traces:,} are" * (plan.traces < len(found.panels))), err=True
    )
    _tell(plan)
    return plan


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as the versioned object of docs/simulate.md."""
    found = asdict(plan)
    for row, told in zip(plan.budgets, found["budgets"], strict=True):
        for name in ("answered", "agreed", "kept", "right"):
            told[name] = _share(getattr(row, name))
    for one, told in zip(plan.without, found["without"], strict=True):
        for name in ("in_time", "changed", "lost", "right_lost"):
            told[name] = _share(getattr(one, name))
        told["can_go"] = one.can_go
    return {"v": PLAN_VERSION, **found, "enough": plan.is_enough, "fewest_traces": FEWEST_TRACES}


def _share(one: Share | None) -> dict[str, Any] | None:
    if one is None:
        return None
    shares = {"share": one.value, "low": one.low, "high": one.high}
    return {"count": one.count, "cases": one.cases} | {k: round(v, 4) for k, v in shares.items()}


def _own() -> tuple[str, Recorded]:
    """Return what servers have learned from, without any what they keep for ``explain``."""
    learned = Recorded(tuple(_learned()))
    if learned.panels:
        return "what your servers have learned", learned
    return "what your servers suggested last", Recorded(tuple(_kept()))


def _learned() -> Iterable[Panel]:
    ledger = Ledger(learned_file())
    try:
        return [one for pool in ledger.pools() for one in ledger.read(pool, MOST_OF_A_POOL)]
    except StateTrouble as trouble:
        click.echo(f"{learned_file()}: {trouble}", err=True)
        return []
    finally:
        ledger.close()


def _kept() -> Iterable[Panel]:
    # The oldest first, as they happened.
    for session in reversed(list(kept_sessions(traces_folder()))):
        for trace in session.traces.values():
            try:
                yield panel_from_json(trace)
            except PanelError:
                continue


def _tell(plan: Plan) -> None:
    # Figures that are folded cannot be read.
    width = max(Console(stderr=True).width, _TABLE_WIDTH)
    console = Console(stderr=True, width=width)
    console.print(_budgets(plan.budgets))
    if plan.without:
        console.print(_members(plan.without))
    for sentence in _sentences(plan):
        click.echo(sentence, err=True)


def _budgets(rows: Sequence[BudgetRow]) -> Table:
    headings = (
        "budget",
        "answered",
        "as all of them",
        "95 %",
        "accepted kept",
        "right",
        "p50 ms",
        "p95 ms",
    )
    return _table(
        headings,
        [
            (
                _named(row),
                f"{row.answered.value:.1%}",
                f"{row.agreed.value:.1%}",
                _interval(row.agreed),
                f"{row.kept.value:.1%} of {row.kept.cases}" if row.kept else "",
                f"{row.right.value:.1%}" if row.right else "",
                f"{row.p50_ms:.0f}",
                f"{row.p95_ms:.0f}",
            )
            for row in rows
        ],
    )


def _named(row: BudgetRow) -> str:
    if row.budget_ms is None:
        return "no limit"
    learned = ", stopping as learned" if row.rule == "table" else ""
    return f"{row.budget_ms:.0f} ms{learned}"


def _members(rows: Sequence[MemberRow]) -> Table:
    headings = (
        *("without", "in time", "median ms", "lost", "95 %", "changed", "right lost"),
        *("p50 ms less", "p95 ms less", "tokens less", "cost less"),
    )
    return _table(
        headings,
        [
            (
                row.member,
                f"{row.in_time.value:.1%}",
                "" if row.median_ms is None else f"{row.median_ms:.0f}",
                f"{row.lost.value:.1%}",
                _interval(row.lost),
                f"{row.changed.value:.1%}",
                f"{row.right_lost.value:.1%}" if row.right_lost else "",
                f"{row.p50_saved_ms:.0f}",
                f"{row.p95_saved_ms:.0f}",
                "" if row.tokens is None else f"{row.tokens:.1f}",
                "" if row.cost is None else f"{row.cost:.6f}",
            )
            for row in rows
        ],
    )


def _sentences(plan: Plan) -> list[str]:
    if not plan.is_enough:
        return [f"{plan.why}. {HOW_TO_RECORD}."]
    told = [
        f"Recommended within {plan.budget_ms:.0f} ms: {', '.join(plan.recommended)}: {plan.why}."
    ]
    able = [row.member for row in plan.without if row.can_go]
    if len(able) > 1:
        told.append(f"Each by itself could go: {', '.join(able)}.")
    return told


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table without the columns of which nothing is known."""
    known = [number for number in range(len(headings)) if any(row[number] for row in rows)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number in known:
        table.add_column(headings[number], justify="right" if number else "left", no_wrap=True)
    for row in rows:
        # Text, not str: a member's name must not be read as markup.
        table.add_row(*(Text(row[number]) for number in known))
    return table


def _interval(one: Share) -> str:
    return f"{one.low:.1%}-{one.high:.1%}"
