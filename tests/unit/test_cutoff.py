import pytest

from fusionls.core.candidate import Gate
from fusionls.core.cutoff import decide, waiting_ends_ms
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
