"""A member that takes 600 ms beside four of 80 to 200, in virtual time: the bench with fewer lines."""

import pytest

from tests.bench_slow_member import NEAR_MS, in_virtual_time
from tests.support.figures import median

LINES = 400


@pytest.fixture(scope="module")
def sessions():
    return in_virtual_time(LINES)


def test_answers_come_as_soon_as_who_decided_has_spoken(sessions):
    session, _ = sessions
    lags = [one.decided_ms - one.decider[1] for one in session.known if one.decider]
    assert len(lags) > LINES * 0.9
    assert median(lags) <= NEAR_MS


@pytest.mark.xfail(strict=True, reason="how slow a member is is not learned yet")
def test_nobody_waits_for_the_slow_one_once_it_is_known(sessions):
    session, _ = sessions
    assert [one.number for one in session.known if one.waited] == []


def test_it_costs_no_right_answer(sessions):
    session, alone = sessions
    assert sum(one.right for one in session.known) >= sum(one.right for one in alone.known)
