import pytest

from fusionls.core.candidate import Gate
from fusionls.core.cutoff import Plan, decide, looks_again_ms, plan_for, waiting_ends_ms
from tests.unit.test_agreement import candidate


@pytest.mark.parametrize(
    ("now", "candidates", "outstanding", "why"),
    [
        (0, [], 3, None),
        (100, [candidate("a", "x")], 1, None),
        (100, [candidate("a", "x"), candidate("b", "y")], 1, None),
        (
            100,
            [candidate("a", "x"), candidate("b", "x\nmore")],
            1,
            "a and b agree on the first line",
        ),
        (100, [candidate("a", "x"), candidate("b", "x", gate=Gate.BROKEN)], 1, None),
        (100, [candidate("a", "x"), candidate("b", "x", gate=Gate.INCOMPLETE)], 1, "a and b agree"),
        (100, [candidate("a", ""), candidate("b", "")], 1, None),
        (100, [candidate("a", "x")], 0, "nobody is left to wait for"),
        (0, [], 0, "nobody is left to wait for"),
        (319, [candidate("a", "x")], 1, None),
        (320, [candidate("a", "x")], 1, "the cap of 350 ms was reached"),
    ],
)
def test_the_cold_start_rule(now, candidates, outstanding, why):
    stop = decide(now, 350, candidates, outstanding)
    assert (stop is None) == (why is None)
    assert stop is None or stop.why.startswith(why)


def test_a_cap_below_the_reserve_does_not_wait_at_all():
    assert waiting_ends_ms(5) == 0


def test_two_shapes_of_one_member_do_not_agree():
    twice = [candidate("a", "x"), candidate("a", "x")]
    assert decide(100, 350, twice, 1) is None
    stop = decide(100, 350, [*twice, candidate("b", "x")], 1)
    assert stop is not None and stop.why.startswith("a and b agree")


@pytest.mark.parametrize(
    ("now", "candidates", "why"),
    [
        (99, [candidate("a", "x")], None),
        (100, [candidate("a", "x")], "the next key is due"),
        (200, [], None),
        (200, [candidate("a", "")], None),
        (200, [candidate("a", "x", gate=Gate.BROKEN)], None),
    ],
)
def test_while_somebody_types_what_is_there_is_shown_before_the_next_key(now, candidates, why):
    stop = decide(now, 350, candidates, 1, next_key_ms=125)
    assert (stop and stop.why) == why


@pytest.mark.parametrize(
    ("now", "next_key", "again"), [(0, None, 320), (0, 125, 100), (100, 125, 320), (0, 900, 320)]
)
def test_when_to_look_again(now, next_key, again):
    assert looks_again_ms(now, 350, next_key) == again


@pytest.mark.parametrize(
    ("expected", "cap", "further", "by_hand", "plan"),
    [
        (None, 350, False, False, Plan.WAIT),
        (300, 350, False, False, Plan.WAIT),
        (330, 350, False, False, Plan.ASK),
        (330, 1500, False, True, Plan.WAIT),
        (2000, 1500, False, True, Plan.ASK),
        (None, 350, True, False, Plan.SKIP),
        (50, 350, True, False, Plan.WAIT),
        (330, 350, True, False, Plan.SKIP),
        (None, 1500, True, True, Plan.WAIT),
        (2000, 1500, True, True, Plan.ASK),
        (None, 60_000, True, False, Plan.WAIT),
    ],
)
def test_who_is_asked_and_who_is_waited_for(expected, cap, further, by_hand, plan):
    assert plan_for(0, expected, cap, further=further, by_hand=by_hand) is plan
