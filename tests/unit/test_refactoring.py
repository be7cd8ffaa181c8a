"""Who is asked for an edit, how often, how long they are waited for, and what comes of it."""

import asyncio
import json
from itertools import pairwise

import pytest

from fusionls.core.member import Member, Price, Privacy
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.edit_request import OUT_OF_TIME, TOO_SHORT
from fusionls.engine.ports import PoolMember
from fusionls.engine.refactoring import EditEngine
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from tests.support.edit_pools import ask_for_edit, edit_pools, newer, request_for
from tests.support.fake_desk import FakeDesk, FakeDesks
from tests.support.scripted_transport import (
    Script,
    Token,
    answer,
    fails,
    hangs,
    unreachable,
)
from tests.support.virtual_time import run_virtual

TEXT = "def add(a, b):\n    return a+b\n"


def asked(scripts, members=None, *, desks=None, text=TEXT, pool=(), **options):
    pools = edit_pools(scripts, members, **dict(pool))
    return ask_for_edit(pools, request_for(text), desks=desks or FakeDesks(), **options)


def requests(found, name):
    return len(found.transport.of(name))


def test_members_that_agree_are_offered_at_once():
    found = asked({"a": answer("edit x", after_ms=500), "b": answer("edit x", after_ms=700)})
    assert found.texts == ("x",)
    assert found.suggestion.hunks[0].members == ("a", "b")
    assert found.seconds == pytest.approx(0.7)
    # While it waited for b, a was asked once more, in case they differ.
    assert found.states == {"a": "answered", "a#2": "cancelled", "b": "answered"}
    assert found.suggestion.title == "Make it better"


def test_how_far_it_is_is_told_in_sentences():
    found = asked(
        {
            "a": answer("edit x", after_ms=500),
            "b": answer("no idea", after_ms=700),
            "c": answer("edit x", after_ms=900),
        },
        pool={"samples": 1},
    )
    assert found.told == [
        "0 of 3 have answered, 0 fit",
        "1 of 3 have answered, 1 fits",
        "2 of 3 have answered, 1 fits",
        "3 of 3 have answered, 2 fit",
    ]


def test_a_slow_member_is_dropped_and_its_connection_closed():
    found = asked(
        {
            "a": answer("edit x", after_ms=2_000),
            "b": answer("edit x", after_ms=3_000),
            "slow": answer("edit y", after_ms=15_000),
        }
    )
    assert found.seconds == pytest.approx(4.5)
    assert found.states["slow"] == "cancelled"
    [seen] = found.transport.of("slow")
    assert seen.closed_ms == pytest.approx(4_500, abs=100)
    assert (
        "slow was not waited for: a and b agreed after 3.0 s" in found.suggestion.trace.decision.why
    )


def test_one_that_is_about_as_fast_is_heard():
    found = asked(
        {
            "a": answer("edit x", after_ms=2_000),
            "b": answer("edit x", after_ms=3_000),
            "c": answer("edit x", after_ms=4_000),
        }
    )
    assert found.suggestion.hunks[0].members == ("a", "b", "c")
    assert found.seconds == pytest.approx(4.0)


def test_one_whose_edit_fails_the_gate_is_asked_again():
    scripts = {"a": [answer("fails x", after_ms=500), answer("edit y", after_ms=500)]}
    desks = FakeDesks()
    found = asked(scripts, desks=desks)
    assert found.texts == ("y",)
    assert found.verdicts == {"a": "fails", "a#2": "passes"}
    assert [one.sample for one in desks.given[0].prompts] == [0, 1]


def test_nobody_is_asked_oftener_than_the_pool_says():
    found = asked({"a": answer("nonsense", after_ms=100)}, pool={"samples": 3})
    assert requests(found, "a") == 3
    assert found.verdicts == {"a": "unreadable", "a#2": "unreadable", "a#3": "unreadable"}
    assert not found.suggestion.hunks and not found.suggestion.failed
    said = "no model proposed an edit that can be used (a: there is no code in it)"
    assert found.suggestion.refusal == said


def test_who_is_asked_alone_stops_at_the_first_answer_that_passes():
    found = asked({"a": answer("edit x", after_ms=800)})
    assert requests(found, "a") == 1
    assert found.seconds == pytest.approx(0.8)


