"""Answers that are already there: what a person types next was often offered a moment ago.

An answer fits where all the text before and behind the cursor is, to the letter, that of the place where it
was made and the beginning of what it says. So a stale one is impossible.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace

from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Offer
from fusionls.core.text import DocumentSnapshot

# Who deletes and types again, or undoes and redoes, comes back to one of the last places. A line of code is
# asked about at some ten of them.
PLACES_KEPT = 32
# All that is held for all documents, as `_bytes_held` estimates it. Beside the open document a place costs
# 10 KB where that is 80 KB long, 18 KB at 800 KB, and 117 KB at 10 MB.
MOST_BYTES = 8 * 1024 * 1024
BYTES_PER_CHUNK = 100
BYTES_PER_PLACE = 2_000
# Latin text takes one byte for a code point, most other scripts two.
BYTES_PER_CODE_POINT = 2
# A text that was not shown is offered once so much of it was typed. At 788 recorded places, pools of four,
# where the first choice was wrong, one that fits a letter was right in 44 %, one that fits two in 49 %.
LEAST_TYPED = 2
# Of texts that were not shown the best so many are kept at a place.
FURTHER_KEPT = 8
# So much around the cursor is compared first: nearly every place that does not fit is out by that.
NEAR = 64
# An editor closes a bracket or quote with each that is typed; behind three the person is elsewhere.
MOST_CLOSED = 3
CLOSERS = frozenset(")]}>\"'`")
# Nobody types more than this within the longest time that a pool is waited for.
MOST_TYPED_ON = 200

# A document and the feature of the editor that asked.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What was offered at ``offset`` (code points) of a document.

    ``further`` are texts that were not shown: what goes on behind the offers, other answers, late ones.
    ``pool`` says who was asked, ``context`` what other documents there were. ``hasty`` says that somebody
    was not waited for, who may have a better answer by now.
    """

    document: DocumentSnapshot
    offset: int
    offers: tuple[Offer, ...] = ()
    further: tuple[Offer, ...] = ()
    pool: Hashable = ()
    context: Hashable = None
    hasty: bool = False
    near: str = field(init=False)
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        near = self.document.slice(self.offset - NEAR, self.offset)
        longest = max((len(offer.text) for offer in (*self.offers, *self.further)), default=0)
        object.__setattr__(self, "near", near)
        object.__setattr__(self, "longest", longest)

    def is_at(self, document: DocumentSnapshot, offset: int) -> bool:
        """Tell whether this was made at ``offset`` of ``document``, or of one that is the same."""
        behind = document.length - offset
        return (
            offset == self.offset
            and document.length == self.document.length
            and document.same_head(self.document, offset)
            and document.same_tail(self.document, behind)
        )

    def left_for(self, request: CompletionRequest) -> tuple[Offer, ...]:
        """Return what is left of the texts where the person typed their beginning, best first, else ().

        A closing bracket or quote that the editor put behind the cursor while they typed belongs to the
        text, if that ends with it. Of a hasty answer nothing is left where it was made: only who types it
        says that it is welcome.
        """
        document, offset = request.document, request.offset
        typed_length = offset - self.offset
        closed = document.length - offset - (self.document.length - self.offset)
        if not 0 <= typed_length < self.longest or not 0 <= closed <= MOST_CLOSED:
            return ()
        if self.hasty and not typed_length:
            return ()
        if document.slice(self.offset - NEAR, self.offset) != self.near:
            return ()
        typed, end = document.slice(self.offset, offset), document.slice(offset, offset + closed)
        if not CLOSERS.issuperset(end) or (closed and not typed):
            return ()
        left = self._left(typed, end)
        behind = self.document.length - self.offset
        if (
            not left
            or not document.same_head(self.document, self.offset)
            or not document.same_tail(self.document, behind)
        ):
            return ()
        return left

    def _left(self, typed: str, end: str) -> tuple[Offer, ...]:
        shown = tuple(_rests(self.offers, typed, end))
        if shown:
            return shown
        likely = filter(likely_once(self.offers, typed), self.further)
        return tuple(_rests(likely, typed, end))[:1]

    def with_late(self, offers: Iterable[Offer]) -> "Answered":
        """Return this with ``offers`` that came late. What was shown becomes longer and nothing else."""
        shown, further = list(self.offers), list(self.further)
        known = {offer.text for offer in (*shown, *further)}
        for offer in offers:
            if offer.text in known or not offer.text.strip():
                continue
            known.add(offer.text)
            if shown and offer.text.startswith(shown[0].text):
                shown[0] = offer
            else:
                further.append(offer)
        kept = tuple(further[:FURTHER_KEPT])
        return replace(self, offers=tuple(shown), further=kept, hasty=False)


def likely_once(shown: tuple[Offer, ...], typed: str) -> Callable[[Offer], bool]:
    """Return what tells whether a text that was not shown is likely enough once ``typed`` was."""

    def fits(offer: Offer) -> bool:
        goes_on = any(offer.text.startswith(one.text) for one in shown)
        return goes_on or not shown or len(typed) >= LEAST_TYPED

    return fits


