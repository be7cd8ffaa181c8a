"""Whether a member is asked, after how it ended lately.

Cutting a member off says nothing about it: that is the cutoff's daily work, and no failure. Only a model
that said itself that it cannot, or that could not be reached, is left alone for a while, so that it costs
the others nothing.
"""

import math
from dataclasses import dataclass, replace

from fusionls.core.reply import Failure, FailureKind

# For how long (seconds) a member is left alone that could not be reached, or failed several times in a row.
# Then a single request finds out; a server that a person has just started should be found soon.
BREAKER_S = (2.0, 5.0, 15.0, 30.0, 60.0)
# Without a sane word of the server: most limits are for a minute.
RATE_LIMIT_S = (30.0, 60.0, 300.0)
# Nobody pays a bill in less, and whoever does can save the settings.
OUT_OF_CREDIT_S = (3600.0,)
# A portal that wants a login redirects everything until somebody has logged in.
REDIRECT_S = (60.0, 300.0)
# One broken answer happens to every server; the third in a row is a pattern.
STRIKES = 3
# A prompt that was too long is cut to this share the next time, and again, down to the smallest share: with
# less text around it no model says anything useful.
SHRINKING = 0.5
SMALLEST_SHARE = 0.25
# A member that kept everybody waiting to the cap so often in a row, without a word, is asked on, but no
# longer waited for where somebody else has answered; once in so many requests it is, to find out.
PATIENCE = 5
TRIED_EVERY = 40
# With these a server asks for the same request again.
_ONCE_MORE = frozenset({408, 409, 425})
# From here on times are told in minutes, and in hours.
_MINUTES_FROM_S = 100
_HOURS_FROM_S = 100 * 60


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a kind of failure does: parks in a row (seconds), after how many failures in a row."""

    parks_s: tuple[float, ...] = BREAKER_S
    strikes: int = STRIKES


_RULES = {
    FailureKind.UNREACHABLE: _Rule(strikes=1),
    FailureKind.REDIRECT: _Rule(REDIRECT_S, strikes=1),
    FailureKind.RATE_LIMITED: _Rule(RATE_LIMIT_S, strikes=1),
    FailureKind.OUT_OF_CREDIT: _Rule(OUT_OF_CREDIT_S, strikes=1),
    # No server was asked: a key that cannot be read now may be there in a minute.
    FailureKind.AUTHENTICATION: _Rule(RATE_LIMIT_S, strikes=1),
    # To look for a file takes microseconds, and once it is there the member serves.
    FailureKind.NOT_INSTALLED: _Rule(()),
}
_USUAL = _Rule()
# An answer to an older request does not mean that these are over.
_NOT_ENDED_BY_ANSWERS = (FailureKind.RATE_LIMITED, FailureKind.OUT_OF_CREDIT)


@dataclass(frozen=True, slots=True)
class Health:
    """How a member has been. Times are seconds on one clock that never goes back.

    ``failure`` is the last one since its last answer, ``strikes`` how many there were in a row. ``off``:
    not asked until its settings or its key change. ``until_s``: not asked before; after that one request
    is ``probing``. ``parks`` counts the times in a row that it was left alone. ``share`` of the text that
    a prompt may hold is what the model could take. ``silences`` counts the requests in a row that were waited
    for to the cap in vain, ``passed_over`` those in a row that were not waited for.
    """

    failure: Failure | None = None
    strikes: int = 0
    off: bool = False
    until_s: float | None = None
    parks: int = 0
    probing: bool = False
    share: float = 1.0
    silences: int = 0
    passed_over: int = 0

    def after(self, failure: Failure, now_s: float) -> "Health":
        """Return the health after a request that ended with ``failure``."""
        if failure.kind is FailureKind.SUPERSEDED:
            return self.after_nothing()
        strikes = self.strikes + 1
        sick = replace(self, failure=failure, strikes=strikes, probing=False, silences=0)
        if self.off or _is_final(failure):
            return replace(sick, off=True)
        if failure.kind is FailureKind.TOO_LONG and self.share > SMALLEST_SHARE:
            share = max(SMALLEST_SHARE, self.share * SHRINKING)
            return replace(sick, share=share, strikes=self.strikes)
        rule = _RULES.get(failure.kind, _USUAL)
        asked_to_wait = failure.retry_after_s is not None
        if not rule.parks_s or (sick.strikes < rule.strikes and not asked_to_wait):
            return sick
        return sick._parked(failure, rule, now_s)

    def after_answer(self, now_s: float) -> "Health":
        """Return the health after a request that the model answered, or began to answer."""
        if self.off:
            return self
        kind = self.failure.kind if self.failure else None
        if self._left_s(now_s) > 0 and kind in _NOT_ENDED_BY_ANSWERS:
            return self
        return Health(share=self.share)

    def after_nothing(self) -> "Health":
        """Return the health after a request that was cut off before the model said anything."""
        return replace(self, probing=False)

    def after_silence(self, *, waited_for: bool) -> "Health":
        """Return the health after a request that was cut off at the cap, or not waited for."""
        quiet = self.after_nothing()
        if waited_for:
            return replace(quiet, silences=self.silences + 1, passed_over=0)
        return replace(quiet, passed_over=self.passed_over + 1)

    @property
    def is_waited_for(self) -> bool:
        """Whether an answer is worth the wait while others have answered."""
        return self.silences < PATIENCE or self.passed_over >= TRIED_EVERY - 1

    def asked(self, now_s: float) -> "Health":
        """Return the health once a request is sent: the first one after a park is a probe."""
        if self.until_s is None or self._left_s(now_s) > 0:
            return self
        return replace(self, probing=True)

    def why_not(self, now_s: float) -> str:
        """Return why the member is not to be asked now, empty if it is."""
        if self.failure is None:
            return ""
        what = f"{self.failure.kind.value}: {self.failure.message}"
        if self.off:
            return f"not asked until its settings or its key change; {what}"
        if (left_s := self._left_s(now_s)) > 0:
            return f"not asked for another {in_words(left_s)}; {what}"
        return f"another request finds out whether it is back; {what}" if self.probing else ""

    def is_parked(self, now_s: float) -> bool:
        """Tell whether the member is left alone for a while."""
        return not self.off and self._left_s(now_s) > 0

    def _left_s(self, now_s: float) -> float:
        return 0.0 if self.until_s is None else max(0.0, self.until_s - now_s)

    def _parked(self, failure: Failure, rule: _Rule, now_s: float) -> "Health":
        already = self._left_s(now_s) > 0
        # Requests that ran side by side and failed together are one step of the ladder.
        parks = self.parks if already else self.parks + 1
        wait_s = rule.parks_s[min(parks, len(rule.parks_s)) - 1]
        if failure.retry_after_s is not None:
            least_s = wait_s if failure.kind is FailureKind.OUT_OF_CREDIT else 0.0
            wait_s = max(least_s, failure.retry_after_s)
        until_s = max(now_s + wait_s, self.until_s or 0.0)
        return replace(self, until_s=until_s, parks=parks)


def _is_final(failure: Failure) -> bool:
    """Tell whether only a change of the settings or of the key can help."""
    if failure.kind is FailureKind.AUTHENTICATION:
        return failure.status is not None
    return failure.kind is FailureKind.NOT_FOUND


def is_worth_another(failure: Failure, now_ms: float, cap_ms: float) -> bool:
    """Tell whether a request is to be sent once more, ``now_ms`` after it came (milliseconds).

    Only where the server asks for it, and while half of the time is left: other members answer meanwhile.
    """
    return failure.status in _ONCE_MORE and now_ms <= cap_ms / 2


def in_words(seconds: float) -> str:
    """Return a time for people, rounded up: "25 s", "4 min", "2 h"."""
    if seconds < _MINUTES_FROM_S:
        return f"{math.ceil(seconds)} s"
    if seconds < _HOURS_FROM_S:
        return f"{math.ceil(seconds / 60)} min"
    return f"{math.ceil(seconds / 3600)} h"
