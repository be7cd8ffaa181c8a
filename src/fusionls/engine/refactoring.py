"""Edits that a person asks for: several members propose, one edit is offered, and nothing is applied here."""

from collections.abc import Callable

from fusionls.core.refactoring import EditSuggestion, RefactorRequest
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import DecisionTrace, Trace
from fusionls.core.wish import Wish
from fusionls.engine.edit_ports import EditDesks
from fusionls.engine.ports import PoolSource, TraceKeeper
from fusionls.engine.standings import Standings


def _nothing(_: str) -> None:
    return


class EditEngine:
    """Answers requests for edits from the pools of ``pools``."""

    def __init__(
        self,
        pools: PoolSource,
        standings: Standings,
        wish_of: Callable[[str], Wish],
        desks: EditDesks | None = None,
        keeper: TraceKeeper | None = None,
        recorder: TraceKeeper | None = None,
    ) -> None:
        """``wish_of`` tells what the editor wishes for a document; without ``desks`` all is done in here."""
        self._pools = pools

    async def refactor(
        self,
        request: RefactorRequest,
        report: Callable[[str], None] = _nothing,
        now: Callable[[str], DocumentSnapshot | None] = lambda uri: None,
    ) -> EditSuggestion:
        """Return an edit within the budget of the pool, or why there is none.

        ``report`` is told in a sentence how far it is, ``now`` returns the newest version of an open
        document: what changed meanwhile is rebased upon. Members that fail are in the trace; nothing is
        raised but cancellation, which hangs up on all of them.
        """
        nothing = DecisionTrace(0.0, "not built", None, None, False)
        trace = Trace(request.id, "refactor", request.trigger.value, "", 0.0, "", (), nothing)
        return EditSuggestion(request, trace, request.files, refusal="not built", declined=True)

    def why_not(self, uri: str, language_id: str = "") -> str:
        """Return why nobody would be asked to edit the document ``uri``, "" if somebody would.

        It is asked with every move of a cursor, and cheap.
        """
        return "not built"

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open. Raises NoFile."""
        return await self._pools.file_at(uri, must_exist=must_exist)

    async def aclose(self) -> None:
        """End every request and every desk. Never raises."""
