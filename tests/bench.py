"""Real timings: ``make bench`` prints a table and compares with the last one.

python -m tests.bench [NAME ...] [--share 0.1]     all benches, or those whose name starts so

All of them take about half an hour. ``--share`` makes fewer repetitions; a figure's name then says
how many. Everything runs on the loopback interface and ends what it started.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fusionls.local.install import installed
from fusionls.settings.paths import data_folder
from tests.bench_cancels import cancels
from tests.bench_deaf_client import deaf_client
from tests.bench_documents import measure
from tests.bench_edit_desk import edit_desk
from tests.bench_edit_stall import edit_stall
from tests.bench_edits import edits
from tests.bench_exits import exits
from tests.bench_failing_members import failing_members
from tests.bench_fusing import fusing
from tests.bench_hang_ups import hang_ups
from tests.bench_keepers import keepers
from tests.bench_late_replies import late_replies
from tests.bench_memory import memory
from tests.bench_memory_index import memory_index
from tests.bench_merging import merging
from tests.bench_overhead import overhead
from tests.bench_slow_member import slow_member
from tests.bench_stalled_http import stalled_http
from tests.bench_startup import startup
from tests.bench_typing import jump, typing
from tests.bench_typing_on import typing_on
from tests.conftest import REPOSITORY
from tests.support.figures import Figure
from tests.support.stalled_session import stalled_session

LAST = REPOSITORY / "bench-results.json"


def stalled_member(_share: float) -> list[Figure]:
    """200 keys with a real model beside a server that never answers."""
    weights = installed(data_folder())["smollm2-135m"]
    with tempfile.TemporaryDirectory() as folder:
        session = asyncio.run(stalled_session(200, weights, Path(folder)))
    times = sorted(session.times_ms)
    return [
        Figure(
            "stalled member: answered within 350 ms",
            sum(t <= 350 for t in times),
            "of 200",
            "= 200",
        ),
        Figure("stalled member: with text", session.with_text, "of 200", ">= 180"),
        Figure("stalled member: p50", times[100], "ms"),
        Figure("stalled member: longest", times[-1], "ms", "<= 350"),
        # The others were answered from what the last suggestion still said.
        Figure("stalled member: requests in which members were asked", session.opened, "of 200"),
        Figure("stalled member: connections left open", session.opened - session.closed, "", "= 0"),
    ]


def documents(_share: float) -> list[Figure]:
    """The document store alone, in this process."""
    return [Figure(*figure) for figure in measure()]


BENCHES: dict[str, Callable[[float], list[Figure]]] = {
    "stalled_member": stalled_member,
    "documents": documents,
    "overhead": overhead,
    "startup": startup,
    "memory": memory,
    "memory_index": memory_index,
    "edits": edits,
    "edit_desk": edit_desk,
    "edit_stall": edit_stall,
    "exits": exits,
    "fusing": fusing,
    "merging": merging,
    "failing_members": failing_members,
    "keepers": keepers,
    "deaf_client": deaf_client,
    "cancels": cancels,
    "typing": typing,
    "jump": jump,
    "late_replies": late_replies,
    "stalled_http": stalled_http,
    "slow_member": slow_member,
    "hang_ups": hang_ups,
    "typing_on": typing_on,
}


def main() -> None:
    """Run the benches that were named and print them beside the last results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--share", type=float, default=1.0)
    chosen = parser.parse_args()
    wanted = tuple(chosen.names) or ("",)
    last = json.loads(LAST.read_text("utf-8")) if LAST.exists() else {}
    table = Table("what", "now", "unit", "bar", "last")
    now = {}
    for name, bench in BENCHES.items():
        if not name.startswith(wanted):
            continue
        for figure in bench(chosen.share):
            before = last.get(figure.name, {}).get("value")
            cells = (_short(figure.value), figure.unit, figure.bar, _short(before))
            table.add_row(figure.name, *cells)
            now[figure.name] = asdict(figure)
    Console().print(table)
    # Read again: another run may have ended meanwhile.
    known = json.loads(LAST.read_text("utf-8")) if LAST.exists() else {}
    LAST.write_text(json.dumps(known | now, indent=2), encoding="utf-8")


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 10 else f"{value:.0f}"


if __name__ == "__main__":
    main()
