"""Members that fail are left alone, for as long as it makes sense, and the person hears of it once."""

import asyncio

import pytest

from fusionls.core.cutoff import CLOCK_GRAIN_MS
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.status import Standing, status_of
from fusionls.engine.asking import Ask
from fusionls.engine.fan_out import FanOut
from fusionls.engine.ports import ModelFailure, PoolMember
from fusionls.engine.standings import CLOSING_S, MOST_AT_ONCE, TOLD_FOR_S, Standings
from tests.support.bare_client import BareClient
from tests.support.virtual_time import run_virtual

CAP_MS = 350.0
LIMITED = Failure(FailureKind.RATE_LIMITED, "429 Too Many Requests", None, 429)
LOCKED = Failure(FailureKind.AUTHENTICATION, "401 Unauthorized", None, 401)
BROKEN = Failure(FailureKind.SERVER_ERROR, "500 Internal Server Error", None, 500)
DOWN = Failure(FailureKind.UNREACHABLE, "no connection (qwen.test)")


class Played(BareClient):
    """A model that does what it is told: fail, answer with texts after a time (s), or hang (None)."""

    def __init__(self, *acts, closing_s=0.0):
        self._acts = list(acts)
        self._closing_s = closing_s
        self.asked = 0

    async def stream(self, prompt):
        self.asked += 1
        act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
        try:
            if act is None:
                await asyncio.sleep(3600)
            for part in act if isinstance(act, tuple) else (act,):
                if isinstance(part, Failure):
                    raise ModelFailure(part)
                if isinstance(part, Exception):
                    raise part
                if isinstance(part, float):
                    await asyncio.sleep(part)
                else:
                    yield Chunk(part)
        except asyncio.CancelledError:
            await asyncio.sleep(self._closing_s)
            raise


class Session:
    """One member after the other request, on one standings."""

    def __init__(self, **models):
        self.standings = Standings()
        self.pool = [PoolMember(Member(name), model) for name, model in models.items()]
        self.closing = set()

    async def ask(self, *, shapes=("",), cap_ms=CAP_MS):
        """Ask everybody, wait for all or for the cap, and return the replies by name."""
        loop = asyncio.get_running_loop()
        start = loop.time()

        def now_ms():
            return (loop.time() - start) * 1000

        asks = [Ask(m, RenderedPrompt("p", shape=shape)) for m in self.pool for shape in shapes]
        fan_out = FanOut(asks, now_ms, self.closing.add, cap_ms, standings=self.standings)
        async with fan_out:
            await fan_out.ask()
            while fan_out.outstanding and now_ms() < cap_ms - CLOCK_GRAIN_MS:
                await fan_out.next_reply((cap_ms - now_ms()) / 1000)
        # What was cut off is closed behind the answer's back.
        await asyncio.sleep(0.0001)
        return fan_out.replies

    async def state(self, name="qwen"):
        return (await self.ask())[name].state.value

    def status(self):
        return status_of(self.standings.of(self.pool), "")


def play(script, **models):
    async def run():
        session = Session(**models)
        result = await script(session)
        if session.closing:
            await asyncio.wait(session.closing)
        return result

    return run_virtual(run())


def test_a_rate_limit_costs_one_request_in_half_a_minute():
    model = Played(LIMITED, LIMITED, "a\n")

    async def script(session):
        first = await session.state()
        replies = await session.ask()
        assert replies["qwen"].note == (
            "not asked for another 30 s; rate limited: 429 Too Many Requests"
        )
        states = []
        for _ in range(100):
            await asyncio.sleep(1.0)
            states.append(await session.state())
        return first, states

    first, states = play(script, qwen=model)
    assert first == "failed"
    assert states.index("failed") == 29
    assert states.index("answered") == 29 + 60
    assert model.asked == 2 + 11


def test_others_are_asked_all_the_same():
    async def script(session):
        return [{n: r.state.value for n, r in (await session.ask()).items()} for _ in range(4)]

    *_, fourth = play(script, qwen=Played(BROKEN), good=Played("a\n"))
    assert fourth == {"qwen": "skipped", "good": "answered"}


def test_being_cut_off_is_no_failure():
    model = Played(None)

    async def script(session):
        return [await session.state() for _ in range(20)], session.standings.news()

    states, news = play(script, qwen=model)
    assert set(states) == {"cancelled"}
    assert (model.asked, news) == (20, ())


def test_being_outrun_by_a_newer_request_is_no_failure():
    outrun = Failure(FailureKind.SUPERSEDED, "a newer request waits")

    async def script(session):
        return {await session.state() for _ in range(10)}

    assert play(script, qwen=Played(outrun)) == {"cancelled"}


def test_requests_that_do_not_close_do_not_pile_up():
    model = Played(None, closing_s=60.0)

    async def script(session):
        return [await session.ask(cap_ms=CLOSING_S * 1000) for _ in range(30)]

    replies = play(script, qwen=model)
    # One more was asked while the last of them might yet have closed.
    assert model.asked == MOST_AT_ONCE + 1
    assert "requests of it are still being closed" in replies[-1]["qwen"].note


