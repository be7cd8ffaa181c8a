"""Virtual time in which computing costs something: each turn of the loop, and now and then a long one.

What waits for a whole turn of others, or is computed after the last moment, is late here and in the world.
"""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from fusionls.engine.virtual_time import VirtualTimeLoop

T = TypeVar("T")
# A turn of the server's loop takes a fraction of a millisecond; collecting garbage, parsing or an operating
# system that is busy elsewhere take so long, at most.
TURN_S, LONG_TURN_S, LONG_TURNS = 0.00005, 0.015, 0.005


class CostlyLoop(VirtualTimeLoop):
    """A loop of virtual seconds that also pass while it works."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # delays, not secrets
        super().__init__()

    def _run_once(self) -> None:
        self._jumping.now += TURN_S
        if self._dice.random() < LONG_TURNS:
            self._jumping.now += self._dice.uniform(0, LONG_TURN_S)
        super()._run_once()  # type: ignore[misc]  # asyncio's types leave it out


def run_costly(main: Coroutine[Any, Any, T], seed: int = 1) -> T:
    """Run ``main`` in virtual time and return its result. Raises Deadlock if it would hang."""
    with asyncio.Runner(loop_factory=lambda: CostlyLoop(seed)) as runner:
        return runner.run(main)