class AnswerCache:
    """The last answers of each document and surface, within fixed bounds.

    ``screen`` of a key is what was answered last: while it is typed it stays, whatever else is known.
    """

    def __init__(self) -> None:
        self._places: dict[Key, deque[Answered]] = {}
        self._screens: dict[Key, Answered] = {}
        self._held: dict[int, int] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """How many documents and surfaces have an answer."""
        return len(self._places)

    @property
    def bytes_held(self) -> int:
        """About how much memory the answers take, beside that of the open documents."""
        return self._bytes

    def find(
        self, key: Key, request: CompletionRequest, pool: Hashable, context: Callable[[], Hashable]
    ) -> tuple[Offer, ...]:
        """Return the offers that fit, best first; () if there are none.

        What is on the screen comes first, then the newest. An older one must have been made by the same
        ``pool`` beside the same other documents; these are looked at only if it is needed.
        """
        screen = self._screens.pop(key, None)
        places = self._places.get(key, ())
        now: Hashable = None
        for one in (*((screen,) if screen else ()), *reversed(places)):
            left: tuple[Offer, ...] = one.left_for(request) if one.pool == pool else ()
            if left and one is not screen:
                now = context() if now is None else now
                left = left if one.context == now else ()
            if left:
                self._screens[key] = one
                return left
        return ()

    def newest_version(self, key: Key) -> int | None:
        """Return the newest version of the document that is known, None if none is."""
        return max((one.document.version for one in self._places.get(key, ())), default=None)

    def is_hasty(self, key: Key) -> bool:
        """Tell whether somebody was not waited for when what is on the screen was made."""
        screen = self._screens.get(key)
        return screen is not None and screen.hasty

    def put(self, key: Key, answered: Answered, *, shown: bool = True) -> None:
        """Keep an answer, in place of an older one of the same place. ``shown``: it is on the screen now."""
        places = self._places.get(key, ())
        document, offset = answered.document, answered.offset
        for older in [one for one in places if one.is_at(document, offset)]:
            self._drop(key, older)
        if shown:
            self._screens.pop(key, None)
        if not answered.longest:
            return
        kept = self._hold(key, answered)
        if shown and kept.offers:
            self._screens[key] = kept

    def merge(self, key: Key, answered: Answered) -> None:
        """Add what came late, ``answered.offers``, to what is known of its place."""
        places = self._places.get(key, ())
        for one in places:
            if one.pool == answered.pool and one.is_at(answered.document, answered.offset):
                self._replace(key, one, one.with_late(answered.offers))
                return
        self.put(key, answered, shown=False)

    def forget(self, uri: str) -> None:
        """Forget a document."""
        for key in [key for key in self._places if key[0] == uri]:
            for one in list(self._places[key]):
                self._drop(key, one)
        self._screens = {key: one for key, one in self._screens.items() if key[0] != uri}

    def clear(self) -> None:
        """Forget everything."""
        self._places.clear()
        self._screens.clear()
        self._held.clear()
        self._bytes = 0

    def _hold(self, key: Key, answered: Answered) -> Answered:
        places = self._places.setdefault(key, deque())
        before = places[-1].document if places else None
        bare = replace(answered, document=answered.document.bare())
        places.append(bare)
        self._held[id(bare)] = held = _bytes_held(bare, before)
        self._bytes += held
        while len(places) > PLACES_KEPT:
            self._drop(key, places[0])
        while self._bytes > MOST_BYTES and len(self._held) > 1:
            self._drop_oldest(but=bare)
        return bare

    def _replace(self, key: Key, old: Answered, new: Answered) -> None:
        places = self._places[key]
        places[places.index(old)] = new
        self._held[id(new)] = self._held.pop(id(old))
        if self._screens.get(key) is old:
            self._screens[key] = new

    def _drop(self, key: Key, answered: Answered) -> None:
        places = self._places[key]
        places.remove(answered)
        self._bytes -= self._held.pop(id(answered))
        if self._screens.get(key) is answered:
            del self._screens[key]
        if not places:
            self._places.pop(key, None)

    def _drop_oldest(self, but: Answered) -> None:
        """Drop the oldest place: `_held` is in the order of holding."""
        oldest = next(one for one in self._held if one != id(but))
        for key, places in self._places.items():
            for one in places:
                if id(one) == oldest:
                    self._drop(key, one)
                    return


def _rests(offers: Iterable[Offer], typed: str, end: str) -> Iterable[Offer]:
    for offer in offers:
        if offer.text.startswith(typed) and offer.text.endswith(end):
            text = offer.text[len(typed) : len(offer.text) - len(end)]
            if text.strip():
                yield Offer(text, offer.members, offer.key)


def _bytes_held(answered: Answered, before: DocumentSnapshot | None) -> int:
    """Estimate what a place takes beside ``before``, or beside the open document if that is None."""
    document = answered.document
    own = 0 if before is None else document.own_length(before)
    texts = sum(len(offer.text) for offer in (*answered.offers, *answered.further))
    chunks = BYTES_PER_CHUNK * document.chunk_count
    return BYTES_PER_PLACE + chunks + BYTES_PER_CODE_POINT * (own + texts)


def types_on(older: CompletionRequest, newer: CompletionRequest) -> bool:
    """Tell whether who asked ``older`` and then ``newer`` may be typing the answer to the older one.

    They typed at the place of the older request and changed nothing else. Who asks by hand wants an answer
    of their own.
    """
    document, before = newer.document, older.document
    behind = before.length - older.offset
    closed = document.length - newer.offset - behind
    return (
        newer.trigger is Trigger.AUTOMATIC
        and 0 <= newer.offset - older.offset <= MOST_TYPED_ON
        and 0 <= closed <= MOST_CLOSED
        and CLOSERS.issuperset(document.slice(newer.offset, newer.offset + closed))
        and document.same_head(before, older.offset)
        and document.same_tail(before, behind)
    )
