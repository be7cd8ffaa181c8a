"""The pool of a recorded session, with members who say again what they said then."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from fusionls.cli.transcript import Entry
from fusionls.core.member import Caps, Member, Price, Privacy, PromptBudget
from fusionls.core.weights import SHIPPED, weights_from
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from fusionls.engine.recorded import ReplayedClient


class RecordedPools(Deaf):
    """One recorded pool for every document."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool, within ``wish``."""
        return self._pool.within(wish)

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
        members = [_member(block) for block in header["members"]]
        caps = Caps(**header["caps"])
        threshold = header.get("threshold", 0.0)
        weights = weights_from(header["weights"]) if "weights" in header else SHIPPED
    except (KeyError, TypeError, ValueError) as error:
        raise click.UsageError(f"the transcript's pool cannot be read: {error!r}") from error
    played = tuple(PoolMember(m, ReplayedClient(m.name, told)) for m in members)
    pool = Pool(played, caps, threshold=threshold, weights=weights)
    return CompletionEngine(RecordedPools(pool))


def _member(block: Mapping[str, Any]) -> Member:
    own: dict[str, Any] = {
        "budget": PromptBudget(**block["budget"]),
        "privacy": Privacy(block["privacy"]),
        "price": Price(**block["price"]) if block.get("price") else None,
    }
    return Member(**(dict(block) | own))
