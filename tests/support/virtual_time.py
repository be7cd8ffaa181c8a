"""Virtual time for tests: the loop is the product's own, which replays sessions on it."""

from fusionls.engine.virtual_time import Deadlock, VirtualTimeLoop, run_virtual

__all__ = ["Deadlock", "VirtualTimeLoop", "run_virtual"]
