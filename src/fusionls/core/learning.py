"""Weights learned from cases whose right answer is known: a conditional logit, shrunk towards a prior rule.

Everything here needs numpy, which takes 60 ms to load: only ``fusionls calibrate`` imports it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fusionls.core.features import FEATURES
from fusionls.core.ranking import Ranked, chance_figures, chance_right, scored
from fusionls.core.weights import CHANCE_FEATURES, Weights

Numbers = npt.NDArray[np.float64]
_Block = tuple[Numbers, npt.NDArray[np.bool_]]

# How strongly learned weights are held to the rule they start from, in cases per squared standard deviation
# of a figure; docs/evaluation.md has what others gave on 738 recorded cases.
SHRINKAGE = 300.0
# Figures that the rule does not use, for which nobody has thought of a weight.
SHRINKAGE_OF_NEW = 30.0
# Who is how good is mostly known from the priors, and hundreds of cases hardly tell members apart that are
# nearly as good; but where the crowd is wrong, fifty must do. The cases themselves decide which it is.
SHRINKAGES_OF_MEMBERS = (300.0, 30.0)
# So many parts of the cases take turns in deciding.
INNER_FOLDS = 4
SHRINKAGE_OF_CHANCE = 10.0
# Added to the log-odds: rather one more is shown than a right one kept back.
LEANING = 0.1
_STEPS = 12
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class Lesson:
    """A case that was ranked, and what would have been right: the key of a class, or of none of them.

    ``voters`` is how many members answered. Lessons of one ``source`` are never on both sides of a fold.
    """

    classes: tuple[Ranked, ...]
    right: str
    voters: int
    source: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule chose in a case: was it right, and how likely it said that would be."""

    right: bool
    p: float


def fitted(lessons: Sequence[Lesson], start: Weights) -> Weights:
    """Return weights learned from ``lessons``, held to ``start``. Cases without a right class say nothing."""
    members = _members(lessons)
    blocks = [_block(lesson, members) for lesson in lessons]
    telling = [(x, y) for x, y in blocks if y.any() and len(y) > 1]
    if not telling:
        return start
    of_members = max(
        SHRINKAGES_OF_MEMBERS, key=lambda hold: _foreseen(telling, start, members, hold)
    )
    found = _held_to(telling, start, members, of_members)
    count = len(FEATURES)
    return replace(
        start,
        score=dict(zip(FEATURES, map(float, found[:count]), strict=True)),
        members=dict(zip(members, map(float, found[count:]), strict=True)),
    )


def _foreseen(
    blocks: Sequence[_Block], start: Weights, members: Sequence[str], of_members: float
) -> float:
    """Return the log-likelihood of cases under weights that never saw them; cases in turn make the folds."""
    total = 0.0
    for fold in range(INNER_FOLDS):
        known = [block for n, block in enumerate(blocks) if n % INNER_FOLDS != fold]
        w = _held_to(known, start, members, of_members) if known else _origin(start, members)
        for x, y in blocks[fold::INNER_FOLDS]:
            score = x @ w
            total += float(score[y].max() - np.logaddexp.reduce(score))
    return total


def _origin(start: Weights, members: Sequence[str]) -> Numbers:
    figures = [start.score.get(name, 0.0) for name in FEATURES]
    return np.array(figures + [start.members.get(name, 0.0) for name in members])


def _held_to(
    blocks: Sequence[_Block], start: Weights, members: Sequence[str], of_members: float
) -> Numbers:
    spread = np.vstack([x for x, _ in blocks]).std(axis=0)
    of_figures = [SHRINKAGE if start.score.get(n) else SHRINKAGE_OF_NEW for n in FEATURES]
    hold = np.array(of_figures + [of_members] * len(members))
    # What never varies cannot be learned, and stays.
    pull = np.maximum(hold * spread**2, _SMALL)
    origin = _origin(start, members)
    return _newton(
        origin, lambda w: _sum_of(_conditional(w, x, y) for x, y in blocks), origin, pull
    )


def ranked_by(lesson: Lesson, weights: Weights) -> tuple[Ranked, ...]:
    """Return the classes of ``lesson`` in the order of ``weights``."""
    found = [scored(one.answers, one.figures, weights) for one in lesson.classes]
    found.sort(key=lambda one: (-one.score, -max(c.member.prior for c in one.answers.candidates)))
    return tuple(found)


