"""One request at a model's server, that may outlive who asked for it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.recycling import Fit, fit_of
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import ModelClient, ModelFailure

log = logging.getLogger(__name__)


class Generation:
    """What a server has said to ``prompt`` so far.

    ``moved`` is called when the first of it has come, and at the end.

    Times are seconds on the loop's clock. ``unread`` is how much of the prompt was new to the server
    (code points), None if that is not known; ``crowded`` says that something else may have kept the server
    busy meanwhile.
    """

    def __init__(
        self,
        prompt: RenderedPrompt,
        moved: "Callable[[Generation], None]",
        unread: int | None = None,
        *,
        crowded: bool = False,
    ) -> None:
        self.prompt = prompt
        self.unread = unread
        self.crowded = crowded
        self.chunks: list[Chunk] = []
        self.said = ""
        self.listeners = 0
        self.sent_s = asyncio.get_running_loop().time()
        self.first_s: float | None = None
        self.last_s = self.sent_s
        self.done_s: float | None = None
        self.failure: Failure | None = None
        self.whole = False
        self._moved = moved
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, client: ModelClient) -> asyncio.Task[None]:
        """Send the request; whoever gets the task awaits it."""
        self._task = asyncio.create_task(self._read(client), name="generation")
        return self._task

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.done_s is None

    @property
    def reading(self) -> bool:
        """Whether the server has not said anything yet."""
        return self.running and self.first_s is None

    @property
    def tokens(self) -> int:
        """How many tokens have come."""
        return sum(chunk.tokens for chunk in self.chunks if chunk.text)

    def fit(self, prompt: RenderedPrompt) -> Fit | None:
        """Return how what is said here fits ``prompt``, or None if it does not."""
        if self.done_s is not None and not self.whole:
            return None
        cut = self.tokens >= self.prompt.max_tokens
        return fit_of(self.prompt, self.said, prompt, ended=self.whole, cut=cut)

    async def change(self) -> None:
        """Wait until something more has come, or the end."""
        await self._changed.wait()

    def join(self) -> None:
        """One more listens: what runs is not closed."""
        self.listeners += 1
        self._stop_timer()

    def leave(self) -> None:
        """One listens no more."""
        self.listeners -= 1

    def close_in(self, seconds: float) -> None:
        """Close the request at the socket in ``seconds``, unless somebody joins before."""
        if self.running and not self.listeners:
            self._stop_timer()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self.close)

    def close(self) -> None:
        """Close the request at the socket now."""
        self._stop_timer()
        if self.running:
            # It counts as over from now on; the task ends in the next turn of the loop.
            self._finish()
            if self._task is not None:
                self._task.cancel()

    async def _read(self, client: ModelClient) -> None:
        chunks: AsyncGenerator[Chunk, None] = client.stream(self.prompt)
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    self._take(chunk)
            self.whole = self.running
        except ModelFailure as error:
            self.failure = error.failure
        except Exception as error:
            # A bug in a wire is the failure of one member.
            place = where_it_broke(error)
            log.error("a request failed: %s", place)
            self.failure = Failure(FailureKind.BUG, place)
        finally:
            self._finish()

    def _take(self, chunk: Chunk) -> None:
        if not self.running:
            return
        first = self.first_s is None
        self.last_s = asyncio.get_running_loop().time()
        self.chunks.append(chunk)
        self.said += chunk.text
        if first:
            self.first_s = self.last_s
            self._moved(self)
        self._tell()

    def _finish(self) -> None:
        self._stop_timer()
        if self.done_s is None:
            self.done_s = asyncio.get_running_loop().time()
            self._moved(self)
        self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
