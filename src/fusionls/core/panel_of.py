"""The panel that a trace in this process teaches, without a way through JSON."""

from collections.abc import Collection

from fusionls.core.member_end import end_of
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.reply import ReplyState
from fusionls.core.trace import MemberTrace, Trace

# A request that was decided so much (ms) after its cap was asleep with the machine, or its server was busy
# with something else: its times are nobody's.
ASLEEP_MS = 100.0


def panel_of(trace: Trace, names: Collection[str]) -> Panel | None:
    """Return what ``trace`` teaches of the members ``names``, None if that is nothing.

    A class is named by its number in the trace: a panel holds no code. A member may have been asked in
    several shapes; the first, which has its name, stands for it. What everybody together did not say is
    taken for wrong: nobody judged it.
    """
    decision = trace.decision
    if decision.at_ms > trace.cap_ms + ASLEEP_MS:
        return None
    numbers = {key: str(number) for key, number in trace.class_numbers.items()}
    whole, likely = trace.whole or (decision.klass, decision.p)
    asked = (m for m in trace.members if m.name in names and m.state != ReplyState.SKIPPED)
    answers = tuple(_answer(m, decision.at_ms, numbers, (whole, likely)) for m in asked)
    if not answers:
        return None
    return Panel(
        id=trace.id,
        answers=answers,
        cap_ms=trace.cap_ms,
        trigger=trace.trigger,
        language=trace.language,
        chosen=numbers.get(decision.klass or "", ""),
        p=decision.p,
        decided_ms=decision.at_ms,
        gap_ms=trace.gap_ms,
        # A newer request may have ended it.
        explored=trace.explored and all(answer.cut_ms is None for answer in answers),
        whole=numbers.get(trace.whole[0], "") if trace.whole else "",
    )


def _answer(
    member: MemberTrace,
    decided_ms: float,
    numbers: dict[str, str],
    given: tuple[str | None, float | None],
) -> PanelAnswer:
    """Return what a member did."""
    end = end_of(member.state, member.verdict, member.line_ms, member.done_ms, decided_ms)
    klass = member.klass if end.usable else None
    known, likely = given
    right = None
    if klass is not None and known is not None:
        right = likely if klass == known else 0.0
    return PanelAnswer(
        member=member.name,
        at_ms=end.at_ms,
        klass="" if klass is None else numbers[klass],
        asked_ms=member.asked_ms or 0.0,
        first_token_ms=member.first_token_ms,
        done_ms=end.done_ms,
        cut_ms=end.cut_ms,
        tokens_out=member.tokens_out or 0,
        token_ms=member.token_ms,
        prompt=member.prompt,
        unread=member.unread,
        recycled=member.recycled,
        right=right,
    )
