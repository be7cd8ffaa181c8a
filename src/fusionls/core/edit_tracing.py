"""From what happened to an edit to the trace of it, and to the sentence that says why there is none."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import Decision, EditClass, Reading
from fusionls.core.member import Price
from fusionls.core.refactoring import EditFile, RefactorRequest
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import EDIT, ClassTrace, DecisionTrace, HunkTrace, MemberTrace, Trace
from fusionls.core.tracing import cost_of

PASSES, FAILS, UNREADABLE = "passes", "fails", "unreadable"
CHECKED, NO_GRAMMAR = "checked", "no grammar for this language"
# A server keeps the traces of its last 200 suggestions; an edit may have fifteen answers, each a whole file.
LONGEST_TEXT = 20_000
NOTHING = Decision(())


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of a member, as far as it came. ``reading`` is None where it was not read."""

    reply: Reply
    reading: Reading | None = None
    price: Price | None = None


def sample_name(member: str, sample: int) -> str:
    """Return how an answer is named: "qwen", then "qwen#2" and so on. ``sample`` counts from 0."""
    return f"{member}#{sample + 1}" if sample else member


def edit_trace(
    request: RefactorRequest,
    budget_ms: float,
    heard: Iterable[Heard],
    stopped: tuple[float, str],
    *,
    language: str = "",
    decision: Decision = NOTHING,
    stages: Iterable[tuple[str, float]] = (),
    files: Sequence[EditFile] = (),
    refusal: str = "",
) -> Trace:
    """Return the trace of an edit. ``stopped`` is when waiting ended (milliseconds) and why.

    ``language`` is the name of the first file's grammar, "" where there is none. ``files`` are those that
    the decision's hunks are hunks of, the request's if there are none; what was left out is always of the
    request's. With a ``refusal`` nothing is offered for a reason found after the decision.
    """
    at_ms, why = stopped
    reasons = dict.fromkeys(part for part in (why, decision.why, refusal) if part)
    told = _with_paths_marked("; ".join(reasons), [one.name for one in request.files])
    chosen = next((one.klass for one in decision.classes if one.chosen), None)
    return Trace(
        id=request.id,
        kind=EDIT,
        trigger=request.trigger.value,
        language=language or request.first.document.language_id or "plaintext",
        cap_ms=budget_ms,
        gate=CHECKED if language else NO_GRAMMAR,
        members=tuple(map(_member, heard)),
        decision=DecisionTrace(at_ms, told, None, chosen, bool(decision.hunks)),
        stages=tuple(stages),
        classes=tuple(map(_class, decision.classes)),
        hunks=_hunks(decision.hunks, files or request.files),
        dropped=_hunks(decision.dropped, request.files),
    )


def why_nothing(heard: Sequence[Heard], why: str) -> str:
    """Return in a sentence for people why nothing is offered; ``why`` is what was decided.

    What the members said or failed with is told of each of them, the last word of each.
    """
    last = {
        one.reading.member if one.reading else one.reply.member.partition("#")[0]: one
        for one in heard
    }
    told = "; ".join(f"{name}: {_told(one)}" for name, one in last.items())
    return f"{why} ({told})" if told else why


def all_failed(heard: Iterable[Heard]) -> bool:
    """Tell whether somebody was asked, and nobody had an answer that could be looked at."""
    asked = [one for one in heard if one.reply.state is not ReplyState.SKIPPED]
    return bool(asked) and all(one.reading is None for one in asked)


def nobody_was_asked(heard: Iterable[Heard]) -> bool:
    """Tell whether all were left alone."""
    return all(one.reply.state is ReplyState.SKIPPED for one in heard)


def _with_paths_marked(sentence: str, names: Sequence[str]) -> str:
    """Return ``sentence`` with the paths in backticks, by which a trace without code leaves them out."""
    known = {*names, *(name.rpartition("/")[2] for name in names)} - {""}
    for name in sorted(known, key=len, reverse=True):
        alone = rf"(?<![`\w./]){re.escape(name)}(?![`\w/])"
        sentence = re.sub(alone, lambda found: f"`{found[0]}`", sentence)
    return sentence


def _told(one: Heard) -> str:
    if one.reply.failure is not None:
        return f"{one.reply.failure.kind.value}: {one.reply.failure.message}"
    return _why(one) or one.reply.state.value


def _member(one: Heard) -> MemberTrace:
    reply, reading = one.reply, one.reading
    return MemberTrace(
        name=reply.member,
        state=reply.state.value,
        why=_why(one),
        asked_ms=reply.asked_ms,
        first_token_ms=reply.first_token_ms,
        done_ms=reply.done_ms,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost=cost_of(reply, one.price),
        verdict=_verdict(reading) if reading else None,
        klass=reading.klass or None if reading else None,
        text=reply.text[:LONGEST_TEXT] if reading else None,
        prompt=reply.prompt,
    )


def _verdict(reading: Reading) -> str:
    if reading.passes:
        return PASSES
    return FAILS if reading.klass or reading.format else UNREADABLE


def _why(one: Heard) -> str:
    parts = [one.reply.note] if one.reply.note else []
    if one.reply.failure is not None:
        parts.append(f"{one.reply.failure.kind.value}: {one.reply.failure.message}")
    elif one.reply.state is ReplyState.CANCELLED:
        parts.append("not waited for")
    if one.reading is not None:
        parts += one.reading.why
        parts += (f"doubt: {doubt}" for doubt in one.reading.doubts)
    return "; ".join(parts)


def _class(one: EditClass) -> ClassTrace:
    names = tuple(sample_name(member, sample) for member, sample in one.answers)
    return ClassTrace(one.klass, names, one.score, (), 1 if one.chosen else None)


def _hunks(hunks: Iterable[Hunk], files: Sequence[EditFile]) -> tuple[HunkTrace, ...]:
    known = {file.name: (number, file.document) for number, file in enumerate(files, 1)}
    return tuple(_hunk(one, *known[one.file]) for one in hunks if one.file in known)


def _hunk(hunk: Hunk, number: int, document: DocumentSnapshot) -> HunkTrace:
    first, end = document.line_at(hunk.start), document.line_at(hunk.end)
    # What ends at the start of a line does not touch it.
    ends_before = end > first and document.line_start(end) == hunk.end
    return HunkTrace(
        file=number,
        name=hunk.file,
        first=first + 1,
        last=end if ends_before else end + 1,
        members=hunk.members,
        unsure=hunk.unsure,
        why=hunk.why,
        text=hunk.text,
    )
