"""What every figure of a class of answers weighs, and the file in which learned weights are kept."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fusionls.core.features import FEATURES

WEIGHTS_VERSION = 1
# What the probability is made of (``core/ranking.py``).
CHANCE_OF_FIGURES = ("agreed", "makers", "strongest", "parses", "lines", "docstring")
CHANCE_FEATURES = ("constant", "score", "lead", "share", "classes", *CHANCE_OF_FIGURES)


class WeightsError(ValueError):
    """A file of weights that cannot be used; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a score (log-odds) and of the probability made from it.

    ``score`` is by the names of ``FEATURES``, ``chance`` by ``CHANCE_FEATURES``; what is not there weighs
    nothing. ``members`` is added for each member that supports a class, and ``priors`` takes the place of
    the settings' ones; both are by member name. ``pack`` is the hash of what they were learned from,
    empty for those that are shipped.
    """

    score: Mapping[str, float]
    chance: Mapping[str, float]
    members: Mapping[str, float] = field(default_factory=dict)
    priors: Mapping[str, float] = field(default_factory=dict)
    pack: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the weights as the versioned object of docs/evaluation.md."""
        return {
            "v": WEIGHTS_VERSION,
            "kind": "completion",
            "pack": self.pack,
            "score": dict(self.score),
            "chance": dict(self.chance),
            "members": dict(self.members),
            "priors": dict(self.priors),
        }


# The recipe's hand rule, and evidence beyond it that was fitted to nine pools of recorded answers at once and
# rounded; docs/benchmarks.md says what each was measured to do.
SHIPPED = Weights(
    score={
        "mass": 0.5,
        "agreed": 0.9,
        "makers": 0.3,
        "casting": 0.6,
        "strongest": 1.0,
        "parses": 1.0,
        "valid": 0.5,
        "retyped": -1.0,
        "stands_elsewhere": -0.3,
        "too_deep": -1.5,
        "lines": 0.3,
        "docstring": 1.5,
        "comment_after_blank": 0.5,
        "unbound": -0.4,
        "bound_later": -0.6,
        "binds_needed": 0.3,
        "leaves_needed": -0.5,
        "binds_again": -0.8,
        "new_words": -0.05,
        "types": 0.5,
        "arrows": 0.7,
        "other_quotes": -2.0,
    },
    # Fitted to the choices in the same nine pools.
    chance={
        "constant": -5.0,
        "score": 0.68,
        "lead": 0.3,
        "share": 2.3,
        "classes": 0.25,
        "agreed": -0.1,
        "lines": -0.1,
        "docstring": 1.7,
    },
)


def weights_from_json(text: str) -> Weights:
    """Return the weights that ``text``, a JSON document, holds. Raises WeightsError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"not JSON: {error}") from error
    return weights_from(found)


def weights_from(found: object) -> Weights:
    """Return the weights of a parsed JSON document. Raises WeightsError."""
    if not isinstance(found, dict) or found.get("v") != WEIGHTS_VERSION:
        raise WeightsError(f"weights of version {WEIGHTS_VERSION} expected")
    if found.get("kind") != "completion":
        raise WeightsError('"kind": "completion" expected')
    pack = found.get("pack", "")
    return Weights(
        score=_numbers(found, "score", FEATURES),
        chance=_numbers(found, "chance", CHANCE_FEATURES),
        members=_numbers(found, "members"),
        priors=_numbers(found, "priors"),
        pack=pack if isinstance(pack, str) else "",
    )


def _numbers(found: dict[str, Any], name: str, known: tuple[str, ...] = ()) -> dict[str, float]:
    block = found.get(name, {})
    if not isinstance(block, dict):
        raise WeightsError(f"{name}: a table of numbers expected")
    for key, value in block.items():
        if known and key not in known:
            raise WeightsError(f"{name}.{key}: unknown; one of {', '.join(known)} expected")
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_sane(value):
            raise WeightsError(f"{name}.{key}: a number expected")
    return {key: float(value) for key, value in block.items()}


# A learned weight is a few units; what is far beyond makes one figure decide alone, or no number at all.
_MOST = 1e6


def _is_sane(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= _MOST
