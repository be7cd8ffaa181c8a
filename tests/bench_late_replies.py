"""Does any reply leave after the cap, whatever the members do? People type in several documents.

Virtual time costs nothing, so a second run charges for each turn of the loop, and for a long one at times.
"""

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from fusionls.core.member import Caps
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from tests.support.cast import Kind, Role, earliest_ms, right_line, text_for
from tests.support.cast_in_virtual_time import cast_pools, engine_of
from tests.support.costly_time import run_costly
from tests.support.figures import Figure, scaled
from tests.support.virtual_time import run_virtual

REQUESTS, LEAST_REQUESTS = 100_000, 1_500
# As many as there are cores on the machines that we care about.
PROCESSES = 2
DOCUMENTS = 8
LATE_AFTER_MS = 10.0
# Row 35 of the conformance table.
CANCELLED_WITHIN_MS = 20.0
BAR_WITH_TEXT = 0.9
CAPS = Caps()
# One of each trade: quick and often wrong, slow and good, sick in every way, dead, and always just too late.
ROLES = (
    Role("quick", p50_ms=70, right=0.5, storms=0.7),
    Role("usual", p50_ms=140, right=0.6, faults=0.05, storms=0.7),
    Role("sick", p50_ms=110, right=0.6, faults=0.5),
    Role("dead", faults=1.0, kinds=(Kind.HANGS,)),
    Role("late", right=0.9, always_ms=CAPS.automatic_ms + 1),
)
# Medians of what people do between two lines (ms), and how often they do what.
THINKS_MS, KEY_MS = 900.0, 120.0
BY_HAND, BURST, CLOSES, CANCELS = 0.15, 0.2, 0.03, 0.1
MOST_KEYS, MOST_IN_BURST = 10, 6


