"""What happened to one request: the format of ``--json``, ``fusionls.explain`` and recordings."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from fusionls.core.reply import ReplyState

TRACE_VERSION = 1
# The kind of the trace of an edit; its classes are named by numbers, also where there is code.
EDIT = "refactor"
# In a sentence on an edit, names and paths of the person's stand in backticks. A name may hold some itself.
_PRIVATE = re.compile(r"`(?:.*`|.*)", re.DOTALL)
_ONLY_IF_KNOWN = ("line_ms", "token_ms", "prompt", "unread", "recycled")


@dataclass(frozen=True, slots=True)
class MemberTrace:
    """One member's part. Times are milliseconds since the request was read; None is "never".

    ``line_ms`` is when its first finished line had come, ``token_ms`` when each token, where recorded.
    ``prompt`` and ``unread`` count code points: of what it was asked, and of what its server had to read.
    """

    name: str
    state: str
    why: str = ""
    asked_ms: float | None = None
    first_token_ms: float | None = None
    done_ms: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    verdict: str | None = None
    klass: str | None = None
    text: str | None = None
    line_ms: float | None = None
    token_ms: tuple[float, ...] = ()
    prompt: int | None = None
    unread: int | None = None
    recycled: bool = False


@dataclass(frozen=True, slots=True)
class ClassTrace:
    """Answers that agree on the first line.

    ``score`` (log-odds up to a constant) is the sum of ``parts``, which say what each piece of evidence
    added. ``offer`` is the place (from 1) of its text among what was offered, None if it was not.
    """

    klass: str
    members: tuple[str, ...]
    score: float
    parts: tuple[tuple[str, float], ...]
    offer: int | None


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """When and why waiting ended, and what was chosen.

    ``p`` is the probability that the choice is right, None until a calibrated one is there.
    """

    at_ms: float
    why: str
    p: float | None
    klass: str | None
    shown: bool


@dataclass(frozen=True, slots=True)
class HunkTrace:
    """A change that an edit makes, or that was left out of it, and why.

    ``file`` counts the files of the request from 1, lines count from 1, ``last`` is inclusive; a hunk that
    only inserts has the line it stands before. ``members`` proposed it; ``unsure``: a person is to confirm
    it. ``text`` is what stands there then.
    """

    file: int
    name: str
    first: int
    last: int
    members: tuple[str, ...] = ()
    unsure: bool = False
    why: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of one request. ``gate`` says whether answers could be parsed, and if not, why.

    ``gap_ms`` is the time since the request before in the document. ``explored`` says that everybody was let
    run to the end by lot; ``whole`` is the class that all of them together gave, and how likely it is right.
    Of an edit ``hunks`` are what is offered and ``dropped`` what was left out of it.
    """

    id: str
    kind: str
    trigger: str
    language: str
    cap_ms: float
    gate: str
    members: tuple[MemberTrace, ...]
    decision: DecisionTrace
    stages: tuple[tuple[str, float], ...] = ()
    classes: tuple[ClassTrace, ...] = ()
    gap_ms: float | None = None
    explored: bool = False
    whole: tuple[str, float | None] | None = None
    hunks: tuple[HunkTrace, ...] = ()
    dropped: tuple[HunkTrace, ...] = ()

    @property
    def skipped(self) -> bool:
        """Whether somebody was not asked."""
        return any(member.state == ReplyState.SKIPPED for member in self.members)

    @property
    def class_numbers(self) -> dict[str, int]:
        """The number of every class, in the order in which members first name it."""
        whole = self.whole[0] if self.whole else None
        keys = (*(m.klass for m in self.members), *(c.klass for c in self.classes), whole)
        found = dict.fromkeys(key for key in keys if key is not None)
        return {key: number for number, key in enumerate(found, 1)}

    def to_json(self, *, with_text: bool = False) -> dict[str, Any]:
        """Return the trace as the versioned JSON object of docs/trace.md.

        Code is left out unless ``with_text``: neither the answers nor the classes they fall into
        (a class is named by a number), nor the names of files (they are numbered, too). In sentences on
        an edit, dots stand for names and paths.
        """
        numbers = self.class_numbers
        members = [_member_json(member, numbers, with_text) for member in self.members]
        decision = _renamed(asdict(self.decision), numbers)
        if self.kind == EDIT and not with_text:
            members, decision = [*map(_unnamed, members)], _unnamed(decision)
        return {
            "v": TRACE_VERSION,
            "id": self.id,
            "kind": self.kind,
            "trigger": self.trigger,
            "language": self.language,
            "cap_ms": self.cap_ms,
            "gate": self.gate,
            "members": members,
            "classes": [
                _class_json(one, numbers, with_text and self.kind != EDIT) for one in self.classes
            ],
            **({} if self.kind != EDIT else self._edit_json(with_text)),
            "decision": {k: _rounded(v) for k, v in decision.items()},
            "stages": {name: _rounded(value) for name, value in self.stages},
            **({} if self.gap_ms is None else {"gap_ms": _rounded(self.gap_ms)}),
            **({"explored": True} if self.explored else {}),
            **({"whole": _whole_json(self.whole, numbers)} if self.whole else {}),
        }

    def _edit_json(self, with_text: bool) -> dict[str, Any]:
        return {
            "hunks": [_hunk_json(one, with_text) for one in self.hunks],
            "dropped": [_hunk_json(one, with_text) for one in self.dropped],
        }


