"""What is remembered of each document and surface between two requests."""

from fusionls.core.recall import Remembered, still_fitting
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Offer, Suggestion
from fusionls.core.typing_pace import TypingPace

Key = tuple[str, str]


class Remembering:
    """The last suggestion, and how fast the person types."""

    def __init__(self) -> None:
        self._suggested: dict[Key, Remembered] = {}
        self._paces: dict[Key, TypingPace] = {}

    def __len__(self) -> int:
        """How many documents and surfaces have a last suggestion."""
        return len(self._suggested)

    def fitting(self, request: CompletionRequest) -> tuple[Offer, ...]:
        """Return what is left of the last offers if the person types them, and did not ask by hand."""
        remembered = self._suggested.get(_key(request))
        if remembered is None or request.trigger is Trigger.MANUAL:
            return ()
        return still_fitting(remembered, request)

    def was_hasty(self, request: CompletionRequest) -> bool:
        """Tell whether somebody was not waited for when the last offers were made."""
        remembered = self._suggested.get(_key(request))
        return remembered is not None and remembered.hasty

    def keep(self, request: CompletionRequest, suggestion: Suggestion) -> None:
        """Remember what was offered."""
        self._suggested[_key(request)] = Remembered(
            request.document, request.offset, suggestion.offers, suggestion.hasty
        )

    def next_key_ms(self, request: CompletionRequest, now_ms: float) -> float | None:
        """Return after how long (ms) the next key is to be expected, None while nobody types.

        Called once for each request, at ``now_ms`` on the loop's clock.
        """
        before = self._paces.get(_key(request), TypingPace())
        pace = before.after(now_ms, request.offset, request.document.length)
        self._paces[_key(request)] = pace
        return pace.next_key_ms

    def forget_offers(self) -> None:
        """Forget what was offered anywhere."""
        self._suggested.clear()

    def forget(self, uri: str) -> None:
        """Forget a document."""
        for kept in (self._suggested, self._paces):
            for key in [key for key in kept if key[0] == uri]:
                del kept[key]


def _key(request: CompletionRequest) -> Key:
    return request.document.uri, request.surface
