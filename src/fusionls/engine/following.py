"""What follows a request: members that are let run on, what is learned from it, and late answers."""

from fusionls.core.suggestion import Suggestion
from fusionls.engine.afterwards import Afterwards, Rest
from fusionls.engine.learning import Learning
from fusionls.engine.ports import Pool, TraceRecorder
from fusionls.engine.remembering import Remembering
from fusionls.engine.scopes import Scopes


class Following:
    """Learns from every request, at once or when those have ended who were let run on."""

    def __init__(
        self,
        learning: Learning,
        recorder: TraceRecorder | None,
        remembering: Remembering,
        scopes: Scopes,
    ) -> None:
        self._learning = learning
        self._recorder = recorder
        self._remembering = remembering
        self._scopes = scopes
        self.afterwards = Afterwards(self._ended)

    def follow(
        self, uri: str, pool: Pool, rest: Rest | None, suggestion: Suggestion, *, closed: bool
    ) -> None:
        """Take a request of the document ``uri``; ``rest`` is who still runs, if it is not ``closed``."""
        if rest is not None:
            if closed:
                rest.leave()
            self.afterwards.take(rest)
            return
        self._learning.learn(pool, suggestion.trace, self._scopes.folder_of(uri))
        if self._recorder is not None and not suggestion.superseded:
            self._recorder.keep(suggestion.trace)

    def _ended(self, rest: Rest) -> None:
        """Take in what came late."""
        trace, uri = rest.trace(), rest.request.document.uri
        self._learning.learn(rest.pool, trace, self._scopes.folder_of(uri))
        if self._recorder is not None:
            self._recorder.keep(trace)
        if offers := rest.late_offers():
            self._remembering.late(rest.request, offers, rest.pool)
