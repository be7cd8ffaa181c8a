"""Who is waited for, and when to stop waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from fusionls.core.agreement import classes_of
from fusionls.core.candidate import Candidate, Gate
from fusionls.core.confidence import chance_said
from fusionls.core.reply import ReplyState

# The answer itself, not the decision, must be out by the cap: waiting ends this much earlier. Choosing
# and writing took under 5 ms at the 99th percentile; a machine busy with a local model needs the rest.
FINISHING_RESERVE_MS = 30.0
# A timer may ring a rounding error early; without this the rest of it would be waited for, again and again.
CLOCK_GRAIN_MS = 0.01
# Keys do not come like clockwork: an answer should be on the screen a moment before the next is due.
KEY_RESERVE_MS = 25.0
# With so much time there is some for every shape of a prompt, whatever its reading takes.
AMPLE_CAP_MS = 1000.0
# An answer that is so likely right by its own evidence is seldom outvoted: of 26 answers of two small models
# above it 24 were right.
SURE_CHANCE = 0.85


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now; ``why`` in words for the trace."""

    why: str


class Plan(Enum):
    """What is done about one prompt: ask and wait, ask for the next key's sake, or leave it out."""

    WAIT = "wait"
    ASK = "ask"
    SKIP = "skip"


def waiting_ends_ms(cap_ms: float) -> float:
    """Return when to stop waiting so that the answer leaves within ``cap_ms`` (milliseconds)."""
    return max(0.0, cap_ms - FINISHING_RESERVE_MS)


def plan_for(
    now_ms: float, expected_ms: float | None, cap_ms: float, *, further: bool, by_hand: bool
) -> Plan:
    """Return what to do about a prompt whose answer is ``expected_ms`` away, None if nobody knows.

    One that cannot arrive in time is asked all the same: reading it makes the next key's answer fast.
    A ``further`` shape of a member's prompt is worth its time by hand, or if it arrives for sure.
    """
    in_time = expected_ms is None or now_ms + expected_ms <= waiting_ends_ms(cap_ms)
    if further and not by_hand and cap_ms < AMPLE_CAP_MS:
        return Plan.WAIT if in_time and expected_ms is not None else Plan.SKIP
    return Plan.WAIT if in_time else Plan.ASK


def decide(
    now_ms: float,
    cap_ms: float,
    candidates: Sequence[Candidate],
    outstanding: int,
    next_key_ms: float | None = None,
    *,
    by_hand: bool = False,
) -> Stop | None:
    """Return why to stop now, or None to wait. Times are milliseconds since the request was read.

    The cold-start rule: stop when two members agree on the first line or one is sure, else wait for everyone
    or for the cap. In simulation agreement of two beat "first valid", "wait for all", fixed waits and
    quorum plus grace. By hand the others are alternatives, and a sure one does not stop.
    ``outstanding`` counts the answers that may still come in time. While a person types, a key every
    ``next_key_ms``, what is there by then is better than what comes too late.
    """
    sound = [c for c in candidates if c.verdict.gate is not Gate.BROKEN and c.key]
    for answers in classes_of(sound):
        if len(answers.members) > 1:
            names = " and ".join(answers.members)
            return Stop(f"{names} agree on the first line")
    sure = next((c for c in sound if _is_sure(c)), None)
    if sure is not None and not by_hand:
        return Stop(f"{sure.member.name} is sure")
    if not outstanding:
        return Stop("nobody is left to wait for")
    if now_ms >= waiting_ends_ms(cap_ms) - CLOCK_GRAIN_MS:
        return Stop(f"the cap of {cap_ms:.0f} ms was reached")
    if sound and next_key_ms is not None and now_ms >= _due_ms(next_key_ms) - CLOCK_GRAIN_MS:
        return Stop("the next key is due")
    return None


def _is_sure(candidate: Candidate) -> bool:
    member = candidate.member
    # What log-probabilities mean was measured on models that run here, not on those of every vendor.
    measured = member.calibrated or member.obeys
    whole = candidate.reply.state is ReplyState.ANSWERED and candidate.trust >= 1
    return measured and whole and (chance_said(candidate) or 0.0) >= SURE_CHANCE


def looks_again_ms(now_ms: float, cap_ms: float, next_key_ms: float | None = None) -> float:
    """Return when (ms) to decide again if nothing arrives before."""
    end = waiting_ends_ms(cap_ms)
    if next_key_ms is not None and now_ms < _due_ms(next_key_ms) - CLOCK_GRAIN_MS:
        return min(end, _due_ms(next_key_ms))
    return end


def _due_ms(next_key_ms: float) -> float:
    return max(0.0, next_key_ms - KEY_RESERVE_MS)
