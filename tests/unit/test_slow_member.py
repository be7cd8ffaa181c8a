"""A member that takes 600 ms beside four of 80 to 200, in virtual time: the bench with fewer lines."""

import pytest

from tests.bench_slow_member import NEAR_MS, in_virtual_time
from tests.support.figures import median

LINES = 400
# With another member the worth of waiting is another one, by a little; who waits for nobody may lose a line.
NEAR_TIES = 0.01


@pytest.fixture(scope="module")
def sessions():
    return in_virtual_time(LINES)


def test_answers_come_as_soon_as_who_decided_has_spoken(sessions):
    session, _ = sessions
    lags = [one.decided_ms - one.decider[1] for one in session.known if one.decider]
    assert len(lags) > LINES * 0.9
    assert median(lags) <= NEAR_MS


def test_nobody_waits_for_the_slow_one_once_it_is_known(sessions):
    session, _ = sessions
    assert [one.number for one in session.known if one.waited] == []


def test_it_costs_no_right_answer(sessions):
    session, alone = sessions
    right, right_alone = (sum(one.right for one in of.known) for of in (session, alone))
    assert right >= right_alone - NEAR_TIES * LINES
