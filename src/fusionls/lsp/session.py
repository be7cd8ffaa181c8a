"""What the handlers share: the client, documents, folders, the engine and the last suggestions."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from fusionls.core.feedback import FeedbackEvent, FeedbackKind
from fusionls.core.folders import nearest_folder
from fusionls.lsp.client import Client
from fusionls.lsp.documents import Documents
from fusionls.lsp.kept import Kept, KeptSuggestions
from fusionls.lsp.listed import ListedDocuments

if TYPE_CHECKING:
    # Its import waits until after the initialize reply.
    from fusionls.engine.pipeline import CompletionEngine

log = logging.getLogger(__name__)


class Session:
    """One client's session. ``open_engine`` is called at first need, after ``initialize``.

    ``notices`` are sentences for the person that are shown once the session has begun.
    """

    def __init__(
        self, open_engine: "Callable[[], tuple[CompletionEngine, tuple[str, ...]]]"
    ) -> None:
        self._open_engine = open_engine
        self._engine: CompletionEngine | None = None
        self.notices: tuple[str, ...] = ()
        self.client = Client()
        self.documents = Documents()
        self.folders: tuple[str, ...] = ()
        self.suggestions = KeptSuggestions()
        self.listed = ListedDocuments()

    @property
    def engine(self) -> "CompletionEngine":
        """The engine; importing the HTTP client and reading the settings happens here."""
        if self._engine is None:
            self._engine, self.notices = self._open_engine()
            self._engine.set_folders(self.folders)
        return self._engine

    def set_folders(self, folders: tuple[str, ...]) -> None:
        """Take the URIs of the workspace folders that are open now.

        What was suggested in documents of a folder that is gone is forgotten.
        """
        before, self.folders = self.folders, folders
        gone = set(before) - set(folders)
        if self._engine is None:
            return
        self._engine.set_folders(folders)
        for snapshot in self.documents.others(""):
            if gone and nearest_folder(before, snapshot.uri) in gone:
                self._engine.forget(snapshot.uri)

    def close(self, uri: str) -> None:
        """Forget the text of a document that the client closed."""
        self.documents.close(uri)
        self.listed.forget(uri)

    def keep(self, suggestion: Kept) -> None:
        """Keep ``suggestion`` for accept and explain; the oldest is forgotten."""
        self.suggestions.keep(suggestion, _now_s())

    def note(
        self,
        suggestion_id: str,
        kind: FeedbackKind,
        length: int | None = None,
        after_ms: float | None = None,
    ) -> bool:
        """Note what happened to a suggestion; return False if it is not known.

        ``length`` is in code points of the offered text; ``after_ms`` is taken from our clock if the
        client does not say.
        """
        if suggestion_id not in self.suggestions:
            return False
        if after_ms is None:
            after_ms = self.suggestions.age_ms(suggestion_id, _now_s())
        event = FeedbackEvent(suggestion_id, kind, length, after_ms)
        if self._engine is not None:
            self._engine.heard(event)
        return self.suggestions.note(event)

    async def aclose(self) -> None:
        """End running requests and close the members. Never raises."""
        if self._engine is not None:
            await self._engine.aclose()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
