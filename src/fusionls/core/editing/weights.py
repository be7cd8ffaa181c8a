"""How good members were measured to be at edits, and the file in which that is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fusionls.core.weights import WEIGHTS_VERSION, WeightsError

# Pseudo-answers at the pool's mean that each member is given: a member with few answers is an ordinary one.
PSEUDO_ANSWERS = 4


@dataclass(frozen=True, slots=True)
class EditWeights:
    """Pass rates (0 to 1) by member. ``pack`` is the hash of what they were learned from."""

    priors: Mapping[str, float]
    pack: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the weights as the versioned object of docs/evaluation.md."""
        return {
            "v": WEIGHTS_VERSION,
            "kind": "edit",
            "pack": self.pack,
            "priors": dict(self.priors),
        }


def edit_weights_from_json(text: str) -> EditWeights:
    """Return the weights that ``text``, a JSON document, holds. Raises WeightsError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"not JSON: {error}") from error
    if not isinstance(found, dict) or found.get("v") != WEIGHTS_VERSION:
        raise WeightsError(f"weights of version {WEIGHTS_VERSION} expected")
    if found.get("kind") != "edit":
        raise WeightsError('"kind": "edit" expected')
    priors = found.get("priors", {})
    if not isinstance(priors, dict):
        raise WeightsError("priors: a table of numbers expected")
    for name, rate in priors.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise WeightsError(f"priors.{name}: a number from 0 to 1 expected")
    pack = found.get("pack", "")
    return EditWeights(
        {name: float(rate) for name, rate in priors.items()}, pack if isinstance(pack, str) else ""
    )


def learned_rates(passed: Sequence[Mapping[str, Sequence[bool]]]) -> dict[str, float]:
    """Return the pass rate of every member over ``passed`` (by case), drawn to the mean of all."""
    right: dict[str, int] = {}
    asked: dict[str, int] = {}
    for case in passed:
        for name, verdicts in case.items():
            right[name] = right.get(name, 0) + sum(verdicts)
            asked[name] = asked.get(name, 0) + len(verdicts)
    mean = sum(right.values()) / max(1, sum(asked.values()))
    return {
        name: (right[name] + PSEUDO_ANSWERS * mean) / (asked[name] + PSEUDO_ANSWERS)
        for name in right
    }
