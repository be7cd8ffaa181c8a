"""What the handlers share: documents, the engine and the last suggestions."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fusionls.core.suggestion import Suggestion
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.pipeline import CompletionEngine
from fusionls.lsp.documents import Documents

log = logging.getLogger(__name__)
T = TypeVar("T")

# How many suggestions can still be accepted and explained by id.
SUGGESTIONS_KEPT = 200


class Session:
    """One client's session. ``open_engine`` is called at first need, after ``initialize``.

    ``notices`` are sentences for the person that are shown once the session has begun.
    """

    def __init__(self, open_engine: Callable[[], tuple[CompletionEngine, tuple[str, ...]]]) -> None:
        self._open_engine = open_engine
        self._engine: CompletionEngine | None = None
        self.notices: tuple[str, ...] = ()
        self.documents = Documents()
        self.suggestions: OrderedDict[str, Suggestion] = OrderedDict()
        self.client_has_inline_completion = False
        self.client_completes_by_words = False

    @property
    def engine(self) -> CompletionEngine:
        """The engine; importing the HTTP client and reading the settings happens here."""
        if self._engine is None:
            self._engine, self.notices = self._open_engine()
        return self._engine

    def keep(self, suggestion: Suggestion) -> None:
        """Keep ``suggestion`` for accept and explain; the oldest is forgotten."""
        self.suggestions[suggestion.trace.id] = suggestion
        while len(self.suggestions) > SUGGESTIONS_KEPT:
            self.suggestions.popitem(last=False)

    async def aclose(self) -> None:
        """End running requests and close the members. Never raises."""
        if self._engine is not None:
            await self._engine.aclose()


async def answer_or_none(work: Awaitable[T]) -> T | None:
    """Return the result of ``work``; None if it has a bug, which is logged without any code.

    A client shows an error reply as a pop-up: while somebody types, no answer is better.
    """
    try:
        return await work
    except Exception as error:
        log.error("a request failed: %s", where_it_broke(error))
        return None
