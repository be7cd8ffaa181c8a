"""In which form members are asked for edits, and how it is found out who keeps to search/replace blocks."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from fusionls.core.editing.edit import Format
from fusionls.core.editing.formats import (
    LEAST_ANSWERS,
    LEAST_CODE,
    NEWEST_COUNTED,
    FormAnswer,
    FormRates,
    format_for,
)
from fusionls.core.editing.orders import Style
from fusionls.core.member import Member, Price
from fusionls.engine.refactoring import EditEngine
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from tests.support.edit_pools import edit_pools, request_for
from tests.support.scripted_transport import answer, fails
from tests.support.virtual_time import run_virtual

STEPS = "".join(f"    total = total + price_{n} * {n}\n" for n in range(60))
ARGUMENTS = ", ".join(f"price_{n}" for n in range(60))
LONG = f"def cost({ARGUMENTS}):\n    total = 0\n{STEPS}    return total\n"
SHORT = "def add(a, b):\n    total = a\n    total = total + b\n    return total\n"
INSTRUCTION = "return the total as a float"
BLOCK = (
    "a.py\n<<<<<<< SEARCH\n    return total\n=======\n    return float(total)\n>>>>>>> REPLACE\n"
)
OTHER_BLOCK = BLOCK.replace("float(total)", "float(abs(total))")
NOWHERE = BLOCK.replace("return total\n=", "return sums[total]\n=")


def whole(code):
    return f"```python\n{code}```\n"


def changed(text=LONG):
    return whole(text.replace("return total", "return float(total)"))


GOOD, BAD = answer(BLOCK, after_ms=100), answer(NOWHERE, after_ms=100)
WHOLE, UNCHANGED = answer(changed(), after_ms=100), answer(whole(LONG), after_ms=100)


@dataclass(slots=True)
class Answers:
    """Keeps how members answered. ``earlier`` were learned before, and come after ``after_s``."""

    earlier: list[FormAnswer] = field(default_factory=list)
    after_s: float = 0.0
    kept: list[tuple[FormAnswer, str]] = field(default_factory=list)

    def keep_answer(self, answer, project):
        self.kept.append((answer, project))

    async def answers(self, newest):
        if self.after_s:
            await asyncio.sleep(self.after_s)
        return self.earlier


def blocks(good, bad=0, name="a"):
    """What is known of a member that was asked for blocks."""
    kept = [FormAnswer(name, Format.BLOCKS, well_formed=True)] * good
    return [*kept, *[FormAnswer(name, Format.BLOCKS, well_formed=False)] * bad]


def session(
    scripts, store, *, requests=1, chance=1.0, request=None, members=None, style=None, **options
):
    """Ask one engine for some edits, one after the other; return its network and what was offered."""
    pools = edit_pools(scripts, members, **options)
    if style is not None:
        asked = tuple(replace(one, style=style) for one in pools.pool.members)
        pools.pool = replace(pools.pool, members=asked)

    async def all_of_them():
        scopes = Scopes()
        scopes.set_folders(("file:///w",))
        engine = EditEngine(pools, Standings(), scopes, chance=lambda: chance, answers=store)
        offered = []
        for _ in range(requests):
            offered.append(await engine.refactor(request or request_for(LONG, INSTRUCTION)))
            await asyncio.sleep(1)
        await engine.aclose()
        return offered

    return pools.transport, run_virtual(all_of_them())


def asked_for(transport, name="a"):
    """In which form each answer of a member was asked for, by what it was sent."""
    sent = [seen.json["messages"][-1]["content"] for seen in transport.of(name)]
    return ["blocks" if "search/replace blocks" in one else "whole" for one in sent]


def learned(store, form=Format.BLOCKS):
    return [one.well_formed for one, _ in store.kept if one.format is form]


def test_the_code_of_these_tests_is_long():
    assert len(SHORT) < LEAST_CODE < len(LONG)


def test_who_has_kept_to_blocks_is_asked_for_them_in_long_code():
    store = Answers(blocks(40))
    transport, [offered] = session({"a": GOOD}, store)
    assert asked_for(transport) == ["blocks"]
    [seen] = transport.requests
    assert "<<<<<<< SEARCH" in seen.json["messages"][-1]["content"]
    [hunk] = offered.hunks
    assert "float(" in hunk.text
    assert store.kept == [(FormAnswer("a", Format.BLOCKS, well_formed=True), "file:///w")]


def test_who_has_not_or_is_not_known_is_asked_for_whole_definitions():
    for earlier in (blocks(0), blocks(LEAST_ANSWERS - 1), blocks(38, 2), blocks(40, name="b")):
        transport, _ = session({"a": WHOLE}, Answers(earlier))
        assert asked_for(transport) == ["whole"]


def test_in_short_code_nobody_writes_blocks():
    request = request_for(SHORT, INSTRUCTION)
    scripts = {"a": answer(changed(SHORT), after_ms=100)}
    transport, [offered] = session(scripts, Answers(blocks(40)), request=request)
    assert asked_for(transport) == ["whole"]
    assert offered.hunks


def test_code_that_holds_blocks_itself_is_not_changed_by_blocks():
    marked = f'{LONG}EXAMPLE = """\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"""\n'
    request = request_for(marked, INSTRUCTION)
    transport, _ = session({"a": WHOLE}, Answers(blocks(40)), request=request)
    assert set(asked_for(transport)) == {"whole"}


@pytest.mark.parametrize("refactoring", ["rename", "docstring"])
def test_where_only_words_are_asked_for_there_are_no_blocks_and_nothing_is_learned(refactoring):
    store = Answers(blocks(40))
    at = LONG.index("cost") + 1
    request = replace(request_for(LONG), refactoring=refactoring, start=at, end=at)
    transport, _ = session({"a": answer("`total_cost`", after_ms=100)}, store, request=request)
    assert transport.requests
    assert not any("SEARCH" in str(seen.json) for seen in transport.requests)
    assert not store.kept


def test_a_model_that_goes_on_with_a_text_is_not_asked_for_blocks():
    store = Answers(blocks(40))
    transport, _ = session({"a": WHOLE}, store, style=Style.CONTINUE)
    assert transport.requests
    assert not any("SEARCH" in str(seen.json) for seen in transport.requests)
    assert not learned(store)


def test_blocks_that_fit_nowhere_are_followed_by_whole_definitions():
    store = Answers(blocks(40))
    transport, [offered] = session({"a": [BAD, WHOLE]}, store)
    assert asked_for(transport) == ["blocks", "whole"]
    [hunk] = offered.hunks
    assert "float(" in hunk.text
    assert learned(store) == [False]
    assert learned(store, Format.DEFINITION) == [True]


def test_who_is_not_known_is_tried_with_a_further_answer_until_it_is():
    store = Answers()
    # The first answer changes nothing, so that each request has a further one.
    tries = [UNCHANGED, GOOD] * LEAST_ANSWERS
    transport, offered = session(
        {"a": [*tries, GOOD, GOOD]}, store, requests=LEAST_ANSWERS + 2, chance=0.0
    )
    assert asked_for(transport) == ["whole", "blocks"] * LEAST_ANSWERS + ["blocks", "blocks"]
    assert learned(store) == [True] * (LEAST_ANSWERS + 2)
    assert all(one.hunks for one in offered)


def test_who_falls_back_below_the_rate_is_asked_for_whole_definitions_again():
    store = Answers(blocks(LEAST_ANSWERS))
    transport, offered = session({"a": [BAD, WHOLE, BAD, WHOLE, WHOLE]}, store, requests=4)
    # With 34 of 35 it is over 97 %, with 34 of 36 it is not.
    assert asked_for(transport) == ["blocks", "whole", "blocks", "whole", "whole", "whole"]
    assert all(one.hunks for one in offered)


def test_whether_a_member_is_tried_is_drawn_by_lot():
    for chance, form in ((0.09, "blocks"), (0.1, "whole"), (1.0, "whole")):
        transport, _ = session({"a": [UNCHANGED, WHOLE]}, Answers(), chance=chance)
        assert asked_for(transport) == ["whole", form]


def test_nobody_is_tried_who_is_paid_or_cannot_be_asked_again():
    paid = {"a": Member("a", price=Price(3, 15))}
    for how in ({"members": paid}, {"samples": 2}):
        transport, _ = session({"a": [UNCHANGED, WHOLE]}, Answers(), chance=0.0, **how)
        assert asked_for(transport) == ["whole", "whole"]


def test_who_is_known_not_to_keep_to_blocks_is_not_tried_any_more():
    transport, _ = session({"a": [UNCHANGED, WHOLE]}, Answers(blocks(30, 4)), chance=0.0)
    assert asked_for(transport) == ["whole", "whole"]


def test_an_edit_that_does_not_pass_is_well_formed_and_a_network_that_fails_says_nothing():
    nothing_changed = BLOCK.replace("float(total)", "total")
    for said, well_formed in ((nothing_changed, [True]), ("I cannot do that.", [False])):
        store = Answers(blocks(40))
        session({"a": [answer(said, after_ms=100), WHOLE]}, store)
        assert learned(store) == well_formed
    store = Answers(blocks(40))
    session({"a": fails(401)}, store)
    assert not store.kept


def test_a_judge_writes_whole_definitions():
    store = Answers([*blocks(40), *blocks(40, name="b"), *blocks(40, name="j")])
    scripts = {"a": GOOD, "b": answer(OTHER_BLOCK, after_ms=100), "j": WHOLE}
    transport, _ = session(scripts, store, judge="j")
    assert set(asked_for(transport, "b")) == {"blocks"}
    assert asked_for(transport, "j") == ["whole"]
    assert {one.member for one, _ in store.kept} == {"a", "b"}


def test_nobody_waits_for_what_was_learned_and_without_it_everything_works(caplog):
    class Broken(Answers):
        async def answers(self, newest):
            raise OSError

    slow = Answers(blocks(40), after_s=0.5)
    transport, offered = session({"a": [WHOLE, GOOD]}, slow, requests=2)
    assert asked_for(transport) == ["whole", "blocks"]
    for store in (Broken(), None):
        transport, offered = session({"a": WHOLE}, store)
        assert offered[0].hunks
    assert "reading how members answered failed: OSError" in caplog.text


def test_the_newest_answers_count():
    rates = FormRates()
    for one in blocks(NEWEST_COUNTED):
        rates.learn(one)
    assert format_for(rates.measured("a")) is Format.BLOCKS
    for one in blocks(0, 3):
        rates.learn(one)
    assert rates.measured("a") == {Format.BLOCKS: (NEWEST_COUNTED - 3, NEWEST_COUNTED)}
    assert format_for(rates.measured("a")) is Format.DEFINITION
    rates.learn_earlier(blocks(0, 50))
    assert rates.measured("a") == {Format.BLOCKS: (NEWEST_COUNTED - 3, NEWEST_COUNTED)}
    other = FormRates()
    other.learn(blocks(1)[0])
    other.learn_earlier(blocks(0, NEWEST_COUNTED + 5))
    assert other.measured("a") == {Format.BLOCKS: (1, NEWEST_COUNTED)}
