"""Who is asked when: on one machine every further running member slows the others."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite
from typing import Any

from fusionls.core.panel import Panel, PanelAnswer

# "Not because somebody ended": more than there are members.
NO_ANSWERS = 1_000
# By how much every further running member slows the others where nobody measured it.
USUAL_CONTENTION = 0.35
# What is left of a work below this is a rounding error.
LEAST_WORK_MS = 1e-9


@dataclass(frozen=True, slots=True)
class Wave:
    """Members that are asked ``after_ms`` since the first asking, or once ``after_answers`` have ended.

    Whichever is first; ``after_ms`` may be infinite.
    """

    members: tuple[str, ...]
    after_ms: float = 0.0
    after_answers: int = NO_ANSWERS


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """The waves of a request. Members that are in none are not asked."""

    waves: tuple[Wave, ...]

    def due(self, now_ms: float, ended: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
        """Return who is to be asked now."""
        return tuple(
            member
            for wave in self.waves
            if now_ms >= wave.after_ms or len(ended) >= wave.after_answers
            for member in wave.members
            if member not in asked
        )

    def next_ms(self, now_ms: float, asked: Collection[str]) -> float | None:
        """Return when (ms) somebody is due if nobody ends before, None if never."""
        times = [
            wave.after_ms
            for wave in self.waves
            if now_ms < wave.after_ms < inf and any(member not in asked for member in wave.members)
        ]
        return min(times, default=None)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the waves as JSON; null is "never by time"."""
        return [
            {
                "members": list(wave.members),
                "after_ms": wave.after_ms if isfinite(wave.after_ms) else None,
                "after_answers": wave.after_answers,
            }
            for wave in self.waves
        ]

    @classmethod
    def from_json(cls, written: Iterable[Mapping[str, Any]]) -> "LaunchPlan":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError if it is something else."""
        return cls(
            tuple(
                Wave(
                    tuple(str(member) for member in wave["members"]),
                    inf if wave["after_ms"] is None else float(wave["after_ms"]),
                    int(wave["after_answers"]),
                )
                for wave in written
            )
        )


def all_at_once(members: Sequence[str]) -> LaunchPlan:
    """Return the plan that asks all ``members`` at once."""
    return LaunchPlan((Wave(tuple(members)),))


@dataclass(frozen=True, slots=True)
class Machine:
    """Which members share a machine (``groups``: member to its name) and how they slow each other.

    With n of them running each works 1 + ``contention`` * (n - 1) times as slow as alone.
    """

    groups: Mapping[str, str]
    contention: float = USUAL_CONTENTION

    def speeds(self, running: Iterable[str]) -> dict[str, float]:
        """Return how fast each running member is, 1 being alone."""
        names = list(running)
        at = [self.groups.get(member) for member in names]
        return {
            member: 1.0 / (1.0 + self.contention * (at.count(group) - 1)) if group else 1.0
            for member, group in zip(names, at, strict=True)
        }


def timeline(
    works: Mapping[str, float], plan: LaunchPlan, machine: Machine
) -> dict[str, tuple[float, float]]:
    """Return when each member is asked and when it ends (ms), if each alone would take ``works``.

    Speeds change when somebody starts or ends. Who is in no wave, or whose wave is never due, is left out.
    """
    found: dict[str, tuple[float, float]] = {}
    left: dict[str, float] = {}
    asked: dict[str, float] = {}
    waiting = [
        (wave.after_ms, wave.after_answers, member)
        for wave in plan.waves
        for member in wave.members
        if isfinite(works.get(member, inf))
    ]
    now = 0.0
    while waiting or left:
        for after_ms, after_answers, member in waiting:
            if now >= after_ms or len(found) >= after_answers:
                asked[member] = now
                left[member] = max(0.0, works[member])
        waiting = [wave for wave in waiting if wave[2] not in asked]
        next_ms = min([wave[0] for wave in waiting], default=inf)
        speeds = machine.speeds(left)
        ends, first = min(
            [(left[member] / speeds[member], member) for member in left], default=(inf, "")
        )
        if now + ends <= next_ms < inf or next_ms == inf != ends:
            now += ends
            left[first] = 0.0
        elif next_ms < inf:
            ends, now = next_ms - now, next_ms
        else:
            break
        for member in [*left]:
            left[member] -= ends * speeds[member] if left[member] else 0.0
            if left[member] <= LEAST_WORK_MS:
                del left[member]
                found[member] = (asked[member], now)
    return found


def works_of(panel: Panel, machine: Machine) -> dict[str, tuple[float, bool]]:
    """Return how long (ms) each member of ``panel`` would have taken alone, and whether it ended.

    Of one that was cut off it is the work that was done by then.
    """
    spans = [
        (answer.member, answer.asked_ms, end)
        for answer in panel.answers
        if not answer.recycled
        and (end := _stopped_ms(answer)) is not None
        and end > answer.asked_ms
    ]
    edges = sorted({edge for _, start, end in spans for edge in (start, end)})
    works = dict.fromkeys((member for member, _, _ in spans), 0.0)
    for start, end in pairwise(edges):
        running = [member for member, begun, over in spans if begun <= start and over >= end]
        for member, speed in machine.speeds(running).items():
            works[member] += (end - start) * speed
    ended = {answer.member for answer in panel.answers if _ended_ms(answer) is not None}
    return {member: (work, member in ended) for member, work in works.items()}


def _ended_ms(answer: PanelAnswer) -> float | None:
    if answer.at_ms is not None:
        return answer.at_ms
    return answer.done_ms if answer.cut_ms is None else None


def _stopped_ms(answer: PanelAnswer) -> float | None:
    ended = _ended_ms(answer)
    stopped = answer.cut_ms if ended is None else ended
    return (
        stopped if stopped is not None and isfinite(stopped) and isfinite(answer.asked_ms) else None
    )
