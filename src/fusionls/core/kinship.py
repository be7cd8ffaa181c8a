"""Which two members are about one vote.

That two members agree is the best evidence that an answer is right, but only if they could have
disagreed. Two names for one model, or two sizes of it, agree in their errors too.

Where both are right they agree of necessity, so only the other answers tell. On 738 recorded
completions of nine models, of those that were not both right, two samples of one model were alike in
67 to 91 %, two different models of one maker in 25 to 42 %, and models of two makers in 7 to 34 %.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

# How often answers that are not both right are alike: of one model under two names, and of the closest
# different ones (see above).
ALIKE_OF_ONE_MODEL = 0.8
ALIKE_OF_OTHERS = 0.4
# Odds of eight to one: five of six telling answers. Two of the closest different models are then taken for
# one in 5 of 100 cases.
SURE_BITS = 3.0

_BITS_FOR = math.log2(ALIKE_OF_ONE_MODEL / ALIKE_OF_OTHERS)
_BITS_AGAINST = math.log2((1 - ALIKE_OF_ONE_MODEL) / (1 - ALIKE_OF_OTHERS))


@dataclass(frozen=True, slots=True)
class Said:
    """What a member said to one probe: ``key`` is the class of its answer (``agreement.class_key``)."""

    key: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """A member, and what it said to probes that all members got in the same order.

    ``endpoint`` and ``model`` may be empty where they are not known; None is a probe without an answer.
    """

    name: str
    maker: str = ""
    endpoint: str = ""
    model: str = ""
    said: tuple[Said | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Kinship:
    """Two members that count as about one vote, and in words why.

    ``alike`` of ``telling`` answers were the same; telling are those that were not both right.
    """

    first: str
    second: str
    why: str
    alike: int = 0
    telling: int = 0


def kinships(witnesses: Sequence[Witness]) -> tuple[Kinship, ...]:
    """Return the pairs that are about one vote, in the order of ``witnesses``."""
    found = (_kinship(a, b) for a, b in combinations(witnesses, 2))
    return tuple(kinship for kinship in found if kinship is not None)


def bits_of_one_model(alike: int, telling: int) -> float:
    """Return how much ``alike`` of ``telling`` answers say for one model rather than for two (bits)."""
    return alike * _BITS_FOR + (telling - alike) * _BITS_AGAINST


def _kinship(a: Witness, b: Witness) -> Kinship | None:
    pairs = [(x, y) for x, y in zip(a.said, b.said, strict=False) if x and y and (x.key or y.key)]
    telling = [(x, y) for x, y in pairs if not (x.right and y.right)]
    alike = sum(x.key == y.key for x, y in telling)
    reasons = list(_reasons(a, b))
    if bits_of_one_model(alike, len(telling)) >= SURE_BITS:
        reasons.append(f"they say the same in {alike} of {len(telling)} answers that tell")
    return Kinship(a.name, b.name, "; ".join(reasons), alike, len(telling)) if reasons else None


def _reasons(a: Witness, b: Witness) -> Iterator[str]:
    """Yield what is known without asking: of two reasons that say the same, the stronger one."""
    one_model = a.model.lower() == b.model.lower()
    if one_model and (a.model or a.endpoint) and a.endpoint == b.endpoint:
        yield "the same model at the same endpoint" if a.endpoint else "the same model"
    elif one_model and a.model:
        yield "the same model at two endpoints"
    elif a.maker and a.maker.lower() == b.maker.lower():
        yield f"both are made by {a.maker}"
