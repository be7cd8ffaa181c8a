"""Every decision: pure, synchronous and total.

Invariant: nothing here knows time, tasks, files, the network or LSP. Bad model output is a verdict,
never an exception.
"""
