"""Who is asked and who is waited for, where members know how long they will take, in virtual time."""

import asyncio
from dataclasses import dataclass, field, replace

from fusionls.core.families import families, family_for
from fusionls.core.member import Caps, Member
from fusionls.core.reply import Chunk
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from fusionls.engine.recorded_client import RecordedClient, ReplayedClient
from tests.support.bare_client import BareClient
from tests.support.pools import scripted_pools
from tests.support.virtual_time import run_virtual

TEXT = "def add(a, b):\n    return \n"
OFFSET = len(TEXT) - 1


@dataclass
class Knowing(BareClient):
    """Says ``text`` after ``takes_ms``, and expects its first word after ``expects_ms``."""

    text: str
    takes_ms: float
    expects_ms: float | None = None
    asked: list[str] = field(default_factory=list)
    warmed: list[str] = field(default_factory=list)

    def expected_ms(self, prompt):
        return self.expects_ms

    async def stream(self, prompt):
        self.asked.append(prompt.shape)
        await asyncio.sleep(self.takes_ms / 1000)
        yield Chunk(self.text)

    async def warm(self, prompt):
        self.warmed.append(prompt.shape)


def request(offset=OFFSET, text=TEXT, trigger=Trigger.AUTOMATIC):
    return CompletionRequest(
        "r", DocumentSnapshot("file:///a.py", "python", 1, text), offset, trigger
    )


def play(clients, scene, family="plain"):
    async def run():
        members = tuple(PoolMember(Member(n, family, n), c) for n, c in clients.items())
        pools = scripted_pools({})
        engine = CompletionEngine(replace(pools, pool=Pool(members, Caps())))
        try:
            return await scene(engine)
        finally:
            await engine.aclose()

    return run_virtual(run())


def timed(asked=None):
    async def scene(engine):
        loop = asyncio.get_running_loop()
        start = loop.time()
        suggestion = await engine.complete(asked or request())
        return suggestion, (loop.time() - start) * 1000

    return scene


def test_who_cannot_arrive_is_asked_but_not_waited_for():
    cold = Knowing("a + c", 900, expects_ms=800)
    suggestion, took = play({"memory": Knowing("a + b", 2), "cold": cold}, timed())
    assert [offer.text for offer in suggestion.offers] == ["a + b"]
    assert took <= 20
    assert cold.asked == [""]
    trace = suggestion.trace.members[1]
    assert (trace.state, trace.why) == (
        "cancelled",
        "cannot arrive in time: an answer would take 800 ms",
    )


def test_who_was_still_reading_is_heard_when_the_same_place_is_asked_again():
    cold = Knowing("a + c", 30, expects_ms=800)

    async def scene(engine):
        first = await engine.complete(request())
        cold.expects_ms = 20
        return first, await engine.complete(request()), await engine.complete(request())

    first, second, third = play({"memory": Knowing("a + b", 2), "cold": cold}, scene)
    assert [m.state for m in first.trace.members] == ["answered", "cancelled"]
    assert [m.state for m in second.trace.members] == ["answered", "answered"]
    assert third.trace.members == ()


def test_if_nobody_can_arrive_the_answer_is_nothing_at_once():
    suggestion, took = play({"cold": Knowing("a + c", 900, expects_ms=800)}, timed())
    assert suggestion.offers == () and took <= 5


def test_by_hand_there_is_time_for_a_cold_one():
    asked = request(trigger=Trigger.MANUAL)
    suggestion, _ = play({"cold": Knowing("a + c", 900, expects_ms=800)}, timed(asked))
    assert [offer.text for offer in suggestion.offers] == ["a + c"]


def test_an_answer_that_comes_sooner_than_expected_is_used():
    clients = {"late": Knowing("a + c", 100), "cold": Knowing("a + c", 50, expects_ms=800)}
    suggestion, _ = play(clients, timed())
    assert suggestion.offers[0].members == ("late", "cold")


def _in_two_shapes(monkeypatch):
    plain = family_for("", "plain")

    def render(context, extent):
        [first] = plain.render(context, extent)
        return (first, replace(first, text="\n\n" + first.text, shape="other"))

    twofold = replace(plain, name="twofold", render=render)
    known = {**families(), "twofold": twofold}
    monkeypatch.setattr("fusionls.core.families.families", lambda: known)


def test_further_shapes_are_left_out_unless_they_arrive_and_are_read_later(monkeypatch):
    _in_two_shapes(monkeypatch)
    unknown = Knowing("a + b", 50)

    async def scene(engine):
        suggestion = await engine.complete(request())
        await asyncio.sleep(5)
        return suggestion

    suggestion = play({"m": unknown}, scene, "twofold")
    assert unknown.asked == [""]
    assert [(m.name, m.state, m.why) for m in suggestion.trace.members] == [
        ("m", "answered", ""),
        ("m/other", "skipped", "not asked"),
    ]
    assert suggestion.trace.members[1].asked_ms is None
    assert unknown.warmed == ["", "other"]


def test_further_shapes_are_asked_when_warm_and_by_hand(monkeypatch):
    _in_two_shapes(monkeypatch)
    warm = Knowing("a + b", 50, expects_ms=20)
    suggestion, _ = play({"m": warm}, timed(), "twofold")
    # Two shapes of one member do not agree: both are waited for.
    assert warm.asked == ["", "other"]
    assert suggestion.offers[0].members == ("m",)
    unknown = Knowing("a + b", 50)
    play({"m": unknown}, timed(request(trigger=Trigger.MANUAL)), "twofold")
    assert unknown.asked == ["", "other"]


def test_a_person_who_types_gets_what_is_there_before_the_next_key():
    clients = {"quick": Knowing("x + y", 40), "slow": Knowing("z", 300)}

    async def scene(engine):
        tasks = []
        for number in range(6):
            typed = "abcdef"[:number]
            asked = request(OFFSET + number, TEXT[:OFFSET] + typed + TEXT[OFFSET:])
            tasks.append(asyncio.ensure_future(engine.complete(asked)))
            await asyncio.sleep(0.125)
        return [await task for task in tasks]

    suggestions = play(clients, scene)
    assert [s.superseded for s in suggestions] == [True, True, True, False, False, False]
    assert all(s.offers for s in suggestions[3:])
    assert "the next key is due" in suggestions[-1].trace.decision.why


def test_warming_a_place_tells_every_member():
    client = Knowing("a", 1)

    async def scene(engine):
        await engine.warm(request().document, OFFSET)

    play({"m": client}, scene)
    assert client.warmed == [""] and client.asked == []


def test_what_was_expected_is_recorded_and_expected_again():
    told = []
    recorded = RecordedClient(
        "cold", Knowing("a", 900, expects_ms=800), lambda source, line: told.append(line)
    )
    play({"cold": recorded}, timed())
    again, took = play({"cold": ReplayedClient("cold", told)}, timed())
    assert took <= 5
    assert "would take 800 ms" in again.trace.members[0].why
