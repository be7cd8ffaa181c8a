"""By what a replayed answer counts as right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from fusionls.core.panel import Panel, PanelAnswer


class Yardstick(StrEnum):
    """What "right" means: as it was judged, as likely as was said of the panel's choice, or what it chose."""

    JUDGED = "judged"
    CHANCE = "chance"
    PANEL = "panel"


# What each of them means, for people.
MEANS = {
    Yardstick.JUDGED: "right as the traces say",
    Yardstick.CHANCE: "what the server offered is right as likely as it said, all else is wrong",
    Yardstick.PANEL: "right is what agrees with the answer of the whole panel",
}


def chosen_by_all(panel: Panel) -> str:
    """Return the class that the panel gives when nobody is cut off, "" if nothing could be used.

    It is what the server offered, if it had waited for everybody. Else it is what most members say; of
    classes that equally many give, the one that was offered, then that of the earlier member of the pool.
    """
    if panel.whole:
        return panel.whole
    votes = Counter(answer.klass for answer in panel.answers if answer.is_sound)
    if panel.chosen in votes and waited_for_all(panel):
        return panel.chosen
    return max(votes, key=lambda klass: (votes[klass], klass == panel.chosen), default="")


def waited_for_all(panel: Panel) -> bool:
    """Tell whether every answer that could be used had come when it was decided."""
    decided_ms = panel.decided_ms
    if decided_ms is None:
        return False
    sound = (answer for answer in panel.answers if answer.is_sound)
    return all(answer.at_ms is not None and answer.at_ms <= decided_ms for answer in sound)


def usual_for(panels: Sequence[Panel]) -> Yardstick:
    """Return the yardstick for ``panels``: what was judged, if all answers were; else the panel's choice."""
    sound = [answer for panel in panels for answer in panel.answers if answer.is_sound]
    judged = bool(sound) and all(answer.right in (0.0, 1.0) for answer in sound)
    return Yardstick.JUDGED if judged else Yardstick.PANEL


def measured(panels: Sequence[Panel], by: Yardstick) -> list[Panel]:
    """Return ``panels`` in which every answer has a chance to be right."""
    return [_measured(panel, by) for panel in panels]


def _measured(panel: Panel, by: Yardstick) -> Panel:
    chosen = chosen_by_all(panel)

    def right_of(answer: PanelAnswer) -> float:
        if not answer.is_sound:
            return 0.0
        if by is Yardstick.PANEL:
            return float(answer.klass == chosen)
        if by is Yardstick.CHANCE and answer.right is None and answer.klass == panel.chosen:
            return panel.p or 0.0
        return answer.right or 0.0

    return replace(panel, answers=tuple(replace(one, right=right_of(one)) for one in panel.answers))


def accepted(panel: Panel) -> bool | None:
    """Tell whether the person took what was offered, None if nobody knows."""
    judged = [
        answer.right for answer in panel.answers if answer.klass and answer.klass == panel.chosen
    ]
    known = [right for right in judged if right in (0.0, 1.0)]
    return known[0] == 1.0 if known else None
