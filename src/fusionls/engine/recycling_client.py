"""The way to a model on another machine, of whose answers nothing is thrown away that the next key needs.

What a person types is often what the model is just writing. Then its request is kept and goes on for the
newer prompt; a new one is sent only if nothing that runs, or has just ended, can be the answer.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.engine.generation import Generation
from fusionls.engine.listening import Listening, fitting
from fusionls.engine.ports import ModelClient

# The request of a newer key that waited for the last one's end comes some turns of the loop behind it. What
# nobody listens to is kept for so long, in case it fits.
GRACE_S = 0.015
# Who deletes what was typed last comes back to one of the last answers.
ANSWERS_KEPT = 2
# What was said so long ago (seconds) may have been said by another model: servers are swapped.
ANSWER_LIVES_S = 10.0
# A server that said nothing for so long may have lost the request, or the way back: a newer key asks anew.
SILENT_S = 1.0


class RecyclingClient:
    """Asks ``client``, and knows what is being said and what was said last. Closing it closes that one."""

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self._running: list[Generation] = []
        self._answers: deque[Generation] = deque(maxlen=ANSWERS_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else.

        It may be what the server is saying, or has said, to an older prompt.
        """
        while True:
            known = self._fitting(prompt)
            generation = known or self._send(prompt)
            recycled = known is not None
            listening = Listening(generation, prompt, self._left, recycled=recycled)
            async with aclosing(listening.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
            if listening.served:
                return

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return 0 if the answer is there already, else what the client expects."""
        known = self._fitting(prompt)
        return 0.0 if known is not None and known.whole else self._client.expected_ms(prompt)

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Have the client warm up. Never raises."""
        await self._client.warm(prompt)

    async def prepare(self) -> None:
        """Make ready what takes long. Raises ModelFailure."""
        await self._client.prepare()

    async def aclose(self) -> None:
        """End what runs, and free what is held. Never raises."""
        for generation in list(self._running):
            generation.close()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._answers.clear()
        await self._client.aclose()

    def _fitting(self, prompt: RenderedPrompt) -> Generation | None:
        oldest_s = asyncio.get_running_loop().time() - ANSWER_LIVES_S
        while self._answers and (self._answers[0].done_s or 0.0) < oldest_s:
            self._answers.popleft()
        running = [one for one in reversed(self._running) if one.silent_s < SILENT_S]
        return fitting([*running, *reversed(self._answers)], prompt)

    def _send(self, prompt: RenderedPrompt) -> Generation:
        for left in [generation for generation in self._running if not generation.listeners]:
            if left.prompt.shape == prompt.shape:
                left.close()
        generation = Generation(prompt, self._on_move)
        self._running.append(generation)
        task = generation.start(self._client)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return generation

    def _left(self, generation: Generation) -> None:
        """Close what nobody listens to: at once if there is a newer request, else after the grace."""
        newest = [g for g in self._running if g.prompt.shape == generation.prompt.shape][-1:]
        generation.close_in(GRACE_S if newest == [generation] else 0.0)

    def _on_move(self, generation: Generation) -> None:
        if not generation.running:
            self._running.remove(generation)
            if generation.whole:
                self._answers.append(generation)
