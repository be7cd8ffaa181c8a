"""What each failure of a member's endpoint does while an edit is wanted: the column for edits of the table
of failures, over a scripted network in virtual time."""

import json
import ssl

import httpx
import pytest

from fusionls.core.editing.retrying import Tries, again_after
from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.refactoring import EditEngine
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from tests.support.edit_pools import ask_for_edit, edit_pools, request_for
from tests.support.fake_desk import FakeDesks
from tests.support.scripted_transport import (
    Break,
    Head,
    Raw,
    Script,
    Token,
    answer,
    event,
    fails,
    hangs,
    unreachable,
)
from tests.support.virtual_time import run_virtual

TEXT = "def add(a, b):\n    return a+b\n"
GOOD = answer("edit x", after_ms=500)
JSON = {"content-type": "application/json"}


def says(status, **error):
    """An error with a body that says what it is."""
    return Script((Head(0, status, JSON), Raw(json.dumps({"error": error}).encode())))


def in_stream(**error):
    return Script((Raw(event({"error": error})),))


def met(*scripts, standings=None, desks=None, chance=1.0, budget_ms=20_000.0):
    """Ask one member that meets ``scripts`` one after the other."""
    pools = edit_pools({"a": list(scripts)}, samples=1, budget_ms=budget_ms)
    return ask_for_edit(
        pools,
        request_for(TEXT),
        desks=desks or FakeDesks(),
        standings=standings,
        chance=chance,
    )


def count(found):
    return len(found.transport.requests)


@pytest.mark.parametrize("status", [400, 405, 413, 415, 422])
def test_what_is_refused_is_asked_once_more_with_less_around_it(status):
    desks = FakeDesks()
    found = met(fails(status), GOOD, desks=desks)
    assert found.texts == ("x",)
    assert [one.share for one in desks.given[0].prompts] == [1.0, 0.5]
    assert str(status) in found.why["a"], "the trace says what happened before"
    again = met(fails(status), fails(status), GOOD)
    assert count(again) == 2 and again.suggestion.failed


@pytest.mark.parametrize(
    "script",
    [
        says(400, code="context_length_exceeded", message="too long"),
        says(400, type="exceed_context_size_error", code=400),
        in_stream(code=400, type="exceed_context_size_error", message="too long"),
    ],
)
def test_a_context_that_overflows_is_halved_now_and_the_next_time(script):
    desks, standings = FakeDesks(), Standings()
    pools = edit_pools({"a": [script, GOOD]}, samples=1)

    async def twice():
        engine = EditEngine(pools, standings, Scopes(), desks)
        for number in range(2):
            found = await engine.refactor(request_for(TEXT, id=f"e{number}"))
            assert found.hunks
        await engine.aclose()

    run_virtual(twice())
    shares = [one.share for desk in desks.given for one in desk.prompts]
    assert shares == [1.0, 0.5, 0.5]
    assert standings.share("a") == 1.0, "a completion is far shorter than an edit"


def test_a_model_that_is_not_there_is_off_and_told_of_once():
    standings = Standings()
    found = met(says(404, code="model_not_found"), GOOD, standings=standings)
    assert count(found) == 1 and found.suggestion.failed
    [told] = standings.news()
    assert "a" in told
    later = met(GOOD, standings=standings)
    assert later.states == {"a": "skipped"} and later.suggestion.declined
    assert "not found" in later.why["a"]
    assert count(later) == 0


def test_a_plain_404_is_not_asked_again():
    assert count(met(fails(404), GOOD)) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_puts_the_member_off(status):
    standings = Standings()
    found = met(fails(status), GOOD, standings=standings)
    assert count(found) == 1 and found.suggestion.failed
    assert len(standings.news()) == 1
    assert count(met(GOOD, standings=standings)) == 0


@pytest.mark.parametrize(
    "script",
    [
        fails(402),
        fails(402, retry_after="1"),
        says(429, code="insufficient_quota", type="insufficient_quota"),
        says(429, type="credit_balance_exhausted"),
        says(429, code="enforced_spend_limit_reached"),
    ],
)
def test_where_no_money_is_left_nobody_asks_again(script):
    standings = Standings()
    found = met(script, GOOD, standings=standings)
    assert count(found) == 1 and found.suggestion.failed
    assert count(met(GOOD, standings=standings)) == 0, "it is parked"


@pytest.mark.parametrize("status", [408, 409, 425])
def test_who_asks_for_the_same_request_again_gets_it_once(status):
    assert met(fails(status), GOOD).texts == ("x",)
    assert count(met(fails(status), fails(status), GOOD)) == 2


def test_a_limit_is_waited_for_if_there_is_time():
    found = met(fails(429, retry_after="4"), GOOD)
    assert found.texts == ("x",)
    assert [seen.at_ms for seen in found.transport.requests] == [0, pytest.approx(4_000)]
    assert found.seconds == pytest.approx(4.5)


def test_a_limit_that_lasts_longer_than_the_budget_ends_it_at_once():
    found = met(fails(429, retry_after="19"), GOOD)
    assert count(found) == 1 and found.seconds < 0.1
    assert "rate limited" in found.suggestion.refusal


def test_a_limit_without_a_word_how_long_ends_it():
    assert count(met(fails(429), GOOD)) == 1


