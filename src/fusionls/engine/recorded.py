"""Pools whose members' answers are written down, in a transcript.

A recorded session can be run again without any model, in virtual time, to the same decisions: a bug
report is one transcript.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from fusionls.core.kept_in import Keep
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.ports import (
    BackgroundReading,
    EditPool,
    ModelClient,
    Pool,
    PoolMember,
    PoolSource,
)
from fusionls.engine.recorded_client import RecordedClient
from fusionls.engine.recorded_edits import RecordedEdits

# Takes the source of a line ("model", "pool", ...) and the line.
Write = Callable[[str, Mapping[str, Any]], None]


class RecordedPools:
    """``pools``, with the pool and everything its members say written down by ``write``."""

    def __init__(self, pools: PoolSource, write: Write) -> None:
        self._pools = pools
        self._write = write
        self._edits = RecordedEdits(write)
        self._wrapped: dict[str, tuple[ModelClient | None, PoolMember]] = {}

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool for ``uri`` within ``wish``. Never raises."""
        pool = self._pools.pool_for(uri, wish, language_id)
        if not self._wrapped:
            members = [asdict(pool_member.member) for pool_member in pool.members]
            decides = {"threshold": pool.threshold, "weights": pool.weights.to_json()}
            self._write("pool", {"members": members, "caps": asdict(pool.caps), **decides})
        return replace(pool, members=tuple(self._recorded(m) for m in pool.members))

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who is asked for edits."""
        return self._edits.pool(uris, self._pools.edit_pool_for(uris, wish, language_id))

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open. Raises NoFile."""
        reading = self._pools.file_at(uri, must_exist=must_exist)
        return await self._edits.file(uri, reading, must_exist=must_exist)

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        """Return to whom another open document may be shown."""
        return self._pools.keep_of(uri, wish)

    def news(self) -> tuple[str, ...]:
        """Return what the person has to know."""
        return self._pools.news()

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of an editor's settings. Never raises."""
        return self._pools.read_wish(block)

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read."""
        return self._pools.reading

    @property
    def reads_files(self) -> bool:
        """Whether folders were read."""
        return self._pools.reads_files

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Pass it on."""
        self._pools.document_changed(snapshot)

    def document_closed(self, uri: str) -> None:
        """Pass it on."""
        self._pools.document_closed(uri)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Pass it on."""
        self._pools.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Pass it on."""
        self._pools.files_changed(uris)

    async def aclose(self) -> None:
        """Close the pools. Never raises."""
        await self._pools.aclose()

    def _recorded(self, pool_member: PoolMember) -> PoolMember:
        name = pool_member.member.name
        inner, wrapped = self._wrapped.get(name, (None, pool_member))
        if inner is not pool_member.client:
            # A member that the settings turned into another one goes on in the same transcript.
            asks = wrapped.client.asks if isinstance(wrapped.client, RecordedClient) else 0
            client = RecordedClient(name, pool_member.client, self._write, asks)
            wrapped = PoolMember(pool_member.member, client)
            self._wrapped[name] = (pool_member.client, wrapped)
        return wrapped
