"""Rows 69 and 70: anything in any order, and a client that stops reading."""

import asyncio

import pytest

from tests.conformance.chaos import EVERYTHING, Chaos
from tests.conformance.messages import INVOKED, code, insertion
from tests.conformance.spawned import asked_for_text, connections_asked
from tests.conformance.talking import talking, talking_to_process
from tests.support.scripted_transport import answer, fails, hangs

REQUEST_CANCELLED = -32800
HANDLED_S = 1.0
MOST_GROWTH_BYTES = 20 * 1024 * 1024
# Answers of about 100 bytes each: many times what the pipe, and the client's own buffer, hold.
FLOOD = 8000
# The row says a minute. What has piled up after the flood does not change with waiting.
NOT_READING_S = 1.0
MODELS = {
    "m": [answer("a + b", after_ms=30), fails(500), answer("a", per_token_ms=50)] * 400,
    "n": [hangs(), answer("a + b", after_ms=90), fails(429)] * 400,
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@talking(MODELS, capabilities=EVERYTHING)
async def test_row_69_chaos(peer, seed):
    """A minute of random messages: nothing but frames, one answer per request, alive. (T16)"""
    chaos = Chaos(peer, seed)
    await chaos.play(60.0)
    assert chaos.done > 500
    await peer.quiet()
    await peer.still_answers()


@talking_to_process()
async def test_row_69_chaos_in_a_process(peer):
    """The same over real pipes for seconds, in which nothing else may reach stdout. (T16)

    The long run is ``python -m tests.conformance.chaos --minutes 10``.
    """
    await peer.hello(EVERYTHING)
    chaos = Chaos(peer, 69)
    await chaos.play(3.0)
    assert chaos.done > 30
    await peer.quiet()
    await peer.still_answers()
    assert await peer.goodbye() == 0


async def stop_reading(peer):
    """Let answers pile up that the client does not read."""
    peer.reading.clear()
    for _ in range(FLOOD // 100):
        peer.send(*[peer.message("conformance/unknown", {}, id=peer.new_id()) for _ in range(100)])
        await peer.drain()
    await asyncio.sleep(NOT_READING_S)


async def cancelled(peer, fault):
    """Ask, let the model be asked, and cancel."""
    number = peer.inline(0, 7)
    await fault.wait_for(asked_for_text)
    peer.notify("$/cancelRequest", {"id": number})
    await peer.answer(number)


@talking_to_process(member="stall")
async def test_row_70_a_cancel_while_the_client_does_not_read(peer, fault):
    """It is handled in 1 s; then, when the client reads again, every answer is there. (policy)"""
    await peer.hello()
    peer.open("return ")
    # What is imported at the first request is no part of what piles up.
    await cancelled(peer, fault)
    before = peer.resident_bytes()
    await stop_reading(peer)
    number = peer.inline(0, 7)
    await fault.wait_for(lambda server: len(connections_asked(server)) == 2)
    peer.notify("$/cancelRequest", {"id": number})
    asked = connections_asked(fault)[1]
    await fault.wait_for(lambda _: asked.closed_s is not None, HANDLED_S)
    assert peer.resident_bytes() - before <= MOST_GROWTH_BYTES
    peer.reading.set()
    assert code(await peer.answer(number)) == REQUEST_CANCELLED
    assert await peer.goodbye() == 0


@pytest.mark.parametrize("asked", [True, False], ids=["after shutdown", "without"])
@talking_to_process(member="stall")
async def test_row_70_exit_while_the_client_does_not_read(peer, fault, asked):
    """``exit`` is obeyed in 1 s, although what waits can no longer be written. (policy)"""
    await peer.hello()
    await stop_reading(peer)
    if asked:
        peer.ask("shutdown")
    peer.notify("exit")
    assert await peer.ends_within(HANDLED_S) == (0 if asked else 1)
    await fault.wait_for(lambda server: server.open_connections == 0)


@talking_to_process(member="answer")
async def test_row_70_only_fresh_answers_afterwards(peer, fault):
    """Completions that were overtaken while nobody read come as null, the newest as it is. (policy)"""
    await peer.hello()
    peer.open("return ")
    await stop_reading(peer)
    numbers = []
    for version in range(2, 12):
        seen = len(posts(fault))
        peer.change(version, insertion(0, 0, "\n"))
        numbers.append(peer.inline(version - 1, 7, INVOKED))
        await fault.wait_for(lambda server, seen=seen: len(posts(server)) > seen)
        await asyncio.sleep(0.1)
    peer.reading.set()
    *stale, fresh = [await peer.answer(number) for number in numbers]
    assert fresh["result"]["items"]
    assert [answered["result"] for answered in stale] == [None] * len(stale)
    assert await peer.goodbye() == 0


def posts(fault):
    return [path for c in fault.connections for path in c.requests if "completion" in path]
