"""How a member's part in a request ended, as its trace tells: what a panel keeps of it."""

from dataclasses import dataclass

from fusionls.core.reply import ReplyState

CAME = (ReplyState.ANSWERED, ReplyState.LATE, ReplyState.PARTIAL)
_BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """Times are milliseconds since the request; None is "never".

    ``at_ms`` is when its answer could vote, ``done_ms`` when it had said all, ``cut_ms`` when it was cut off.
    ``usable``: it came, and could be shown.
    """

    at_ms: float | None
    done_ms: float | None
    cut_ms: float | None
    usable: bool


def end_of(
    state: str,
    verdict: str | None,
    line_ms: float | None,
    done_ms: float | None,
    decided_ms: float | None,
) -> MemberEnd:
    """Return how a member ended that was asked. Who was cut off was so when it ended, or at the decision.

    ``line_ms`` is when its first finished line had come, ``decided_ms`` when waiting ended.
    """
    # One that came late has an end only if somebody waited for it.
    whole = state == ReplyState.ANSWERED or (state == ReplyState.LATE and done_ms is not None)
    cut_ms = None
    if not whole and state != ReplyState.FAILED:
        cut_ms = decided_ms if done_ms is None else done_ms
    last_ms = done_ms if whole else None
    return MemberEnd(
        at_ms=last_ms if line_ms is None else line_ms,
        done_ms=done_ms if cut_ms is None else None,
        cut_ms=cut_ms,
        usable=state in CAME and verdict != _BROKEN,
    )
