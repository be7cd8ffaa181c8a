"""What a trace teaches in the process is what it teaches when it is read from a file."""

from dataclasses import replace

import pytest

from fusionls.core.panel_json import panel_from_json
from fusionls.core.panel_of import ASLEEP_MS, panel_of
from fusionls.core.trace import DecisionTrace, MemberTrace, Trace

MEMBERS = (
    MemberTrace(
        "a",
        "answered",
        asked_ms=1,
        first_token_ms=50,
        done_ms=80,
        tokens_out=4,
        verdict="valid",
        klass="x",
    ),
    MemberTrace(
        "b", "partial", asked_ms=1, done_ms=95, line_ms=60, verdict="valid", klass="x", prompt=900
    ),
    MemberTrace("c", "cancelled", asked_ms=1, done_ms=95, unread=0),
    MemberTrace("d", "failed", asked_ms=1, done_ms=20, why="dropped"),
    MemberTrace("e", "late", asked_ms=2, done_ms=400, verdict="valid", klass="y", recycled=True),
    MemberTrace("f", "late", asked_ms=2),
    MemberTrace("g", "answered", asked_ms=2, done_ms=70, verdict="broken", klass="z"),
    MemberTrace("h", "skipped", why="not asked"),
)
TRACE = Trace(
    "r1", "completion", "automatic", "python", 350.0, "checked", MEMBERS,
    DecisionTrace(95.0, "a and b agree", 0.6, "x", True), gap_ms=140.0,
)  # fmt: skip


@pytest.mark.parametrize("whole", [None, ("y", 0.7), ("x", 0.9)])
def test_it_is_what_the_written_trace_teaches(whole):
    trace = replace(TRACE, whole=whole, explored=whole is not None)
    read = panel_from_json(trace.to_json())
    given = read.whole or read.chosen
    # Somebody was cut off after all, so it was no lot that decided who ended.
    read = replace(
        read,
        explored=False,
        answers=tuple(
            replace(one, right=0.0) if one.klass not in ("", given) else one for one in read.answers
        ),
    )
    assert panel_of(trace, [member.name for member in MEMBERS]) == read


def test_shapes_of_a_prompt_and_members_of_other_pools_are_left_out():
    shaped = replace(MEMBERS[0], name="a/ahead")
    panel = panel_of(replace(TRACE, members=(*MEMBERS, shaped)), ["a", "b"])
    assert panel is not None and panel.members == ("a", "b")


def test_who_slept_teaches_nothing():
    slept = replace(TRACE, decision=replace(TRACE.decision, at_ms=351 + ASLEEP_MS))
    assert panel_of(slept, ["a"]) is None
    assert panel_of(TRACE, []) is None
