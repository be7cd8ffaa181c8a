"""When waiting is no longer worth it."""

import json
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.stopping.outcomes import Expectations, Outcomes
from fusionls.core.stopping.problem import Problem, problem_of, survival_of
from fusionls.core.stopping.signature import all_signatures, class_sizes, signature_of
from fusionls.core.stopping.solving import solve
from fusionls.core.stopping.table import CutoffTable

MEMBERS = ("fast", "slow")


def panel(fast: str, slow: str, number: int = 0, **more: Any) -> Panel:
    """A full panel; "x" is the right answer."""
    times = 80.0 + number % 40, 200.0 + number % 100
    answers = tuple(
        PanelAnswer(member, at_ms, klass, right=float(klass == "x"))
        for member, at_ms, klass in zip(MEMBERS, times, (fast, slow), strict=True)
    )
    return Panel(str(number), answers, 350.0, **more)


def table_of(
    panels: list[Panel], patience_ms: float = 1000.0, trigger: str = "automatic"
) -> CutoffTable:
    survival = survival_of(((1.0, patience_ms),), 350.0)
    return solve(problem_of(panels, MEMBERS, cap_ms=350.0, survival=survival, trigger=trigger))


WEAK_FAST = [panel("y" if n % 5 else "x", "x", n) for n in range(300)]
GOOD_FAST = [panel("x" if n % 10 else "y", "x", n) for n in range(300)]


def test_states_do_not_depend_on_names_or_on_who_came_first() -> None:
    assert signature_of(("a", "b", "c"), {"c": "k", "a": "l"}) == (1, -1, 2)
    assert signature_of(("a", "b", "c"), {"a": "l", "c": "l"}, gone={"b"}) == (1, 0, 1)
    assert [len(all_signatures(count)) for count in (1, 2, 3, 4, 5)] == [3, 10, 37, 151, 674]


def test_a_weak_member_is_not_shown_while_a_good_one_is_worth_waiting_for() -> None:
    advice = table_of(WEAK_FAST).advice((1, -1), 90.0)
    assert advice is not None and not advice.stop
    assert advice.words == f"answering now is worth {advice.now:.2f}, waiting {advice.later:.2f}"


def test_an_impatient_person_gets_a_good_answer_at_once() -> None:
    advice = table_of(GOOD_FAST, patience_ms=300.0).advice((1, -1), 90.0)
    assert advice is not None and advice.stop and advice.now > advice.later


def test_two_that_agree_are_not_waited_on_and_the_cap_ends_all() -> None:
    table = table_of(WEAK_FAST)
    assert table.stops_ms((1, 1), 220.0) == 220.0
    assert table.stops_ms((-1, -1), 0.0) == pytest.approx(350.0)
    assert table.best_class((1, 2)) == 2 and table.best_class((-1, 0)) == 0


def test_who_comes_after_a_sure_answer_is_not_waited_for() -> None:
    always = [panel("x", "x", n) for n in range(2000)]
    advice = table_of(always, patience_ms=1e9).advice((1, -1), 90.0)
    assert advice is not None and advice.stop and advice.sure
    assert "nobody missing is likely to change it" in advice.words


def test_by_hand_an_alternative_is_worth_waiting_for() -> None:
    different = [panel("x", "z", n) for n in range(300)]
    assert table_of(different, 1e6).stops_ms((1, -1), 90.0) == 90.0
    advice = table_of(WEAK_FAST, 1e6, trigger="manual").advice((1, -1), 90.0)
    assert advice is not None and not advice.stop


