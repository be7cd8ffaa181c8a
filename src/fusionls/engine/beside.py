"""Something that blocks, done in a thread of its own, which keeps nobody from exiting."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def beside(run: Callable[[], T], name: str) -> T:
    """Return what ``run`` returns, or raise what it raises; ``name`` is the thread's.

    Unlike those of ``asyncio.to_thread``, this thread is not waited for at the end of the program: a disk
    or a process may hang for ever. Who is cancelled leaves the thread behind, which ends with ``run``.
    """
    loop = asyncio.get_running_loop()
    returned: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, error: BaseException | None) -> None:
        if returned.done():
            return
        if error is not None:
            returned.set_exception(error)
        else:
            returned.set_result(outcome)  # type: ignore[arg-type]  # None only if run returns it

    def work() -> None:
        outcome, failure = None, None
        try:
            outcome = run()
        except BaseException as error:
            failure = error
        # The loop may be gone by now.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome, failure)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await returned
