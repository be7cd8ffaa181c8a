"""When to stop waiting."""

from collections.abc import Sequence
from dataclasses import dataclass

from fusionls.core.agreement import classes_of
from fusionls.core.candidate import Candidate, Gate

# The answer itself, not the decision, must be out by the cap: waiting ends this much earlier. Choosing
# and writing took under 5 ms at the 99th percentile; a machine busy with a local model needs the rest.
FINISHING_RESERVE_MS = 30.0
# A timer may ring a rounding error early; without this the rest of it would be waited for, again and again.
CLOCK_GRAIN_MS = 0.01


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now; ``why`` in words for the trace."""

    why: str


def waiting_ends_ms(cap_ms: float) -> float:
    """Return when to stop waiting so that the answer leaves within ``cap_ms`` (milliseconds)."""
    return max(0.0, cap_ms - FINISHING_RESERVE_MS)


def decide(
    now_ms: float, cap_ms: float, candidates: Sequence[Candidate], outstanding: int
) -> Stop | None:
    """Return why to stop now, or None to wait. Times are milliseconds since the request was read.

    The cold-start rule: stop when two members agree on the first line, else wait for everyone or for
    the cap. In simulation it beat "first valid", "wait for all", fixed waits and quorum plus grace.
    """
    for answers in classes_of(c for c in candidates if c.verdict.gate is not Gate.BROKEN):
        if len(answers.candidates) > 1:
            names = " and ".join(answers.members)
            return Stop(f"{names} agree on the first line")
    if not outstanding:
        return Stop("nobody is left to wait for")
    if now_ms >= waiting_ends_ms(cap_ms) - CLOCK_GRAIN_MS:
        return Stop(f"the cap of {cap_ms:.0f} ms was reached")
    return None
