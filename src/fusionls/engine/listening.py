"""Listening to what a server says, also if it was asked for by an older prompt."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.recycling import Fit, rest_of
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.generation import Generation
from fusionls.engine.ports import ModelFailure


class Listening:
    """One who listens to a generation. Then ``served`` tells whether what was said was the answer.

    ``left`` is called when they leave. ``recycled`` says that the request was another one's: that goes with
    every chunk. Otherwise the first one says how much was unread.
    """

    def __init__(
        self,
        generation: Generation,
        prompt: RenderedPrompt,
        left: Callable[[Generation], None],
        *,
        recycled: bool,
    ) -> None:
        self._generation = generation
        self._prompt = prompt
        self._left = left
        self._recycled = recycled
        self.served = False

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to the prompt as it comes, nothing if it turns out not to be one."""
        self._generation.join()
        try:
            fit = await self._sure_fit()
            if fit is None:
                return
            self.served = True
            given = 0
            while True:
                found = rest_of(self._generation.chunks, fit)
                for number, chunk in enumerate(found[given:], given):
                    yield self._told(chunk, first=number == 0)
                if given == len(found):
                    if not self._generation.running:
                        break
                    await self._generation.change()
                given = len(found)
            self._raise_failure()
        finally:
            self._generation.leave()
            self._left(self._generation)

    def _told(self, chunk: Chunk, *, first: bool) -> Chunk:
        if self._recycled:
            return replace(chunk, recycled=True)
        unread = self._generation.unread
        return replace(chunk, unread=unread) if first and unread is not None else chunk

    async def _sure_fit(self) -> Fit | None:
        """Return the fit once it is sure, None once it is sure that there is none."""
        while True:
            fit = self._generation.fit(self._prompt)
            if fit is None or fit.sure:
                return fit
            await self._generation.change()

    def _raise_failure(self) -> None:
        generation = self._generation
        if generation.failure is not None:
            raise ModelFailure(generation.failure)
        if not generation.whole:
            raise ModelFailure(Failure(FailureKind.UNREACHABLE, "it was closed"))


def fitting(generations: "list[Generation]", prompt: RenderedPrompt) -> Generation | None:
    """Return the first of ``generations`` whose answer fits ``prompt`` for sure, else the first that may."""
    perhaps = None
    for generation in generations:
        fit = generation.fit(prompt)
        if fit is not None and fit.sure:
            return generation
        if fit is not None and perhaps is None:
            perhaps = generation
    return perhaps