@dataclass(slots=True)
class Tally:
    """What came of the requests. Lateness is milliseconds behind the cap."""

    replies: int = 0
    overtaken: int = 0
    cancelled: int = 0
    slowly_cancelled: int = 0
    late: int = 0
    longest_ms: float = -1e9
    answerable: int = 0
    with_text: int = 0
    right: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    left_running: int = 0
    left_tasks: int = 0
    cpu_s: float = 0.0

    def add(self, other: "Tally") -> None:
        for name in (
            *("replies", "overtaken", "cancelled", "slowly_cancelled", "late"),
            *("answerable", "with_text", "right", "left_running", "left_tasks", "cpu_s"),
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_ms = max(self.longest_ms, other.longest_ms)
        self.nulls += other.nulls

    def lateness(self, ms: float) -> None:
        self.longest_ms = max(self.longest_ms, ms)
        self.late += ms > LATE_AFTER_MS


@dataclass(slots=True)
class Person:
    """Writes lines in one document until the requests of all are used up."""

    engine: CompletionEngine
    uri: str
    numbers: "count[int]"
    most: int
    tally: Tally
    dice: random.Random
    version: int = 0
    asked: list[asyncio.Task[None]] = field(default_factory=list)

    async def write(self) -> None:
        while (number := next(self.numbers)) <= self.most:
            way = self.dice.random()
            if way < BY_HAND:
                self._ask(number, "", Trigger.MANUAL)
                await self._pause(CAPS.manual_ms)
            elif way < BY_HAND + BURST:
                # An editor that asks several times for one key, or a key that is held down.
                for typed in range(self.dice.randrange(2, MOST_IN_BURST)):
                    self._ask(number, "x" * typed)
                    await asyncio.sleep(self.dice.choice((0.0, 0.0, 0.005, 0.02)))
            else:
                await self._type(number)
            await self._pause(THINKS_MS)
            if self.dice.random() < CLOSES:
                self.engine.forget(self.uri)
        await asyncio.gather(*self.asked)

    async def _type(self, number: int) -> None:
        line = right_line(number)
        for typed in range(self.dice.randrange(1, MOST_KEYS)):
            self._ask(number, line[:typed])
            await self._pause(KEY_MS)

    async def _pause(self, median_ms: float) -> None:
        await asyncio.sleep(median_ms * self.dice.lognormvariate(0, 0.5) / 1000)

    def _ask(self, number: int, typed: str, trigger: Trigger = Trigger.AUTOMATIC) -> None:
        self.version += 1
        text = text_for(number, typed)
        document = DocumentSnapshot(self.uri, "python", self.version, text)
        request = CompletionRequest(f"{number}/{self.version}", document, len(text), trigger)
        self.engine.parse_soon(document)
        task = asyncio.create_task(self._answered(request, number, typed))
        self.asked = [asked for asked in self.asked if not asked.done()] + [task]
        # Any request may be the one that the editor cancels, at any moment of it.
        if self.dice.random() < CANCELS:
            loop = asyncio.get_running_loop()
            loop.call_later(self.dice.uniform(0, 0.3), self._cancel, task)

    def _cancel(self, task: asyncio.Task[None]) -> None:
        if not task.done():
            now = asyncio.get_running_loop().time()
            task.add_done_callback(lambda _: self._gone(now))
            task.cancel()

    def _gone(self, cancelled_s: float) -> None:
        took_ms = (asyncio.get_running_loop().time() - cancelled_s) * 1000
        self.tally.slowly_cancelled += took_ms > CANCELLED_WITHIN_MS

    async def _answered(self, request: CompletionRequest, number: int, typed: str) -> None:
        loop, tally = asyncio.get_running_loop(), self.tally
        by_hand = request.trigger is Trigger.MANUAL
        cap_ms = CAPS.manual_ms if by_hand else CAPS.automatic_ms
        start = loop.time()
        tally.replies += 1
        try:
            suggestion = await self.engine.complete(request)
        except asyncio.CancelledError:
            tally.cancelled += 1
            return
        tally.lateness((loop.time() - start) * 1000 - cap_ms)
        if suggestion.superseded:
            tally.overtaken += 1
        elif earliest_ms(ROLES, number, typed) <= cap_ms:
            tally.answerable += 1
            tally.with_text += bool(suggestion.offers)
            if suggestion.offers:
                tally.right += typed + suggestion.offers[0].text == right_line(number)
            else:
                tally.nulls[suggestion.trace.decision.why] += 1


async def played(requests: int, seed: int) -> Tally:
    """Have people write until there were about so many requests."""
    start, tally = time.process_time(), Tally()
    pools, clients = cast_pools(ROLES, CAPS)
    engine = engine_of(pools)
    tasks = len(asyncio.all_tasks())
    numbers = count(1)
    people = [
        Person(engine, f"file:///me/shop_{n}.py", numbers, 0, tally, random.Random(f"{seed}/{n}"))
        for n in range(DOCUMENTS)
    ]
    # Lines bring different numbers of requests: some at a time, until there are enough.
    first = next(numbers)
    while tally.replies < requests:
        first = max(first, next(numbers))
        for person in people:
            person.most = first + max(DOCUMENTS, (requests - tally.replies) // 4)
        await asyncio.gather(*(person.write() for person in people))
    # Whatever is kept on purpose is over by then.
    await asyncio.sleep(60)
    tally.left_running = sum(client.running for client in clients)
    tally.left_tasks = len(asyncio.all_tasks()) - tasks
    await engine.aclose()
    tally.cpu_s = time.process_time() - start
    return tally


def free_of_charge(requests: int, seed: int = 1) -> Tally:
    """In virtual time, in which computing costs nothing."""
    return run_virtual(played(requests, seed))


def charged(requests: int, seed: int = 1) -> Tally:
    """In virtual time, in which computing costs something."""
    return run_costly(played(requests, seed), seed)


def late_replies(share: float) -> list[Figure]:
    figures = []
    each = scaled(REQUESTS, share, LEAST_REQUESTS) // PROCESSES
    with ProcessPoolExecutor(PROCESSES) as workers:
        for name, run in (("late replies", free_of_charge), ("late replies, charged", charged)):
            start, whole = time.monotonic(), Tally()
            for tally in workers.map(run, [each] * PROCESSES, range(PROCESSES)):
                whole.add(tally)
            figures += figures_of(name, whole, time.monotonic() - start)
    return figures


def figures_of(name: str, tally: Tally, lasted_s: float) -> list[Figure]:
    with_text = tally.with_text / tally.answerable
    name = f"{name}, {tally.replies} requests"
    return [
        Figure(f"{name}: after the cap and {LATE_AFTER_MS:.0f} ms", tally.late, "", "= 0"),
        Figure(f"{name}: latest, beside the cap", tally.longest_ms, "ms"),
        Figure(f"{name}: with text where it was possible", with_text, "", f">= {BAR_WITH_TEXT}"),
        Figure(f"{name}: right first offers", tally.right / tally.answerable, ""),
        Figure(f"{name}: overtaken", tally.overtaken, ""),
        Figure(f"{name}: cancelled", tally.cancelled, ""),
        Figure(f"{name}: cancelled late", tally.slowly_cancelled, "", "= 0"),
        Figure(f"{name}: members' requests left", tally.left_running, "", "= 0"),
        Figure(f"{name}: tasks left", tally.left_tasks, "", "= 0"),
        Figure(f"{name}: a second", tally.replies / lasted_s, ""),
        Figure(f"{name}: processor time of each", tally.cpu_s / tally.replies * 1000, "ms"),
    ]
