"""A described pool that answers as often and as fast as it is told to: panels from no models at all.

The same description, seed and number give the same panels: those that rules of waiting are compared by.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fusionls.core.json_fields import PanelError, number, object_of, objects, text
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.panel_fields import MOST_ANSWERS
from fusionls.core.panel_json import TracesHeader, header_from_json

# As many requests as one reference setting has, and more than anybody waits for.
USUAL_REQUESTS, MOST_REQUESTS = 6_000, 50_000
USUAL_CAP_MS = 700.0
# A person of whom half move on within a second (docs/simulate.md).
USUAL_SURVIVAL = ((0.45, 250.0), (0.55, 2000.0))
# How much the difficulty of a request weighs against a member's skill (both in log-odds), as in the settings.
DIFFICULTY = 1.6
STALLS_BY = (4.0, 8.0)
_KEYS = {
    *("name", "n", "seed", "cap_ms", "survival", "contention", "load", "invalid", "same_wrong"),
    "members",
}
_MEMBER_KEYS = {
    *("name", "median_ms", "sigma", "stall", "skill", "maker", "tokens", "slower", "slower_from"),
    "fails",
}


@dataclass(frozen=True, slots=True)
class SyntheticMember:
    """One member: its median time (ms), the spread of its logarithm, and how good it is (log-odds).

    It ``stall``s with this chance, ``fails`` with that one. From the share ``slower_from`` of the requests on
    it takes ``slower`` times as long. Members of one ``maker`` make the same uncommon mistakes.
    """

    name: str
    median_ms: float
    sigma: float = 0.3
    stall: float = 0.0
    skill: float = 0.0
    maker: str = ""
    tokens: int = 0
    slower: float = 1.0
    slower_from: float = 0.5
    fails: float = 0.0


@dataclass(frozen=True, slots=True)
class SyntheticPool:
    """The members and what they share.

    ``load`` is the spread of the logarithm of what slows all of them in the same request, ``contention`` by
    how much every further member slows each. A wrong answer is ``invalid`` with this chance; of the others
    the share ``same_wrong`` is the same popular mistake.
    """

    name: str
    members: tuple[SyntheticMember, ...]
    header: TracesHeader
    n: int = USUAL_REQUESTS
    seed: int = 1
    load: float = 0.15
    invalid: float = 0.4
    same_wrong: float = 0.35


def pool_from(found: object) -> SyntheticPool:
    """Return the pool that a file describes (docs/simulate.md). Raises PanelError."""
    block = object_of(found, "the description")
    _only(block, _KEYS, "the description")
    members = tuple(_member(one) for one in objects(block, "members", MOST_ANSWERS))
    if not members:
        raise PanelError("'members' is empty: a pool has at least one")
    if len({member.name for member in members}) != len(members):
        raise PanelError("two members have the same name")
    name = text(block, "name", "pool")
    header = {"setting": name, "cap_ms": block.get("cap_ms", USUAL_CAP_MS)}
    header |= {"survival": block.get("survival", [list(part) for part in USUAL_SURVIVAL])}
    described = header_from_json(header | {"contention": block.get("contention", 0.0)})
    if described is None:
        raise PanelError("it describes no setting")
    return SyntheticPool(
        name=name,
        members=members,
        header=described,
        n=int(_figure(block, "n", USUAL_REQUESTS, 1, MOST_REQUESTS)),
        seed=int(_figure(block, "seed", 1, 0, 2**31)),
        load=_figure(block, "load", 0.15, 0, 3),
        invalid=_figure(block, "invalid", 0.4, 0, 1),
        same_wrong=_figure(block, "same_wrong", 0.35, 0, 1),
    )


def _member(block: Mapping[str, Any]) -> SyntheticMember:
    _only(block, _MEMBER_KEYS, "a member")
    name = text(block, "name")
    if block.get("median_ms") is None:
        raise PanelError(f"the member {name!r} has no 'median_ms'")
    return SyntheticMember(
        name=name,
        median_ms=_figure(block, "median_ms", 0, 0.1, 1e6),
        sigma=_figure(block, "sigma", 0.3, 0, 3),
        stall=_figure(block, "stall", 0, 0, 1),
        skill=_figure(block, "skill", 0, -20, 20),
        maker=text(block, "maker", ""),
        tokens=int(_figure(block, "tokens", 0, 0, 100_000)),
        slower=_figure(block, "slower", 1, 0.01, 100),
        slower_from=_figure(block, "slower_from", 0.5, 0, 1),
        fails=_figure(block, "fails", 0, 0, 1),
    )


def _figure(block: Mapping[str, Any], name: str, usual: float, least: float, most: float) -> float:
    found = number(block, name, least, most)
    return usual if found is None else found


def _only(block: Mapping[str, Any], known: set[str], what: str) -> None:
    odd = sorted(str(key) for key in block if key not in known)
    if odd:
        raise PanelError(f"{what} has {odd[0][:40]!r}, which is none of {', '.join(sorted(known))}")


def panels_of(
    pool: SyntheticPool, tell: Callable[[int, int], None] = lambda _d, _o: None
) -> list[Panel]:
    """Return what the pool answers. ``tell(done, of)`` hears how far it is."""
    # Which random numbers are taken when is part of the format: the settings are compared by seed.
    rng = random.Random(f"{pool.name} {pool.seed}")
    found = []
    for n in range(pool.n):
        found.append(_panel(pool, n, rng))
        if n % 1000 == 0:
            tell(n, pool.n)
    return found


def _panel(pool: SyntheticPool, n: int, rng: random.Random) -> Panel:
    difficulty, load = rng.gauss(0, 1), math.exp(pool.load * rng.gauss(0, 1))
    slow = load * (1 + pool.header.contention * (len(pool.members) - 1))
    answers = []
    for place, member in enumerate(pool.members):
        at_ms = member.median_ms * math.exp(member.sigma * rng.gauss(0, 1)) * slow
        if rng.random() < member.stall:
            at_ms *= rng.uniform(*STALLS_BY)
        if n > pool.n * member.slower_from:
            at_ms *= member.slower
        right = rng.random() < 1 / (1 + math.exp(-(member.skill - DIFFICULTY * difficulty)))
        invalid, common = rng.random() < pool.invalid, rng.random() < pool.same_wrong
        own = member.maker or str(place)
        klass = "right" if right else "" if invalid else "popular" if common else f"own {own}"
        failed = member.fails > 0 and rng.random() < member.fails
        at_ms = round(at_ms, 1)
        answers.append(
            PanelAnswer(
                member.name,
                None if failed else at_ms,
                "" if failed else klass,
                done_ms=at_ms,
                tokens_out=member.tokens,
                right=float(right and not failed),
            )
        )
    return Panel(str(n), tuple(answers), pool.header.cap_ms)
