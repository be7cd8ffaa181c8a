"""Panels as JSON: those that are kept, the traces of docs/trace.md, and the lines of synthetic traces.

All of it may come from a file that anybody wrote. It is a panel, or PanelError says in words why not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fusionls.core.json_fields import (
    PanelError,
    count,
    flag,
    milliseconds,
    number,
    object_of,
    objects,
    text,
)
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.trace import TRACE_VERSION

PANEL_VERSION = 1
# More members than any pool has, more tokens than any answer, and more parts than any survival needs.
MOST_ANSWERS = 64
MOST_TOKENS = 100_000
MOST_PARTS = 16
MOST_EVENTS = 1_000
# How right what was offered is by a word of ``fusionls/feedback``; "shown" and "typed" do not judge it.
JUDGING = {"accepted": 1.0, "kept": 1.0, "partly": 1.0, "rejected": 0.0}
_CAME = ("answered", "late", "partial")
_STATES = (*_CAME, "cancelled", "failed", "skipped")
_ANSWER_TIMES = ("at_ms", "first_token_ms", "done_ms", "cut_ms")

__all__ = [
    "JUDGING",
    "PanelError",
    "TracesHeader",
    "feedback_of",
    "header_from_json",
    "judged",
    "panel_from_json",
    "panel_to_json",
]


@dataclass(frozen=True, slots=True)
class TracesHeader:
    """The first line of synthetic traces: the person's patience, as weights and mean times, and the hard cap.

    ``survival`` holds pairs of a weight and milliseconds: the chance that the person has not moved on after
    t is the sum of weight * exp(-t / ms). ``contention`` is how much every further member that runs slows
    all of them down; it is in the times already.
    """

    setting: str
    survival: tuple[tuple[float, float], ...]
    cap_ms: float
    contention: float = 0.0


def panel_to_json(panel: Panel) -> dict[str, Any]:
    """Return the panel as one object. It holds no code: a class is named by a number, as in a trace."""
    named = (*(answer.klass for answer in panel.answers), panel.chosen)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(filter(None, named)), 1)}
    said = {"id": panel.id, "cap_ms": panel.cap_ms, "trigger": panel.trigger}
    said |= {"language": panel.language, "chosen": numbers.get(panel.chosen)}
    said |= {"p": panel.p, "decided_ms": panel.decided_ms, "gap_ms": panel.gap_ms}
    said |= {"explored": panel.explored or None}
    answers = [_answer_to_json(answer, numbers) for answer in panel.answers]
    return {"panel": PANEL_VERSION, **_known(said), "answers": answers}


def panel_from_json(found: object, header: TracesHeader | None = None) -> Panel:
    """Return the panel that ``found`` tells of: a kept one, a trace, or with ``header`` a synthetic trace.

    A member that was not asked is not in it. Fields that are not known are passed over. Raises PanelError.
    """
    block = object_of(found, "this")
    if "panel" in block:
        return _kept(block)
    if "arrivals" in block:
        if header is None:
            raise PanelError("these are arrivals, and no line before them describes their setting")
        return _synthetic(block, header)
    if "members" in block:
        return _traced(block)
    raise PanelError("it is neither a trace ('members') nor a panel ('answers' and 'panel')")


def header_from_json(found: object) -> TracesHeader | None:
    """Return the header that ``found`` is, None if it is none. Raises PanelError for a broken one."""
    block = object_of(found, "this")
    if "setting" not in block:
        return None
    parts = block.get("survival")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        raise PanelError(f"'survival' is not a list of 1 to {MOST_PARTS} pairs")
    survival = tuple(_part(part) for part in parts)
    contention = number(block, "contention", 0, 100) or 0.0
    return TracesHeader(text(block, "setting"), survival, _cap(block), contention)


def _part(part: object) -> tuple[float, float]:
    if not isinstance(part, list) or len(part) != 2:
        raise PanelError("a part of 'survival' is not a pair of a weight and milliseconds")
    pair = {"weight": part[0], "ms": part[1]}
    weight, ms = number(pair, "weight", 0, 1), milliseconds(pair, "ms")
    if weight is None or not ms:
        raise PanelError("a part of 'survival' has no weight, or no time above 0")
    return weight, ms


def _answer_to_json(answer: PanelAnswer, numbers: Mapping[str, int]) -> dict[str, Any]:
    said: dict[str, Any] = {"member": answer.member, "asked_ms": answer.asked_ms}
    said |= {name: getattr(answer, name) for name in _ANSWER_TIMES}
    said |= {"class": numbers.get(answer.klass), "tokens_out": answer.tokens_out or None}
    said |= {"token_ms": list(answer.token_ms) or None, "prompt": answer.prompt}
    said |= {"unread": answer.unread, "recycled": answer.recycled or None, "right": answer.right}
    return _known(said)


def _known(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not None; hundredths of a millisecond are noise, of a chance they are not."""
    return {name: _rounded(name, value) for name, value in said.items() if value is not None}


