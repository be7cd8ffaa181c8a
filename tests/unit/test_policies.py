"""Rules of waiting, replayed on panels."""

import math
import random

import pytest

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.simulating.policies import policies, policy_named
from fusionls.simulating.replay import Run, replay, scores

PATIENT = ((1.0, 1e12),)
HURRIED = ((0.45, 250.0), (0.55, 2000.0))


def panel(*said: tuple[float, str], cap_ms: float = 700.0, tokens: int = 0) -> Panel:
    """Members a, b, c ... with what they said when; "x" is right."""
    answers = tuple(
        PanelAnswer(name, at_ms, klass, done_ms=at_ms, right=float(klass == "x"), tokens_out=tokens)
        for name, (at_ms, klass) in zip("abcde", said, strict=False)
    )
    return Panel("1", answers, cap_ms)


ONE = panel((100, "y"), (200, "x"), (350, "x"), (900, "z"))


@pytest.mark.parametrize(
    ("rule", "stopped", "shown"),
    [
        ("first", 100, "y"),
        ("wait:250", 250, "y"),
        ("quorum:2:50", 250, "y"),
        ("quorum:2:160", 360, "x"),
        ("all", 700, "x"),
        ("agree", 350, "x"),
        ("best", 200, "x"),
        ("best:c", 350, "x"),
        ("clairvoyant", 200, "x"),
    ],
)
def test_each_rule_stops_when_it_says(rule: str, stopped: float, shown: str) -> None:
    request = replay([ONE], rule, HURRIED).requests[0]
    assert (request.stopped_ms, request.klass) == (stopped, shown)
    alive = sum(weight * math.exp(-stopped / ms) for weight, ms in HURRIED)
    assert request.value == pytest.approx(alive if shown == "x" else 0)


def test_who_is_cut_off_is_censored_and_what_was_not_shown_is_not_judged() -> None:
    seen = replay([ONE], "wait:250", PATIENT).requests[0].observed
    assert [answer.cut_ms for answer in seen.answers] == [None, None, 250, 250]
    assert [answer.right for answer in seen.answers] == [0.0, None, None, None]


def test_tokens_of_who_was_cut_or_not_shown_are_wasted() -> None:
    request = replay([panel((100, "x"), (200, "y"), tokens=10)], "first", PATIENT).requests[0]
    assert (request.tokens, request.wasted_tokens) == (15, 5)


def test_what_was_lost_and_saved_by_not_waiting_is_told() -> None:
    panels = [panel((100, "y"), (200, "x"), (300, "x")), panel((100, "x"), (200, "y"), (300, "y"))]
    runs = [replay(panels, rule, PATIENT) for rule in ("first", "all", "clairvoyant")]
    first, _, best = scores(runs)
    assert (first.lost, first.saved) == (0.5, 0.5)
    assert [first.regret, best.regret, first.of_clairvoyant] == pytest.approx([0.5, 0, 0.5])


def test_one_that_is_asked_alone_has_the_machine_for_itself() -> None:
    request = replay(
        [panel((150, "x"), (300, "y"))], "best", PATIENT, contention=0.5, launch=True
    ).requests[0]
    assert request.stopped_ms == pytest.approx(100)
    assert request.asked == ("a",)


@pytest.mark.parametrize(
    "text", ["nobody", "wait:soon", "wait:-1", "wait:1:2", "table:all", "first:3"]
)
def test_a_policy_that_is_none_is_an_error_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"there are|takes|is a number|learns"):
        policy_named(text)


def test_every_rule_says_what_it_does() -> None:
    assert all(form.about for form in policies().values())


def synthetic(count: int, seed: int = 3) -> list[Panel]:
    """A fast weak member, a slow good one, and one between."""
    rng, made = random.Random(seed), []
    for _ in range(count):
        load, hard = rng.lognormvariate(0, 0.15), rng.gauss(0, 1)
        said = []
        for place, (median, skill) in enumerate(((90, -0.8), (150, 0.6), (400, 1.4))):
            right = rng.random() < 1 / (1 + math.exp(1.5 * hard - skill))
            wrong = "" if rng.random() < 0.3 else "y" if rng.random() < 0.4 else f"own {place}"
            said.append((median * load * rng.lognormvariate(0, 0.3), "x" if right else wrong))
        made.append(panel(*said))
    return made


@pytest.fixture(scope="module")
def replayed() -> dict[str, Run]:
    panels = synthetic(1500)
    rules = ("first", "agree", "all", "best", "clairvoyant", "table:panels", "table:own")
    return {rule: replay(panels, rule, HURRIED) for rule in rules}


@pytest.mark.parametrize("table", ["table:panels", "table:own"])
def test_the_table_is_worth_what_the_best_simple_rule_is(
    replayed: dict[str, Run], table: str
) -> None:
    found = {score.policy: score for score in scores(list(replayed.values()))}
    best = max(found[rule].value for rule in ("first", "agree", "all", "best"))
    assert found[table].value >= best * 0.97
    assert found[table].value <= found["clairvoyant"].value


def test_the_table_uses_nothing_of_later_requests_and_decides_alike_each_time() -> None:
    panels = synthetic(400)
    changed = [*panels[:300], *synthetic(100, seed=9)]
    one, other = (replay(made, "table:own", HURRIED).requests[:300] for made in (panels, changed))
    assert [r.stopped_ms for r in one] == [r.stopped_ms for r in other]


def test_the_words_of_answers_do_not_matter() -> None:
    panels = synthetic(400)
    names = {"x": "popular", "y": "right", "": "", "own 0": "p", "own 1": "q", "own 2": "r"}
    renamed = [
        Panel(
            made.id,
            tuple(
                PanelAnswer(a.member, a.at_ms, names[a.klass], done_ms=a.done_ms, right=a.right)
                for a in made.answers
            ),
            made.cap_ms,
        )
        for made in panels
    ]
    assert [r.value for r in replay(panels, "table", HURRIED).requests] == [
        r.value for r in replay(renamed, "table", HURRIED).requests
    ]


def test_nothing_or_cut_panels_cannot_be_replayed() -> None:
    with pytest.raises(ValueError, match="no panel"):
        replay([], "first", PATIENT)
    with pytest.raises(ValueError, match="cut off"):
        replay([Panel("1", (PanelAnswer("a", cut_ms=5.0),), 100.0)], "first", PATIENT)
