"""What a calibration does and shows. Importing this loads numpy."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from fusionls.cli.packs import PackCase
from fusionls.core.agreement import class_key
from fusionls.core.features import electorate
from fusionls.core.learning import (
    Lesson,
    Outcome,
    calibrated,
    calibration_error,
    fitted,
    out_of_fold,
    probabilities,
    ranked_by,
)
from fusionls.core.ranking import USUAL_THRESHOLD, ranking
from fusionls.core.recorded_case import candidates_of, hole_of
from fusionls.core.sources import same_sources, telling_lines
from fusionls.core.weights import Weights

# What an automatic trigger shows unless the settings say otherwise.
THRESHOLD = USUAL_THRESHOLD


@dataclass(frozen=True, slots=True)
class TaughtCase:
    """A case as a lesson, its document's telling lines, and whose first answer was right as it came."""

    lesson: Lesson
    lines: frozenset[int]
    singles: dict[str, bool]
    vote: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """Learned weights, and what was right: shares (0 to 1) of ``cases``.

    ``singles`` are shares of the cases that a member was asked in, and ``asked`` says how many that are.
    ``learned`` has one share for each seed of the folds; the last four are about ``THRESHOLD`` and out of
    fold.
    """

    weights: Weights
    cases: int
    sources: int
    singles: dict[str, float]
    asked: dict[str, int]
    vote: float
    oracle: float
    start: float
    learned: tuple[float, ...]
    shown: float
    right_of_shown: float
    right_kept: float
    error: float

    def document(self) -> dict[str, object]:
        """Return the figures as one JSON object."""
        return {
            "cases": self.cases,
            "sources": self.sources,
            "singles": self.singles,
            "asked": self.asked,
            "vote": self.vote,
            "oracle": self.oracle,
            "start": self.start,
            "learned_cross_validated": list(self.learned),
            "shown_at_25": self.shown,
            "right_of_shown": self.right_of_shown,
            "right_kept": self.right_kept,
            "calibration_error": self.error,
        }


def lesson_of(found: PackCase, start: Weights, samples: int) -> TaughtCase:
    """Return what ``found``, a case with its reference, teaches."""
    right = class_key(found.reference or "")
    hole = hole_of(found.case)
    candidates = candidates_of(found.case, hole, samples)
    order = ranking(candidates, found.case.request, start, hole)
    firsts = {
        name: class_key(answers[0] or "") for name, answers in found.case.answers.items() if answers
    }
    votes = Counter(key for key in firsts.values() if key).most_common(1)
    return TaughtCase(
        Lesson(order.classes, right, electorate(candidates).size, source=0),
        telling_lines(found.case.prefix + found.case.suffix),
        {name: key == right for name, key in firsts.items()},
        bool(votes) and votes[0][0] == right,
    )


def calibration(
    taught: Sequence[TaughtCase], start: Weights, folds: int, seeds: int, pack: str
) -> Calibration:
    """Learn from all of ``taught``, and find out by cross-validation how good such weights are."""
    sources = same_sources([case.lines for case in taught])
    lessons = [
        replace(case.lesson, source=source) for case, source in zip(taught, sources, strict=True)
    ]
    runs = [
        out_of_fold(lessons, lambda known: fitted(known, start), folds, seed)
        for seed in range(seeds)
    ]
    weights = calibrated(runs[0], replace(fitted(lessons, start), pack=pack))
    outcomes = probabilities(runs[0], sources, start, folds, seed=0)
    shown = [outcome for outcome in outcomes if outcome.p >= THRESHOLD]
    names = dict.fromkeys(name for case in taught for name in case.singles)
    asked = {n: [case.singles[n] for case in taught if n in case.singles] for n in names}
    return Calibration(
        weights=weights,
        cases=len(taught),
        sources=len(set(sources)),
        singles={name: _share(rights) for name, rights in asked.items()},
        asked={name: len(rights) for name, rights in asked.items()},
        vote=_share([case.vote for case in taught]),
        oracle=_share([any(case.singles.values()) for case in taught]),
        start=_share([_is_right(lesson, start) for lesson in lessons]),
        learned=tuple(_share([right for _, right in run]) for run in runs),
        shown=_share([outcome.p >= THRESHOLD for outcome in outcomes]),
        right_of_shown=_rights(shown) / max(1, len(shown)),
        right_kept=_rights(shown) / max(1, _rights(outcomes)),
        error=calibration_error(outcomes),
    )


def table_of(found: Calibration) -> Table:
    """Return the figures as a table for people, in per cent."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    heading = f"{found.cases} cases from {found.sources} sources"
    table.add_column(heading, overflow="fold")
    table.add_column("first line right", justify="right")
    # Text, not str: a name in a pack must not be read as markup.
    for name, share in sorted(found.singles.items(), key=lambda pair: -pair[1]):
        asked = found.asked[name]
        of = "" if asked == found.cases else f" (asked in {asked})"
        table.add_row(Text(name + of), f"{share:.1%}")
    mean = sum(found.learned) / len(found.learned)
    by_seed = ", ".join(f"{share:.1%}" for share in found.learned)
    for name, value in (
        ("plain vote", f"{found.vote:.1%}"),
        ("weights to start from", f"{found.start:.1%}"),
        (f"learned, cross-validated ({by_seed})", f"{mean:.1%}"),
        ("any member right", f"{found.oracle:.1%}"),
        (f"shown at p >= {THRESHOLD}", f"{found.shown:.1%}"),
        ("  right of those shown", f"{found.right_of_shown:.1%}"),
        ("  right ones kept", f"{found.right_kept:.1%}"),
        ("calibration error", f"{found.error:.3f}"),
    ):
        table.add_row(Text(name), value)
    return table


def _is_right(lesson: Lesson, weights: Weights) -> bool:
    ranked = ranked_by(lesson, weights)
    return bool(ranked) and ranked[0].answers.key == lesson.right


def _rights(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.right for outcome in outcomes)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
