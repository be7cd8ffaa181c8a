"""The engine in virtual time: caps, cancellation, superseding, determinism."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.member import Caps, Member
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from tests.support.bare_client import BareClient
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer, fails, hangs, unreachable
from tests.support.virtual_time import run_virtual

TEXT = "def add(a, b):\n    return $0\n"


def request(text=TEXT, trigger=Trigger.AUTOMATIC, surface="inline"):
    prefix, _, suffix = text.partition("$0")
    document = DocumentSnapshot("file:///a.py", "python", 1, prefix + suffix)
    return CompletionRequest("r", document, len(prefix), trigger, surface)


def complete(scripts, asked=None, caps=None):
    """Return the suggestion, the transport and the virtual time (ms) it took."""

    async def run():
        pools = scripted_pools(scripts, caps=caps)
        engine = CompletionEngine(pools)
        loop = asyncio.get_running_loop()
        start = loop.time()
        suggestion = await engine.complete(asked or request())
        took = (loop.time() - start) * 1000
        await engine.aclose()
        return suggestion, pools.transport, took

    return run_virtual(run())


def texts(suggestion):
    return [offer.text for offer in suggestion.offers]


@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_stalled_member_never_delays_beyond_the_cap(trigger):
    cap = Caps().automatic_ms if trigger is Trigger.AUTOMATIC else Caps().manual_ms
    suggestion, transport, took = complete(
        {"good": answer("a + b", after_ms=50), "stuck": hangs()}, request(trigger=trigger)
    )
    assert texts(suggestion) == ["a + b"]
    assert took <= cap
    [seen] = transport.of("stuck")
    assert seen.closed_ms is not None and seen.closed_ms <= cap + 100


def test_the_users_caps_are_obeyed():
    _, _, took = complete({"stuck": hangs()}, caps=Caps(automatic_ms=100))
    assert took <= 100


def test_agreement_frees_the_others_at_once():
    _, transport, took = complete(
        {
            "a": answer("a + b", after_ms=50),
            "b": answer("a + b", after_ms=90),
            "slow": answer("a * b", after_ms=200),
        }
    )
    assert took == pytest.approx(90, abs=5)
    assert transport.of("slow")[0].closed_ms == pytest.approx(90, abs=5)


def test_failures_are_in_the_trace_and_harm_nobody():
    suggestion, _, _ = complete(
        {"good": answer("a + b", after_ms=20), "down": unreachable(), "sick": fails(503)}
    )
    assert texts(suggestion) == ["a + b"]
    states = {member.name: member.state for member in suggestion.trace.members}
    assert states == {"good": "answered", "down": "failed", "sick": "failed"}


def test_an_empty_pool_answers_at_once_with_nothing():
    suggestion, _, took = complete({})
    assert texts(suggestion) == [] and took == 0


def test_a_wire_with_a_bug_is_one_failed_member(caplog):
    class Broken(BareClient):
        async def stream(self, prompt):
            raise ZeroDivisionError("def secret_code(): ...")
            yield

    async def run():
        pools = scripted_pools({"good": answer("a + b", after_ms=20)})
        from dataclasses import replace

        from fusionls.engine.ports import PoolMember

        members = (*pools.pool.members, PoolMember(Member("buggy"), Broken()))
        engine = CompletionEngine(replace(pools, pool=replace(pools.pool, members=members)))
        suggestion = await engine.complete(request())
        await engine.aclose()
        return suggestion

    suggestion = run_virtual(run())
    assert texts(suggestion) == ["a + b"]
    assert "secret_code" not in caplog.text
    assert "ZeroDivisionError at test_pipeline.py" in suggestion.trace.members[1].why


def run_engine(scripts, play):
    async def run():
        pools = scripted_pools(scripts)
        engine = CompletionEngine(pools)
        result = await play(engine, pools.transport)
        await engine.aclose()
        return result

    return run_virtual(run())


def superseded(newer, script):
    """Ask for a newer request 50 ms after the first; return both answers and what the member saw."""

    async def play(engine, transport):
        first = asyncio.ensure_future(engine.complete(request()))
        await asyncio.sleep(0.05)
        second = asyncio.ensure_future(engine.complete(request(newer)))
        await asyncio.sleep(0.01)
        assert first.done()
        return first.result(), await second, transport.of("m")

    return run_engine({"m": script}, play)


def test_a_newer_request_elsewhere_supersedes_an_older_one_at_once():
    newer = "def sum(a, b):\n    return a$0\n"
    first, second, seen = superseded(newer, answer(" + b", after_ms=100))
    assert first.superseded and not first.offers
    assert texts(second) == [" + b"]
    assert seen[0].closed_ms == pytest.approx(50, abs=10)


def test_what_was_asked_is_the_answer_to_a_newer_key_that_types_it():
    newer = "def add(a, b):\n    return a +$0\n"
    first, second, seen = superseded(newer, answer("a + b", after_ms=100))
    assert first.superseded and not first.offers
    assert texts(second) == [" b"]
    assert seen[1].closed_ms == pytest.approx(100, abs=10)


def test_what_was_asked_is_not_the_answer_to_a_newer_key_that_types_something_else():
    newer = "def add(a, b):\n    return (a$0\n"
    first, second, _ = superseded(newer, answer(" + b)", after_ms=100))
    assert first.superseded and not first.offers
    assert texts(second) == [" + b)"]


def test_no_more_than_two_requests_of_a_document_run():
    async def play(engine, transport):
        running, tasks = [], []
        for number in range(20):
            typed = "def add(a, b):\n    return " + "a" * number + "$0\n"
            tasks.append(asyncio.ensure_future(engine.complete(request(typed))))
            await asyncio.sleep(0.02)
            running.append(sum(seen.closed_ms is None for seen in transport.requests))
        engine.forget("file:///a.py")
        await asyncio.sleep(0.05)
        return running, [seen.closed_ms for seen in transport.requests]

    running, closed = run_engine({"m": hangs()}, play)
    assert max(running) <= 2
    assert None not in closed


def test_an_editor_that_cancels_and_asks_anew_loses_nothing():
    async def play(engine, transport):
        first = asyncio.ensure_future(engine.complete(request()))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(0.01)
        typed = request("def add(a, b):\n    return a +$0\n")
        return await engine.complete(typed), transport.of("m")

    second, seen = run_engine({"m": answer("a + b", after_ms=100)}, play)
    assert texts(second) == [" b"]
    assert seen[0].closed_ms == pytest.approx(100, abs=10)


def test_two_surfaces_of_one_document_do_not_disturb_each_other():
    async def play(engine, transport):
        return await asyncio.gather(
            engine.complete(request()), engine.complete(request(surface="list"))
        )

    both = run_engine({"m": answer("a + b", after_ms=100)}, play)
    assert [texts(suggestion) for suggestion in both] == [["a + b"], ["a + b"]]


def test_cancelling_closes_the_connections():
    async def play(engine, transport):
        task = asyncio.ensure_future(engine.complete(request()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.05)
        return transport.of("m")[0]

    seen = run_engine({"m": hangs()}, play)
    assert seen.closed_ms is not None and seen.closed_ms <= 150


def test_closing_the_document_ends_its_requests():
    async def play(engine, transport):
        task = asyncio.ensure_future(engine.complete(request()))
        await asyncio.sleep(0.05)
        engine.forget("file:///a.py")
        return await task

    assert run_engine({"m": hangs()}, play).superseded


def test_typing_what_the_suggestion_says_asks_nobody():
    async def play(engine, transport):
        await engine.complete(request())
        typed = await engine.complete(request("def add(a, b):\n    return a +$0\n"))
        return typed, len(transport.requests)

    typed, requests = run_engine({"m": answer("a + b", after_ms=100)}, play)
    assert texts(typed) == [" b"]
    assert requests == 1
    assert typed.trace.decision.shown


def test_a_hundred_cancelled_requests_leave_nothing_running():
    async def play(engine, transport):
        for _ in range(100):
            task = asyncio.ensure_future(engine.complete(request()))
            await asyncio.sleep(0.01)
            task.cancel()
        await asyncio.sleep(1)
        return [seen for seen in transport.requests if seen.closed_ms is None], asyncio.all_tasks()

    still_open, tasks = run_engine({"m": hangs(), "n": hangs("a +")}, play)
    assert still_open == []
    assert len(tasks) == 1


ANSWERS = st.sampled_from(["a + b", "a - b", "sum((a, b))", "a + ]]", "", "a + b\n    # done\n"])
ARRIVALS = st.lists(st.tuples(ANSWERS, st.integers(0, 400)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(ARRIVALS)
def test_the_same_arrivals_give_the_same_bytes(arrivals):
    scripts = {f"m{n}": answer(text, after_ms=ms) for n, (text, ms) in enumerate(arrivals)}
    first, second = (
        json.dumps(complete(scripts)[0].trace.to_json(with_text=True)) for _ in range(2)
    )
    assert first == second


def test_when_the_editor_cancels_nothing_of_the_document_runs_a_tenth_of_a_second_later():
    async def play(engine, transport):
        for number in range(6):
            typed = "def add(a, b):\n    return " + "a" * number + "$0\n"
            task = asyncio.ensure_future(engine.complete(request(typed)))
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.sleep(0.1)
        return [seen.closed_ms for seen in transport.requests]

    closed = run_engine({"m": hangs(), "n": hangs("a")}, play)
    assert None not in closed


def test_an_answer_ends_what_was_asked_before_it():
    async def play(engine, transport):
        first = asyncio.ensure_future(engine.complete(request()))
        await asyncio.sleep(0.02)
        transport.now_plays("m", answer("a + b", after_ms=30))
        await engine.complete(request("def add(a, b):\n    return ($0\n"))
        await asyncio.sleep(0.05)
        return (await first).superseded, [seen.closed_ms for seen in transport.requests]

    superseded_, closed = run_engine({"m": hangs()}, play)
    assert superseded_ and closed[0] <= 150
