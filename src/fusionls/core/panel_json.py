"""Panels as JSON: those that are kept, traces (docs/trace.md), and the lines of synthetic traces.

All of it may come from a file that anybody wrote. It is a panel, or PanelError says in words why not.
"""

from collections.abc import Mapping
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
from fusionls.core.synthetic_traces import TracesHeader, header_from_json, synthetic
from fusionls.core.traced_panel import traced

PANEL_VERSION = 1
_ANSWER_TIMES = ("at_ms", "first_token_ms", "done_ms", "cut_ms")

__all__ = ["PanelError", "TracesHeader", "header_from_json", "panel_from_json", "panel_to_json"]


def panel_to_json(panel: Panel) -> dict[str, Any]:
    """Return the panel as one object. It holds no code: a class is named by a number, as in a trace."""
    named = (*(answer.klass for answer in panel.answers), panel.chosen, panel.whole)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(filter(None, named)), 1)}
    said = {"id": panel.id, "cap_ms": panel.cap_ms, "trigger": panel.trigger}
    said |= {"language": panel.language, "chosen": numbers.get(panel.chosen)}
    said |= {"p": panel.p, "decided_ms": panel.decided_ms, "gap_ms": panel.gap_ms}
    said |= {"explored": panel.explored or None, "whole": numbers.get(panel.whole)}
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
        return synthetic(block, header)
    if "members" in block:
        return traced(block)
    raise PanelError("it is neither a trace ('members') nor a panel ('answers' and 'panel')")


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
    check_version(block, "panel", PANEL_VERSION)
    found = objects(block, "answers", MOST_ANSWERS)
    return Panel(
        id=text(block, "id"),
        answers=once(_kept_answer(one) for one in found),
        cap_ms=cap_of(block),
        trigger=text(block, "trigger", "automatic"),
        language=text(block, "language", ""),
        chosen=class_of(block, "chosen"),
        p=number(block, "p", 0, 1),
        decided_ms=milliseconds(block, "decided_ms"),
        gap_ms=milliseconds(block, "gap_ms"),
        explored=flag(block, "explored"),
        whole=class_of(block, "whole"),
    )


def _kept_answer(block: Mapping[str, Any]) -> PanelAnswer:
    return PanelAnswer(
        member=name_of(block, "member"),
        klass=class_of(block, "class"),
        asked_ms=milliseconds(block, "asked_ms") or 0.0,
        at_ms=milliseconds(block, "at_ms"),
        first_token_ms=milliseconds(block, "first_token_ms"),
        done_ms=milliseconds(block, "done_ms"),
        cut_ms=milliseconds(block, "cut_ms"),
        right=number(block, "right", 0, 1),
        **counted(block),
    )
