"""Who would have been right, case by case: every member alone, the plain vote, and the pool fused."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from fusionls.core.agreement import class_key
from fusionls.engine.ports import Pool
from fusionls.evaluating.case import Case
from fusionls.evaluating.programs import program_of
from fusionls.evaluating.replaying import Suggested, as_it_came, hole_of, suggested
from fusionls.evaluating.said import Said


class Way(StrEnum):
    """How an answer is come by."""

    RAW = "as it came"
    ALONE = "alone"
    VOTE = "plain vote"
    FUSED = "fused"
    SHOWN = "fused, shown"
    IN_TIME = "fused, shown in time"
    ORACLE = "any member right"


@dataclass(frozen=True, slots=True)
class Found:
    """What one way comes to. ``who`` is a member's name, empty for the pool's; ``text`` None is nothing."""

    way: Way
    who: str
    text: str | None
    ms: float
    p: float | None
    broken: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, and whether it is right. ``ms`` is None where there was no answer."""

    way: Way
    who: str
    text: str | None
    right: bool
    ms: float | None
    p: float | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with all its outcomes. ``tested`` says that tests judged it, and not its gold text."""

    case: Case
    said: tuple[Said, ...]
    outcomes: tuple[Outcome, ...]
    tested: bool


def judged(
    case: Case,
    said: Sequence[Said],
    found: Sequence[Found],
    passed: Callable[[str], bool] | None,
) -> Judged:
    """Return ``case`` with every outcome of ``found``, and whether any member was right.

    ``passed`` tells of a text whether the tests pass with it; without it the gold text judges.
    """
    outcomes = [
        Outcome(
            one.way,
            one.who,
            one.text,
            one.text is not None and (passed(one.text) if passed else case.is_exact(one.text)),
            one.ms if one.text is not None else None,
            one.p,
            one.broken,
        )
        for one in found
    ]
    right = next((one for one in outcomes if one.way is Way.ALONE and one.right), None)
    any_right = Outcome(Way.ORACLE, "", right.text if right else None, right is not None, None)
    return Judged(case, tuple(said), (*outcomes, any_right), passed is not None)


def program_hash(case: Case, text: str) -> str:
    """Return what the verdict on a text is kept under: equal texts in equal places are run once."""
    return hashlib.sha256(program_of(case, text).encode("utf-8", "replace")).hexdigest()


def found_by_all(case: Case, pool: Pool, said: Sequence[Said]) -> list[Found]:
    """Return what each way comes to. The replays run a loop of their own: not to be called inside one."""
    hole = hole_of(case)
    found: list[Found] = []
    raws: list[Suggested] = []
    for one in pool.members:
        name = one.member.name
        first = next((s for s in said if s.member == name), None)
        if first is not None:
            raws.append(as_it_came(case, one.member, first, hole))
            found.append(_found(Way.RAW, name, raws[-1]))
        alone = suggested(case, replace(pool, members=(one,)), said)
        found.append(_found(Way.ALONE, name, alone))
    found.append(_found(Way.VOTE, "", _plurality(raws)))
    found.append(_found(Way.FUSED, "", suggested(case, pool, said)))
    shown = suggested(case, pool, said, threshold=pool.threshold)
    found.append(_found(Way.SHOWN, "", shown))
    in_time = suggested(case, pool, said, caps=pool.caps, threshold=pool.threshold)
    found.append(_found(Way.IN_TIME, "", in_time))
    return found


def _found(way: Way, who: str, one: Suggested) -> Found:
    return Found(way, who, one.text, one.ms, one.p, one.broken)


def _plurality(raws: Sequence[Suggested]) -> Suggested:
    """Return the first answer as it came whose first line most members gave; ties go to the pool's order."""
    answered = [raw for raw in raws if raw.text is not None]
    if not answered:
        return Suggested(None, 0.0, None, broken=False)
    keys = [class_key(raw.text or "") for raw in answered]
    chosen = answered[keys.index(max(keys, key=keys.count))]
    return replace(chosen, ms=max(raw.ms for raw in answered))
