"""Tasks that were cancelled and still close a connection: nobody waits for them but who ends it all."""

import asyncio


class Closing:
    """Holds tasks until they are done, so that none is lost and none outlives the engine."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def adopt(self, task: asyncio.Task[None]) -> None:
        """Take ``task`` over from who started it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Wait until all of them are done. Raises nothing of theirs."""
        if self._tasks:
            await asyncio.wait(self._tasks)