def test_while_one_waits_for_its_limit_the_others_are_heard():
    pools = edit_pools(
        {
            "a": [fails(429, retry_after="15"), GOOD],
            "b": answer("edit x", after_ms=500),
            "c": answer("edit x", after_ms=600),
        }
    )
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks())
    assert found.seconds < 2 and found.texts == ("x",)
    assert found.states["a"] == "cancelled"
    assert "429" in found.why["a"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_server_that_is_down_is_asked_twice_again_after_a_time_by_lot(status, chance):
    found = met(fails(status), fails(status), GOOD, chance=chance)
    assert found.texts == ("x",)
    times = [seen.at_ms for seen in found.transport.requests]
    assert times == pytest.approx([0, 500 * chance, 1_500 * chance])
    assert count(met(*[fails(status)] * 3, GOOD, chance=chance)) == 3


def test_a_server_that_says_when_to_come_back_is_asked_then():
    found = met(fails(503, retry_after="2"), GOOD, chance=0.0)
    assert [seen.at_ms for seen in found.transport.requests] == pytest.approx([0, 2_000])
    assert count(met(fails(503, retry_after="60"), GOOD)) == 1


def test_an_error_event_before_any_text_is_a_request_that_has_not_begun():
    found = met(in_stream(type="overloaded_error", message="busy"), GOOD, chance=0.0)
    assert found.texts == ("x",)
    assert "overloaded" in found.why["a"]


BREAKS_OFF = [
    Script((Token("edit "), Break())),
    Script((Token("edit "), Break(httpx.RemoteProtocolError("gone")))),
    Script((Token("edit "), Raw(event({"error": {"code": 500, "message": "no"}})))),
]


@pytest.mark.parametrize("broken", BREAKS_OFF)
def test_what_breaks_off_is_asked_afresh_and_never_put_together(broken):
    desks = FakeDesks()
    found = met(broken, answer("edit z", after_ms=100), desks=desks, chance=0.0)
    assert found.texts == ("z",)
    assert [one.text for one in desks.given[0].reads] == ["edit z"]
    [member] = found.suggestion.trace.members
    assert member.text == "edit z"


def test_what_breaks_off_twice_is_left():
    broken = Script((Token("edit "), Break()))
    desks = FakeDesks()
    found = met(broken, broken, GOOD, desks=desks)
    assert count(found) == 2 and found.suggestion.failed
    assert not desks.given[0].reads


def test_who_cannot_be_reached_is_tried_once_more():
    assert met(unreachable(), GOOD).texts == ("x",)
    found = met(unreachable(), unreachable(), GOOD)
    assert count(found) == 2
    assert "unreachable" in found.suggestion.refusal


@pytest.mark.parametrize(
    "error", [ssl.SSLError("handshake"), ssl.SSLCertVerificationError("expired")]
)
def test_a_connection_that_is_not_safe_is_never_tried_again(error):
    found = met(Script((Break(error),)), GOOD)
    assert count(found) == 1 and "TLS" in found.why["a"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_not_tried_again(status):
    found = met(fails(status, location="https://elsewhere.example/"), GOOD)
    assert count(found) == 1
    assert {seen.host for seen in found.transport.requests} == {"a"}
    assert "redirect refused" in found.why["a"]


@pytest.mark.parametrize(
    "script",
    [
        Script((Head(0, 200, {"content-type": "text/html"}), Raw(b"<html>Log in</html>"))),
        Script((Head(0, 200, JSON), Raw(b"{"))),
        Script((Head(0, 204),)),
        Script((Raw(b"data: {broken\n\n"),)),
    ],
)
def test_what_is_no_answer_is_the_failure_of_one_member(script):
    found = met(script, GOOD)
    assert count(found) == 1 and found.suggestion.failed
    pools = edit_pools({"a": script, "b": GOOD})
    assert ask_for_edit(pools, request_for(TEXT), desks=FakeDesks()).texts == ("x",)


def test_an_empty_answer_is_unreadable_and_asked_for_again():
    pools = edit_pools({"a": [answer(""), GOOD]})
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks())
    assert found.texts == ("x",)
    assert found.verdicts == {"a": "unreadable", "a#2": "passes"}


def test_a_mid_stream_stall_is_cut_off_at_the_budget_and_its_text_is_not_used():
    desks = FakeDesks()
    found = met(hangs("edit x"), desks=desks, budget_ms=4_000.0)
    assert found.seconds <= 4.01
    assert not found.suggestion.hunks and not desks.given[0].reads
    assert found.transport.requests[0].closed_ms <= 4_100


def test_failures_of_all_are_told_of_in_one_sentence():
    pools = edit_pools({"a": fails(401), "b": unreachable()})
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks())
    assert found.suggestion.failed
    assert found.suggestion.refusal.startswith("nobody has answered (a: authentication: 401")
    assert "b: " in found.suggestion.refusal and "unreachable" in found.suggestion.refusal


def test_two_servers_that_fail_at_once_are_retried_on_their_own():
    pools = edit_pools({"a": [fails(503), GOOD], "b": [unreachable(), GOOD]})
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks(), chance=0.5)
    assert found.suggestion.hunks[0].members == ("a", "b")


def test_a_bug_in_a_wire_is_the_failure_of_one_member():
    pools = edit_pools({"a": GOOD, "b": GOOD})
    broken = pools.pool.members[0].client

    def stream(prompt):
        raise ZeroDivisionError("secret")

    broken.stream = stream  # type: ignore[method-assign]  # broken on purpose
    found = ask_for_edit(pools, request_for(TEXT), desks=FakeDesks())
    assert found.texts == ("x",)
    assert "secret" not in found.why["a"] and "internal error" in found.why["a"]


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("status", [None, 200, 400, 429, 503])
def test_asking_again_has_an_end_whatever_fails(kind, status):
    tries, count = Tries(), 0
    failure = Failure(kind, "no", 0.1, status)
    while (again := again_after(failure, tries, 1e9, 1.0)) is not None:
        tries, count = again.tries, count + 1
        assert again.after_ms >= 0
    assert count <= 2


def test_nothing_is_tried_again_when_the_time_is_up():
    failure = Failure(FailureKind.DROPPED, "gone")
    assert again_after(failure, Tries(), 0.0, 0.0) is None
