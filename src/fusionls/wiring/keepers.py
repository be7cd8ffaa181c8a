"""Who still needs which local server: a keeper ends with the last client that uses it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fusionls.engine.ports import Endpoint
from fusionls.local.keeper import LlamaKeeper


@dataclass(slots=True)
class _Kept:
    keeper: LlamaKeeper
    users: int = 0


class Keepers:
    """The keepers of this server, one for each file of weights."""

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}

    def lease(self, weights: Path, made: Callable[[], LlamaKeeper]) -> "KeptEndpoint":
        """Return the endpoint of ``weights`` for one more client; a first one has the keeper ``made``."""
        kept = self._kept.get(weights)
        if kept is None:
            kept = self._kept[weights] = _Kept(made())
        kept.users += 1
        return KeptEndpoint(self, weights, kept)

    async def give_back(self, weights: Path, kept: _Kept) -> None:
        """Take note that one client less uses it, and close it if it was the last. Never raises."""
        kept.users -= 1
        if kept.users == 0:
            if self._kept.get(weights) is kept:
                # Whoever comes next gets one that is not closed.
                del self._kept[weights]
            await kept.keeper.aclose()


class KeptEndpoint:
    """The endpoint of a keeper that others may use, too."""

    def __init__(self, keepers: Keepers, weights: Path, kept: _Kept) -> None:
        self._keepers = keepers
        self._weights = weights
        self._kept = kept
        self._closed = False

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, starting the server if need be. Raises ModelFailure."""
        return await self._kept.keeper.endpoint()

    async def aclose(self) -> None:
        """Give it back; it ends when nobody else has it. Never raises."""
        if not self._closed:
            self._closed = True
            await self._keepers.give_back(self._weights, self._kept)
