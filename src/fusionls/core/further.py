"""What is known and was not shown: the rest of the chosen answer, and the other answers."""

from collections.abc import Iterator

from fusionls.core.candidate import Candidate, Gate
from fusionls.core.choice import Choice
from fusionls.core.suggestion import Offer

# What the parse gate has not called valid is not offered without another look at it.
_SOUND = (Gate.VALID, Gate.UNCHECKED)


def is_sound(candidate: Candidate) -> bool:
    """Tell whether ``candidate`` may be offered by and by, without another look at it."""
    return candidate.verdict.gate in _SOUND


def further_offers(choice: Choice) -> tuple[Offer, ...]:
    """Return the texts of ``choice`` that are no offers, each once: those that go on behind one first.

    The others follow in the order of their classes, best first.
    """
    shown = {offer.text for offer in choice.offers}
    found = dict.fromkeys(offer for offer in _texts(choice) if offer.text not in shown)
    goes_on = [one for one in found if any(one.text.startswith(text) for text in shown)]
    goes_on.sort(key=lambda one: -len(one.text))
    return (*goes_on, *(one for one in found if one not in goes_on))


def _texts(choice: Choice) -> Iterator[Offer]:
    for ranked in choice.ranked:
        members = ranked.answers.members
        sound = (one.text for one in ranked.answers.candidates if is_sound(one))
        for text in dict.fromkeys(text for text in sound if text.strip()):
            yield Offer(text, members, ranked.answers.key)
