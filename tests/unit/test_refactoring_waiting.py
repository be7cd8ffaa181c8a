"""How long members are waited for that shall propose an edit: the rules by themselves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.editing.waiting import (
    LEAST_PATIENCE_MS,
    Given,
    Voice,
    asks_on,
    room_ms,
    waiting_stops,
)

BUDGET_MS = 20_000.0
END_MS = BUDGET_MS - room_ms(BUDGET_MS)


def voice(name, *given, rate=0.5, left=1):
    """A member whose answers are "class@ms", with "?" where there is a doubt."""
    found = []
    for one in given:
        klass, _, at_ms = one.partition("@")
        found.append(Given(klass.rstrip("?"), float(at_ms), klass.endswith("?")))
    return Voice(name, rate, tuple(found), left)


def stop(*voices, now_ms=0.0, budget_ms=BUDGET_MS):
    return waiting_stops(voices, now_ms, budget_ms)


def test_nobody_is_waited_for_when_all_have_ended():
    found = stop(voice("a", "x@900", left=0), voice("b", left=0), now_ms=950)
    assert (found.at_ms, found.why) == (950, "everybody had answered")


def test_members_that_have_said_nothing_are_waited_for_until_the_rest_of_the_budget_is_needed():
    assert stop(voice("a"), voice("b")).at_ms == END_MS
    assert stop(voice("a"), budget_ms=1_000.0).at_ms == 800.0


def test_a_quorum_waits_half_as_long_again_and_a_second_at_least():
    c = voice("c", left=3)
    slow = stop(voice("a", "x@2000"), voice("b", "x@4000"), c, now_ms=4_000)
    assert slow.at_ms == 6_000
    assert slow.why == "c was not waited for: a and b agreed after 4.0 s"
    fast = stop(voice("a", "x@100"), voice("b", "x@200"), c, now_ms=200)
    assert fast.at_ms == 200 + LEAST_PATIENCE_MS


def test_two_of_five_are_no_quorum_and_three_are():
    two = [voice("a", "x@100"), voice("b", "x@200")]
    assert stop(*two, voice("c"), voice("d"), voice("e"), now_ms=200).at_ms == END_MS
    three = [*two, voice("c", "x@300")]
    assert stop(*three, voice("d"), voice("e"), now_ms=300).at_ms < END_MS


def test_a_far_better_member_is_waited_for_while_the_others_agree():
    weak = [voice("a", "x@100", rate=0.55), voice("b", "x@200", rate=0.55)]
    assert stop(*weak, voice("c", rate=0.9), now_ms=200).at_ms == END_MS


def test_a_far_weaker_one_is_not_waited_for_once_a_good_one_has_answered():
    found = stop(voice("a", "x@900", rate=0.9, left=0), voice("b", rate=0.3), now_ms=900)
    assert found.at_ms == 900
    assert found.why == "b was not waited for: far better members had answered"


def test_who_cannot_be_outvoted_any_more_ends_the_waiting():
    voices = [voice(name, "x@1000", rate=0.8, left=0) for name in "abc"]
    found = stop(*voices, voice("d", rate=0.8), now_ms=1_000)
    assert found.at_ms == 1_000
    assert found.why == "d was not waited for: nobody could outvote a, b and c any more"


def test_nothing_is_sure_while_the_leading_edit_is_in_doubt():
    voices = [voice(name, "x?@1000", rate=0.8, left=0) for name in "abc"]
    assert stop(*voices, voice("d", rate=0.8), now_ms=1_000).at_ms > 1_000


def test_one_that_may_still_turn_it_is_waited_for():
    voices = [voice("a", "x@1000", left=0), voice("b", "y@1100", left=0)]
    assert stop(*voices, voice("c"), now_ms=1_100).at_ms == END_MS


def test_further_samples_are_drawn_where_members_differ_and_not_where_they_agree():
    differ = [voice("a", "x@100", left=2), voice("b", "y@200", left=2)]
    assert asks_on(differ, "a", paid=False) and stop(*differ, now_ms=200).at_ms == END_MS
    agree = [voice("a", "x@100", left=2), voice("b", "x@200", left=2)]
    assert not asks_on(agree, "a", paid=False) and stop(*agree, now_ms=200).at_ms == 200


def test_where_two_of_five_agree_nobody_who_has_answered_is_asked_again():
    voices = [
        voice(name, f"{klass}@100", left=2) for name, klass in zip("abcde", "xxyzw", strict=True)
    ]
    assert not any(asks_on(voices, name, paid=False) for name in "abcde")
    assert stop(*voices, now_ms=100).at_ms == 100


def test_a_single_member_stops_at_an_answer_without_a_doubt():
    assert stop(voice("a", "x@100", left=2), now_ms=100).at_ms == 100
    assert stop(voice("a", "x?@100", left=2), now_ms=100).at_ms == END_MS
    # The other one failed, so nobody is left to agree with.
    assert stop(voice("a", "x@100", left=2), voice("b", left=0), now_ms=100).at_ms == 100


def test_who_is_paid_is_asked_again_only_while_nothing_passes():
    assert asks_on([voice("a", left=2)], "a", paid=True)
    assert not asks_on([voice("a", "x?@100", left=2)], "a", paid=True)


def test_samples_of_one_member_are_no_quorum():
    voices = [voice("a", "x@100", "x@200", "x@300", left=0), voice("b", left=3)]
    assert stop(*voices, now_ms=300).at_ms == END_MS


NAMES = "abcdef"
VOICES = st.lists(
    st.builds(
        Voice,
        st.just(""),
        st.floats(0.01, 1.0),
        st.lists(
            st.builds(Given, st.sampled_from("xyz"), st.floats(0, 20_000), st.booleans()),
            max_size=3,
        ).map(tuple),
        st.integers(0, 3),
    ),
    max_size=6,
).map(lambda found: [replace(one, name=name) for one, name in zip(found, NAMES, strict=False)])


@given(VOICES, st.floats(0, 30_000), st.floats(100, 60_000))
def test_it_never_lasts_longer_than_the_budget_and_always_has_a_reason(voices, now_ms, budget_ms):
    found = waiting_stops(voices, now_ms, budget_ms)
    assert found.at_ms <= max(now_ms, budget_ms - room_ms(budget_ms))
    assert found.why
    assert waiting_stops(voices, now_ms, budget_ms) == found


@given(VOICES, st.floats(0, 18_000))
def test_the_order_of_the_pool_changes_nothing_about_when(voices, now_ms):
    reordered = waiting_stops(voices[::-1], now_ms, BUDGET_MS)
    assert reordered.at_ms == pytest.approx(waiting_stops(voices, now_ms, BUDGET_MS).at_ms)


@given(VOICES, st.floats(0, 18_000))
def test_who_is_waited_for_alone_is_never_one_who_ended(voices, now_ms):
    ended = [replace(one, outstanding=0) for one in voices]
    assert waiting_stops(ended, now_ms, BUDGET_MS).at_ms == now_ms
