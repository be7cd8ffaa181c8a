"""How long things take, learned from what ended and from what was cut off."""

import random
from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.hazard import Hazard

ANY_TIME = st.floats(allow_nan=True, allow_infinity=True)


def test_half_of_what_ended_had_ended_by_the_median() -> None:
    hazard = Hazard()
    for ms in (100, 110, 200, 300, 310):
        hazard.finished(ms)
    assert 195 <= (hazard.quantile(0.5) or 0) <= 210


def test_one_that_is_mostly_cut_off_does_not_look_fast() -> None:
    rng = random.Random(1)
    hazard = Hazard()
    for number in range(3000):
        ms, cut = 425 * rng.lognormvariate(0, 0.4), 150 * rng.lognormvariate(0, 0.5)
        if ms <= cut or number % 40 == 0:
            hazard.finished(ms)
        else:
            hazard.cut(cut)
    assert abs((hazard.quantile(0.5) or 0) / 425 - 1) <= 0.10


def test_nothing_is_known_of_what_was_never_seen() -> None:
    hazard = Hazard()
    assert hazard.quantile(0.5) is None
    assert hazard.survival(1000) == 1
    assert 0 < hazard.chance_by(300) < 1


def test_a_median_beyond_all_that_was_seen_is_unknown() -> None:
    hazard = Hazard()
    for _ in range(10):
        hazard.cut(200)
    assert hazard.quantile(0.5) is None


def test_times_that_are_none_are_not_learned() -> None:
    hazard = Hazard()
    for ms in (nan, inf, -inf):
        hazard.finished(ms)
        hazard.cut(ms)
    assert hazard.count == 0


def test_old_times_are_forgotten() -> None:
    hazard = Hazard(half_life=50)
    for _ in range(1000):
        hazard.finished(100)
    for _ in range(500):
        hazard.finished(400)
    assert (hazard.quantile(0.5) or 0) > 395


@given(st.lists(st.tuples(ANY_TIME, st.booleans()), max_size=30), ANY_TIME, ANY_TIME)
def test_chances_are_chances_whatever_was_seen(
    seen: list[tuple[float, bool]], until_ms: float, since_ms: float
) -> None:
    hazard = Hazard()
    for ms, ended in seen:
        (hazard.finished if ended else hazard.cut)(ms)
    assert 0 <= hazard.survival(until_ms) <= 1
    assert 0 <= hazard.chance_by(until_ms, since_ms) <= 1
    assert all(0 <= value <= 1 for value in hazard.hazards(40))
