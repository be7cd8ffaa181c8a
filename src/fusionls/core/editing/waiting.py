"""How long the members are waited for that shall propose an edit.

Four rules, the first that holds counts.

Everybody: nobody is left from whom another answer could come.

Sure stop: one class has more votes than any other one could still get. A vote is the square of a member's
pass rate, as in ``choosing``; what is outstanding may also resemble a rival, which counts half again. An edit
that is in doubt is never sure: without the doubt another one may be chosen.

Patience: a quorum agrees, two members or more with at least half of the votes of all that may have one. Who
agrees with others is seldom overruled, so whoever has not answered is waited for only half as long again as
it took until they agreed: a member that is far slower than the others is dropped, and one that is about as
fast is heard.

Budget: what is left of it is needed to choose, to merge and to verify.

Further samples are drawn of a member that has answered while no two agree. On recorded answers of pools of
five that was right as often as three samples of everybody, with three quarters of the answers (of five 7B
models 52.3 %, and 52.7 with all samples; 49.1 when each was asked once; docs/benchmarks-edits.md).

A member that is asked alone has nobody to agree with. The first of its answers that passes without a doubt is
taken: to draw three and vote among them was hardly better on recorded answers (40.2 % right, and 39.4, see
docs/benchmarks-edits.md), and costs the person twice the time.

Whoever passes far less often than the best one who proposed something has no vote (``choosing`` leaves it
out), and is not waited for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusionls.core.editing.votes import (
    LEAST_RATE,
    OF_EQUAL_SAMPLES,
    POWER,
    WEIGHT_OF_LIKENESS,
)

# To read the answers that came last, to choose, to merge and to verify. Five answers took 26 ms, and 85 in
# one of twenty cases, 51 of them 626 ms; a merge that is verified again and again takes several times that.
ROOM_MS = 1_500.0
# With a small budget most of it is still for the members.
MOST_ROOM = 0.2
# Members that agree make a quorum, with such a share of the votes.
QUORUM = 2
QUORUM_SHARE = 0.5
# A slower one is waited for so long again, and for a second if the others were very fast.
PATIENCE = 0.5
LEAST_PATIENCE_MS = 1_000.0
# A judge reads all candidates and writes one more: what takes less time than this is not begun.
LEAST_FOR_JUDGE_MS = 3_000.0
# An answer takes about as long as the one before; one that has less than this part of that time is not begun.
LEAST_OF_LAST = 0.5


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that passes the gate: its class and when it was read (ms). ``doubted``: not all is well."""

    klass: str
    at_ms: float
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A member that was asked. ``rate`` is how often its edits are right (0 to 1).

    ``outstanding`` is how many more answers may come of it, 0 if it has ended.
    """

    name: str
    rate: float
    given: tuple[Given, ...] = ()
    outstanding: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Waiting ends at ``at_ms`` (milliseconds since the request) if nothing comes before, and why."""

    at_ms: float
    why: str


@dataclass(frozen=True, slots=True)
class _Quorum:
    names: tuple[str, ...]
    at_ms: float


def room_ms(budget_ms: float) -> float:
    """Return how much of ``budget_ms`` is kept for what comes after waiting (milliseconds)."""
    return min(ROOM_MS, budget_ms * MOST_ROOM)


def waiting_stops(voices: Sequence[Voice], now_ms: float, budget_ms: float) -> Stop:
    """Return when to stop waiting for ``voices``, at the latest ``room_ms`` before the budget ends."""
    voting = _voting(voices)
    quorum = _quorum_of(voting)
    left = [one for one in voting if _is_awaited(one, voting)]
    if not left:
        return Stop(now_ms, _nobody_left(quorum, voting, voices))
    if sure := _sure(voting, left):
        return Stop(now_ms, sure)
    end_ms = budget_ms - room_ms(budget_ms)
    if quorum is None:
        return Stop(end_ms, _late(left, "the time was up"))
    patient_ms = quorum.at_ms + max(LEAST_PATIENCE_MS, quorum.at_ms * PATIENCE)
    if patient_ms < end_ms:
        agreed = f"{_listed(quorum.names)} agreed after {quorum.at_ms / 1000:.1f} s"
        return Stop(patient_ms, _late(left, agreed))
    return Stop(end_ms, _late(left, "the time was up"))


