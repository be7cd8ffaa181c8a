"""A member that takes 600 ms beside four of 80 to 200: nobody waits for it, and it costs no right answer.

The same lines are written with it and without it, and who says what when is in the script. First in virtual
time, then over real HTTP.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from fusionls.core.member import Caps
from tests.support.cast import Role, right_line
from tests.support.cast_in_virtual_time import cast_pools, engine_of, request_at
from tests.support.cast_server import Act, cast_served
from tests.support.figures import Figure, median, scaled
from tests.support.line_writer import Answered, LineWriter
from tests.support.sides import ours
from tests.support.virtual_time import run_virtual

VIRTUAL, REAL = 3_000, 300
LEAST_VIRTUAL, LEAST_REAL = 300, 40
# By then the server knows how fast everybody is: the table is used from 200 traces on.
LEARNED_AFTER = 250
# A decision that comes so much later (ms) than the last arrival was waited for.
NEAR_MS = 25.0
# Sums of times differ by rounding.
GRAIN_MS = 0.1
PAUSE_S = 1.0
CAPS = Caps()
SLOW = Role("slow", p50_ms=600, right=0.55)
QUICK = (
    Role("first", p50_ms=80, right=0.4),
    Role("second", p50_ms=110, right=0.45),
    Role("third", p50_ms=150, right=0.48),
    Role("fourth", p50_ms=200, right=0.5),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer: when it was decided and when whose answers were there (ms), and what was offered."""

    number: int
    decided_ms: float
    arrivals: Mapping[str, float]
    text: str | None
    why: str = ""

    @property
    def right(self) -> bool:
        return self.text == right_line(self.number)

    @property
    def decider(self) -> tuple[str, float] | None:
        """Who came last before the decision, and when; None if nobody had come."""
        end = self.decided_ms + GRAIN_MS
        there = [(ms, name) for name, ms in self.arrivals.items() if ms <= end]
        return (max(there)[1], max(there)[0]) if there else None

    @property
    def waited(self) -> bool:
        """Whether the slow one was waited for: nobody else was left when it decided, or for a while."""
        if SLOW.name not in self.arrivals:
            return False
        last = max((ms for name, ms in self.arrivals.items() if name != SLOW.name), default=0.0)
        came = self.decider is not None and self.decider[0] == SLOW.name
        return last < self.decided_ms - (0.0 if came else NEAR_MS)


@dataclass(slots=True)
class Session:
    """What was judged while the server learned, and after that."""

    learning: list[Judged] = field(default_factory=list)
    known: list[Judged] = field(default_factory=list)


async def _written(roles: Sequence[Role], requests: int) -> Session:
    pools, _ = cast_pools(roles, CAPS)
    engine = engine_of(pools)
    session = Session()
    loop = asyncio.get_running_loop()
    by_name = {role.name: role for role in roles}
    for number in range(LEARNED_AFTER + requests):
        start = loop.time()
        suggestion = await engine.complete(request_at(number, version=number + 1))
        took_ms = (loop.time() - start) * 1000
        arrivals = {
            member.name: member.asked_ms + by_name[member.name].deed(number, "").ready_ms
            for member in suggestion.trace.members
            if member.asked_ms is not None
        }
        text = suggestion.offers[0].text if suggestion.offers else None
        kept = session.known if number >= LEARNED_AFTER else session.learning
        kept.append(Judged(number, took_ms, arrivals, text, suggestion.trace.decision.why))
        await asyncio.sleep(PAUSE_S)
    await engine.aclose()
    return session


def in_virtual_time(requests: int) -> tuple[Session, Session]:
    """Write the lines with the slow one, and without it."""
    return (
        run_virtual(_written((*QUICK, SLOW), requests)),
        run_virtual(_written(QUICK, requests)),
    )


def for_real(requests: int) -> tuple[Session, Session]:
    """Both servers by turns, line by line, so that a busy machine spoils both alike."""
    roles = (*QUICK, SLOW)
    cap_ms, shows_all = int(CAPS.automatic_ms), "threshold = 0.0"
    with (
        cast_served(roles) as (urls, acts),
        cast_served(QUICK) as (quick_urls, quick_acts),
        ours(urls, cap_ms, shows_all) as side,
        ours(quick_urls, cap_ms, shows_all) as quick_side,
        side.client() as client,
        quick_side.client() as quick_client,
    ):
        writers = LineWriter(client), LineWriter(quick_client)
        for writer in writers:
            writer.begin()
        pairs = [
            (writers[0].asked(number), writers[1].asked(number))
            for number in range(LEARNED_AFTER + requests)
        ]
        client.stop()
        quick_client.stop()
    with_slow, without = zip(*pairs, strict=True)
    return _read(with_slow, acts), _read(without, quick_acts)


def _read(answered: Iterable[Answered], acts: Iterable[Act]) -> Session:
    by_number = {
        number: list(some)
        for number, some in groupby(
            sorted(acts, key=lambda act: act.number), lambda act: act.number
        )
    }
    session = Session()
    for one in answered:
        # Who had not finished when it was cut off is still to come.
        arrivals = {
            act.member: (act.ready_s - one.asked_s) * 1000 if act.ready_s else float("inf")
            for act in by_number.get(one.number, ())
        }
        kept = session.known if one.number >= LEARNED_AFTER else session.learning
        kept.append(Judged(one.number, one.took_ms, arrivals, one.text))
    return session


def slow_member(share: float) -> list[Figure]:
    return [
        *figures_of("slow member", *in_virtual_time(scaled(VIRTUAL, share, LEAST_VIRTUAL))),
        *figures_of("slow member over HTTP", *for_real(scaled(REAL, share, LEAST_REAL))),
    ]


def figures_of(name: str, session: Session, alone: Session) -> list[Figure]:
    known = session.known
    decided = [(one.decided_ms, one.decider[1]) for one in known if one.decider]
    lags = [at - arrived for at, arrived in decided]
    right, right_alone = (sum(one.right for one in of.known) for of in (session, alone))
    of_all = f"of {len(known)}"
    asked = sum(SLOW.name in one.arrivals for one in known)
    return [
        Figure(f"{name}: p50", median([one.decided_ms for one in known]), "ms"),
        Figure(f"{name}: p50 of the four alone", median([o.decided_ms for o in alone.known]), "ms"),
        Figure(f"{name}: behind who decided, p50", median(lags), "ms", f"<= {NEAR_MS:.0f}"),
        Figure(
            f"{name}: waited for while learning", _waits(session.learning), f"of {LEARNED_AFTER}"
        ),
        Figure(f"{name}: waited for after that", _waits(known), of_all, "= 0"),
        Figure(f"{name}: asked after that", asked, of_all),
        Figure(f"{name}: right", right, of_all, f">= {right_alone}"),
        Figure(f"{name}: right, the four alone", right_alone, of_all),
    ]


def _waits(judged: Iterable[Judged]) -> int:
    return sum(one.waited for one in judged)
