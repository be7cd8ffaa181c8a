"""Virtual time for tests: the loop is the product's own, which replays sessions on it."""

import asyncio

from fusionls.engine.virtual_time import Deadlock, VirtualTimeLoop, run_virtual

__all__ = ["Deadlock", "VirtualTimeLoop", "run_virtual", "sleep_through"]


def sleep_through(seconds: float) -> None:
    """Have the machine sleep for so long: the loop's clock jumps, and nothing happened meanwhile."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop._jumping.now += seconds