def test_who_has_been_silent_for_long_keeps_nobody_waiting():
    model = Played(*[None] * 80, (0.1, "b\n"))
    good = Played((0.02, "a\n"))

    async def script(session):
        times, notes = [], set()
        for _ in range(100):
            start = asyncio.get_running_loop().time()
            replies = await session.ask()
            times.append(round((asyncio.get_running_loop().time() - start) * 1000))
            notes.add(replies["qwen"].note)
        return times, notes

    times, notes = play(script, qwen=model, good=good)
    waited = [number for number, ms in enumerate(times) if ms > 20]
    # Five times, then once in forty; from the second try on it answers again.
    assert waited == [*range(5), 44, *range(84, 100)]
    assert (times[0], times[44], times[84]) == (350, 350, 100)
    assert model.asked == 100
    assert notes == {"", "not waited for: it has been silent for long"}


def test_a_silent_member_is_waited_for_where_nobody_else_answers():
    async def script(session):
        return [await session.state() for _ in range(10)], asyncio.get_running_loop().time()

    states, took_s = play(script, qwen=Played(None), broken=Played(BROKEN))
    assert set(states) == {"cancelled"}
    assert took_s == pytest.approx(10 * 0.35, abs=0.01)


def test_the_last_of_a_burst_is_asked():
    model = Played((0.05, "a\n"))

    async def script(session):
        return await asyncio.gather(*(session.state() for _ in range(5 * MOST_AT_ONCE)))

    assert set(play(script, qwen=model)) == {"answered"}


def test_a_start_that_fails_does_not_park():
    class Starting(Played):
        async def prepare(self):
            raise ModelFailure(DOWN)

    async def script(session):
        [pool_member] = session.pool
        await session.standings.prepare(pool_member)
        state = session.standings.of(session.pool)[0].state
        return state, await session.state(), session.standings.news()

    assert play(script, qwen=Starting("a\n")) == (Standing.FAILED, "answered", ())


def test_what_has_closed_is_counted_no_more():
    model = Played(None, closing_s=0.001)

    async def script(session):
        return {(await session.state()) for _ in range(5 * MOST_AT_ONCE)}

    assert play(script, qwen=model) == {"cancelled"}


def test_one_request_finds_out_whether_a_server_is_back():
    model = Played(DOWN, (0.1, "a\n"))

    async def script(session):
        await session.ask()
        await asyncio.sleep(2.5)
        side_by_side = await asyncio.gather(session.ask(), session.ask())
        return [replies["qwen"] for replies in [*side_by_side, await session.ask()]]

    probe, beside, after = play(script, qwen=model)
    assert (probe.state.value, after.state.value) == ("answered", "answered")
    assert beside.note.startswith("another request finds out whether it is back; unreachable")
    assert beside.state.value == "skipped"


def test_a_probe_that_is_cut_off_frees_the_way_for_the_next():
    model = Played(DOWN, None, "a\n")

    async def script(session):
        await session.ask()
        await asyncio.sleep(2.5)
        return [await session.state() for _ in range(2)]

    assert play(script, qwen=model) == ["cancelled", "answered"]


def test_a_refused_key_switches_off_until_the_settings_change():
    model = Played(LOCKED, "a\n")

    async def script(session):
        await session.ask()
        await asyncio.sleep(7 * 24 * 3600.0)
        off = await session.state()
        session.standings.forget("qwen")
        return off, await session.state()

    assert play(script, qwen=model) == ("skipped", "answered")


def test_what_an_old_key_brings_does_not_concern_the_new_one():
    class Slow(Played):
        async def stream(self, prompt):
            await asyncio.sleep(0.2)
            raise ModelFailure(LOCKED)
            yield

    async def script(session):
        request = asyncio.ensure_future(session.ask())
        await asyncio.sleep(0.1)
        session.standings.forget("qwen")
        await request
        return session.standings.why_not("qwen", 1.0), session.standings.news()

    assert play(script, qwen=Slow("")) == ("", ())


def test_an_error_before_the_first_token_is_as_if_nothing_had_begun():
    overloaded = Failure(FailureKind.OVERLOADED, "the server reported an error", None, 200)

    async def script(session):
        replies = await session.ask()
        return replies["qwen"], replies["half"]

    before, after = play(script, qwen=Played(overloaded), half=Played(("a\nb", overloaded)))
    assert (before.state.value, before.text) == ("failed", "")
    # What had come is kept, and its failure with it: only finished lines of it are read.
    assert (after.state.value, after.text) == ("failed", "a\nb")


def test_a_server_that_asks_for_it_gets_the_request_once_more():
    conflict = Failure(FailureKind.REFUSED, "409 Conflict", None, 409)
    model = Played(conflict, "a\n")
    assert play(Session.state, qwen=model) == "answered"
    assert model.asked == 2
    # Not again and again, and not if most of the time is gone.
    for acts in ((conflict,), ((0.2, conflict), "a\n")):
        model = Played(*acts)
        assert play(Session.state, qwen=model) == "failed"
    assert model.asked == 1


