"""What some members of recorded panels would have given, and when."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.simulating.yardstick import Yardstick, chosen_by_all, usual_for, waited_for_all


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request: the class that would be given, and how long (ms) it was waited for.

    ``agrees`` tells whether it is that of the whole panel, None if the panel has none, ``right`` whether it
    is right, None where that was not judged.
    """

    klass: str
    waited_ms: float
    agrees: bool | None
    right: bool | None


class Vote:
    """Says which class some members of ``panels`` would give.

    If everybody whose answer could be used has come, it is that of the whole panel. Else they vote, each
    with a weight by how often its answers are right, or agree with the whole panel where nobody judged.
    """

    def __init__(self, panels: Sequence[Panel]) -> None:
        self._panels = panels
        self._judged = usual_for(panels) is Yardstick.JUDGED
        chosen = [chosen_by_all(panel) for panel in panels]
        said: dict[str, list[bool]] = {}
        for panel, klass in zip(panels, chosen, strict=True):
            for answer in filter(_is_sound, panel.answers):
                found = answer.right == 1.0 if self._judged else answer.klass == klass
                said.setdefault(answer.member, []).append(found)
        self._weights = {name: _weight(sum(found), len(found)) for name, found in said.items()}
        if self._judged:
            # Where nothing was decided, the panel gives what its better members say.
            pairs = zip(panels, chosen, strict=True)
            chosen = [k if waited_for_all(one) else self._voted(one.answers) for one, k in pairs]
        self._chosen = chosen

    def outcomes(self, members: Collection[str], budget_ms: float) -> list[Outcome]:
        """Return what ``members`` would have given by ``budget_ms``, waiting for all of them."""
        return [
            self._outcome(panel, chosen, members, budget_ms)
            for panel, chosen in zip(self._panels, self._chosen, strict=True)
        ]

    def _outcome(
        self, panel: Panel, chosen: str, members: Collection[str], budget_ms: float
    ) -> Outcome:
        asked = [one for one in panel.answers if one.member in members]
        waited_ms = min(budget_ms, max(map(_ended_ms, asked), default=0.0))
        come = [one for one in asked if _is_sound(one) and (one.at_ms or 0.0) <= budget_ms]
        is_all = len(come) == sum(map(_is_sound, panel.answers))
        klass = chosen if is_all else self._voted(come)
        right = any(one.right == 1.0 for one in come if one.klass == klass)
        return Outcome(
            klass,
            waited_ms,
            agrees=klass == chosen if chosen else None,
            right=right if self._judged else None,
        )

    def _voted(self, answers: Sequence[PanelAnswer]) -> str:
        votes: dict[str, float] = {}
        for answer in filter(_is_sound, answers):
            votes[answer.klass] = votes.get(answer.klass, 0.0) + self._weights[answer.member]
        # Of equals the class of the earlier member of the pool.
        return max(votes, key=lambda klass: votes[klass], default="")


def _is_sound(answer: PanelAnswer) -> bool:
    return answer.is_sound


def _ended_ms(answer: PanelAnswer) -> float:
    """Return when nobody waited for a member any more: its answer could vote, or it failed."""
    if answer.at_ms is not None:
        return answer.at_ms
    return answer.done_ms if answer.done_ms is not None else math.inf


def _weight(right: int, of: int) -> float:
    """Return how much a member's vote weighs: as if voters were wrong independently of each other.

    One right and one wrong answer more are counted than were seen.
    """
    return -math.log(1 - (right + 1) / (of + 2))
