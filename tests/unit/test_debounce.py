import pytest

from fusionls.core.debounce import LONGEST_WAIT_MS, DecisionTimes, Hand, wait_ms
from fusionls.core.typing_pace import Rhythm

BRISK = Rhythm((60.0, 65.0, 70.0, 75.0, 80.0) * 8 + (900.0,) * 4)
JUST_ASKED = 10.0


def test_nobody_in_a_run_waits():
    assert wait_ms(Hand(BRISK, None, JUST_ASKED), 200, 350) == 0


def test_a_pool_that_answers_before_the_next_key_is_asked_at_once():
    assert wait_ms(Hand(BRISK, 70, JUST_ASKED), 60, 350) == 0


def test_a_pool_of_unknown_speed_is_asked_at_once():
    assert wait_ms(Hand(BRISK, 70, JUST_ASKED), None, 350) == 0


def test_within_a_run_the_wait_is_as_long_as_its_keys_are_apart():
    # Who paused for 80 ms is at a pause: of the longer gaps nearly all leave time for an answer.
    assert wait_ms(Hand(BRISK, 70, JUST_ASKED), 200, 350) == 80
    slower = Rhythm(tuple(gap * 1.5 for gap in BRISK.gaps_ms))
    assert wait_ms(Hand(slower, 105, JUST_ASKED), 200, 350) == pytest.approx(120)


def test_in_a_run_without_end_something_is_asked_now_and_then():
    assert wait_ms(Hand(BRISK, 70, 220.0), 200, 350) == 0
    assert wait_ms(Hand(BRISK, 70, None), 200, 350) == 0


def test_the_wait_leaves_the_pool_its_time_before_the_cap():
    assert wait_ms(Hand(BRISK, 70, JUST_ASKED), 200, 250) == 20
    assert wait_ms(Hand(BRISK, 70, JUST_ASKED), 400, 350) == 0


def test_a_hand_that_nobody_knows_is_taken_to_go_on_like_this():
    assert wait_ms(Hand(Rhythm((70.0,) * 3), 70, JUST_ASKED), 200, 350) == 70


def test_no_wait_is_as_long_as_a_pause():
    slow = Rhythm((390.0,) * 50)
    assert wait_ms(Hand(slow, 390, JUST_ASKED), 800, 10_000) == LONGEST_WAIT_MS


def test_only_the_last_decisions_tell_how_fast_a_pool_is():
    times = DecisionTimes()
    assert times.usual_ms is None
    for took_ms in [100.0] * 30 + [200.0] * 15:
        times = times.after(took_ms)
    assert times.usual_ms == 200