def test_a_prompt_that_was_too_long_is_cut_the_next_time():
    too_long = Failure(FailureKind.TOO_LONG, "413 Content Too Large", None, 413)

    async def script(session):
        shares = []
        for _ in range(3):
            await session.ask()
            shares.append(session.standings.share("qwen"))
        return shares

    assert play(script, qwen=Played(too_long, "a\n")) == [0.5, 0.5, 0.5]


def news_after(*acts, requests=5):
    async def script(session):
        for _ in range(requests):
            await session.ask()
        return session.standings.news()

    return play(script, qwen=Played(*acts))


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (
            LOCKED,
            "qwen is not asked any more (401 Unauthorized). "
            "Once its key is right, save the settings file.",
        ),
        (
            Failure(FailureKind.NOT_FOUND, "404 Not Found", None, 404),
            "qwen is not asked any more (404 Not Found). "
            "Name a model that its server has in the settings file.",
        ),
        (
            Failure(FailureKind.OUT_OF_CREDIT, "402 Payment Required", None, 402),
            "qwen has no credit left (402 Payment Required) and is not asked for 60 min. "
            "Add credit, or take it out of the pool.",
        ),
        (
            LIMITED,
            "qwen has had too many requests (429 Too Many Requests) and is not asked for 30 s.",
        ),
        (
            DOWN,
            "qwen cannot be reached (no connection (qwen.test)). Does its server run? "
            "It is asked again from time to time.",
        ),
        (
            BROKEN,
            "qwen fails again and again (500 Internal Server Error). "
            "It is asked again from time to time.",
        ),
        (
            Failure(FailureKind.NOT_INSTALLED, "it is not here; run: fusionls models install qwen"),
            "qwen is not installed (it is not here; run: fusionls models install qwen).",
        ),
    ],
)
def test_each_change_is_told_once_with_the_way_out(failure, told):
    assert news_after(failure) == (told,)


def test_a_fault_of_ours_is_told_as_ours_and_parks_the_member(caplog):
    [told] = news_after(ZeroDivisionError("def private(): ..."))
    assert told.startswith("qwen cannot be asked, by a fault of fusionls itself (ZeroDivisionError")
    assert told.endswith("Please report it.")
    assert "private" not in told + caplog.text


def test_a_member_that_comes_and_goes_is_not_told_of_each_time():
    async def script(session):
        told = []
        for _ in range(int(2.5 * TOLD_FOR_S / 60)):
            await session.ask()
            told += session.standings.news()
            await asyncio.sleep(60.0)
        return told

    assert len(play(script, qwen=Played(*[DOWN, "a\n"] * 100))) == 3


def test_the_status_says_who_is_parked_and_who_is_off():
    async def script(session):
        await session.ask()
        return session.status(), [m.state for m in session.standings.of(session.pool)]

    status, states = play(script, qwen=Played(LIMITED), locked=Played(LOCKED), good=Played("a\n"))
    assert states == [Standing.PARKED, Standing.OFF, Standing.IDLE]
    assert status.message == "ready, without qwen (rate limited), locked (authentication)"
    assert status.to_json()["members"][:2] == [
        {"name": "qwen", "state": "parked", "why": "rate limited"},
        {"name": "locked", "state": "off", "why": "authentication"},
    ]


def test_nobody_left_to_ask_is_an_error_of_the_whole():
    async def script(session):
        await session.ask()
        return session.status()

    status = play(script, qwen=Played(LOCKED))
    assert (status.kind.value, status.message) == ("error", "no answer from qwen (authentication)")


def test_a_member_that_is_off_is_not_prepared_either():
    class Counted(Played):
        prepared = 0

        async def prepare(self):
            self.prepared += 1

    model = Counted(LOCKED)

    async def script(session):
        [pool_member] = session.pool
        await session.standings.prepare(pool_member)
        await session.ask()
        await session.standings.prepare(pool_member)
        return session.standings.of(session.pool)[0].state

    assert play(script, qwen=model) is Standing.OFF
    assert model.prepared == 1


def test_a_member_behind_another_client_is_a_stranger():
    async def script(session):
        await session.ask()
        [qwen, good] = session.pool
        session.standings.meet(session.pool)
        before = [session.standings.why_not(m.member.name, 1.0) != "" for m in session.pool]
        session.standings.meet([PoolMember(qwen.member, Played("a\n")), good])
        return before, [session.standings.why_not(m.member.name, 1.0) for m in session.pool]

    before, after = play(script, qwen=Played(LOCKED), good=Played(DOWN))
    assert before == [True, True]
    # The one that did not change is as it was.
    assert after[0] == "" and after[1].startswith("not asked for another")


def test_changed_settings_give_those_another_chance_that_are_off():
    async def script(session):
        await session.ask()
        session.standings.settings_changed()
        return [session.standings.why_not(m.member.name, 1.0) for m in session.pool]

    locked, limited = play(script, locked=Played(LOCKED), limited=Played(LIMITED))
    # A limit is the server's, and does not end because somebody saves a file.
    assert locked == "" and limited.startswith("not asked for another")