def test_who_is_asked_alone_and_leaves_a_doubt_is_asked_again():
    found = asked({"a": [answer("doubt x", after_ms=800), answer("edit y", after_ms=800)]})
    assert found.verdicts == {"a": "passes", "a#2": "passes"}


def test_members_that_differ_are_asked_again_until_they_agree():
    found = asked(
        {
            "a": [answer("edit x", after_ms=1_000), answer("edit y", after_ms=1_000)],
            "b": answer("edit y", after_ms=1_100),
        }
    )
    assert found.texts == ("y",)
    # A moment after the first answer, in case b agrees.
    assert found.seconds == pytest.approx(2.1)
    assert requests(found, "a") == 2


def test_who_costs_money_is_asked_again_only_where_it_failed():
    members = {"a": Member("a", price=Price(3, 15)), "b": Member("b", price=Price(3, 15))}
    differ = asked(
        {"a": answer("edit x", after_ms=500), "b": answer("edit y", after_ms=700)}, members
    )
    assert (requests(differ, "a"), requests(differ, "b")) == (1, 1)
    failing = asked(
        {"a": [answer("fails x", after_ms=500), answer("edit y", after_ms=500)]}, members
    )
    assert requests(failing, "a") == 2
    assert [one.cost for one in failing.suggestion.trace.members] == [
        pytest.approx(0.000_06, rel=0.5)
    ] * 2


def test_no_time_is_begun_that_does_not_last_for_another_answer():
    found = asked({"a": answer("fails x", after_ms=8_000)}, pool={"budget_ms": 14_000.0})
    # 12.5 s are for answers, the second one would come at 16 s; it may be faster, and is asked for.
    assert requests(found, "a") == 2
    found = asked({"a": answer("fails x", after_ms=8_000)}, pool={"budget_ms": 12_000.0})
    assert requests(found, "a") == 1


def test_members_of_one_machine_take_turns():
    members = {name: Member(name, shares="gpu") for name in ("a", "b")}
    scripts = {
        "a": [answer("fails x", after_ms=1_000), answer("edit y", after_ms=1_000)],
        "b": answer("edit y", after_ms=1_000),
    }
    found = asked(scripts, members)
    spans = sorted((seen.at_ms, seen.closed_ms) for seen in found.transport.requests)
    assert [seen.host for seen in found.transport.requests] == ["a", "b", "a"]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert found.texts == ("y",)


def test_who_waits_for_its_turn_when_all_is_said_was_not_asked():
    members = {name: Member(name, shares="gpu") for name in ("a", "b", "c")}
    members["c"] = Member("c", shares="gpu", prior=0.01)
    found = asked({name: answer("edit x", after_ms=1_000) for name in members}, members)
    assert found.states["c"] == "skipped"
    assert requests(found, "c") == 0


def test_the_budget_holds_against_a_model_that_never_ends():
    endless = Script((Token("edit", 10), *[Token(" x", 100)] * 1_000))
    found = asked({"a": endless, "b": hangs()}, pool={"budget_ms": 5_000.0})
    assert found.seconds <= 5.01
    assert found.seconds >= 3.9
    assert found.states == {"a": "cancelled", "b": "cancelled"}
    assert all((seen.closed_ms or 9e9) <= 5_100 for seen in found.transport.requests)
    assert found.suggestion.failed
    assert "was not waited for: the time was up" in found.suggestion.trace.decision.why


def test_what_came_in_time_is_offered_when_the_budget_ends():
    found = asked({"a": answer("edit x", after_ms=900), "b": hangs(), "c": hangs()})
    assert found.texts == ("x",)
    assert found.seconds <= 20.01
    assert found.states["b"] == "cancelled"


def test_an_answer_that_is_being_read_when_time_is_up_still_counts():
    desk = FakeDesk(takes_s={"read": 0.3})
    found = asked(
        {"a": answer("edit x", after_ms=8_400)},
        desks=FakeDesks([desk]),
        pool={"budget_ms": 10_000.0},
    )
    assert found.texts == ("x",)
    assert found.seconds <= 10.0


