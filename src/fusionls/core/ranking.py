"""In which order classes of answers are offered, and how likely the first one is right.

Two rules. Where embedded models give log-probabilities these are most of what there is to go by, and each
answer is taken on its own evidence (``core/confidence.py``). Elsewhere the figures of
``core/features.py`` are weighed (``core/weights.py``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fusionls.core.agreement import AnswerClass, classes_of
from fusionls.core.answer_trie import AnswerTrie
from fusionls.core.candidate import Candidate, Gate
from fusionls.core.confidence import chance_of_any, chance_said
from fusionls.core.features import LOOK_AHEAD_LINES, Around, around, electorate, features_of
from fusionls.core.request import CompletionRequest
from fusionls.core.scopes.binding import NO_SCOPES
from fusionls.core.text import lines_with_ends
from fusionls.core.validation import Hole
from fusionls.core.weights import CHANCE_OF_FIGURES, SHIPPED, Weights

# With 0.3 two members that agree outweigh any memory, however sure: 38.8 and 23.6 % of 750 library lines were
# right in place of 39.2 and 24.0 %, against 49.5 in place of 49.3 % of 501 missing lines.
WEIGHT_CHANCE = 0.45
WEIGHT_AGREED = 0.5
WEIGHT_MAKERS = 0.3
WEIGHT_PARSES = 1.0
WEIGHT_RETYPED = -1.0
WEIGHT_LINES = 0.3
# The probability with log-probabilities, fitted to the choices at 501 missing lines and 750 places of the
# Python library (docs/benchmarks.md).
SAID_CONSTANT, SAID_SLOPE = -3.45, 1.5
# What an automatic trigger shows where the settings say nothing: with these 96.5 % of the right answers of
# nine recorded models are kept, and all of 501 missing lines and 750 places of two tiny ones, which are
# wrong more often than they know (docs/benchmarks.md; 0.25 would keep 79 to 86 % of those).
USUAL_THRESHOLD, USUAL_THRESHOLD_SAID = 0.25, 0.05


@dataclass(frozen=True, slots=True)
class Ranked:
    """A class, its score (log-odds up to a constant), its figures, and who says so.

    ``parts`` is what each figure, or member by name, adds to the score, without those that add nothing.
    """

    answers: AnswerClass
    score: float
    figures: dict[str, float]
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Classes, the best first, and of each the calibrated probability (0 to 1) that it is right.

    The chance of a class is that which it would have as the first of those behind it; None where no
    calibration is known. ``threshold`` is the chance from which it is usually shown.
    """

    classes: tuple[Ranked, ...]
    chances: tuple[float | None, ...]
    threshold: float = USUAL_THRESHOLD

    @property
    def p(self) -> float | None:
        """How likely the best class is right, None where there is nothing."""
        return self.chances[0] if self.chances else None


def ranking(
    candidates: Sequence[Candidate],
    request: CompletionRequest,
    weights: Weights = SHIPPED,
    hole: Hole | None = None,
) -> Ranking:
    """Rank the classes of ``candidates``. Ties go to the order of the pool.

    ``hole`` is the place of the request; without it nothing is known of the names in answers.
    """
    here = around(request)
    if any(map(_says_chance, candidates)):
        ranked = [_by_chance(answers, here) for answers in classes_of(candidates)]
        ranked.sort(key=lambda one: -one.score)
        return Ranking(tuple(ranked), tuple(map(_chance_said, ranked)), USUAL_THRESHOLD_SAID)
    voting = [_with_prior(candidate, weights) for candidate in candidates]
    voters = electorate(voting)
    classes = classes_of(voting)
    # Where nobody says anything else, the names in it decide nothing, and to follow them takes half a
    # millisecond.
    scopes = hole.scopes if hole and len(classes) > 1 else NO_SCOPES
    ranked = [
        scored(
            answers,
            features_of(answers, voters, here, scopes.binding_of(AnswerTrie(answers).best_text())),
            weights,
        )
        for answers in classes
    ]
    ranked.sort(key=lambda one: (-one.score, -max(c.member.prior for c in one.answers.candidates)))
    figures = (chance_figures(ranked[place:], voters.size) for place in range(len(ranked)))
    return Ranking(tuple(ranked), tuple(chance_right(f, weights) for f in figures))


def scored(answers: AnswerClass, figures: dict[str, float], weights: Weights) -> Ranked:
    """Return ``answers`` with its score."""
    terms = {name: weights.score.get(name, 0.0) * value for name, value in figures.items()}
    terms |= {f"from {name}": weights.members.get(name, 0.0) for name in answers.members}
    return Ranked(answers, sum(terms.values()), figures, _telling(terms))


def _telling(terms: dict[str, float]) -> dict[str, float]:
    return {name: term for name, term in terms.items() if term}


def chance_figures(ranked: Sequence[Ranked], voters: int) -> dict[str, float]:
    """Return what the probability of the first of ``ranked`` is made of, by ``CHANCE_FEATURES``."""
    if not ranked:
        return {}
    best = ranked[0]
    others = [one.score for one in ranked[1:]]
    # The logit of the first one's share in a softmax; alone it is ahead of a class with no score.
    behind = math.log(sum(math.exp(score - best.score) for score in others) + _NOBODY)
    return {
        "constant": 1.0,
        "score": best.score,
        "lead": -behind,
        "share": len(best.answers.members) / max(1, voters),
        "classes": math.log(len(ranked)),
        **{name: best.figures.get(name, 0.0) for name in CHANCE_OF_FIGURES},
    }


# One that stands alone is about three units ahead: unanimity is right in 79 %.
_NOBODY = 0.05


def chance_right(figures: dict[str, float], weights: Weights) -> float | None:
    """Return the probability for ``figures``, None without a calibration."""
    if not weights.chance:
        return None
    return _logistic(sum(weights.chance.get(name, 0.0) * v for name, v in figures.items()))


def _says_chance(candidate: Candidate) -> bool:
    return candidate.member.knows_its_chance and chance_said(candidate) is not None


def _with_prior(candidate: Candidate, weights: Weights) -> Candidate:
    prior = weights.priors.get(candidate.member.name)
    if prior is None:
        return candidate
    return replace(candidate, member=replace(candidate.member, prior=prior))


def _by_chance(answers: AnswerClass, here: Around) -> Ranked:
    """Return the class with its score by what its supporters' log-probabilities tell."""
    count = len(answers.candidates)
    right = chance_of_any(answers.candidates)
    parsing = sum(c.verdict.gate is not Gate.BROKEN for c in answers.candidates) / count
    lines = sum(len(lines_with_ends(c.text)) for c in answers.candidates) / count
    retyped = answers.key in here.below[:LOOK_AHEAD_LINES]
    terms = {
        "chance": WEIGHT_CHANCE * math.log(right / (1 - right)),
        "agreed": WEIGHT_AGREED * (len(answers.members) > 1),
        "makers": WEIGHT_MAKERS * answers.makers,
        "parses": WEIGHT_PARSES * parsing,
        "retyped": WEIGHT_RETYPED * retyped,
        "lines": WEIGHT_LINES * math.log(1 + lines),
    }
    return Ranked(answers, sum(terms.values()), {"chance": right}, _telling(terms))


def _chance_said(ranked: Ranked) -> float:
    return _logistic(SAID_CONSTANT + SAID_SLOPE * ranked.score)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-min(max(x, -_MOST_LOGIT), _MOST_LOGIT)))


_MOST_LOGIT = 30.0
