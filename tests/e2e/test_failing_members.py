"""Four of five members fail, each in its own way: the fifth answers as if it were alone.

``python -m tests.bench failing_members`` asks a thousand times and measures against the cap itself.
"""

import pytest

from fusionls.engine.standings import MOST_AT_ONCE
from tests.support.failing_members import CAP_MS, HEALTHY, NAMES, WARM_UP, answer_to, session

REQUESTS = 60
# A machine that runs other tests as well may hold any process up for this long.
BUSY_MACHINE_MS = 250
ASKED = range(WARM_UP, WARM_UP + REQUESTS)
RIGHT = [answer_to(f"total_{number} = ").rstrip("\n") for number in ASKED]


@pytest.fixture(scope="module")
def five():
    return session(NAMES, REQUESTS)


def test_everybody_is_answered_within_the_cap_and_as_by_the_healthy_one_alone(five):
    assert five.texts == session([HEALTHY], REQUESTS).texts == RIGHT
    assert max(five.times_ms) <= CAP_MS + BUSY_MACHINE_MS


def test_the_stalled_one_holds_nobody_up_for_long(five):
    # It kept the first requests waiting, to the cap, and is only tried now and then after that.
    assert sorted(five.times_ms)[REQUESTS // 2] < CAP_MS / 2


def test_the_healthy_one_and_the_stalled_one_are_asked_each_time(five):
    # To be cut off is no failure: a slow model is not punished for it.
    assert five.seen[HEALTHY].requests == five.seen["stalled"].requests
    assert five.seen[HEALTHY].requests == WARM_UP + REQUESTS


def test_connections_do_not_pile_up(five):
    assert {name: seen.open for name, seen in five.seen.items()} == dict.fromkeys(NAMES, 0)
    assert max(seen.most_open for seen in five.seen.values()) <= MOST_AT_ONCE


def test_who_fails_is_left_alone_after_a_few_requests(five):
    for name in ("broken", "reset", "garbage"):
        # Three in a row, and then one now and then to find out whether it is back.
        assert five.seen[name].requests < REQUESTS / 4, name
