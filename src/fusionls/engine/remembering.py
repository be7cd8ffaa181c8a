"""What is remembered of each document and surface between two requests."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager

from fusionls.core.answer_cache import AnswerCache, Answered, Key
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Offer, Suggestion
from fusionls.core.typing_pace import Rhythm, TypingPace
from fusionls.engine.ports import Pool


class Remembering:
    """The last suggestions and late answers, and how fast the person types."""

    def __init__(self) -> None:
        self._answers = AnswerCache()
        self._paces: dict[Key, TypingPace] = {}
        self._waiting: dict[Key, list[Callable[[], None]]] = {}
        self.rhythm = Rhythm()

    def __len__(self) -> int:
        """How many documents and surfaces have a last suggestion."""
        return len(self._answers)

    def fitting(self, request: CompletionRequest, pool: Pool) -> tuple[Offer, ...]:
        """Return what is left of a known answer if the person types it, and did not ask by hand.

        Who asks by hand wants more than what is known. A document whose versions went back was opened anew,
        and nothing is known of it.
        """
        key = key_of(request)
        newest = self._answers.newest_version(key)
        if newest is not None and request.document.version < newest:
            self._answers.forget(request.document.uri)
        if request.trigger is Trigger.MANUAL:
            return ()
        return self._answers.find(key, request, pool_key_of(pool), lambda: context_of(request))

    def is_hasty(self, request: CompletionRequest) -> bool:
        """Tell whether somebody was not waited for when what is on the screen was offered."""
        return self._answers.is_hasty(key_of(request))

    def keep(
        self,
        request: CompletionRequest,
        suggestion: Suggestion,
        pool: Pool,
        *,
        shown: bool = True,
    ) -> None:
        """Remember what was offered to ``request``. ``shown``: it was also answered.

        Nothing is kept of a document that was closed meanwhile.
        """
        if key_of(request) not in self._paces:
            return
        answered = Answered(
            request.document,
            request.offset,
            suggestion.offers,
            suggestion.further,
            pool_key_of(pool),
            context_of(request),
            suggestion.hasty,
        )
        self._answers.put(key_of(request), answered, shown=shown)
        self._tell(request)

    def late(self, request: CompletionRequest, offers: Iterable[Offer], pool: Pool) -> None:
        """Add what came after ``request`` was answered by members of ``pool``.

        What is on the screen is replaced only by a text that extends it. Nothing is kept of a document that
        was closed meanwhile.
        """
        key, context = key_of(request), context_of(request)
        found = tuple(offers)
        if key in self._paces and found:
            document, offset = request.document, request.offset
            late = Answered(document, offset, found, (), pool_key_of(pool), context)
            self._answers.merge(key, late)
            self._tell(request)

    def typed(self, request: CompletionRequest, now_ms: float) -> TypingPace:
        """Return the pace of the keys so far, this one included.

        Called once for each request, at ``now_ms`` on the loop's clock.
        """
        before = self._paces.get(key_of(request), TypingPace())
        pace = before.after(now_ms, request.offset, request.document.length)
        self._paces[key_of(request)] = pace
        self.rhythm = self.rhythm.after(pace.pause_ms)
        return pace

    @contextmanager
    def heard(self, request: CompletionRequest, tell: Callable[[], None]) -> Iterator[None]:
        """Call ``tell`` whenever something new is known of the request's document, while this lasts."""
        waiting = self._waiting.setdefault(key_of(request), [])
        waiting.append(tell)
        try:
            yield
        finally:
            waiting.remove(tell)
            if not waiting:
                self._waiting.pop(key_of(request), None)

    def forget_offers(self) -> None:
        """Forget what was offered anywhere."""
        self._answers.clear()

    def forget(self, uri: str) -> None:
        """Forget a document."""
        self._answers.forget(uri)
        for key in [key for key in self._paces if key[0] == uri]:
            del self._paces[key]

    def _tell(self, request: CompletionRequest) -> None:
        for tell in list(self._waiting.get(key_of(request), ())):
            tell()


def key_of(request: CompletionRequest) -> Key:
    """Return the document and the surface of a request."""
    return request.document.uri, request.surface


def pool_key_of(pool: Pool) -> Hashable:
    """Return what answers of two requests must have in common to be the same pool's."""
    names = tuple(one.member.name for one in pool.members)
    return pool.generation, pool.threshold, names


def context_of(request: CompletionRequest) -> Hashable:
    """Return what tells apart what other documents gave. Cheap, as a text's hash is found once."""
    return hash(tuple([(one.uri, one.text) for one in request.open_documents]))