def test_a_desk_that_takes_too_long_to_decide_does_not_hold_the_answer_up():
    desk = FakeDesk(takes_s={"decide": 60.0})
    found = asked({"a": answer("edit x", after_ms=100)}, desks=FakeDesks([desk]))
    assert found.seconds <= 20.01
    assert found.suggestion.refusal == OUT_OF_TIME
    assert found.verdicts == {"a": "passes"}


def test_a_budget_that_lasts_for_nobody_says_so():
    desk = FakeDesk(takes_s={"open": 0.5})
    found = asked({"a": answer("edit x")}, desks=FakeDesks([desk]), pool={"budget_ms": 300.0})
    assert found.suggestion.refusal == TOO_SHORT
    assert found.suggestion.failed and not found.transport.requests
    assert desk.closed


def test_an_answer_that_takes_the_desk_down_costs_nobody_else_theirs():
    def poisoned():
        return FakeDesk(poison="poison")

    desks = FakeDesks([poisoned(), poisoned()])
    scripts = {
        "a": answer("edit x", after_ms=500),
        "b": [answer("edit poison", after_ms=700), answer("edit y", after_ms=2_500)],
        "c": answer("edit x", after_ms=900),
    }
    found = asked(scripts, desks=desks, pool={"samples": 1})
    assert found.texts == ("x",)
    assert found.verdicts == {"a": "passes", "b": "unreadable", "c": "passes"}
    assert found.why["b"] == "the process that reads answers ended"
    first, second = desks.given
    assert first.closed and [one.member for one in second.reads] == ["a", "c"]


def test_a_member_that_takes_every_desk_down_ends_the_request_at_last():
    class Always(FakeDesks):
        def desk(self):
            self.waiting.append(FakeDesk(poison="poison"))
            return FakeDesks.desk(self)

    desks = Always()
    found = asked({"a": answer("edit poison", after_ms=100)}, desks=desks)
    assert not found.suggestion.hunks
    assert "ended" in found.suggestion.refusal
    assert len(desks.given) <= 4 and all(desk.closed for desk in desks.given)


def test_a_desk_that_hangs_while_members_are_asked_does_not_hide_them_from_the_trace():
    desk = FakeDesk(takes_s={"read": 60.0})
    scripts = {"a": answer("edit x", after_ms=100), "b": hangs()}
    found = asked(scripts, desks=FakeDesks([desk]))
    assert found.seconds <= 20.01 and not found.suggestion.hunks
    assert found.states == {"a": "answered", "b": "cancelled"}


@pytest.mark.parametrize("where", ["open", "prompt", "decide"])
def test_a_desk_that_ends_is_a_refusal_with_a_sentence_and_the_next_request_is_served(where):
    desks = FakeDesks([FakeDesk(fails=frozenset({where})) for _ in range(4)])
    pools = edit_pools({"a": answer("edit x", after_ms=100)})

    async def both():
        engine = EditEngine(pools, Standings(), Scopes(), desks)
        first = await engine.refactor(request_for(TEXT))
        desks.waiting.clear()
        second = await engine.refactor(request_for(TEXT))
        await engine.aclose()
        return first, second

    first, second = run_virtual(both())
    assert "the process that reads answers ended" in first.refusal
    assert not first.hunks and second.hunks
    assert all(desk.closed for desk in desks.given)


def test_a_merge_that_takes_the_desk_down_leaves_the_best_single_edit():
    desks = FakeDesks([FakeDesk(fails=frozenset({"decide"}))])
    found = asked({"a": answer("edit x", after_ms=100)}, desks=desks)
    assert found.texts == ("x",)
    assert [one.text for one in desks.given[1].reads] == ["edit x"]


def test_a_bug_in_the_desk_is_a_refusal_too():
    class Broken(FakeDesk):
        async def decide(self, within_ms):
            raise ZeroDivisionError("secret code")

    found = asked({"a": answer("edit x", after_ms=100)}, desks=FakeDesks([Broken()]))
    assert found.suggestion.refusal and "secret" not in found.suggestion.refusal


