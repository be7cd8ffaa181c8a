"""The way to a model whose server reads slowly and remembers what it has read.

Such a server should be interrupted seldom: what it has begun to read is read to its end, as the next
key needs it too, and what it is writing is kept while a person types just that.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.prompt_cache import LEAST_COLD, MOST_WARM, PromptCache, ReadingPace
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.generation import Generation
from fusionls.engine.listening import Listening, fitting
from fusionls.engine.ports import ModelClient, ModelFailure
from fusionls.engine.turns import Turns

# The request of the next key is a moment behind the end of the last one's. What is being written is kept
# for so long, in case it fits.
GRACE_S = 0.03
# The shapes of one request are asked in one go. What is left of an older shape is in the way after that.
SHAPES_GRACE_S = 0.005
# A prompt of this pool's length is read within 3 s, on a busy machine in 10. What takes longer hangs.
LONGEST_READING_S = 20.0
# After we hung up llama.cpp needs up to so long to notice it. Times that were measured meanwhile are no
# measure of how fast it is.
SETTLING_S = 0.3
# It notices after the token that it is at and the next.
TOKENS_TO_NOTICE = 2
# Half of all lines have fewer.
USUAL_LINE_TOKENS = 8
# What is warm is always worth the wait: 20 to 60 ms here, and if it was far more it is so no more.
WARM_AT_MOST_MS = 100.0
# A prompt with less to read than this (code points) is read while a request is waited for.
WORTH_WARMING = 64
# Who deletes what was typed last comes back to one of the last few answers.
ANSWERS_KEPT = 4
# Times of a shorter answer are mostly those of its beginning and end.
TOKENS_THAT_TELL = 3
_FORGETFUL = (FailureKind.UNREACHABLE, FailureKind.DROPPED, FailureKind.REFUSED)


class WarmClient:
    """Asks ``client``, and knows what its server has read, is reading, and is writing.

    ``turns`` are shared with the other models of the same machine.
    """

    def __init__(self, client: ModelClient, turns: Turns | None = None) -> None:
        self._client = client
        self._turns = turns or Turns()
        self._cache = PromptCache()
        self._pace = ReadingPace()
        self._running: list[Generation] = []
        self._answers: deque[Generation] = deque(maxlen=ANSWERS_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._newest: dict[str, object] = {}
        self._settled_s = 0.0
        self._others = 0

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else.

        It may be what the server is saying, or has said, to an older prompt. SUPERSEDED is the failure
        of a prompt that waited until a newer one came.
        """
        while True:
            known = self._fitting(prompt)
            generation = known or await self._sent(prompt)
            recycled = known is not None
            listening = Listening(generation, prompt, self._left, recycled=recycled)
            async with aclosing(listening.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
            if listening.served:
                return

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return when the answer may begin (ms from now), None if not known.

        How fast tokens come is left out: a server that was slow for a moment would not be waited for
        any more, and nobody would hear that it is fast again.
        """
        fitting = self._fitting(prompt)
        if fitting is not None:
            return self._reading_ms(fitting)
        until_first = self._until_first_ms(self._cache.unread(prompt.text))
        queue = self._queue_ms(prompt)
        return None if until_first is None or queue is None else queue + until_first

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Have ``prompt`` read once nothing else runs, unless a newer one comes. Never raises.

        Returns when it was read, or need not be.
        """
        mine = self._newest[_WARMING] = object()
        self._tell()
        while self._running or self._others or not self._turns.free:
            await self._turns.change()
            if self._newest[_WARMING] is not mine:
                return
        if self._cache.unread(prompt.text) >= WORTH_WARMING:
            generation = self._send(replace(prompt, max_tokens=1, grammar=""))
            generation.close_in(LONGEST_READING_S)
            while generation.running:
                await generation.change()

    def others_begin(self) -> None:
        """Take note that the server is busy with something else: it forgets, and times tell nothing."""
        self._others += 1
        self._cache.clear()
        for generation in self._running:
            generation.crowded = True

    def others_end(self) -> None:
        """Take note that it is over. What was read before has to be read again."""
        self._others -= 1
        self._cache.clear()
        self._settled_s = asyncio.get_running_loop().time() + SETTLING_S
        self._tell()

    async def prepare(self) -> None:
        """Make ready what takes long. Raises ModelFailure."""
        await self._client.prepare()

    async def aclose(self) -> None:
        """End what runs, and free what is held. Never raises."""
        for generation in list(self._running):
            generation.close()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._client.aclose()

    def _fitting(self, prompt: RenderedPrompt) -> Generation | None:
        """Return the request whose answer fits ``prompt``: a sure one, else one that may."""
        return fitting([*reversed(self._running), *reversed(self._answers)], prompt)

    async def _sent(self, prompt: RenderedPrompt) -> Generation:
        """Send ``prompt`` behind what the server is reading. Raises ModelFailure (superseded)."""
        mine = self._newest[prompt.shape] = object()
        self._tell()
        while any(g.reading for g in self._running) or not self._has_turn(prompt):
            await self._turns.change()
            if self._newest[prompt.shape] is not mine:
                why = "a newer request waits for the model"
                raise ModelFailure(Failure(FailureKind.SUPERSEDED, why))
        for left in [generation for generation in self._running if not generation.listeners]:
            if left.prompt.shape == prompt.shape:
                left.close()
            else:
                left.close_in(SHAPES_GRACE_S)
        return self._send(prompt)

    def _has_turn(self, prompt: RenderedPrompt) -> bool:
        return self._turns.free or self._cache.unread(prompt.text) < LEAST_COLD

    def _send(self, prompt: RenderedPrompt) -> Generation:
        now_s = asyncio.get_running_loop().time()
        crowded = bool(self._running) or bool(self._others) or now_s < self._settled_s
        unread = self._cache.unread(prompt.text)
        generation = Generation(prompt, self._on_move, unread, crowded=crowded)
        self._running.append(generation)
        if unread >= LEAST_COLD:
            self._turns.take(generation)
        task = generation.start(self._client)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return generation

    def _left(self, generation: Generation) -> None:
        """Close what nobody listens to any more: soon, or if its prompt is being read, after that.

        Also where little is to be read: a server hears only with the first token that we hung up, and
        requests that come meanwhile pile up. On a busy machine that once silenced it for six seconds.
        """
        if generation.reading:
            generation.close_in(LONGEST_READING_S)
            return
        newest = [g for g in self._running if g.prompt.shape == generation.prompt.shape][-1:]
        generation.close_in(GRACE_S if newest == [generation] else 0.0)

    def _on_move(self, generation: Generation) -> None:
        """Learn from the beginning and from the end of an answer."""
        if generation.running:
            self._learn_reading(generation)
            if not generation.listeners and generation.prompt.max_tokens > 1:
                generation.close()
        else:
            self._running.remove(generation)
            self._learn_writing(generation)
            if generation.whole:
                self._answers.append(generation)
            else:
                self._settled_s = asyncio.get_running_loop().time() + SETTLING_S
        self._tell()

    def _learn_reading(self, generation: Generation) -> None:
        self._cache.note(generation.prompt.text)
        if not generation.crowded and generation.first_s is not None:
            first_ms = (generation.first_s - generation.sent_s) * 1000
            self._pace = self._pace.after_first(generation.unread or 0, first_ms)

    def _learn_writing(self, generation: Generation) -> None:
        failure = generation.failure
        if failure is not None and failure.kind in _FORGETFUL:
            self._cache.clear()
        if generation.first_s is None:
            return
        self._cache.note(generation.prompt.text + generation.said)
        alone = not self._running and not self._others
        if generation.tokens >= TOKENS_THAT_TELL and alone:
            took_ms = (generation.last_s - generation.first_s) * 1000
            self._pace = self._pace.after_token(took_ms / (generation.tokens - 1))

    def _reading_ms(self, generation: Generation) -> float | None:
        """Return how long (ms) the server will still read a prompt, None if that is not known."""
        if not generation.reading:
            return 0.0
        whole = self._until_first_ms(generation.unread or 0)
        elapsed = (asyncio.get_running_loop().time() - generation.sent_s) * 1000
        return None if whole is None else max(0.0, whole - elapsed)

    def _until_first_ms(self, unread: int) -> float | None:
        """Return the time (ms) to the first token of a prompt with ``unread`` new code points, if known."""
        if self._others:
            return None
        expected = self._pace.until_first_ms(unread)
        warm = expected is not None and unread <= MOST_WARM
        return min(expected or 0.0, WARM_AT_MOST_MS) if warm else expected

    def _queue_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return how long (ms) the server is busy before it comes to a new prompt, None if not known."""
        token_ms = self._pace.token_ms or 0.0
        busy = 0.0
        for generation in self._running:
            reading = self._reading_ms(generation)
            if reading is None:
                return None
            tokens = TOKENS_TO_NOTICE
            if generation.listeners and generation.prompt.shape != prompt.shape:
                tokens = max(tokens, USUAL_LINE_TOKENS - generation.tokens)
            busy += reading + tokens * token_ms
        return busy

    def _tell(self) -> None:
        self._turns.tell()


# Where the newest warm-up is kept, among the shapes of prompts.
_WARMING = "\0warming"
