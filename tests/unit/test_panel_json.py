"""Panels from JSON that anybody may have written: a panel, or a clause that says what is wrong."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.panel_fields import MOST_ANSWERS
from fusionls.core.panel_json import (
    PanelError,
    header_from_json,
    panel_from_json,
    panel_to_json,
)
from tests.unit.test_agreement import candidate
from tests.unit.test_explaining import traced

MEMBER = {"name": "qwen", "state": "answered", "asked_ms": 0.4, "done_ms": 96.0, "class": 1}
DECISION = {"at_ms": 121.0, "why": "", "p": 0.7, "class": 1, "shown": True}
TRACE = {"v": 1, "id": "r7", "kind": "completion", "cap_ms": 350.0, "decision": DECISION}
HEADER = {"setting": "impatient", "survival": [[0.45, 250.0], [0.55, 2000.0]], "cap_ms": 700}


def of_members(*members, **more):
    return panel_from_json(TRACE | {"members": list(members)} | more)


def answer_of(**fields):
    return of_members(MEMBER | fields).answers[0]


def test_a_kept_panel_comes_back_as_it_was():
    panel = Panel(
        id="r1",
        answers=(
            PanelAnswer("a", 81.25, "1", 0.5, 60.0, 96.0, tokens_out=6, prompt=900, unread=12),
            PanelAnswer("b", None, "", 1.0, cut_ms=121.0, token_ms=(1.0, 2.5), recycled=True),
            PanelAnswer("c", 90.0, "2", right=0.25),
        ),
        cap_ms=350.0,
        language="python",
        chosen="1",
        p=0.71,
        decided_ms=121.0,
        gap_ms=180.0,
    )
    assert panel_from_json(json.loads(json.dumps(panel_to_json(panel)))) == panel


def test_what_is_kept_of_a_panel_holds_no_code():
    panel = Panel(
        "r1", (PanelAnswer("a", 1.0, "secret_name + b"),), 350.0, chosen="secret_name + b"
    )
    kept = panel_to_json(panel)
    assert "secret_name" not in json.dumps(kept)
    assert panel_from_json(kept).chosen == panel_from_json(kept).answers[0].klass == "1"


def test_the_trace_of_a_server_is_a_panel():
    answers = (candidate("qwen", "a + b"), candidate("llama", "b"))
    ended = (replace(one, reply=replace(one.reply, done_ms=96.0)) for one in answers)
    trace = traced(*ended)
    for with_text in (True, False):
        panel = panel_from_json(trace.to_json(with_text=with_text))
        assert panel.members == ("qwen", "llama")
        assert [answer.is_sound for answer in panel.answers] == [True, True]
        assert panel.chosen in {answer.klass for answer in panel.answers}


def test_an_answer_votes_from_its_first_finished_line_on():
    assert answer_of().at_ms == 96.0
    assert answer_of(line_ms=81.0).at_ms == 81.0


def test_who_was_cut_off_is_not_taken_for_one_that_failed():
    cut = answer_of(state="cancelled", done_ms=121.0)
    assert (cut.at_ms, cut.cut_ms, cut.klass) == (None, 121.0, "")
    assert answer_of(state="cancelled", done_ms=None).cut_ms == 121.0, "it was so at the decision"
    failed = answer_of(state="failed", done_ms=30.0)
    assert (failed.at_ms, failed.cut_ms, failed.done_ms) == (None, None, 30.0)
    partial = answer_of(state="partial", line_ms=80.0, done_ms=121.0)
    assert (partial.at_ms, partial.cut_ms, partial.klass) == (80.0, 121.0, "1")


def test_who_came_late_has_an_end_only_if_somebody_waited_for_it():
    late = answer_of(state="late", done_ms=300.0)
    assert (late.at_ms, late.cut_ms) == (300.0, None)
    assert answer_of(state="late", done_ms=None).cut_ms == 121.0


def test_who_was_not_asked_is_not_in_it():
    skipped = {"name": "slow", "state": "skipped", "asked_ms": None, "done_ms": None}
    assert of_members(MEMBER, skipped).members == ("qwen",)


def test_what_is_broken_can_vote_for_nothing():
    assert answer_of(verdict="broken").klass == ""
    assert answer_of(verdict=None).klass == "1"


def test_what_was_offered_is_as_likely_right_as_was_said_until_it_is_judged():
    other = MEMBER | {"name": "llama", "class": 2}
    for more, right in (
        ({}, 0.7),
        ({"feedback": "accepted"}, 1.0),
        ({"feedback": "rejected"}, 0.0),
    ):
        found = of_members(MEMBER, other, **more).answers
        assert [answer.right for answer in found] == [right, None]
    events = [{"kind": "shown"}, {"kind": "accepted"}, {"kind": "typed"}]
    found = of_members(MEMBER, feedback=events).answers
    assert found[0].right == 1.0, "fusionls.explain lists events"


def test_synthetic_traces_need_their_header():
    arrivals = [
        {"member": "m1", "at_ms": 179.9, "answer": "popular", "right": False},
        {"member": "m0", "at_ms": 74.5, "answer": "right", "right": True},
        {"member": "m2", "at_ms": 260.2, "answer": "", "right": False},
    ]
    line = {"id": 3, "arrivals": arrivals}
    with pytest.raises(PanelError, match="no line before them"):
        panel_from_json(line)
    header = header_from_json(HEADER)
    assert header is not None
    panel = panel_from_json(line, header)
    assert (panel.id, panel.cap_ms, panel.full) == ("3", 700.0, True)
    assert panel.members == ("m0", "m1", "m2"), "by name: they are written by time"
    assert [answer.right for answer in panel.answers] == [1.0, 0.0, 0.0]
    assert not panel.answers[2].is_sound
    assert header_from_json(line) is None
    assert header.survival == ((0.45, 250.0), (0.55, 2000.0))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ([], "this is a list and not an object"),
        ({}, "neither a trace"),
        (TRACE, "neither a trace"),
        (TRACE | {"members": {}}, "'members' is an object and not a list"),
        (TRACE | {"members": [MEMBER] * 2}, "answers twice"),
        (TRACE | {"members": [MEMBER] * (MOST_ANSWERS + 1)}, "more than 64"),
        (TRACE | {"members": [], "v": 2}, r"its format \('v'\) is 2"),
        (TRACE | {"members": [], "v": True}, "'v' is true or false and not a number"),
        (TRACE | {"members": [], "kind": "refactor"}, "only completions"),
        (TRACE | {"members": [], "cap_ms": 0}, "'cap_ms' is missing"),
        (TRACE | {"members": [], "cap_ms": float("nan")}, "'cap_ms' is not between"),
        (TRACE | {"members": [], "cap_ms": 10**400}, "'cap_ms' is not between"),
        (TRACE | {"members": [], "id": None}, "'id' is missing"),
        (TRACE | {"members": [], "id": "x" * 500}, "'id' is longer"),
        (TRACE | {"members": [], "decision": None}, "'decision' is missing"),
        (TRACE | {"members": [], "decision": DECISION | {"p": 2}}, "'p' is not between 0 and 1"),
        (TRACE | {"members": [MEMBER | {"state": "asleep"}]}, "'state' is 'asleep'"),
        (TRACE | {"members": [MEMBER | {"done_ms": None}]}, "not said when"),
        (TRACE | {"members": [MEMBER | {"class": 1.5}]}, "'class' is not a whole number"),
        (TRACE | {"members": [MEMBER | {"class": -1}]}, "'class' is not between"),
        (TRACE | {"members": [MEMBER | {"name": ""}]}, "'name' is empty"),
        (TRACE | {"members": [MEMBER | {"token_ms": "1"}]}, "'token_ms' is not a list"),
        (TRACE | {"members": [MEMBER | {"recycled": 1}]}, "neither true nor false"),
        ({"panel": 2, "id": "r", "answers": []}, "this program knows 1"),
    ],
)
def test_what_is_no_panel_is_told_in_words(broken, why):
    with pytest.raises(PanelError, match=why):
        panel_from_json(broken)


@pytest.mark.parametrize("survival", [None, [], [[1]], [["a", 1]], [[0.5, 0]], [[2, 100]], "x"])
def test_a_header_without_patience_is_told(survival):
    with pytest.raises(PanelError, match=r"survival|weight|ms"):
        header_from_json(HEADER | {"survival": survival})


def test_names_cannot_steer_a_terminal():
    panel = of_members(MEMBER | {"name": "a\x1b[2J\ud800"})
    assert panel.members == ("a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}",)


def mangled(block):
    """Yield ``block`` with any part of it replaced by anything."""
    junk = st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
        ),
        max_leaves=4,
    )

    @st.composite
    def one(draw):
        copy = json.loads(json.dumps(block))
        place, keys = copy, None
        for _ in range(draw(st.integers(1, 4))):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.booleans()):
                place[key] = draw(junk)
                break
            place = place[key]
        return copy

    return one()


@given(
    mangled(
        TRACE | {"members": [MEMBER, MEMBER | {"name": "b", "state": "late", "token_ms": [1.0]}]}
    )
    | mangled(panel_to_json(of_members(MEMBER)))
    | mangled({"id": 0, "arrivals": [{"member": "m", "at_ms": 1.0, "answer": "a", "right": True}]})
)
def test_whatever_is_written_it_is_a_panel_or_a_panel_error(block):
    header = header_from_json(HEADER)
    try:
        panel = panel_from_json(block, header)
    except PanelError as error:
        assert str(error)
    else:
        assert panel_from_json(panel_to_json(panel)).members == panel.members