def test_nothing_that_changed_elsewhere_is_lost():
    found = asked({"a": answer("edit x", after_ms=100)}, now=newer(f"# new\n{TEXT}", 4))
    [hunk] = found.suggestion.hunks
    assert (hunk.start, hunk.end) == (6, 6 + len(TEXT))
    assert found.suggestion.files[0].document.version == 4


def test_a_newer_version_of_the_same_text_is_the_one_that_is_edited():
    found = asked({"a": answer("edit x", after_ms=100)}, now=newer(TEXT, 7))
    assert found.suggestion.hunks[0].start == 0
    assert found.suggestion.files[0].document.version == 7


def test_lines_that_changed_meanwhile_are_left_to_the_person():
    found = asked({"a": answer("edit x", after_ms=100)}, now=newer("something else\n"))
    assert not found.suggestion.hunks
    assert found.suggestion.refusal == "the lines that it changes were changed meanwhile"
    assert found.suggestion.refusal in found.suggestion.trace.decision.why


def test_a_text_that_changes_all_the_time_is_not_edited():
    versions = iter(range(2, 1_000))

    def now(uri):
        version = next(versions)
        return DocumentSnapshot(uri, "python", version, f"{'#' * version}\n{TEXT}")

    found = asked({"a": answer("edit x", after_ms=100)}, now=now)
    assert "ask again" in found.suggestion.refusal


def test_a_file_that_was_closed_meanwhile_is_not_edited():
    document = DocumentSnapshot("file:///w/a.py", "python", 1, TEXT)
    answers = iter([document])
    found = asked({"a": answer("edit x", after_ms=100)}, now=lambda uri: next(answers, None))
    assert found.suggestion.refusal == "a.py was closed meanwhile"


def test_who_gives_up_hangs_up_on_everybody():
    pools = edit_pools({"a": hangs(), "b": answer("edit x", after_ms=60_000)})
    desks = FakeDesks()

    async def cancelled():
        engine = EditEngine(pools, Standings(), Scopes(), desks)
        task = asyncio.create_task(engine.refactor(request_for(TEXT)))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.1)
        await engine.aclose()

    run_virtual(cancelled())
    assert [(seen.closed_ms or 9e9) <= 1_100 for seen in pools.transport.requests] == [True, True]
    assert desks.given[0].closed


def test_closing_the_engine_ends_what_runs():
    pools = edit_pools({"a": hangs()})
    desks = FakeDesks()

    async def closed():
        engine = EditEngine(pools, Standings(), Scopes(), desks)
        task = asyncio.create_task(engine.refactor(request_for(TEXT)))
        await asyncio.sleep(1)
        await engine.aclose()
        assert task.done() or await asyncio.wait({task}, timeout=1)
        return task

    assert run_virtual(closed()).cancelled()
    assert desks.closed and desks.given[0].closed
    assert pools.transport.requests[0].closed_ms is not None


def test_two_edits_run_side_by_side():
    pools = edit_pools({"a": answer("edit x", after_ms=1_000)})

    async def both():
        engine = EditEngine(pools, Standings(), Scopes(), FakeDesks())
        found = await asyncio.gather(
            engine.refactor(request_for(TEXT)), engine.refactor(request_for(TEXT, id="e2"))
        )
        await engine.aclose()
        return found, asyncio.get_running_loop().time()

    found, seconds = run_virtual(both())
    assert all(one.hunks for one in found) and seconds < 1.1


def test_the_same_arrivals_make_the_same_bytes():
    scripts = {
        "a": answer("edit x", after_ms=500),
        "b": answer("edit y", after_ms=500),
        "c": answer("edit y", after_ms=500),
    }
    first, second = (asked(scripts).suggestion for _ in range(2))
    assert first.hunks == second.hunks
    assert first.trace.to_json(with_text=True) == second.trace.to_json(with_text=True)


def test_a_judge_sees_what_differs_and_proposes_one_more():
    scripts = {
        "a": answer("edit x", after_ms=500),
        "b": answer("edit y", after_ms=600),
        "j": answer("edit y", after_ms=900),
    }
    found = asked(scripts, pool={"judge": "j", "samples": 1})
    assert found.texts == ("y",)
    assert found.verdicts["j"] == "passes"
    assert found.seconds == pytest.approx(1.5)
    assert "j compares what they propose" in found.told