def test_a_table_and_a_problem_are_the_same_after_json() -> None:
    survival = survival_of(((1.0, 500.0),), 350.0)
    problem = problem_of(WEAK_FAST, MEMBERS, cap_ms=350.0, survival=survival)
    table = solve(problem)
    again = CutoffTable.from_json(json.loads(json.dumps(table.to_json())))
    carried = solve(Problem.from_json(json.loads(json.dumps(problem.to_json()))))
    for state in all_signatures(2):
        for at_ms in (0.0, 95.0, 349.0):
            found, kept, sent = (t.advice(state, at_ms) for t in (table, again, carried))
            assert found is not None and kept is not None and sent is not None
            assert (kept.now, kept.later) == pytest.approx((found.now, found.later), abs=1e-4)
            assert (sent.now, sent.later) == pytest.approx((found.now, found.later), abs=1e-3)


def test_five_members_fit_through_a_pipe() -> None:
    members = ("a", "b", "c", "d", "e")
    table = solve(problem_of((), members, cap_ms=20_000.0))
    assert len(json.dumps(table.to_json())) < 400_000
    with pytest.raises(ValueError, match="1 to 5 members"):
        problem_of((), (*members, "f"), cap_ms=350.0)
    with pytest.raises(ValueError, match="1 to 5 members"):
        problem_of((), (), cap_ms=350.0)


TABLE = table_of(WEAK_FAST)


@given(
    st.lists(st.integers(-3, 7), max_size=7).map(tuple),
    st.floats() | st.sampled_from([nan, inf, -inf]),
)
def test_whatever_is_looked_up_nothing_raises(state: tuple[int, ...], at_ms: float) -> None:
    advice = TABLE.advice(state, at_ms)
    TABLE.stops_ms(state, at_ms)
    assert TABLE.best_class(state) >= 0
    assert advice == TABLE.advice(state, at_ms)
    assert advice is None or (0 <= advice.now <= 1 and 0 <= advice.later <= 1)


@given(st.lists(st.tuples(st.sampled_from("xyz "), st.sampled_from("xyz ")), max_size=20))
def test_chances_of_what_follows_sum_to_one_and_are_chances(said: list[tuple[str, str]]) -> None:
    outcomes = Outcomes(MEMBERS)
    for number, (fast, slow) in enumerate(said):
        outcomes.learn(panel(fast.strip(), slow.strip(), number))
    expected = Expectations(Outcomes.from_json(json.loads(json.dumps(outcomes.to_json()))))
    for state in all_signatures(2):
        assert all(0 <= expected.right(state, klass) <= 1 for klass in class_sizes(state))
        for place, value in enumerate(state):
            if value == -1:
                assert sum(chance for _, chance in expected.steps(state, place)) == pytest.approx(1)


def test_the_order_in_which_a_panel_names_its_members_does_not_matter() -> None:
    one, other = Outcomes(MEMBERS), Outcomes(MEMBERS)
    for made in WEAK_FAST:
        one.learn(made)
        other.learn(Panel(made.id, made.answers[::-1], made.cap_ms))
    assert one.to_json() == other.to_json()


def test_panels_that_were_waited_for_because_they_disagreed_do_not_make_members_look_contrary() -> (
    None
):
    """Stopping at the first answer unless it is weak leaves full panels only of weak first answers."""
    outcomes = Outcomes(MEMBERS)
    for number in range(400):
        if number % 2:
            outcomes.learn(panel("y", "x", number, decided_ms=320.0))
        else:
            answers = PanelAnswer("fast", 80.0, "x", right=1.0), PanelAnswer("slow", cut_ms=80.0)
            outcomes.learn(Panel(str(number), answers, 350.0, decided_ms=80.0))
        if number % 40 == 0:
            outcomes.learn(panel("x", "x", number, decided_ms=80.0, explored=True))
    assert Expectations(outcomes).right((1, -1), 1) > 0.7


def test_hostile_panels_are_learned_without_an_error() -> None:
    hostile = [
        Panel("1", (), nan),
        Panel("2", tuple(PanelAnswer("fast", ms, "x", right=nan) for ms in (nan, inf, -1.0)), inf),
        Panel("3", (PanelAnswer("stranger", 1.0, "x"), PanelAnswer("slow", cut_ms=nan)), 350.0),
    ]
    assert table_of(hostile).advice((1, -1), 10.0) is not None
