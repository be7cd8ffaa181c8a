"""The panel that a trace of docs/trace.md tells of, and what the person thought of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fusionls.core.json_fields import (
    PanelError,
    flag,
    milliseconds,
    number,
    object_of,
    objects,
    text,
)
from fusionls.core.member_end import CAME, end_of
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.panel_fields import (
    MOST_ANSWERS,
    cap_of,
    check_version,
    class_of,
    counted,
    name_of,
    once,
)
from fusionls.core.trace import TRACE_VERSION

# More than a server keeps of one suggestion.
MOST_EVENTS = 1_000
# How right what was offered is by a word of ``fusionls/feedback``; "shown" and "typed" do not judge it.
JUDGING = {"accepted": 1.0, "kept": 1.0, "partly": 1.0, "rejected": 0.0}
_STATES = (*CAME, "cancelled", "failed", "skipped")


def traced(block: Mapping[str, Any]) -> Panel:
    """Return the panel that a trace tells of. Raises PanelError."""
    check_version(block, "v", TRACE_VERSION)
    kind = text(block, "kind", "completion")
    if kind != "completion":
        raise PanelError(f"it is the trace of a {kind}, and only completions are timed")
    decision = object_of(block.get("decision"), "'decision'")
    decided, chosen, p = (
        milliseconds(decision, "at_ms"),
        class_of(decision, "class"),
        number(decision, "p", 0, 1),
    )
    members = objects(block, "members", MOST_ANSWERS)
    whole = object_of(block.get("whole") or {}, "'whole'")
    final = class_of(whole, "class")
    # Everybody together knows more than those who had come.
    sure, likely = (final, number(whole, "p", 0, 1)) if final else (chosen, p)
    found = (_traced_answer(one, decided, sure, likely) for one in members)
    panel = Panel(
        id=text(block, "id"),
        answers=once(answer for answer in found if answer is not None),
        cap_ms=cap_of(block),
        trigger=text(block, "trigger", "automatic"),
        language=text(block, "language", ""),
        chosen=chosen,
        p=p,
        decided_ms=decided,
        gap_ms=milliseconds(block, "gap_ms"),
        explored=flag(block, "explored"),
        whole=final,
    )
    return judged(panel, feedback_of(block))


def feedback_of(block: Mapping[str, Any]) -> str:
    """Return the last word on a suggestion that judges it, "" if there is none. Raises PanelError.

    It is one word, or the events that ``fusionls.explain`` lists.
    """
    told = block.get("feedback")
    if not isinstance(told, list):
        return text(block, "feedback", "")
    words = [text(one, "kind", "") for one in objects(block, "feedback", MOST_EVENTS)]
    return next((word for word in reversed(words) if word in JUDGING), "")


def judged(panel: Panel, feedback: str) -> Panel:
    """Return ``panel`` with what was offered judged by a word of ``fusionls/feedback``, if it judges it."""
    right = JUDGING.get(feedback)
    if right is None or not panel.chosen:
        return panel
    answers = (
        replace(one, right=right) if one.klass == panel.chosen else one for one in panel.answers
    )
    return replace(panel, answers=tuple(answers))


def _traced_answer(
    block: Mapping[str, Any], decided_ms: float | None, chosen: str, right: float | None
) -> PanelAnswer | None:
    """Return what a member did, None if it was not asked."""
    state = text(block, "state")
    if state not in _STATES:
        raise PanelError(f"'state' is {state[:40]!r}, which no member of a trace is")
    if state == "skipped":
        return None
    done, line = milliseconds(block, "done_ms"), milliseconds(block, "line_ms")
    if state == "answered" and done is None:
        raise PanelError("a member has answered, but not said when ('done_ms')")
    end = end_of(state, text(block, "verdict", ""), line, done, decided_ms)
    if state != "failed" and end.cut_ms is None and done is None:
        raise PanelError(f"a member is {state}, but nothing says when it was cut off")
    # What a member says of its class is read also where it does not count: a file may be wrong in it.
    told = class_of(block, "class") if state in CAME else ""
    klass = told if end.usable else ""
    return PanelAnswer(
        member=name_of(block, "name"),
        at_ms=end.at_ms,
        klass=klass,
        asked_ms=milliseconds(block, "asked_ms") or 0.0,
        first_token_ms=milliseconds(block, "first_token_ms"),
        done_ms=end.done_ms,
        cut_ms=end.cut_ms,
        right=right if klass and klass == chosen else None,
        **counted(block),
    )