def asks_on(voices: Sequence[Voice], name: str, *, paid: bool) -> bool:
    """Tell whether the member ``name`` is to be asked for one more answer.

    One that costs money (``paid``) is asked again only while none of its answers passes.
    """
    voting = _voting(voices)
    own = next((one for one in voting if one.name == name), None)
    if own is None or (paid and own.given):
        return False
    return not own.given or _is_awaited(own, voting)


def classes_of(voices: Iterable[Voice]) -> set[str]:
    """Return the classes of the answers that pass."""
    return {given.klass for one in voices for given in one.given}


def _voting(voices: Sequence[Voice]) -> list[Voice]:
    """Return those whose answers may be chosen."""
    best = max((one.rate for one in voices if one.given), default=0.0)
    return [one for one in voices if one.rate >= LEAST_RATE * best]


def _is_awaited(voice: Voice, voting: Sequence[Voice]) -> bool:
    if not voice.outstanding or not voice.given:
        return bool(voice.outstanding)
    if any(one is not voice and (one.given or one.outstanding) for one in voting):
        return not _two_agree(voting)
    return all(given.doubted for given in voice.given)


def _two_agree(voting: Sequence[Voice]) -> bool:
    classes = [klass for one in voting for klass in {given.klass for given in one.given}]
    return len(set(classes)) < len(classes)


def _strength(voice: Voice) -> float:
    return float(min(max(voice.rate, 0.0), 1.0) ** POWER)


def _votes(voices: Iterable[Voice]) -> dict[str, float]:
    """Return the votes for each class; equal samples of one member count as the root of their number."""
    votes: dict[str, float] = defaultdict(float)
    for one in voices:
        classes = [given.klass for given in one.given]
        for klass in sorted(set(classes)):
            votes[klass] += _strength(one) * classes.count(klass) ** OF_EQUAL_SAMPLES
    return votes


def _quorum_of(voting: Sequence[Voice]) -> _Quorum | None:
    """Return who agrees and since when, if they are enough to wait no longer for everybody."""
    may_vote = [one for one in voting if one.given or one.outstanding]
    total = sum(map(_strength, may_vote))
    votes = _votes(may_vote)
    for klass in sorted(votes, key=lambda klass: (-votes[klass], klass)):
        holders = {
            one.name: min(given.at_ms for given in one.given if given.klass == klass)
            for one in may_vote
            if any(given.klass == klass for given in one.given)
        }
        weight, names = 0.0, list[str]()
        for name in sorted(holders, key=lambda name: holders[name]):
            weight += next(_strength(one) for one in may_vote if one.name == name)
            names.append(name)
            if len(names) >= QUORUM and weight >= QUORUM_SHARE * total:
                return _Quorum(tuple(names), holders[name])
    return None


def _sure(voting: Sequence[Voice], left: Sequence[Voice]) -> str:
    votes = _votes(voting)
    if not votes:
        return ""
    leader = max(sorted(votes), key=lambda klass: votes[klass])
    rival = max((votes[klass] for klass in votes if klass != leader), default=0.0)
    outstanding = sum(_strength(one) * one.outstanding**OF_EQUAL_SAMPLES for one in left)
    doubted = all(given.doubted for one in voting for given in one.given if given.klass == leader)
    if doubted or votes[leader] <= rival + outstanding * (1 + WEIGHT_OF_LIKENESS):
        return ""
    names = [one.name for one in voting if any(given.klass == leader for given in one.given)]
    return _late(left, f"nobody could outvote {_listed(names)} any more")


def _nobody_left(quorum: _Quorum | None, voting: Sequence[Voice], voices: Sequence[Voice]) -> str:
    weak = [one for one in voices if one not in voting and one.outstanding and not one.given]
    if weak:
        return _late(weak, "far better members had answered")
    if quorum is not None and any(one.outstanding for one in voting):
        return f"{_listed(quorum.names)} agreed, and everybody had answered"
    return "everybody had answered"


def _late(left: Sequence[Voice], why: str) -> str:
    silent = [one.name for one in left if not one.given]
    return f"{_listed(silent)} was not waited for: {why}" if silent else why


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
