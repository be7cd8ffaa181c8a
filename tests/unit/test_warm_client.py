"""What a slow model's server is asked while a person types, in virtual time."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.engine.turns import Turns
from fusionls.engine.warm_client import WarmClient
from tests.support.bare_client import BareClient
from tests.support.virtual_time import run_virtual

TOKENS = ("alpha", " +", " beta", " *", " gamma", "\n")
COLD = "x = 1\n" * 100


@dataclass
class Seen:
    prompt: RenderedPrompt
    sent_ms: float
    closed_ms: float | None = None
    whole: bool = False


@dataclass
class SlowServer(BareClient):
    """Reads 1 ms for a code point that it has not read, then says its tokens, one in 20 ms."""

    tokens: tuple[str, ...] = TOKENS
    failure: FailureKind | None = None
    seen: list[Seen] = field(default_factory=list)
    read: str = ""

    async def stream(self, prompt):
        seen = Seen(prompt, now_ms())
        self.seen.append(seen)
        try:
            if self.failure:
                raise ModelFailure(Failure(self.failure, "it is scripted"))
            new = 0 if prompt.text.startswith(self.read) else len(self.read)
            await asyncio.sleep((max(0, len(prompt.text) - len(self.read)) + new) / 1000)
            self.read = prompt.text
            for token in self.tokens[: prompt.max_tokens]:
                await asyncio.sleep(0.02)
                yield Chunk(token, 1, -0.5)
            seen.whole = True
        finally:
            seen.closed_ms = now_ms()

    async def warm(self, prompt):
        raise AssertionError("the server is warmed by an ordinary request")


def now_ms():
    return asyncio.get_running_loop().time() * 1000


def prompt(text, **more):
    return RenderedPrompt(text=text, stop=("\n",), max_tokens=24, **more)


async def said(client, asked, *, until=None):
    """Return the answer and how long (ms) it took; hang up after ``until`` ms."""
    start, text = now_ms(), ""
    try:
        async with asyncio.timeout(None if until is None else until / 1000):
            async with aclosing(client.stream(asked)) as chunks:
                async for chunk in chunks:
                    text += chunk.text
    except TimeoutError:
        pass
    return text, now_ms() - start


def play(scene, **server):
    async def run():
        slow = SlowServer(**server)
        client = WarmClient(slow)
        try:
            return await scene(client, slow)
        finally:
            await client.aclose()
            await asyncio.sleep(0.001)
            assert len(asyncio.all_tasks()) == 1
            assert all(seen.closed_ms is not None for seen in slow.seen)

    return run_virtual(run())


WHOLE = "".join(TOKENS)


def test_an_answer_comes_through_as_it_is():
    async def scene(client, server):
        return await said(client, prompt("a = "))

    assert play(scene) == (WHOLE, pytest.approx(124))


def test_a_chat_gets_its_answer():
    async def scene(client, server):
        turns = (ChatMessage("system", "You complete code."), ChatMessage("user", "a = "))
        return await said(client, prompt("", messages=turns)), len(server.seen)

    (text, _), asked = play(scene)
    assert (text, asked) == (WHOLE, 1)


def test_a_prompt_that_is_being_read_is_not_cancelled_and_serves_the_next_key():
    async def scene(client, server):
        await said(client, prompt(COLD), until=100)
        await asyncio.sleep(0.2)
        assert server.seen[0].closed_ms is None
        return await said(client, prompt(COLD + "alp")), server.seen

    (text, took), seen = play(scene)
    assert text == WHOLE[3:]
    assert took == pytest.approx(600 - 300 + 120)
    assert len(seen) == 1


def test_what_was_read_for_nobody_is_closed_at_its_first_token():
    async def scene(client, server):
        await said(client, prompt(COLD), until=100)
        await asyncio.sleep(1)
        return server.seen[0]

    seen = play(scene)
    assert not seen.whole
    assert seen.closed_ms == pytest.approx(620, abs=1)


def test_only_the_newest_waits_behind_a_prompt_that_is_being_read():
    async def scene(client, server):
        cold = asyncio.ensure_future(said(client, prompt(COLD), until=50))
        await asyncio.sleep(0.1)
        older = asyncio.ensure_future(said(client, prompt("other = ")))
        await asyncio.sleep(0.1)
        newer = asyncio.ensure_future(said(client, prompt("third = ")))
        await asyncio.sleep(0.01)
        with pytest.raises(ModelFailure, match="superseded"):
            older.result()
        await cold
        return await newer, [seen.prompt.text for seen in server.seen]

    (text, _), asked = play(scene)
    assert text == WHOLE
    assert asked == [COLD, "third = "]


def test_requests_never_pile_up_at_a_server_that_is_slow_to_begin():
    async def scene(client, server):
        keys = []
        for number in range(20):
            keys.append(
                asyncio.ensure_future(said(client, prompt("a = " + "z" * number), until=10))
            )
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        return [(seen.sent_ms, seen.closed_ms) for seen in server.seen]

    spans = play(scene)
    assert all(closed <= sent for (_, closed), (sent, _) in pairwise(spans))


def test_typing_what_is_being_written_keeps_it():
    async def scene(client, server):
        await said(client, prompt("a = "), until=70)
        return await said(client, prompt("a = alpha")), await said(client, prompt("a = alpha + b"))

    first, second = play(scene)
    assert first == (" + beta * gamma\n", pytest.approx(54))
    assert second == ("eta * gamma\n", pytest.approx(0))


def test_the_log_probability_of_what_was_typed_does_not_count():
    async def scene(client, server):
        await said(client, prompt("a = "))
        return [chunk async for chunk in client.stream(prompt("a = alpha + b"))]

    chunks = play(scene)
    assert [chunk.text for chunk in chunks] == ["eta", " *", " gamma", "\n"]
    assert sum(chunk.logprob for chunk in chunks) == pytest.approx(-2.0)


def test_typing_something_else_asks_anew_and_closes_the_old_one_at_once():
    async def scene(client, server):
        await said(client, prompt("a = "), until=30)
        text, _ = await said(client, prompt("a = z"))
        return text, server.seen

    text, seen = play(scene)
    assert text == WHOLE
    assert [s.prompt.text for s in seen] == ["a = ", "a = z"]
    assert seen[0].closed_ms == pytest.approx(30, abs=1)


def test_what_may_fit_is_given_up_when_it_turns_out_not_to():
    async def scene(client, server):
        await said(client, prompt("a = "), until=10)
        text, _ = await said(client, prompt("a = alps"))
        return text, server.seen

    text, seen = play(scene)
    assert text == WHOLE
    assert [s.prompt.text for s in seen] == ["a = ", "a = alps"]
    assert not seen[0].whole


def test_deleting_does_not_bring_back_what_was_deleted():
    async def scene(client, server):
        await said(client, prompt("a = alpha"))
        await said(client, prompt("a = alph"))
        return [seen.prompt.text for seen in server.seen]

    assert play(scene) == ["a = alpha", "a = alph"]


def test_nobody_who_listens_no_more_keeps_a_connection_for_a_tenth_of_a_second():
    async def scene(client, server):
        await said(client, prompt("a = "), until=50)
        await asyncio.sleep(0.1)
        return server.seen[0].closed_ms

    assert play(scene) <= 150


def test_blanks_and_words_that_were_withheld_are_part_of_the_answer():
    async def scene(client, server):
        await said(client, prompt("return", withheld=" "))
        return await said(client, prompt("return", withheld=" al")), len(server.seen)

    answer, asked = play(scene, tokens=(" alpha", "()", "\n"))
    assert answer[0] == " alpha()\n" and asked == 1


def test_a_given_beginning_that_was_not_typed_yet_belongs_to_the_answer():
    async def scene(client, server):
        await said(client, prompt("total = ", given="total = "))
        return await said(client, prompt("to")), len(server.seen)

    answer, asked = play(scene)
    assert answer[0] == "tal = " + WHOLE and asked == 1


def test_an_answer_that_ended_at_the_limit_of_tokens_is_not_used_further():
    async def scene(client, server):
        short = replace(prompt("a = "), max_tokens=3)
        await said(client, short)
        await said(client, replace(short, text="a = alpha"))
        return len(server.seen)

    assert play(scene) == 2


def test_two_who_ask_the_same_share_one_request():
    async def scene(client, server):
        both = await asyncio.gather(said(client, prompt("a = ")), said(client, prompt("a = ")))
        return both, len(server.seen)

    both, asked = play(scene)
    assert [text for text, _ in both] == [WHOLE, WHOLE] and asked == 1


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.RATE_LIMITED])
def test_a_failure_is_told_and_nothing_is_asked_again(kind):
    async def scene(client, server):
        with pytest.raises(ModelFailure, match=kind.value):
            await said(client, prompt("a = "))
        return len(server.seen)

    assert play(scene, failure=kind) == 1


def test_it_knows_what_is_warm_and_when_an_answer_may_come():
    async def scene(client, server):
        unknown = client.expected_ms(prompt(COLD))
        await said(client, prompt(COLD))
        await asyncio.sleep(1)
        await said(client, prompt(COLD + "y"))
        await asyncio.sleep(1)
        warm = client.expected_ms(prompt(COLD + "yz"))
        cold = client.expected_ms(prompt("z" * 900))
        known = client.expected_ms(prompt(COLD + "yalpha"))
        return unknown, warm, cold, known

    unknown, warm, cold, known = play(scene)
    assert unknown is None
    assert 15 <= warm <= 100
    assert 900 <= cold <= 1200
    assert known == 0


def test_warming_reads_the_prompt_and_no_more():
    async def scene(client, server):
        await client.warm(prompt(COLD, grammar="root ::= x"))
        warmed = server.seen[0].prompt
        text, took = await said(client, prompt(COLD))
        return warmed, text, took

    warmed, text, took = play(scene)
    assert (warmed.text, warmed.max_tokens) == (COLD, 1)
    assert (text, took) == (WHOLE, pytest.approx(120))


def test_what_is_warm_is_not_warmed_again():
    async def scene(client, server):
        await client.warm(prompt(COLD))
        await client.warm(prompt(COLD + "y"))
        return len(server.seen)

    assert play(scene) == 1


def test_warming_waits_for_requests_and_only_the_newest_of_them():
    async def scene(client, server):
        request = asyncio.ensure_future(said(client, prompt("a = ")))
        await asyncio.sleep(0.01)
        older = asyncio.ensure_future(client.warm(prompt(COLD)))
        await asyncio.sleep(0.01)
        newer = asyncio.ensure_future(client.warm(prompt("y" * 200)))
        await asyncio.gather(request, older, newer)
        return [(seen.prompt.text[:1], seen.sent_ms) for seen in server.seen]

    assert play(scene) == [("a", 0), ("y", pytest.approx(124, abs=1))]


def test_closing_ends_everything_and_tells_who_waits():
    async def scene(client, server):
        waiting = asyncio.ensure_future(said(client, prompt(COLD)))
        await asyncio.sleep(0.1)
        await client.aclose()
        with pytest.raises(ModelFailure, match="closed"):
            await waiting
        return server.seen[0].closed_ms

    assert play(scene) == pytest.approx(100, abs=1)


def test_a_server_that_never_says_anything_is_given_up_in_the_end():
    async def scene(client, server):
        await said(client, prompt("z" * 100_000), until=50)
        await asyncio.sleep(30)
        return server.seen[0].closed_ms

    assert play(scene) == pytest.approx(20_050, abs=10)


def test_a_short_prompt_does_not_wait_for_another_models_long_one():
    async def scene():
        turns, servers = Turns(), (SlowServer(), SlowServer())
        first, second = (WarmClient(server, turns) for server in servers)
        long, (text, took_ms) = await asyncio.gather(
            said(first, prompt(COLD)), said(second, prompt("a = "))
        )
        await asyncio.gather(first.aclose(), second.aclose())
        return long[0], text, took_ms

    assert run_virtual(scene()) == (WHOLE, WHOLE, pytest.approx(124))


def test_models_of_one_machine_read_long_prompts_one_after_the_other():
    async def scene():
        turns, servers = Turns(), (SlowServer(), SlowServer())
        first, second = (WarmClient(server, turns) for server in servers)
        await asyncio.gather(said(first, prompt(COLD)), said(second, prompt(COLD)))
        await asyncio.gather(first.aclose(), second.aclose())
        return [server.seen[0].sent_ms for server in servers]

    # It has read when its first token is there.
    assert run_virtual(scene()) == [0, pytest.approx(620)]
