"""The time that a request takes."""

import asyncio


class Stopwatch:
    """Milliseconds since the request was read, by the loop's clock, and how long each stage took."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._lap = self._start
        self.stages: list[tuple[str, float]] = []

    @property
    def start_ms(self) -> float:
        """The start on the loop's clock, in milliseconds."""
        return self._start * 1000

    def now_ms(self) -> float:
        """Return the milliseconds since the start."""
        return (self._loop.time() - self._start) * 1000

    def stage(self, name: str) -> None:
        """Write down that the stage ``name`` ends now."""
        now = self._loop.time()
        self.stages.append((f"{name}_ms", (now - self._lap) * 1000))
        self._lap = now
