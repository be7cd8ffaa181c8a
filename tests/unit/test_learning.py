"""What a pool learns from its requests, and what becomes of it in the next ones, in virtual time."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fusionls.core.member import Caps, Member
from fusionls.core.panel import Panel
from fusionls.core.reply import Chunk
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.stopping.solving import solve
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.learning import COLD_START, EXPLORED_EVERY, Learning
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from tests.support.bare_client import BareClient
from tests.support.pools import scripted_pools
from tests.support.virtual_time import run_virtual

TEXT = "def add(a, b):\n    return \n"
OFFSET = len(TEXT) - 1
# Every request is one of a person who thinks a while between two.
PAUSE_S = 3.0


@dataclass
class Speaking(BareClient):
    """Says the next of ``texts`` after the next of ``takes_ms``, over and over."""

    takes_ms: list[float]
    texts: list[str] = field(default_factory=lambda: ["a + b"])
    asked: int = 0
    ended: int = 0

    async def stream(self, prompt):
        number = self.asked
        self.asked += 1
        await asyncio.sleep(self.takes_ms[number % len(self.takes_ms)] / 1000)
        yield Chunk(self.texts[number % len(self.texts)])
        self.ended += 1


class InLoop:
    """Solves at once; a test has no other processor to spare."""

    def __init__(self):
        self.solved = 0

    async def solve(self, problem):
        self.solved += 1
        return solve(problem)

    async def aclose(self):
        pass


@dataclass
class Store:
    """Keeps panels in memory."""

    kept: list[tuple[str, str, Panel]] = field(default_factory=list)

    def keep(self, pool, project, panel):
        self.kept.append((pool, project, panel))

    async def panels(self, pool, newest=1000):
        return [panel for name, _, panel in self.kept if name == pool][-newest:]

    def close(self):
        pass


def request(number=0, trigger=Trigger.AUTOMATIC, text=TEXT, offset=OFFSET):
    # Another document each time: what was said before fits none of them.
    document = DocumentSnapshot(f"file:///{number}.py", "python", 1, text)
    return CompletionRequest(f"r{number}", document, offset, trigger)


def play(clients, scene, *, store=None, solver=None, recorder=None, shares=""):
    async def run():
        members = tuple(
            PoolMember(Member(name, maker=name, shares=shares), client)
            for name, client in clients.items()
        )
        learning = Learning(store, solver, explores_always=recorder is not None)
        engine = CompletionEngine(
            replace(scripted_pools({}), pool=Pool(members, Caps())),
            recorder=recorder,
            learning=learning,
        )
        try:
            return await scene(engine)
        finally:
            await engine.aclose()

    return run_virtual(run())


async def ask_many(engine, count, start=0, trigger=Trigger.AUTOMATIC):
    found = []
    for number in range(start, start + count):
        found.append(await engine.complete(request(number, trigger)))
        await asyncio.sleep(PAUSE_S)
    return found


def state_of(suggestion, name):
    return next(m for m in suggestion.trace.members if m.name == name)


def slow_beside_two():
    return {
        "one": Speaking([80, 95, 110]),
        "two": Speaking([90, 120], ["a + b", "a - b", "a + b", "b"]),
        "slow": Speaking([600, 640, 700]),
    }


def test_who_is_always_late_is_asked_seldom_and_the_trace_says_why():
    clients = slow_beside_two()

    async def scene(engine):
        # In the first requests nobody knows how slow it is: it is cut off, and that is all that is seen.
        await ask_many(engine, 2 * EXPLORED_EVERY)
        before = clients["slow"].asked
        found = await ask_many(engine, 2 * EXPLORED_EVERY, 2 * EXPLORED_EVERY)
        return found, clients["slow"].asked - before

    found, asked = play(clients, scene)
    assert asked <= 3
    skipped = [state_of(one, "slow") for one in found]
    assert sum(one.state == "skipped" for one in skipped) >= len(found) - 3
    why = next(one.why for one in reversed(skipped) if one.state == "skipped")
    assert why.startswith("not asked: in time in ")
    assert all(one.offers for one in found)


def test_an_exploration_changes_nothing_that_is_shown_and_lets_everybody_end():
    clients = slow_beside_two()

    async def scene(engine):
        found = []
        for number in range(EXPLORED_EVERY):
            found.append(await engine.complete(request(number)))
            ended = clients["slow"].ended
            await asyncio.sleep(PAUSE_S)
        return found, ended

    found, ended = play(clients, scene)
    assert clients["slow"].ended == 1 and ended == 0
    assert found[-1].offers[0].text == found[0].offers[0].text
    assert found[-1].trace.decision.at_ms < 350
    assert state_of(found[-1], "slow").state == "late"
    assert state_of(found[-2], "slow").state in ("cancelled", "skipped")


def test_with_a_table_waiting_ends_where_it_is_not_worth_it():
    clients = {
        "one": Speaking([80, 95, 110], ["a + b"]),
        "two": Speaking([90, 120], ["a + b"]),
        "third": Speaking([280, 300], ["a + b", "a - b"]),
    }
    solver = InLoop()

    async def scene(engine):
        await ask_many(engine, COLD_START + 5)
        return await ask_many(engine, 20, COLD_START + 5)

    found = play(clients, scene, solver=solver)
    assert solver.solved >= 1
    words = [one.trace.decision.why for one in found]
    assert any("is worth" in why for why in words), words
    assert all(one.offers for one in found)
    assert max(one.trace.decision.at_ms for one in found) < 200


def test_the_same_requests_end_in_the_same_traces():
    def once():
        clients = slow_beside_two()

        async def scene(engine):
            return [one.trace.to_json() for one in await ask_many(engine, COLD_START + 30)]

        return play(clients, scene, solver=InLoop())

    assert once() == once()


def test_what_was_learned_is_known_in_the_next_session():
    store = Store()
    clients = slow_beside_two()

    async def scene(engine):
        await ask_many(engine, 60)

    play(clients, scene, store=store)
    assert len(store.kept) >= 59
    later = slow_beside_two()

    async def next_scene(engine):
        await ask_many(engine, 1)
        return await ask_many(engine, 20, 1)

    found = play(later, next_scene, store=store)
    assert sum(state_of(one, "slow").state == "skipped" for one in found) >= 18


def test_what_is_kept_of_a_request_holds_no_code():
    store = Store()
    code = "launch_sequence_1234"

    async def scene(engine):
        await ask_many(engine, 3)

    play({"one": Speaking([10], [code]), "two": Speaking([20], [code])}, scene, store=store)
    assert store.kept and code not in str(store.kept)


def test_a_straggler_answers_the_next_keys():
    clients = {
        "fast": Speaking([50], ["a + b"]),
        "also": Speaking([60], ["a + b"]),
        "late": Speaking([300], ["a + b + 0\n"]),
    }

    async def scene(engine):
        # Two that agree end the waiting: how slow the third is is seen in explorations only.
        await ask_many(engine, 2 * EXPLORED_EVERY + 5)
        asked = clients["late"].asked
        first = await engine.complete(request(1000))
        await asyncio.sleep(0.5)
        typed = TEXT[:OFFSET] + "a + b" + TEXT[OFFSET:]
        document = DocumentSnapshot("file:///1000.py", "python", 2, typed)
        then = await engine.complete(
            CompletionRequest("then", document, OFFSET + 5, Trigger.AUTOMATIC)
        )
        return first, then, clients["late"].asked - asked

    first, then, asked = play(clients, scene)
    assert first.offers[0].text == "a + b" and first.trace.decision.at_ms < 100
    assert [offer.text for offer in then.offers] == [" + 0"]
    assert asked == 1, "what came late was not used"


@dataclass
class Recorder:
    traces: list[Any] = field(default_factory=list)

    def keep(self, trace):
        self.traces.append(trace)

    def close(self):
        pass


def test_a_recording_holds_full_panels():
    recorder = Recorder()

    async def scene(engine):
        return await ask_many(engine, 5)

    found = play(slow_beside_two(), scene, recorder=recorder)
    assert len(recorder.traces) == 5
    for trace in recorder.traces:
        assert {m.state for m in trace.members} <= {"answered", "late"}
        assert all(m.done_ms is not None for m in trace.members)
    assert max(one.trace.decision.at_ms for one in found) < 350


@pytest.mark.parametrize("how", ["closed", "shut down"])
def test_who_was_let_run_on_is_hung_up_on_when_the_document_closes(how):
    clients = slow_beside_two()

    async def scene(engine):
        await ask_many(engine, EXPLORED_EVERY - 1)
        await engine.complete(request(500))
        asked = clients["slow"].asked
        if how == "closed":
            engine.forget("file:///500.py")
        else:
            await engine.aclose()
        await asyncio.sleep(PAUSE_S)
        return asked

    asked = play(clients, scene)
    assert asked >= 1
    assert clients["slow"].ended == 0


def test_on_one_machine_the_quick_is_asked_before_the_slow():
    """Here each running member slows the others to a crawl: to ask all at once costs everybody."""
    clients = {
        "quick": Crowded([60], ["a + b"]),
        "other": Crowded([65], ["a + b", "a + b", "b"]),
        "heavy": Crowded([150], ["a + b", "a - b"]),
    }
    for client in clients.values():
        client.others = clients

    async def scene(engine):
        before = await ask_many(engine, COLD_START)
        # The table is drawn, and the order of asking looked for.
        await ask_many(engine, 10, COLD_START)
        return before, await ask_many(engine, 20, COLD_START + 10)

    before, after = play(clients, scene, solver=InLoop(), shares="gpu0")
    first = [min(m.asked_ms for m in one.trace.members if m.asked_ms is not None) for one in after]
    assert all(ms < 5 for ms in first), "somebody is asked at once"
    at_once = [
        sum(m.asked_ms is not None and m.asked_ms < 5 for m in one.trace.members) for one in after
    ]
    assert sum(at_once) < 2.5 * len(after), "the others wait for their turn"
    ms = [sum(one.trace.decision.at_ms for one in found) / len(found) for found in (before, after)]
    assert ms[1] < ms[0]


@dataclass
class Crowded(Speaking):
    """Takes as much longer as others run beside it when it begins."""

    others: dict[str, Any] = field(default_factory=dict)
    running: int = 0

    async def stream(self, prompt):
        crowd = 1 + 0.8 * sum(one.running for one in self.others.values() if one is not self)
        number = self.asked
        self.asked += 1
        self.running = 1
        try:
            await asyncio.sleep(crowd * self.takes_ms[number % len(self.takes_ms)] / 1000)
            yield Chunk(self.texts[number % len(self.texts)])
            self.ended += 1
        finally:
            self.running = 0