def test_a_judge_is_not_asked_where_all_agree_or_no_time_is_left():
    agree = {name: answer("edit x", after_ms=500) for name in "ab"} | {"j": answer("edit y")}
    assert requests(asked(agree, pool={"judge": "j"}), "j") == 0
    late = {
        "a": answer("edit x", after_ms=500),
        "b": answer("edit y", after_ms=3_000),
        "j": answer("edit y"),
    }
    pool = {"judge": "j", "samples": 1, "budget_ms": 6_000.0}
    assert requests(asked(late, pool=pool), "j") == 0


def test_a_judge_that_hangs_does_not_hold_the_answer_up():
    scripts = {
        "a": answer("edit x", after_ms=500),
        "b": answer("edit y", after_ms=600),
        "j": hangs(),
    }
    found = asked(scripts, pool={"judge": "j", "samples": 1})
    assert found.suggestion.hunks and found.seconds <= 20.01
    assert found.transport.of("j")[0].closed_ms is not None


def test_who_may_not_be_asked_is_left_alone_and_the_trace_says_why():
    desks, standings = FakeDesks(), Standings()
    pools = edit_pools({"a": unreachable(), "b": answer("edit x", after_ms=500)})

    async def twice():
        engine = EditEngine(pools, standings, Scopes(), desks)
        await engine.refactor(request_for(TEXT))
        second = await engine.refactor(request_for(TEXT, id="e2"))
        await engine.aclose()
        return second

    second = run_virtual(twice())
    [left_alone, _] = second.trace.members
    assert (left_alone.state, second.hunks[0].text) == ("skipped", "x")
    assert "unreachable" in left_alone.why


def test_how_members_are_is_known_from_edits_too():
    pools = edit_pools({"a": answer("edit x", after_ms=500), "b": unreachable()})
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks())
    members = [PoolMember(one.member, one.client) for one in pools.pool.members]

    async def known():
        return {one.name: one.state.value for one in found.standings.of(members)}

    assert run_virtual(known()) == {"a": "ready", "b": "parked"}


def test_nobody_is_asked_where_the_pool_is_off_or_empty():
    off = asked({"a": answer("edit x")}, pool={"off": "switched off"})
    assert (off.suggestion.declined, off.suggestion.refusal) == (True, "switched off")
    assert not off.transport.requests and not off.kept.traces
    assert asked({}).suggestion.declined


def test_why_nobody_would_be_asked_is_known_without_asking():
    async def why(pools):
        engine = EditEngine(pools, Standings(), Scopes(), FakeDesks())
        return engine.why_not("file:///w/a.py", "python")

    scripts = {"a": answer("edit x")}
    assert run_virtual(why(edit_pools(scripts))) == ""
    assert run_virtual(why(edit_pools(scripts, off="switched off"))) == "switched off"
    assert run_virtual(why(edit_pools({}))) != ""


def test_what_the_desk_refuses_is_asked_of_nobody():
    desk = FakeDesk(open_says="there is nothing to rename here")
    found = asked({"a": answer("edit x")}, desks=FakeDesks([desk]))
    assert found.suggestion.refusal == "there is nothing to rename here"
    assert found.suggestion.declined and not found.transport.requests


def test_the_trace_is_kept_and_holds_no_code_no_path_and_no_instruction():
    found = asked({"a": answer("edit secretly", after_ms=100), "b": fails(500)}, chance=0.0)
    [kept] = found.kept.traces
    told = json.dumps(kept.to_json())
    assert kept.id == "e1" and '"file": 1' in told
    assert not [word for word in ("secretly", "a.py", "better", "add") if word in told]


def test_who_is_on_another_machine_sees_no_secrets():
    members = {"a": Member("a", privacy=Privacy.CLOUD)}
    desks = FakeDesks()
    pool = {"samples": 1}
    asked({"a": answer("edit x"), "b": answer("edit x")}, members, desks=desks, pool=pool)
    [desk] = desks.given
    assert sorted(one.redacts for one in desk.prompts) == [False, True]
    assert {one.member: one.redacted for one in desk.reads} == {"a": True, "b": False}