def summary(trace: Trace) -> str:
    """Return the trace as one line for a log: ids, names, states and times, and no code."""
    members = ", ".join(
        f"{member.name} {member.state} {member.verdict or '-'} {member.tokens_out or 0} tokens"
        for member in trace.members
    )
    decision = trace.decision
    shown = "shown" if decision.shown else "nothing shown"
    why = _without_names(decision.why) if trace.kind == EDIT else decision.why
    return (
        f"{trace.id} {trace.trigger} {trace.language}: {shown} after {decision.at_ms:.0f} ms, "
        f"{why} [{members}]"
    )


def _member_json(member: MemberTrace, numbers: dict[str, int], with_text: bool) -> dict[str, Any]:
    fields = {k: _rounded(v) for k, v in _renamed(asdict(member), numbers).items()}
    if not with_text or fields["text"] is None:
        del fields["text"]
    if fields["token_ms"]:
        fields["token_ms"] = [_rounded(at_ms) for at_ms in fields["token_ms"]]
    unknown = {
        k for k in _ONLY_IF_KNOWN if fields[k] is None or fields[k] is False or fields[k] == ()
    }
    return {k: v for k, v in fields.items() if k not in unknown}


def _class_json(one: ClassTrace, numbers: dict[str, int], with_text: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "class": numbers[one.klass],
        "members": list(one.members),
        "score": _rounded(one.score),
        "parts": {name: _rounded(part) for name, part in one.parts},
        "offer": one.offer,
    }
    return fields | {"first_line": one.klass} if with_text else fields


def _hunk_json(hunk: HunkTrace, with_text: bool) -> dict[str, Any]:
    fields = asdict(hunk) | {"members": list(hunk.members)}
    if not with_text:
        del fields["text"], fields["name"]
        return _unnamed(fields)
    return fields


def _unnamed(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"why": _without_names(fields["why"])}


def _without_names(sentence: str) -> str:
    return _PRIVATE.sub("`\u2026`", sentence)


def _whole_json(whole: tuple[str, float | None], numbers: dict[str, int]) -> dict[str, Any]:
    return {"class": numbers[whole[0]], "p": _rounded(whole[1])}


def _renamed(fields: dict[str, Any], numbers: dict[str, int]) -> dict[str, Any]:
    klass = fields.pop("klass")
    return fields | {"class": numbers.get(klass) if klass is not None else None}


def _rounded(value: Any) -> Any:
    """Hundredths of a millisecond are noise."""
    return round(value, 2) if isinstance(value, float) else value
