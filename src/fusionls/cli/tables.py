"""Traces as tables for people."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from fusionls.core.trace import MemberTrace, Trace


def trace_table(trace: Trace) -> Table:
    """Return a table of who answered, when, with which verdict, and what it said first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in (
        "member",
        "state",
        "first ms",
        "done ms",
        "tokens",
        "verdict",
        "first line",
        "why",
    ):
        right = heading in ("first ms", "done ms", "tokens")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for member in trace.members:
        table.add_row(*_row(member))
    return table


def _row(member: MemberTrace) -> list[Text]:
    # Text, not str: what a model wrote must not be read as markup.
    cells = (
        member.name,
        member.state,
        _ms(member.first_token_ms),
        _ms(member.done_ms),
        str(member.tokens_out or ""),
        member.verdict or "",
        member.klass or "",
        member.why,
    )
    return [Text(cell) for cell in cells]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def decision_line(trace: Trace) -> str:
    """Return one sentence: when it was decided, and why."""
    decision = trace.decision
    return f"after {decision.at_ms:.0f} of {trace.cap_ms:.0f} ms: {decision.why}"
