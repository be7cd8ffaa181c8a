"""Replays recorded panels under a rule of waiting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusionls.core.panel import Panel

# (weight, ms) pairs: the chance that the person has not moved on by t is the sum of weight * exp(-t / ms).
Survival = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One request under a rule: when waiting ended, the class shown ("" none), how likely it was right.

    ``value`` is that chance times the chance that the person had not moved on. ``cut`` names who was asked
    and cut off; ``wasted_tokens`` are tokens of members that were cut or not shown. ``observed`` is what
    the rule would have seen itself: who was cut is censored.
    """

    id: str
    stopped_ms: float
    klass: str
    right: float
    value: float
    asked: tuple[str, ...]
    cut: tuple[str, ...]
    tokens: float
    wasted_tokens: float
    explored: bool
    observed: Panel


@dataclass(frozen=True, slots=True)
class Run:
    """A rule's whole replay."""

    policy: str
    requests: tuple[Replayed, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """A run in figures; times in milliseconds, shares 0 to 1, ``value`` the mean per request.

    ``of_clairvoyant`` is value / value of the clairvoyant; ``regret`` against the clairvoyant, ``regret_fixed`` against
    the best fixed rule of the runs compared. ``lost`` is the share of requests in which an answer that was dropped
    would have turned wrong into right, ``saved`` that in which waiting for all would have turned right into wrong.
    """

    policy: str
    value: float
    right: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    tokens: float
    wasted_tokens: float
    of_clairvoyant: float
    regret: float
    regret_fixed: float
    lost: float
    saved: float


def replay(
    panels: Sequence[Panel],
    policy: str,
    survival: Survival,
    *,
    contention: float = 0.0,
    launch: bool = False,
    cap_ms: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Replay full ``panels``, oldest first, under the policy that ``policy`` names (see ``policy_named``).

    ``contention`` is by how much every further running member slows all; the recorded times have all
    running together. With ``launch`` the table may choose who is asked when. ``progress(done, of)``.
    Raises ValueError for an unknown policy or a panel that is not full.
    """
    raise NotImplementedError


def scores(runs: Sequence[Run], panels: Sequence[Panel]) -> list[Scores]:
    """Return the figures of each run over the same panels; one of them should be ``clairvoyant``."""
    raise NotImplementedError
