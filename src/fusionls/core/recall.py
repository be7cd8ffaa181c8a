"""Answers that are already there: the person types what the last suggestion says."""

from dataclasses import dataclass

from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Offer


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was offered last in a document, and where."""

    prefix: str
    suffix: str
    offers: tuple[Offer, ...]


def still_fitting(remembered: Remembered, request: CompletionRequest) -> tuple[Offer, ...]:
    """Return what is left of the remembered offers if the person typed their beginning, else ().

    The text around must be the same to the letter, so a stale suggestion is impossible.
    """
    prefix = request.prefix
    if request.suffix != remembered.suffix or not prefix.startswith(remembered.prefix):
        return ()
    typed = prefix[len(remembered.prefix) :]
    left = (
        Offer(offer.text[len(typed) :], offer.members)
        for offer in remembered.offers
        if offer.text.startswith(typed)
    )
    return tuple(offer for offer in left if offer.text.strip())
