"""What a person is told of a member that is not asked any more, and what they can do about it.

A sentence holds the member's name and our own words: no key, no code, nothing that a server wrote.
"""

from fusionls.core.health import Health, in_words
from fusionls.core.reply import Failure, FailureKind

_SOON = "It is asked again from time to time"
_OFF = {
    FailureKind.AUTHENTICATION: "Once its key is right, save the settings file",
    FailureKind.NOT_FOUND: "Name a model that its server has in the settings file",
}
_BECAUSE = {
    FailureKind.UNREACHABLE: ("cannot be reached", f"Does its server run? {_SOON}"),
    FailureKind.REDIRECT: (
        "is not where its address says, and no redirect is followed",
        "Name the right address in the settings file",
    ),
    FailureKind.AUTHENTICATION: ("has no key", _SOON),
    FailureKind.RATE_LIMITED: ("has had too many requests", ""),
    FailureKind.OUT_OF_CREDIT: ("has no credit left", "Add credit, or take it out of the pool"),
    FailureKind.NOT_INSTALLED: ("is not installed", ""),
    FailureKind.MALFORMED: (
        "gives answers that cannot be read",
        f"Is its wire in the settings file the right one? {_SOON}",
    ),
    FailureKind.REFUSED: (
        "refuses what it is asked",
        f"Do its wire, model and family in the settings file fit? {_SOON}",
    ),
    FailureKind.TOO_LONG: ("takes shorter prompts than are of any use", _SOON),
    FailureKind.BUG: ("cannot be asked, by a fault of fusionls itself", "Please report it"),
}
_FAILS = ("fails again and again", _SOON)
# Of these it matters when they are over.
_TIMED = (FailureKind.RATE_LIMITED, FailureKind.OUT_OF_CREDIT)


def notice_of(name: str, before: Health, after: Health, now_s: float) -> str:
    """Return what to tell of the member ``name`` whose health changed, empty if that is nothing new."""
    failure = after.failure
    if failure is None or not _is_worse(before, after):
        return ""
    why = f"({failure.message})"
    if after.off:
        return f"{name} is not asked any more {why}. {_OFF[failure.kind]}."
    what, way_out = _BECAUSE.get(failure.kind, _FAILS)
    if failure.kind in _TIMED:
        left_s = (after.until_s or now_s) - now_s
        why = f"{why} and is not asked for {in_words(left_s)}"
    sentence = f"{name} {what} {why}."
    return f"{sentence} {way_out}." if way_out else sentence


def _is_worse(before: Health, after: Health) -> bool:
    """Tell whether a member that was asked is not asked any more, or cannot be at all."""
    left_alone = (after.off and not before.off) or after.parks > before.parks
    return left_alone or (_is_missing(after.failure) and not _is_missing(before.failure))


def _is_missing(failure: Failure | None) -> bool:
    return failure is not None and failure.kind is FailureKind.NOT_INSTALLED
