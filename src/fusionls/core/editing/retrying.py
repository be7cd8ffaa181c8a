"""What is done about a member that failed while an edit is wanted: there is more time than for a completion.

Invariant: what broke off is never put together with what comes later; a member is asked afresh or not at all.
"""

from dataclasses import dataclass, replace

from fusionls.core.reply import Failure, FailureKind

# A server that is overloaded is asked again twice, after up to half a second and up to a second, by lot: who
# was turned away together must not come back together.
JITTER_MS = (500.0, 1_000.0)
# Who said when to come back was taken at its word, and may turn us away once more.
MOST_WAITS = 2
# What a server does not take is asked once with less around it.
_TOO_MUCH = frozenset({400, 405, 413, 415, 422})
# With these a server asks for the same request again.
_ONCE_MORE = frozenset({408, 409, 425})
_SERVERS_FAULT = (FailureKind.SERVER_ERROR, FailureKind.OVERLOADED)
# A request that was in a newer one's way is one that broke off.
_BROKEN_OFF = (FailureKind.UNREACHABLE, FailureKind.DROPPED, FailureKind.SUPERSEDED)
_NEVER = frozenset(
    {
        FailureKind.AUTHENTICATION,
        FailureKind.OUT_OF_CREDIT,
        FailureKind.NOT_FOUND,
        FailureKind.REDIRECT,
        FailureKind.MALFORMED,
        FailureKind.TOO_LARGE,
        FailureKind.NOT_INSTALLED,
        FailureKind.BUG,
    }
)
# How failures begin to speak of a connection that is not safe; the next one would not be, either.
_NOT_SAFE = "TLS"


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a member was asked again in one request, by why."""

    shrunk: int = 0
    repeated: int = 0
    waited: int = 0
    jittered: int = 0
    reconnected: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """The member is asked again in ``after_ms`` milliseconds; ``shrinks``: with less text around."""

    tries: Tries
    after_ms: float = 0.0
    shrinks: bool = False


def again_after(failure: Failure, tries: Tries, left_ms: float, chance: float) -> Again | None:
    """Return how a member is asked again that ended with ``failure``, None if it is not.

    ``left_ms`` is what is left to wait for answers, ``chance`` (0 to 1) is drawn by lot.
    """
    found = _again(failure, tries, chance)
    return found if found is not None and found.after_ms <= left_ms and left_ms > 0 else None


def _again(failure: Failure, tries: Tries, chance: float) -> Again | None:
    kind, status = failure.kind, failure.status
    if kind is FailureKind.TOO_LONG or (kind is FailureKind.REFUSED and status in _TOO_MUCH):
        if tries.shrunk:
            return None
        return Again(replace(tries, shrunk=1), shrinks=True)
    if kind in _NEVER:
        return None
    asked_ms = None if failure.retry_after_s is None else failure.retry_after_s * 1000
    if status in _ONCE_MORE:
        if tries.repeated:
            return None
        return Again(replace(tries, repeated=1), asked_ms or 0.0)
    if kind is FailureKind.RATE_LIMITED:
        if asked_ms is None or tries.waited >= MOST_WAITS:
            return None
        return Again(replace(tries, waited=tries.waited + 1), asked_ms)
    if kind in _SERVERS_FAULT:
        if tries.jittered >= len(JITTER_MS):
            return None
        jitter_ms = JITTER_MS[tries.jittered] * min(max(chance, 0.0), 1.0)
        return Again(replace(tries, jittered=tries.jittered + 1), (asked_ms or 0.0) + jitter_ms)
    if kind in _BROKEN_OFF and not tries.reconnected and not failure.message.startswith(_NOT_SAFE):
        return Again(replace(tries, reconnected=1))
    return None
