"""What the members of one edit share while they are asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fusionls.core.health import SHRINKING, SMALLEST_SHARE
from fusionls.engine.edit_formats import RequestFormats
from fusionls.engine.edit_ports import EditDesk
from fusionls.engine.standings import Standings


class Shares:
    """How much of the usual surroundings each member could take so far, by name (0 to 1)."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}

    def of(self, name: str) -> float:
        """Return the share of the member ``name``."""
        return self._shares.get(name, 1.0)

    def too_long(self, name: str, share: float) -> None:
        """Note that a prompt with ``share`` was too long for the member ``name``."""
        self._shares[name] = min(self.of(name), shrunk(share))

    def forget(self) -> None:
        """Begin anew: the settings changed."""
        self._shares.clear()


def shrunk(share: float) -> float:
    """Return the next smaller share."""
    return max(SMALLEST_SHARE, share * SHRINKING)


@dataclass(slots=True, eq=False)
class Round:
    """One round of asking. Times are milliseconds since the request was read, by ``now_ms``.

    Answers are asked for until ``ends_ms``, at most ``samples`` of each member; ``asks_on`` tells whether one
    more of a member is wanted. ``chance`` draws a number (0 to 1) by lot. ``moved`` is called whenever
    something has come or ended. ``formats`` says in which form they answer.
    """

    desk: EditDesk
    standings: Standings
    shares: Shares
    now_ms: Callable[[], float]
    ends_ms: float
    samples: int
    chance: Callable[[], float]
    asks_on: Callable[[str], bool] = lambda _name: True
    moved: Callable[[], None] = lambda: None
    formats: RequestFormats = field(default_factory=RequestFormats)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def left_ms(self) -> float:
        """How long answers are waited for from now on."""
        return self.ends_ms - self.now_ms()

    @asynccontextmanager
    async def turn(self, shares: str) -> AsyncIterator[None]:
        """Wait until nobody else with the same word in ``shares`` is asked; "" waits for nobody.

        Who waits longest is next, so that everybody is asked once before somebody is asked twice.
        """
        if not shares:
            yield
            return
        async with self._turns.setdefault(shares, asyncio.Lock()):
            yield
