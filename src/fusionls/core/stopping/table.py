"""What is looked up while a person waits: is answering now worth more than waiting?"""

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from fusionls.core.launching import LaunchPlan
from fusionls.core.stopping.signature import Signature

# Values are kept in 65,535 steps.
STEPS = 65535
# Waiting must be worth more than this, which is finer than what is known.
LEAST_GAIN = 0.0005


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to stop, and what is expected of answering ``now`` and of waiting (``later``).

    Both are the chance that what is shown then is right times the chance that the person is still there.
    ``sure``: nobody who is missing is likely to change what is shown.
    """

    stop: bool
    now: float
    later: float
    sure: bool = False

    @property
    def words(self) -> str:
        """The reason, for a trace."""
        worth = f"answering now is worth {self.now:.2f}, waiting {self.later:.2f}"
        return (
            f"nobody missing is likely to change it: {worth}" if self.sure and self.stop else worth
        )


class CutoffTable:
    """The solved problem of one pool. Looking up costs microseconds and never raises."""

    def __init__(
        self,
        members: Sequence[str],
        step_ms: float,
        survival: Sequence[float],
        states: Mapping[Signature, tuple[float, int, bool]],
        later: "array[int]",
        plan: LaunchPlan | None = None,
    ) -> None:
        self.plan = plan
        self.members = tuple(members)
        self.step_ms = step_ms
        self._survival = list(survival)
        self._states = dict(states)
        self._rows = {state: row for row, state in enumerate(self._states)}
        self._later = later
        self._ends: dict[Signature, list[int]] = {}

    @property
    def cap_ms(self) -> float:
        """Up to when the table reaches."""
        return (len(self._survival) - 1) * self.step_ms

    def advice(self, signature: Signature, at_ms: float) -> Advice | None:
        """Return what to do ``at_ms`` after the request in the state ``signature``; None if unknown."""
        row = self._rows.get(signature)
        if row is None or not isfinite(at_ms):
            return None
        worth, _, sure = self._states[signature]
        width = len(self._survival)
        place = min(max(at_ms / self.step_ms, 0.0), width - 1.0)
        whole = min(int(place), width - 2)
        part, base = place - whole, row * width + whole
        alive = self._survival[whole] * (1 - part) + self._survival[whole + 1] * part
        later = (self._later[base] * (1 - part) + self._later[base + 1] * part) / STEPS
        now = worth * alive
        stop = (sure and now > 0) or now + LEAST_GAIN >= later or place >= width - 1.0
        return Advice(stop, now, later, sure)

    def stops_ms(self, signature: Signature, at_ms: float) -> float | None:
        """Return from when on (ms, not before ``at_ms``) to stop if nobody ends; None if unknown."""
        advice = self.advice(signature, at_ms)
        if advice is None or advice.stop:
            return None if advice is None else at_ms
        stops = self._ends.get(signature)
        if stops is None:
            stops = self._ends[signature] = self._stops(signature)
        place = bisect_left(stops, at_ms / self.step_ms)
        return stops[place] * self.step_ms if place < len(stops) else self.cap_ms

    def _stops(self, signature: Signature) -> list[int]:
        found = []
        for place in range(len(self._survival)):
            advice = self.advice(signature, place * self.step_ms)
            if advice is not None and advice.stop:
                found.append(place)
        return found

    def best_class(self, signature: Signature) -> int:
        """Return the class that is most likely right by what was counted; 0 if none or unknown."""
        state = self._states.get(signature)
        return state[1] if state is not None else 0

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON, about 200 kB for five members."""
        return {
            "members": list(self.members),
            "step_ms": self.step_ms,
            "survival": [round(value, 5) for value in self._survival],
            "states": [
                [list(s), round(worth, 5), best, sure]
                for s, (worth, best, sure) in self._states.items()
            ],
            "plan": self.plan.to_json() if self.plan is not None else None,
            "later": b64encode(_little(self._later).tobytes()).decode("ascii"),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "CutoffTable":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError if it is something else."""
        later = array("H")
        later.frombytes(b64decode(written["later"], validate=True))
        later = _little(later)
        states = {
            tuple(int(value) for value in state): (float(worth), int(best), bool(sure))
            for state, worth, best, sure in written["states"]
        }
        survival = [float(value) for value in written["survival"]]
        if (
            len(later) != len(states) * len(survival)
            or len(survival) < 2
            or not written["step_ms"] > 0
        ):
            raise ValueError("a table whose parts do not fit")
        plan = LaunchPlan.from_json(written["plan"]) if written.get("plan") is not None else None
        return cls(written["members"], float(written["step_ms"]), survival, states, later, plan)


def _little(values: "array[int]") -> "array[int]":
    """The same values in the byte order of the written form."""
    if array("H", [1]).tobytes() == b"\x01\x00":
        return values
    turned = array("H", values)
    turned.byteswap()
    return turned
