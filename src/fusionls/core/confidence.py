"""How likely one answer is right, before anybody else is heard."""

import math

from fusionls.core.candidate import Candidate

# The odds that an answer of n tokens a line and mean log-probability l is right are
# 1 / (STEEPNESS * n * (-l) ** EXPONENT). A logistic fit to 1,042 answers of two models of 135 and 270 million
# parameters gave the exponents 1.24 and, for n, 0.95: of 31 answers over 17 tokens none was right, of 167
# below 4 tokens 102.
STEEPNESS = 1.45
EXPONENT = 1.25
# A model that is sure of every token may still be wrong, and odds must stay finite.
SUREST_LOGPROB = -0.01
# The prior of the models that this was measured on: others are right so much more often at the same figure.
PRIOR_MEASURED = 0.22
# No answer is certain, and none is out of the question.
LEAST_CHANCE, MOST_CHANCE = 0.02, 0.97


def chance(candidate: Candidate) -> float:
    """Return how likely the first line of ``candidate`` is right (0 to 1), on its own evidence.

    That is what the member says itself if it is calibrated, what its log-probabilities tell where it
    gives any, and else its prior.
    """
    member, said = candidate.member, chance_said(candidate)
    odds = _odds(member.prior if said is None else said)
    if said is not None and not member.calibrated:
        odds *= _odds(member.prior) / _odds(PRIOR_MEASURED)
    odds *= candidate.trust
    return _bounded(odds / (1 + odds))


def chance_said(candidate: Candidate) -> float | None:
    """Return how likely the log-probabilities alone make it that an answer is right, None without any."""
    logprob = candidate.reply.mean_logprob
    if logprob is None:
        return None
    if candidate.member.calibrated:
        return _bounded(math.exp(min(logprob, 0.0)))
    surprise = -min(logprob, SUREST_LOGPROB)
    lines = max(1, candidate.reply.text.strip().count("\n") + 1)
    tokens_a_line = max(1.0, candidate.reply.tokens_out / lines)
    odds = 1 / (STEEPNESS * tokens_a_line * surprise**EXPONENT)
    return _bounded(odds / (1 + odds))


def chance_of_any(candidates: tuple[Candidate, ...]) -> float:
    """Return how likely it is that ``candidates``, which say the same, are right.

    Members err on their own, as in a noisy-or; the shapes of one member's prompt err together, and the
    surest of them counts.
    """
    by_member: dict[str, float] = {}
    for candidate in candidates:
        name = candidate.member.name
        by_member[name] = max(by_member.get(name, 0.0), chance(candidate))
    wrong = math.prod(1 - value for value in by_member.values())
    return _bounded(1 - wrong)


def _odds(probability: float) -> float:
    bounded = _bounded(probability)
    return bounded / (1 - bounded)


def _bounded(probability: float) -> float:
    return min(MOST_CHANCE, max(LEAST_CHANCE, probability))
