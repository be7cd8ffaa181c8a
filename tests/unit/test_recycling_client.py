"""What a model on another machine is asked while a person types, in virtual time."""

import asyncio
from contextlib import aclosing

import pytest

from fusionls.core.prompt import ChatMessage, FillIn, RenderedPrompt
from fusionls.core.reply import FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.engine.recycling_client import RecyclingClient
from tests.support.virtual_time import run_virtual
from tests.unit.test_warm_client import TOKENS, WHOLE, SlowServer, prompt, said

FIRST_MS = 10
LONG = "x" * FIRST_MS


def play(scene, **server):
    async def run():
        slow = SlowServer(**server)
        client = RecyclingClient(slow)
        try:
            return await scene(client, slow)
        finally:
            await client.aclose()
            await asyncio.sleep(0.001)
            assert len(asyncio.all_tasks()) == 1
            assert all(seen.closed_ms is not None for seen in slow.seen)

    return run_virtual(run())


def test_an_answer_comes_through_as_it_is_and_is_not_called_recycled():
    async def scene(client, server):
        return [chunk async for chunk in client.stream(prompt("a = "))]

    chunks = play(scene)
    assert [chunk.text for chunk in chunks] == list(TOKENS)
    assert not any(chunk.recycled for chunk in chunks)
    assert chunks[0].unread is None


def test_typing_what_is_being_written_keeps_it():
    async def scene(client, server):
        await said(client, prompt("a = "), until=70)
        text, _ = await said(client, prompt("a = alpha"))
        chunks = [chunk async for chunk in client.stream(prompt("a = alpha + b"))]
        return text, chunks, len(server.seen)

    text, chunks, asked = play(scene)
    assert text == " + beta * gamma\n"
    assert "".join(chunk.text for chunk in chunks) == "eta * gamma\n"
    assert all(chunk.recycled for chunk in chunks)
    assert asked == 1


def test_a_request_that_has_not_said_anything_waits_for_the_newer_key():
    async def scene(client, server):
        await said(client, prompt(LONG * 10), until=50)
        text, took = await said(client, prompt(LONG * 10 + "alp"))
        return text, took, len(server.seen)

    assert play(scene) == ("ha" + WHOLE[5:], pytest.approx(100 - 50 + 120), 1)


def test_typing_something_else_asks_anew_and_closes_the_old_one_at_once():
    async def scene(client, server):
        await said(client, prompt("a = "), until=30)
        text, _ = await said(client, prompt("a = z"))
        return text, server.seen

    text, seen = play(scene)
    assert text == WHOLE
    assert [s.prompt.text for s in seen] == ["a = ", "a = z"]
    assert seen[0].closed_ms == pytest.approx(30, abs=1)


def test_what_nobody_wants_is_closed_within_a_tenth_of_a_second():
    async def scene(client, server):
        await said(client, prompt(LONG * 30), until=50)
        await asyncio.sleep(0.1)
        return server.seen[0].closed_ms

    assert 50 <= play(scene) <= 100


def test_a_gap_with_the_same_text_behind_is_filled_in_by_the_older_request():
    def gap(before, after, behind=""):
        return RenderedPrompt(
            text=before + behind,
            stop=("\n",),
            max_tokens=24,
            fill_in=FillIn(before, after) if not behind else None,
            behind=behind,
        )

    async def scene(client, server):
        await said(client, gap("a = ", "\nb"))
        same, _ = await said(client, gap("a = alpha", "\nb"))
        await said(client, gap("a = alpha +", "\nc"))
        first = len(server.seen)
        await said(client, gap("z = ", "", "<suffix>\nb<middle>"))
        raw, _ = await said(client, gap("z = alpha", "", "<suffix>\nb<middle>"))
        await said(client, gap("z = alpha", "", "<suffix>\nd<middle>"))
        return same, first, raw, len(server.seen)

    assert play(scene) == (WHOLE[5:], 2, WHOLE[5:], 4)


def test_only_the_same_chat_is_answered_by_an_older_request():
    def chat(text):
        return prompt("", messages=(ChatMessage("user", text),))

    async def scene(client, server):
        await said(client, chat("a = "))
        await said(client, chat("a = "))
        await said(client, chat("a = alpha"))
        return len(server.seen)

    assert play(scene) == 2


def test_an_answer_of_long_ago_is_asked_for_again():
    async def scene(client, server):
        await said(client, prompt("a = "))
        await asyncio.sleep(20)
        await said(client, prompt("a = alpha"))
        return len(server.seen)

    assert play(scene) == 2


def test_a_server_that_says_nothing_is_asked_anew_by_a_later_key():
    async def scene(client, server):
        older = asyncio.ensure_future(said(client, prompt(LONG * 500), until=4000))
        await asyncio.sleep(0.5)
        joined = asyncio.ensure_future(said(client, prompt(LONG * 500 + "a"), until=200))
        await asyncio.sleep(1)
        newer = asyncio.ensure_future(said(client, prompt(LONG * 500 + "al"), until=200))
        await asyncio.gather(older, joined, newer)
        return len(server.seen)

    assert play(scene) == 2


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.RATE_LIMITED])
def test_a_failure_is_told_and_the_next_key_asks_again(kind):
    async def scene(client, server):
        for _ in range(2):
            with pytest.raises(ModelFailure, match=kind.value):
                await said(client, prompt("a = "))
        return len(server.seen)

    assert play(scene, failure=kind) == 2


def test_never_more_than_two_requests_run_for_a_person_who_types():
    async def scene(client, server):
        most = 0
        for number in range(30):
            task = asyncio.ensure_future(said(client, prompt("a = " + "z" * number), until=30))
            await asyncio.sleep(0.02)
            most = max(most, sum(seen.closed_ms is None for seen in server.seen))
            del task
        await asyncio.sleep(0.2)
        return most

    assert play(scene) <= 2


def test_an_answer_that_is_there_is_expected_now():
    async def scene(client, server):
        before = client.expected_ms(prompt("a = "))
        async with aclosing(client.stream(prompt("a = "))) as chunks:
            async for _ in chunks:
                pass
        return before, client.expected_ms(prompt("a = alpha")), client.expected_ms(prompt("b"))

    assert play(scene) == (None, 0.0, None)


def test_closing_ends_everything_and_tells_who_waits():
    async def scene(client, server):
        waiting = asyncio.ensure_future(said(client, prompt(LONG * 100)))
        await asyncio.sleep(0.1)
        await client.aclose()
        with pytest.raises(ModelFailure, match="closed"):
            await waiting
        return server.seen[0].closed_ms

    assert play(scene) == pytest.approx(100, abs=1)
