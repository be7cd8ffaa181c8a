"""Who is asked when, and how long it takes then."""

from math import inf

import pytest

from fusionls.core.launching import LaunchPlan, Machine, Wave, all_at_once, timeline, works_of
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.stopping.launches import best_plan

SHARED = Machine({"a": "gpu", "b": "gpu"}, 0.5)
PLAN = LaunchPlan((Wave(("a",)), Wave(("b",), 100.0), Wave(("c",), inf, 1)))


def test_a_wave_is_asked_when_its_time_has_come_or_somebody_has_ended() -> None:
    assert PLAN.due(0, (), ()) == ("a",)
    assert PLAN.due(50, (), ("a",)) == ()
    assert PLAN.due(100, (), ("a",)) == ("b",)
    assert PLAN.due(50, ("a",), ("a",)) == ("c",)
    assert PLAN.next_ms(50, ("a",)) == 100
    assert PLAN.next_ms(150, ("a", "b")) is None


def test_a_plan_is_the_same_after_json() -> None:
    assert LaunchPlan.from_json(PLAN.to_json()) == PLAN


def test_members_on_one_machine_slow_each_other_while_both_run() -> None:
    assert timeline({"a": 100, "b": 100}, all_at_once("ab"), SHARED) == {
        "a": (0, 150),
        "b": (0, 150),
    }
    ran = timeline({"a": 100, "b": 100, "c": 50}, PLAN, SHARED)
    assert ran == {"a": (0, 100), "b": (100, 200), "c": (100, 150)}


def test_who_is_never_due_is_not_asked() -> None:
    assert (
        timeline(
            {"a": 10, "c": 10}, LaunchPlan((Wave(("a",), inf, 1), Wave(("c",), inf, 5))), SHARED
        )
        == {}
    )


@pytest.mark.parametrize(
    "plan", [all_at_once("ab"), LaunchPlan((Wave(("b",)), Wave(("a",), 40.0)))]
)
def test_what_each_takes_alone_follows_from_what_was_seen(plan: LaunchPlan) -> None:
    ran = timeline({"a": 100, "b": 60}, plan, SHARED)
    seen = Panel(
        "1", tuple(PanelAnswer(m, end, "x", asked) for m, (asked, end) in ran.items()), 700.0
    )
    works = works_of(seen, SHARED)
    assert all(ended for _, ended in works.values())
    assert [works[member][0] for member in "ab"] == pytest.approx([100, 60])


def test_a_member_that_only_slows_the_others_is_not_asked_at_once() -> None:
    panels = [
        Panel(
            str(number),
            (
                PanelAnswer("a", 100.0, "x", right=1.0),
                PanelAnswer("b", 170.0, "x" if number % 2 else "", right=1.0),
            ),
            400.0,
        )
        for number in range(250)
    ]
    plan = best_plan(panels, ("a", "b"), SHARED.groups, 1.0, cap_ms=400.0, survival=((1.0, 200.0),))
    assert plan.due(0, (), ()) == ("a",)