def calibrated(pairs: Sequence[tuple[dict[str, float], bool]], weights: Weights) -> Weights:
    """Return ``weights`` with the probability fitted to ``pairs``: figures of a choice, and was it right.

    The pairs must be out of fold, or the probability is too sure of itself.
    """
    if len({right for _, right in pairs}) < 2:
        return weights
    x = np.array([[figures.get(name, 0.0) for name in CHANCE_FEATURES] for figures, _ in pairs])
    y = np.array([right for _, right in pairs], dtype=float)
    pull = np.maximum(SHRINKAGE_OF_CHANCE * x.std(axis=0) ** 2, _SMALL)
    start = np.zeros(len(CHANCE_FEATURES))
    found = _newton(start, lambda w: _logistic(w, x, y), start, pull)
    chance = dict(zip(CHANCE_FEATURES, map(float, found), strict=True))
    chance["constant"] += LEANING
    return replace(weights, chance=chance)


def out_of_fold(
    lessons: Sequence[Lesson],
    learn: Callable[[Sequence[Lesson]], Weights],
    folds: int,
    seed: int,
) -> list[tuple[dict[str, float], bool]]:
    """Return for each lesson the figures of what is chosen by weights that never saw it, and was it right."""
    found: list[tuple[dict[str, float], bool]] = [({}, False)] * len(lessons)
    for held in _folds([lesson.source for lesson in lessons], folds, seed):
        weights = learn([lesson for n, lesson in enumerate(lessons) if n not in held])
        for n in held:
            lesson = lessons[n]
            ranked = ranked_by(lesson, weights)
            right = bool(ranked) and ranked[0].answers.key == lesson.right
            found[n] = chance_figures(ranked, lesson.voters), right
    return found


def probabilities(
    pairs: Sequence[tuple[dict[str, float], bool]],
    sources: Sequence[int],
    weights: Weights,
    folds: int,
    seed: int,
) -> list[Outcome]:
    """Return the outcomes of ``pairs``, each with a probability fitted to the other folds."""
    found: list[Outcome] = [Outcome(right=False, p=0.0)] * len(pairs)
    for held in _folds(sources, folds, seed + 1):
        known = calibrated([pair for n, pair in enumerate(pairs) if n not in held], weights)
        for n in held:
            figures, right = pairs[n]
            p = chance_right(figures, known) if figures else 0.0
            found[n] = Outcome(right, p or 0.0)
    return found


def _folds(sources: Sequence[int], folds: int, seed: int) -> Iterator[set[int]]:
    """Yield what is held out, fold by fold; what is of one source is held out together."""
    known = sorted(set(sources))
    order = np.random.default_rng(seed).permutation(len(known))
    for fold in range(folds):
        chosen = {known[int(place)] for place in order[fold::folds]}
        yield {number for number, source in enumerate(sources) if source in chosen}


def calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> float:
    """Return the expected calibration error (0 to 1) over ``bins`` equal bins of the probability."""
    if not outcomes:
        return 0.0
    gaps = [0.0] * bins
    for outcome in outcomes:
        gaps[min(bins - 1, int(outcome.p * bins))] += outcome.p - outcome.right
    return sum(map(abs, gaps)) / len(outcomes)


def _members(lessons: Sequence[Lesson]) -> tuple[str, ...]:
    seen = (name for le in lessons for one in le.classes for name in one.answers.members)
    return tuple(sorted(set(seen)))


def _block(lesson: Lesson, members: Sequence[str]) -> _Block:
    """Return the figures of a case, a row for each class, and which of them are right."""
    rows = [
        [one.figures.get(name, 0.0) for name in FEATURES]
        + [float(name in one.answers.members) for name in members]
        for one in lesson.classes
    ]
    x = np.array(rows, dtype=float).reshape(len(rows), len(FEATURES) + len(members))
    return x, np.array([one.answers.key == lesson.right for one in lesson.classes], dtype=bool)


def _newton(
    start: Numbers,
    slope_and_bend: Callable[[Numbers], tuple[Numbers, Numbers]],
    origin: Numbers,
    pull: Numbers,
) -> Numbers:
    """Minimise a convex loss held to ``origin``: ``pull`` times half the squared distance."""
    w = start.copy()
    for _ in range(_STEPS):
        slope, bend = slope_and_bend(w)
        step = np.linalg.solve(bend + np.diag(pull), slope + pull * (w - origin))
        w = w - step
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return w


# Smaller steps change no choice.
_ENOUGH = 1e-5


def _sum_of(parts: Iterable[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    known = list(parts)
    slope = np.sum([slope for slope, _ in known], axis=0)
    return slope, np.sum([bend for _, bend in known], axis=0)


def _conditional(w: Numbers, x: Numbers, y: npt.NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return the slope and the bend of one case's loss: a softmax over its classes."""
    score = x @ w
    p = np.exp(score - score.max())
    p /= p.sum()
    mean = p @ x
    return mean - x[y].mean(axis=0), (x * p[:, None]).T @ x - np.outer(mean, mean)


def _logistic(w: Numbers, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
    return x.T @ (p - y), (x * (p * (1 - p))[:, None]).T @ x
