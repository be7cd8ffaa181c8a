"""The pool of a recorded session, with members who say again what they said then."""

from collections.abc import Sequence

import click

from fusionls.cli.playback_edits import PlayedBackEdits, member_of
from fusionls.cli.transcript import Entry
from fusionls.core.member import Caps
from fusionls.core.text import DocumentSnapshot
from fusionls.core.weights import SHIPPED, weights_from
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import EditPool, Pool, PoolMember
from fusionls.engine.recorded_client import ReplayedClient


class RecordedPools(Deaf):
    """One recorded pool for every document, and the recorded ones for edits."""

    def __init__(self, pool: Pool, edits: PlayedBackEdits) -> None:
        self._pool = pool
        self._edits = edits

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool, within ``wish``."""
        return self._pool.within(wish)

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who was asked for edits then; nobody else is asked now."""
        return self._edits.pool(uris)

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file as it was then. Raises NoFile."""
        return self._edits.file(uri, must_exist=must_exist)

    def read_wish(self, block: object) -> ReadWish:
        """Take nothing from settings: they acted when the session was recorded."""
        return ReadWish(None)

    async def aclose(self) -> None:
        """Nothing to close."""


def played_back_engine(entries: Sequence[Entry]) -> CompletionEngine:
    """Return an engine whose members answer as recorded. Raises click.UsageError."""
    header = next(entry.message for entry in entries if entry.source == "pool")
    told = [entry.message for entry in entries if entry.source == "model"]
    try:
        members = [member_of(block) for block in header["members"]]
        caps = Caps(**header["caps"])
        threshold = header.get("threshold", 0.0)
        weights = weights_from(header["weights"]) if "weights" in header else SHIPPED
    except (KeyError, TypeError, ValueError) as error:
        raise click.UsageError(f"the transcript's pool cannot be read: {error!r}") from error
    played = tuple(PoolMember(m, ReplayedClient(m.name, told)) for m in members)
    pool = Pool(played, caps, threshold=threshold, weights=weights)
    return CompletionEngine(RecordedPools(pool, PlayedBackEdits(entries)))
