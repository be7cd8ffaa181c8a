"""Which class of answers is offered, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fusionls.core.agreement import AnswerClass, class_key, classes_of
from fusionls.core.answer_trie import AnswerTrie
from fusionls.core.candidate import Candidate
from fusionls.core.ranking import Ranked, ranking
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.showable import showable
from fusionls.core.suggestion import Offer
from fusionls.core.validation import Hole
from fusionls.core.weights import SHIPPED, Weights

# Automatic text is cut where less than this share of the class's weight follows it: 24 % fewer wrong
# lines shown, at no loss of right ones.
LEAST_SHARE_SHOWN = 0.2
# Of 737 recorded answers that only repeat the next lines 22 were right.
CHANCE_OF_COPY = 0.03
# By hand a person pages through alternatives; more than five are noise.
MOST_OFFERS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """What is offered, best first, the class the first offer comes from, and how likely it is right.

    ``p`` (0 to 1) is None where nothing was chosen and where no calibration is known. ``ranked`` are all
    classes, best first, shown or not.
    """

    offers: tuple[Offer, ...]
    key: str | None
    why: str
    p: float | None = None
    ranked: tuple[Ranked, ...] = ()


def choose(
    candidates: Sequence[Candidate],
    hole: Hole,
    request: CompletionRequest,
    weights: Weights = SHIPPED,
    threshold: float | None = 0.0,
) -> Choice:
    """Choose among candidates. Nothing that the gate calls broken is ever offered.

    What an automatic trigger would show is kept back if it is less likely right than ``threshold`` (0 to 1);
    None stands for the usual one of such candidates.
    """
    if not candidates:
        return Choice((), None, "no member answered in time")
    order = ranking(candidates, request, weights, hole)
    automatic = request.trigger is Trigger.AUTOMATIC
    voters = len({candidate.member.name for candidate in candidates if candidate.key})
    offers: dict[str, Offer] = {}
    first: AnswerClass | None = None
    p: float | None = None
    for ranked, chance in zip(order.classes, order.chances, strict=True):
        text = _showable(ranked.answers, hole, request, voters)
        said = class_key(text)
        if not said or said in offers:
            # What was cut back may begin like a better one: a person would page to the same line twice.
            continue
        if first is None:
            first, p = ranked.answers, chance
        offers[said] = Offer(text, ranked.answers.members, ranked.answers.key)
        if len(offers) == (1 if automatic else MOST_OFFERS):
            break
    if first is None:
        return _last_resort(candidates, hole, request, order.classes)
    least = order.threshold if threshold is None else threshold
    if automatic and p is not None and p < least:
        kept_back = f"{_reason(first)}, but only {p:.0%} likely right"
        return Choice((), first.key, kept_back, p, order.classes)
    return Choice(tuple(offers.values()), first.key, _reason(first), p, order.classes)


def _last_resort(
    candidates: Sequence[Candidate],
    hole: Hole,
    request: CompletionRequest,
    ranked: tuple[Ranked, ...],
) -> Choice:
    """Offer by hand what only repeats the lines behind the cursor: seldom right, and better than nothing."""
    copies = [replace(c, key=class_key(c.text)) for c in candidates if c.copy]
    if request.trigger is Trigger.MANUAL:
        for answers in sorted(classes_of(copies), key=lambda one: -len(one.members)):
            text = _showable(answers, hole, request, voters=1)
            if text.strip():
                offer = Offer(text, answers.members, answers.key)
                why = "nothing but what stands behind the cursor already"
                return Choice((offer,), answers.key, why, CHANCE_OF_COPY, ranked)
    return Choice((), None, "no answer was left after cleaning and the parse gate", ranked=ranked)


def _showable(answers: AnswerClass, hole: Hole, request: CompletionRequest, voters: int) -> str:
    """Return what is shown of a class: as much as enough of it agrees on, if it is automatic."""
    automatic = request.trigger is Trigger.AUTOMATIC
    trie = AnswerTrie(answers)
    text = trie.agreed_head(LEAST_SHARE_SHOWN, voters) if automatic else trie.best_text()
    return showable(hole, text, request.prefix, request.suffix)


def _reason(answers: AnswerClass) -> str:
    if len(answers.members) > 1:
        return f"{' and '.join(answers.members)} agree"
    return f"best score, from {answers.members[0]} alone"
