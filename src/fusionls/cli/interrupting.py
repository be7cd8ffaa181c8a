"""Ctrl-C and SIGTERM while a command waits: what it waits for is cancelled, and tidies up after itself."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130
_SIGNALS = ("SIGINT", "SIGTERM")
_T = TypeVar("_T")


def run_interruptible(work: Coroutine[Any, Any, _T]) -> _T:
    """Run ``work`` to its end in a loop of its own. Raises KeyboardInterrupt if a signal ended it.

    A signal that raised wherever the loop is just then would end somebody else's task; so it only cancels
    ``work``. Where loops know no signals (Windows), asyncio does that for Ctrl-C, and SIGTERM ends the
    process. Before the loop runs and afterwards SIGTERM raises KeyboardInterrupt, as Ctrl-C does.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(_until_interrupted(work))
    finally:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


async def _until_interrupted(work: Coroutine[Any, Any, _T]) -> _T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        if task is not None:
            task.cancel()

    for name in _SIGNALS:
        with contextlib.suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), interrupt)
    try:
        return await work
    except asyncio.CancelledError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
