"""From what happened to the trace of it."""

from collections.abc import Iterable, Mapping, Sequence

from fusionls.core.candidate import Candidate
from fusionls.core.choice import Choice
from fusionls.core.member import Price
from fusionls.core.ranking import Ranked
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest
from fusionls.core.trace import ClassTrace, DecisionTrace, MemberTrace, Trace


def trace_of(
    request: CompletionRequest,
    language: str,
    gate: str,
    cap_ms: float,
    replies: Mapping[str, Reply],
    candidates: Sequence[Candidate],
    choice: Choice,
    stopped: tuple[float, str],
    stages: Iterable[tuple[str, float]],
    prices: Mapping[str, Price] | None = None,
    gap_ms: float | None = None,
) -> Trace:
    """Return the trace of a completion. ``stopped`` is when waiting ended (milliseconds) and why.

    ``prices`` are those of the replies, by the same names; ``gap_ms`` is the time since the key before.
    """
    by_name = {candidate.reply.member: candidate for candidate in candidates}
    at_ms, why = stopped
    return Trace(
        id=request.id,
        kind="completion",
        trigger=request.trigger.value,
        language=language,
        cap_ms=cap_ms,
        gate=gate,
        members=tuple(
            _member(reply, by_name.get(name), (prices or {}).get(name), at_ms)
            for name, reply in replies.items()
        ),
        decision=DecisionTrace(
            at_ms=at_ms,
            why=f"{why}; {choice.why}",
            p=choice.p,
            klass=choice.key,
            shown=bool(choice.offers),
        ),
        stages=tuple(stages),
        classes=tuple(_class(ranked, choice) for ranked in choice.ranked),
        gap_ms=gap_ms,
    )


def _class(ranked: Ranked, choice: Choice) -> ClassTrace:
    key = ranked.answers.key
    places = [number for number, offer in enumerate(choice.offers, 1) if offer.key == key]
    return ClassTrace(
        klass=key,
        members=ranked.answers.members,
        score=ranked.score,
        parts=tuple(ranked.parts.items()),
        offer=places[0] if places else None,
    )


def cost_of(reply: Reply, price: Price | None) -> float | None:
    """Return what a reply cost, None where its tokens were not counted or nobody said what they cost."""
    if price is None or reply.tokens_in is None:
        return None
    return price.of(reply.tokens_in, reply.tokens_out)


def _member(
    reply: Reply, candidate: Candidate | None, price: Price | None, stopped_ms: float
) -> MemberTrace:
    return MemberTrace(
        name=reply.member,
        state=_state(reply, candidate, stopped_ms).value,
        why=_why(reply, candidate),
        asked_ms=reply.asked_ms,
        first_token_ms=reply.first_token_ms,
        done_ms=reply.done_ms,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost=cost_of(reply, price),
        verdict=candidate.verdict.gate.value if candidate else None,
        klass=candidate.key or None if candidate else None,
        text=candidate.text if candidate else None,
        line_ms=reply.line_ms,
        token_ms=reply.token_ms,
        prompt=reply.prompt,
        unread=reply.unread,
        recycled=reply.recycled,
    )


def _state(reply: Reply, candidate: Candidate | None, stopped_ms: float) -> ReplyState:
    """Return the state; a member that was cut off, but whose finished lines were read, is partial.

    One that was let run on when waiting ended is late.
    """
    if reply.state is ReplyState.CANCELLED and candidate is not None:
        return ReplyState.PARTIAL
    runs_on = reply.done_ms is None or reply.done_ms > stopped_ms
    if runs_on and reply.state in (ReplyState.ASKED, ReplyState.PARTIAL, ReplyState.ANSWERED):
        return ReplyState.LATE
    return reply.state


def _why(reply: Reply, candidate: Candidate | None) -> str:
    if reply.failure is not None:
        return f"{reply.failure.kind.value}: {reply.failure.message}"
    parts = [reply.note] if reply.note and candidate is None else []
    if reply.state is ReplyState.CANCELLED and not parts:
        parts.append("not waited for to its end" if candidate else "not waited for")
    if candidate is None:
        return "; ".join(parts)
    if candidate.verdict.why:
        parts.append(candidate.verdict.why)
    if candidate.cleaned:
        parts.append(f"cleaned: {', '.join(candidate.cleaned)}")
    if not candidate.key:
        parts.append("nothing left to insert")
    return "; ".join(parts)
