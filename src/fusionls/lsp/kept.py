"""The last suggestions, and what the person did with each."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator

from fusionls.core.feedback import FeedbackEvent
from fusionls.core.refactoring import EditSuggestion
from fusionls.core.suggestion import Suggestion

# How many suggestions can still be accepted and explained by id: so many completions, and so many edits,
# which come rarely and would soon be pushed out by what is typed.
SUGGESTIONS_KEPT = 200
# A suggestion is shown, taken word by word and kept: more events than this are a client's mistake.
EVENTS_KEPT = 50
Kept = Suggestion | EditSuggestion


class KeptSuggestions:
    """Completions and edits by id. ``now_s`` of every call is seconds by the loop's clock."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Kept, float, list[FeedbackEvent]]] = OrderedDict()
        # By kind, oldest first.
        self._ids: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)

    def __contains__(self, suggestion_id: object) -> bool:
        return suggestion_id in self._kept

    def values(self) -> Iterator[Kept]:
        """Yield the suggestions, oldest first."""
        return (suggestion for suggestion, _, _ in self._kept.values())

    def keep(self, suggestion: Kept, now_s: float) -> None:
        """Keep ``suggestion``; the oldest of its kind is forgotten, with what was said of it."""
        self._kept[suggestion.trace.id] = (suggestion, now_s, [])
        ids = self._ids[suggestion.trace.kind]
        ids[suggestion.trace.id] = None
        ids.move_to_end(suggestion.trace.id)
        while len(ids) > SUGGESTIONS_KEPT:
            oldest, _ = ids.popitem(last=False)
            del self._kept[oldest]

    def get(self, suggestion_id: str) -> Kept | None:
        """Return the suggestion, None if it is not known (any more)."""
        kept = self._kept.get(suggestion_id)
        return kept[0] if kept else None

    def age_ms(self, suggestion_id: str, now_s: float) -> float:
        """Return how long ago a known suggestion was answered, in milliseconds."""
        return (now_s - self._kept[suggestion_id][1]) * 1000

    def note(self, event: FeedbackEvent) -> bool:
        """Write ``event`` down; return False if its suggestion is not known."""
        kept = self._kept.get(event.suggestion_id)
        if kept is None:
            return False
        events = kept[2]
        events.append(event)
        del events[:-EVENTS_KEPT]
        return True

    def feedback(self, suggestion_id: str) -> tuple[FeedbackEvent, ...]:
        """Return what was noted of a suggestion, in order."""
        kept = self._kept.get(suggestion_id)
        return tuple(kept[2]) if kept else ()
