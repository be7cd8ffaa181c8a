"""How fast members are, and that a change is noticed."""

import random
from collections.abc import Callable
from math import inf, nan

import pytest

from fusionls.core.latency import Latencies
from fusionls.core.panel import Panel, PanelAnswer


def panel(*answers: PanelAnswer) -> Panel:
    return Panel("1", answers, 700.0)


def learned(
    median_ms: Callable[[int], float], count: int, cut_ms: float = inf
) -> tuple[Latencies, int | None]:
    """What was learned of a member, and after how many requests a change was first noticed."""
    rng, latencies, noticed = random.Random(7), Latencies(), None
    for number in range(count):
        ms = median_ms(number) * rng.lognormvariate(0, 0.33) * (6 if rng.random() < 0.03 else 1)
        stop = cut_ms * rng.lognormvariate(0, 0.3) if cut_ms < inf else inf
        came = ms <= stop or number % 40 == 0
        answer = PanelAnswer("m", ms, "x") if came else PanelAnswer("m", cut_ms=stop)
        latencies.learn(panel(answer))
        if noticed is None and latencies.changes("m"):
            noticed = number
    return latencies, noticed


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0, 4.0])
def test_a_member_that_becomes_faster_or_slower_is_noticed_within_100_requests(
    factor: float,
) -> None:
    latencies, noticed = learned(lambda number: 150 * (factor if number >= 1000 else 1), 1100)
    assert noticed is not None and 1000 <= noticed < 1100
    assert abs((latencies.median_ms("m") or 0) / (150 * factor) - 1) < 0.25


def test_a_member_that_stays_as_it_is_is_not_taken_for_another() -> None:
    latencies, noticed = learned(lambda _: 150, 3000)
    assert noticed is None
    assert abs((latencies.median_ms("m") or 0) / 150 - 1) < 0.1


def test_a_member_that_is_mostly_cut_off_keeps_its_median() -> None:
    latencies, _ = learned(lambda _: 425, 3000, cut_ms=260)
    assert abs((latencies.median_ms("m") or 0) / 425 - 1) < 0.1


def test_a_cold_prompt_is_known_apart_from_a_warm_one() -> None:
    latencies = Latencies()
    for _ in range(50):
        latencies.learn(panel(PanelAnswer("m", 100.0, "x", prompt=3000, unread=10)))
        latencies.learn(panel(PanelAnswer("m", 900.0, "x", prompt=3000, unread=3000)))
    assert latencies.chance_by("m", 300, prompt=3000, unread=10) > 0.9
    assert latencies.chance_by("m", 300, prompt=3000, unread=3000) < 0.1


def test_what_came_from_an_older_request_says_nothing_of_the_speed() -> None:
    latencies = Latencies()
    latencies.learn(panel(PanelAnswer("m", 1.0, "x", recycled=True)))
    assert latencies.median_ms("m") is None


def test_streams_tell_first_token_and_speed() -> None:
    latencies = Latencies()
    answer = PanelAnswer(
        "m", 150.0, "x", asked_ms=10, first_token_ms=60, done_ms=260, tokens_out=21
    )
    latencies.learn(panel(answer))
    assert latencies.first_token_ms("m") == 50
    assert latencies.tokens_per_second("m") == pytest.approx(100)


def test_unknown_members_and_hostile_times_never_raise() -> None:
    latencies = Latencies()
    for ms in (nan, inf, -inf, -5.0, 1e300):
        latencies.learn(
            panel(PanelAnswer("m", ms, "x", first_token_ms=ms, done_ms=ms, tokens_out=3))
        )
        latencies.learn(panel(PanelAnswer("m", cut_ms=ms, asked_ms=ms)))
        assert 0 <= latencies.chance_by("m", ms, asked_for_ms=ms, prompt=-1, unread=-1) <= 1
    assert latencies.median_ms("nobody") is None
    assert 0 < latencies.chance_by("nobody", 300) < 1
    latencies.learn(Panel("2", (), 700.0))
