"""Answers that are already there: the person types what the last suggestion says."""

from dataclasses import dataclass

from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Offer
from fusionls.core.text import DocumentSnapshot


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was offered last in a document, and where (an offset in code points).

    ``hasty`` says that some member was not waited for, and may have a better answer by now.
    """

    document: DocumentSnapshot
    offset: int
    offers: tuple[Offer, ...]
    hasty: bool = False


def still_fitting(remembered: Remembered, request: CompletionRequest) -> tuple[Offer, ...]:
    """Return what is left of the remembered offers if the person typed their beginning, else ().

    The text around must be the same to the letter, so a stale suggestion is impossible. Of a hasty one
    nothing is left where it was made: only who types it says that it is welcome.
    """
    document, before = request.document, remembered.document
    if remembered.hasty and request.offset == remembered.offset:
        return ()
    suffix = document.length - request.offset
    if (
        request.offset < remembered.offset
        or suffix != before.length - remembered.offset
        or not document.same_head(before, remembered.offset)
        or not document.same_tail(before, suffix)
    ):
        return ()
    typed = document.slice(remembered.offset, request.offset)
    left = (
        Offer(offer.text[len(typed) :], offer.members, offer.key)
        for offer in remembered.offers
        if offer.text.startswith(typed)
    )
    return tuple(offer for offer in left if offer.text.strip())
