"""How soon a member's server sees that we hung up, for each reason to stop.

From when the reason was there (the answer that decided was written, the editor's message was written) until
the other end of the socket saw it closed, by one clock of one machine. Who is let run on is not hung up on.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from tests.support.cast import Kind, Role
from tests.support.cast_server import Act, cast_served
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.line_writer import LineWriter
from tests.support.sides import Side, ours

EACH, LEAST_EACH = 300, 20
SHUTDOWNS, LEAST_SHUTDOWNS = 20, 2
BAR_MS = 100.0
CAP_MS = 350
# Connections are opened by then.
WARM_UP = 5
# The members have been asked by then, and a member that is never heard of is not kept for the next key.
UNDER_WAY_S, SETTLED_S = 0.015, 0.3
HANGS = (
    Role("hangs", faults=1.0, kinds=(Kind.HANGS,)),
    Role("hangs_too", faults=1.0, kinds=(Kind.HANGS,)),
)
# Two agree at once. The others are in time often enough to be asked, and too seldom to be kept.
AGREE = (
    Role("first", right=1.0, always_ms=10),
    Role("second", right=1.0, always_ms=14),
    Role("slow", p50_ms=550, sigma=0.5),
    Role("slow_too", p50_ms=550, sigma=0.5),
)
Stop = Callable[[LineWriter, int, int], float]


def hang_ups(share: float) -> list[Figure]:
    each = scaled(EACH, share, LEAST_EACH)
    return [
        *_figures("decided", _decided(each)),
        *_figures("overtaken", _stopped(each, _overtake)),
        *_figures("cancelled", _stopped(each, _cancel)),
        *_figures("document closed", _stopped(each, _close)),
        *_figures("shut down", _shut_down(scaled(SHUTDOWNS, share, LEAST_SHUTDOWNS))),
    ]


def _decided(count: int) -> list[float | None]:
    cut_off: set[tuple[int, str]] = set()
    with _served(AGREE) as (side, acts), side.client() as client:
        writer = LineWriter(client)
        writer.begin()
        for number in range(WARM_UP + count):
            one = writer.asked(number)
            states = writer.states(one.suggestion) if one.suggestion else {}
            # Members are called m0, m1 and so on in the settings of a bench.
            names = {f"m{place}": role.name for place, role in enumerate(AGREE)}
            cut_off |= {(number, names[n]) for n, state in states.items() if state == "cancelled"}
        time.sleep(SETTLED_S)
        client.stop()
    decided = {act.number: act.ready_s for act in acts if act.member == AGREE[1].name}
    cancelled = [
        act for act in acts if act.number >= WARM_UP and (act.number, act.member) in cut_off
    ]
    return [_took_ms(act, decided.get(act.number)) for act in cancelled]


def _stopped(count: int, stop: Stop) -> list[float | None]:
    stops: dict[int, float] = {}
    with _served(HANGS) as (side, acts), side.client() as client:
        writer = LineWriter(client)
        writer.begin()
        # Every other line: whoever is overtaken is so by a line of which nothing is measured.
        for number in range(0, 2 * (WARM_UP + count), 2):
            writer.write(number)
            asked = writer.ask()
            time.sleep(UNDER_WAY_S)
            stops[number] = stop(writer, asked, number)
        time.sleep(SETTLED_S)
        client.stop()
    return [
        _took_ms(act, stops[act.number])
        for act in acts
        if act.number in stops and act.number >= 2 * WARM_UP
    ]


def _overtake(writer: LineWriter, asked: int, number: int) -> float:
    """Another line takes this one's place: what is said about this one is of no use for it."""
    writer.write(number + 1)
    start = time.monotonic()
    writer.ask()
    writer.client.answer(asked)
    return start


def _cancel(writer: LineWriter, asked: int, _number: int) -> float:
    start = time.monotonic()
    writer.client.notify("$/cancelRequest", {"id": asked})
    writer.client.answer(asked)
    return start


def _close(writer: LineWriter, asked: int, _number: int) -> float:
    start = time.monotonic()
    writer.close()
    writer.client.answer(asked)
    writer.reopen()
    return start


def _shut_down(sessions: int) -> list[float | None]:
    stops: dict[int, float] = {}
    with _served(HANGS) as (side, acts):
        for number in range(sessions):
            with side.client() as client:
                writer = LineWriter(client)
                writer.begin()
                # The first request of a session loads a grammar and opens connections.
                writer.asked(sessions + number)
                writer.write(number)
                writer.ask()
                time.sleep(UNDER_WAY_S)
                stops[number] = time.monotonic()
                client.stop()
    return [_took_ms(act, stops[act.number]) for act in acts if act.number in stops]


@contextmanager
def _served(roles: Sequence[Role]) -> Iterator[tuple[Side, list[Act]]]:
    with (
        cast_served(roles) as (urls, acts),
        ours(urls, CAP_MS, "threshold = 0.0") as side,
    ):
        yield side, acts


def _took_ms(act: Act, stop_s: float | None) -> float | None:
    if act.closed_s is None or stop_s is None:
        return None
    return max(0.0, act.closed_s - stop_s) * 1000


def _figures(cause: str, took_ms: Iterable[float | None]) -> list[Figure]:
    found = list(took_ms)
    closed = [ms for ms in found if ms is not None]
    name = f"hanging up, {cause}"
    return [
        Figure(f"{name}: seen", len(closed), f"of {len(found)}", f"= {len(found)}"),
        Figure(f"{name}: p50", median(closed), "ms"),
        Figure(f"{name}: p99", at_share(closed, 0.99), "ms", f"<= {BAR_MS:.0f}"),
        Figure(f"{name}: longest", max(closed), "ms"),
    ]
