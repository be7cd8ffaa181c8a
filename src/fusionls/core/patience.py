"""How long a person stays where an answer was asked for: learned from the times between keys.

An answer that comes after the next key is worth nothing. The chance that it comes in time is Kaplan and
Meier's estimate over the person's own gaps, times the chance that a suggestion is still looked at.
"""

from math import exp

from fusionls.core.hazard import Hazard
from fusionls.core.panel import Panel
from fusionls.core.stopping.problem import step_for

# Fewer gaps than this say little about a person; until then the usual survival holds.
LEAST_GAPS = 100
# Longer than that (ms) nobody waits for a suggestion, so how much longer a pause was says nothing.
LONGEST_GAP_MS = 10_000.0
# Who pauses attends to something else sooner or later: the slow part of the usual survival.
ATTENTION_MS = 2000.0


class Patience:
    """The chance that the person has not moved on, by the time since the request."""

    def __init__(self) -> None:
        self._gaps = Hazard()

    def learn(self, panel: Panel) -> None:
        """Take in the time between the request before and that of ``panel``."""
        if panel.gap_ms is not None and panel.trigger == "automatic":
            self._gaps.finished(min(panel.gap_ms, LONGEST_GAP_MS))

    def survival(self, cap_ms: float) -> tuple[float, ...] | None:
        """Return that chance at each step up to ``cap_ms``, None if too little is known."""
        if self._gaps.count < LEAST_GAPS:
            return None
        step_ms = step_for(cap_ms)
        times_ms = (place * step_ms for place in range(round(cap_ms / step_ms) + 1))
        return tuple(self._gaps.survival(at_ms) * exp(-at_ms / ATTENTION_MS) for at_ms in times_ms)
