"""Who is waited for, and when to stop waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from fusionls.core.agreement import classes_of
from fusionls.core.candidate import Candidate, Gate
from fusionls.core.confidence import chance_said
from fusionls.core.reply import ReplyState
from fusionls.core.stopping.table import Advice

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
# By hand a person pages through alternatives: two that agree do not end the waiting, but when half as long
# again has passed nobody is waited for any more.
ALTERNATIVES_GRACE = 0.5


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
    advice: Advice | None = None,
) -> Stop | None:
    """Return why to stop now, or None to wait. Times are milliseconds since the request was read.

    ``advice`` is what optimal stopping says where enough is known of the pool; with it waiting ends as soon
    as answering now is worth more. Without it the cold-start rule holds: stop when two members agree on the
    first line or one is sure, else wait for everyone or for the cap. In simulation agreement of two beat
    "first valid", "wait for all", fixed waits and quorum plus grace. By hand the others are alternatives:
    they get a grace, and a sure one does not stop.
    ``outstanding`` counts the answers that may still come in time. While a person types, a key every
    ``next_key_ms``, what is there by then is better than what comes too late.
    """
    sound = [c for c in candidates if c.verdict.gate is not Gate.BROKEN and c.key]
    if not outstanding:
        return Stop("nobody is left to wait for")
    if now_ms >= waiting_ends_ms(cap_ms) - CLOCK_GRAIN_MS:
        return Stop(f"the cap of {cap_ms:.0f} ms was reached")
    sure = next((c for c in sound if _is_sure(c)), None)
    if sure is not None and not by_hand:
        return Stop(f"{sure.member.name} is sure")
    if advice is not None:
        if advice.stop and sound:
            return Stop(advice.words)
    elif agreed := _agreed(sound, by_hand=by_hand):
        names, at_ms = agreed
        if now_ms >= at_ms - CLOCK_GRAIN_MS:
            return Stop(f"{' and '.join(names)} agree on the first line")
    if sound and next_key_ms is not None and now_ms >= _due_ms(next_key_ms) - CLOCK_GRAIN_MS:
        return Stop("the next key is due")
    return None


def _agreed(sound: Sequence[Candidate], *, by_hand: bool) -> tuple[tuple[str, ...], float] | None:
    """Return the first members that agree and when (ms) that ends the waiting, None if none do."""
    for answers in classes_of(sound):
        if len(answers.members) > 1:
            came = sorted(
                min(_came_ms(c) for c in answers.candidates if c.member.name == name)
                for name in answers.members
            )
            return answers.members, came[1] * (1 + ALTERNATIVES_GRACE if by_hand else 1)
    return None


def _came_ms(candidate: Candidate) -> float:
    reply = candidate.reply
    times = [at_ms for at_ms in (reply.line_ms, reply.done_ms) if at_ms is not None]
    return min(times, default=0.0)


def _is_sure(candidate: Candidate) -> bool:
    member = candidate.member
    # What log-probabilities mean was measured on models that run here, not on those of every vendor.
    measured = member.calibrated or member.obeys
    whole = candidate.reply.state is ReplyState.ANSWERED and candidate.trust >= 1
    return measured and whole and (chance_said(candidate) or 0.0) >= SURE_CHANCE


def looks_again_ms(
    now_ms: float,
    cap_ms: float,
    next_key_ms: float | None = None,
    candidates: Sequence[Candidate] = (),
    *,
    by_hand: bool = False,
) -> float:
    """Return when (ms) to decide again if nothing arrives before."""
    sound = [c for c in candidates if c.verdict.gate is not Gate.BROKEN and c.key]
    agreed = _agreed(sound, by_hand=by_hand)
    times = [
        waiting_ends_ms(cap_ms),
        *([_due_ms(next_key_ms)] if next_key_ms is not None else []),
        *([agreed[1]] if agreed is not None else []),
    ]
    return min((at_ms for at_ms in times if now_ms < at_ms - CLOCK_GRAIN_MS), default=now_ms)


def _due_ms(next_key_ms: float) -> float:
    return max(0.0, next_key_ms - KEY_RESERVE_MS)
