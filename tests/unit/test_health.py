"""The table of what each failure of a member does, and when it is asked again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.health import SMALLEST_SHARE, STRIKES, Health, in_words, is_worth_another
from fusionls.core.reply import Failure, FailureKind

WELL = Health()
DAY_S = 24 * 3600.0


def failure(kind, status=None, retry_after_s=None):
    return Failure(kind, "it is scripted", retry_after_s, status)


def after(*failures, health=WELL, now_s=0.0):
    for one in failures:
        health = health.after(one, now_s)
    return health


def asked_again_s(health, until_s=DAY_S):
    """Return the first whole second at which the member is asked, None if it is not within a day."""
    return next((s for s in range(int(until_s) + 1) if not health.why_not(float(s))), None)


LIMITED = failure(FailureKind.RATE_LIMITED, 429)
BROKEN = failure(FailureKind.SERVER_ERROR, 500)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        ([failure(FailureKind.AUTHENTICATION, 401)], None),
        ([failure(FailureKind.AUTHENTICATION, 403)], None),
        ([failure(FailureKind.NOT_FOUND, 404)], None),
        ([failure(FailureKind.OUT_OF_CREDIT, 402)], 3600),
        ([failure(FailureKind.OUT_OF_CREDIT, 429, retry_after_s=5)], 3600),
        ([LIMITED], 30),
        ([failure(FailureKind.RATE_LIMITED, 429, retry_after_s=7)], 7),
        ([failure(FailureKind.RATE_LIMITED, 429, retry_after_s=900)], 900),
        ([failure(FailureKind.UNREACHABLE)], 2),
        ([failure(FailureKind.REDIRECT, 307)], 60),
        ([failure(FailureKind.SERVER_ERROR, 503, retry_after_s=20)], 20),
        ([BROKEN], 0),
        ([BROKEN] * STRIKES, 2),
        ([failure(FailureKind.OVERLOADED, 529)] * STRIKES, 2),
        ([failure(FailureKind.DROPPED)] * STRIKES, 2),
        ([failure(FailureKind.MALFORMED, 200)] * STRIKES, 2),
        ([failure(FailureKind.REFUSED, 400)] * STRIKES, 2),
        ([failure(FailureKind.BUG)] * STRIKES, 2),
        ([failure(FailureKind.NOT_INSTALLED)] * STRIKES, 0),
        # The key could not be read here: no server has refused it.
        ([failure(FailureKind.AUTHENTICATION)], 30),
    ],
)
def test_when_a_member_is_asked_again(failures, seconds):
    assert asked_again_s(after(*failures)) == seconds


def test_an_outrun_request_says_nothing():
    assert after(failure(FailureKind.SUPERSEDED)) == WELL


def test_an_answer_ends_a_row_of_failures():
    health = after(BROKEN, BROKEN).after_answer(1.0)
    assert after(BROKEN, BROKEN, health=health).why_not(1.0) == ""


def test_a_limit_without_a_word_takes_longer_each_time():
    health, waited, now = WELL, [], 0.0
    for _ in range(4):
        health = health.after(LIMITED, now)
        end = asked_again_s(health)
        waited.append(end - now)
        now = end
        health = health.asked(now)
    assert waited == [30, 60, 300, 300]


def test_a_breaker_opens_for_longer_each_time_and_closes_with_an_answer():
    down = failure(FailureKind.UNREACHABLE)
    health = after(down)
    for now, again in ((2.0, 7), (7.0, 22), (22.0, 52), (52.0, 112), (112.0, 172)):
        health = health.asked(now).after(down, now)
        assert asked_again_s(health) == again
    well = health.asked(172.0).after_answer(172.1)
    assert well.why_not(172.1) == ""
    assert asked_again_s(well.after(down, 0.0)) == 2


def test_after_a_park_one_request_finds_out():
    health = after(*[BROKEN] * STRIKES)
    assert health.why_not(2.0) == ""
    probing = health.asked(2.0)
    assert "another request finds out" in probing.why_not(2.0)
    # A probe that was cut off found out nothing: the next one does.
    assert probing.after_nothing().why_not(2.1) == ""
    assert probing.after_answer(2.1).why_not(2.1) == ""
    assert probing.after(BROKEN, 2.1).why_not(7.0) != ""


def test_requests_that_fail_side_by_side_are_one_step():
    assert asked_again_s(after(LIMITED, LIMITED, LIMITED)) == 30


def test_an_older_answer_does_not_end_a_limit():
    assert asked_again_s(after(LIMITED).after_answer(1.0)) == 30
    off = after(failure(FailureKind.AUTHENTICATION, 401))
    assert asked_again_s(off.after_answer(1.0)) is None


def test_a_prompt_that_is_too_long_is_cut_and_not_punished():
    too_long = failure(FailureKind.TOO_LONG, 413)
    health = after(too_long)
    assert (health.share, health.why_not(0.0)) == (0.5, "")
    assert health.after_answer(1.0).share == 0.5
    health = after(too_long, too_long)
    assert (health.share, health.why_not(0.0)) == (SMALLEST_SHARE, "")
    # There is nothing left to cut.
    assert after(*[too_long] * STRIKES, health=health).why_not(0.0)


def test_it_says_why_and_for_how_long():
    assert after(LIMITED).why_not(4.5) == (
        "not asked for another 26 s; rate limited: it is scripted"
    )
    assert after(failure(FailureKind.NOT_FOUND, 404)).why_not(DAY_S) == (
        "not asked until its settings or its key change; not found: it is scripted"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (99.0, "99 s"), (100.0, "2 min"), (3600.0, "60 min"), (7200.0, "2 h")],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words


@pytest.mark.parametrize("status", [408, 409, 425])
def test_what_is_sent_once_more_while_there_is_time(status):
    again = failure(FailureKind.REFUSED, status)
    assert is_worth_another(again, 170.0, 350.0)
    assert not is_worth_another(again, 180.0, 350.0)
    assert not is_worth_another(failure(FailureKind.REFUSED, 400), 0.0, 350.0)


FAILURES = st.builds(
    Failure,
    st.sampled_from(FailureKind),
    st.just("x"),
    st.none() | st.floats(1, 3600),
    st.none() | st.sampled_from([200, 401, 404, 429, 500]),
)
STEPS = st.lists(st.tuples(st.floats(0, 4000), st.none() | st.just("answer") | FAILURES))


@given(STEPS)
def test_nobody_is_left_alone_for_ever_but_by_settings(steps):
    health, now = WELL, 0.0
    for later, step in steps:
        now += later
        if not health.why_not(now):
            health = health.asked(now)
        if isinstance(step, Failure):
            health = health.after(step, now)
        else:
            health = health.after_answer(now) if step else health.after_nothing()
        assert SMALLEST_SHARE <= health.share <= 1
    assert health.off or not health.after_nothing().why_not(now + 3600.0)