def _rounded(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [round(one, 2) for one in value]
    return round(value, 2 if name.endswith("_ms") else 6) if isinstance(value, float) else value


def _kept(block: Mapping[str, Any]) -> Panel:
    _check_version(block, "panel", PANEL_VERSION)
    found = objects(block, "answers", MOST_ANSWERS)
    return Panel(
        id=text(block, "id"),
        answers=_once(_kept_answer(one) for one in found),
        cap_ms=_cap(block),
        trigger=text(block, "trigger", "automatic"),
        language=text(block, "language", ""),
        chosen=_class(block, "chosen"),
        p=number(block, "p", 0, 1),
        decided_ms=milliseconds(block, "decided_ms"),
        gap_ms=milliseconds(block, "gap_ms"),
        explored=flag(block, "explored"),
    )


def _kept_answer(block: Mapping[str, Any]) -> PanelAnswer:
    return PanelAnswer(
        member=_name(block, "member"),
        klass=_class(block, "class"),
        asked_ms=milliseconds(block, "asked_ms") or 0.0,
        at_ms=milliseconds(block, "at_ms"),
        first_token_ms=milliseconds(block, "first_token_ms"),
        done_ms=milliseconds(block, "done_ms"),
        cut_ms=milliseconds(block, "cut_ms"),
        right=number(block, "right", 0, 1),
        **_counted(block),
    )


def _counted(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kept answer and a member of a trace tell by the same names."""
    return {
        "tokens_out": count(block, "tokens_out") or 0,
        "token_ms": _token_times(block),
        "prompt": count(block, "prompt"),
        "unread": count(block, "unread"),
        "recycled": flag(block, "recycled"),
    }


def _traced(block: Mapping[str, Any]) -> Panel:
    _check_version(block, "v", TRACE_VERSION)
    kind = text(block, "kind", "completion")
    if kind != "completion":
        raise PanelError(f"it is the trace of a {kind}, and only completions are timed")
    decision = object_of(block.get("decision"), "'decision'")
    decided, chosen, p = (
        milliseconds(decision, "at_ms"),
        _class(decision, "class"),
        number(decision, "p", 0, 1),
    )
    members = objects(block, "members", MOST_ANSWERS)
    found = (_traced_answer(one, decided, chosen, p) for one in members)
    panel = Panel(
        id=text(block, "id"),
        answers=_once(answer for answer in found if answer is not None),
        cap_ms=_cap(block),
        trigger=text(block, "trigger", "automatic"),
        language=text(block, "language", ""),
        chosen=chosen,
        p=p,
        decided_ms=decided,
        gap_ms=milliseconds(block, "gap_ms"),
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
    """Return what a member did, None if it was not asked. Who was cut off was so at the decision."""
    state = text(block, "state")
    if state not in _STATES:
        raise PanelError(f"'state' is {state[:40]!r}, which no member of a trace is")
    if state == "skipped":
        return None
    done, line = milliseconds(block, "done_ms"), milliseconds(block, "line_ms")
    if state == "answered" and done is None:
        raise PanelError("a member has answered, but not said when ('done_ms')")
    # One that came late has an end only if somebody waited for it.
    whole = state == "answered" or (state == "late" and done is not None)
    cut = None if whole or state == "failed" else decided_ms if done is None else done
    if cut is None and not whole and state != "failed":
        raise PanelError(f"a member is {state}, but nothing says when it was cut off")
    klass = _class(block, "class") if state in _CAME else ""
    klass = "" if text(block, "verdict", "") == "broken" else klass
    return PanelAnswer(
        member=_name(block, "name"),
        at_ms=line if line is not None else done if whole else None,
        klass=klass,
        asked_ms=milliseconds(block, "asked_ms") or 0.0,
        first_token_ms=milliseconds(block, "first_token_ms"),
        done_ms=done if cut is None else None,
        cut_ms=cut,
        right=right if klass and klass == chosen else None,
        **_counted(block),
    )


def _synthetic(block: Mapping[str, Any], header: TracesHeader) -> Panel:
    found = objects(block, "arrivals", MOST_ANSWERS)
    answers = sorted((_arrival(one) for one in found), key=lambda answer: answer.member)
    return Panel(str(count(block, "id") or 0), _once(answers), header.cap_ms)


def _arrival(block: Mapping[str, Any]) -> PanelAnswer:
    at = milliseconds(block, "at_ms")
    if at is None:
        raise PanelError("an arrival has no time ('at_ms')")
    klass = text(block, "answer")
    right = flag(block, "right")
    name = _name(block, "member")
    return PanelAnswer(name, at, klass, done_ms=at, right=float(right and bool(klass)))


def _check_version(block: Mapping[str, Any], name: str, known: int) -> None:
    version = count(block, name)
    if version != known:
        raise PanelError(f"its format ('{name}') is {version}, and this program knows {known}")


def _cap(block: Mapping[str, Any]) -> float:
    cap = milliseconds(block, "cap_ms")
    if not cap:
        raise PanelError("'cap_ms' is missing, or no time above 0")
    return cap


def _name(block: Mapping[str, Any], field: str) -> str:
    name = text(block, field)
    if not name:
        raise PanelError(f"'{field}' is empty: an answer is of somebody")
    return name


def _class(block: Mapping[str, Any], name: str) -> str:
    """Return the class as a text, "" for none. In a file it is a number from 1."""
    found = count(block, name)
    return str(found) if found else ""


def _token_times(block: Mapping[str, Any]) -> tuple[float, ...]:
    found = block.get("token_ms")
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > MOST_TOKENS:
        raise PanelError(f"'token_ms' is not a list of at most {MOST_TOKENS} times")
    times = (milliseconds({"token_ms": one}, "token_ms") for one in found)
    return tuple(time for time in times if time is not None)


def _once(answers: Iterable[PanelAnswer]) -> tuple[PanelAnswer, ...]:
    """Return the answers, each of another member."""
    found = tuple(answers)
    if len({answer.member for answer in found}) != len(found):
        raise PanelError("a member answers twice in it")
    return found
