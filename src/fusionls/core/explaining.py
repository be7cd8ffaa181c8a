"""A trace as text for people: who said what, how it was judged, and what was weighed."""

from collections.abc import Mapping, Sequence
from typing import Any

from fusionls.core.trace import EDIT

# A first line longer than this would push the columns behind it off the screen.
LONGEST_CELL = 48
_GAP = "  "


def explained(trace: Mapping[str, Any]) -> str:
    """Return ``trace``, the object of docs/trace.md, as tables: members, classes, hunks, and the decision.

    Where the trace holds no code a class is named by its number. Total for what ``Trace.to_json`` gives.
    """
    decision = trace["decision"]
    likely = decision["p"]
    parts = [
        f"{trace['id']}: {trace['trigger']} {trace['kind']}, {trace['language']}, gate {trace['gate']}",
        _table(_MEMBER_HEADINGS, [_member(row) for row in trace["members"]]),
        _classes(trace),
        _table(_HUNK_HEADINGS, [_hunk(row) for row in trace.get("hunks", [])]),
        _table(_DROPPED_HEADINGS, [_hunk(row) for row in trace.get("dropped", [])]),
        f"after {decision['at_ms']:.0f} of {trace['cap_ms']:.0f} ms: {decision['why']}",
        "shown" if decision["shown"] else "nothing was shown",
    ]
    if likely is not None:
        parts[-1] += f", {likely:.0%} likely right"
    return "\n\n".join(part for part in parts[:-1] if part) + f"\n{parts[-1]}"


_MEMBER_HEADINGS = ("member", "state", "first ms", "done ms", "tokens", "verdict", "class", "why")
_CLASS_HEADINGS = ("class", "offer", "score", "from", "first line", "made of")
# Classes of edits are not named by a line, and not scored in parts.
_COLUMNS_OF_EDITS = 4
_HUNK_HEADINGS = ("change", "from", "confirm", "why")
_DROPPED_HEADINGS = ("left out", "from", "confirm", "why")


def _classes(trace: Mapping[str, Any]) -> str:
    columns = _COLUMNS_OF_EDITS if trace["kind"] == EDIT else len(_CLASS_HEADINGS)
    rows = [_class(row)[:columns] for row in trace.get("classes", [])]
    return _table(_CLASS_HEADINGS[:columns], rows)


def _hunk(row: Mapping[str, Any]) -> list[str]:
    first, last = row["first"], row["last"]
    lines = f"line {first}" if last <= first else f"lines {first} to {last}"
    file = row.get("name") or f"file {row['file']}"
    return [
        f"{file}, {lines}",
        ", ".join(row["members"]),
        "yes" if row["unsure"] else "",
        row["why"],
    ]


def _member(row: Mapping[str, Any]) -> list[str]:
    return [
        row["name"],
        row["state"],
        _ms(row["first_token_ms"]),
        _ms(row["done_ms"]),
        str(row["tokens_out"] or ""),
        row["verdict"] or "",
        str(row["class"] or ""),
        row["why"],
    ]


def _class(row: Mapping[str, Any]) -> list[str]:
    parts = sorted(row["parts"].items(), key=lambda part: -abs(part[1]))
    return [
        str(row["class"]),
        str(row["offer"] or ""),
        f"{row['score']:.2f}",
        ", ".join(row["members"]),
        _visible(row.get("first_line", ""))[:LONGEST_CELL],
        ", ".join(f"{name} {value:+.2f}" for name, value in parts),
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [list(headings), *([_visible(cell) for cell in row] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headings))]
    padded = (
        _GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "\n".join(padded)


def _visible(text: str) -> str:
    """Return ``text`` without signs that move a terminal's cursor or colour what follows."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
