"""Real lines typed at 8 keys a second in front of the real embedded models, and jumps, with an engine in
this process. A key that got no text counts as the cap, also where the next key overtook it.
"""

import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.pipeline import CompletionEngine
from fusionls.settings.resolved import Settings
from fusionls.wiring import open_pools
from tests.support.figures import Figure, at_share, median, scaled
from tests.support.stdlib_places import library_files, text_of

KEY_S = 0.125
CAP_MS = 350.0
PLACES, LEAST_PLACES = 24, 3
LINES_TYPED = 2
JUMPS, LEAST_JUMPS = 20, 3
JUMP_LINES = 300
ASK_AGAIN_S = 0.1
BACK_WITHIN_S = 5.0
OPENING_S = 0.1
# A jump goes to a line of this length, half of which is there.
LEAST_LINE = 24
SEED = 1
MEMORY = "memory"
# A model's first token takes longer even if it has nothing to read.
RECYCLED_MS = 5.0


@dataclass(slots=True)
class Typist:
    """Types in one document, and takes down how each key was answered."""

    engine: CompletionEngine
    document: DocumentSnapshot
    offset: int
    times_ms: list[float] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def key(self, text: str) -> None:
        """Type ``text``, which one key brings, and ask."""
        version = self.document.version + 1
        self.document = self.document.edited(self.offset, self.offset, text, version)
        self.offset += len(text)
        self.engine.parse_soon(self.document)
        self.running.append(asyncio.ensure_future(self._answered()))

    def request(self) -> CompletionRequest:
        return CompletionRequest(
            str(self.document.version), self.document, self.offset, Trigger.AUTOMATIC
        )

    async def _answered(self) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        suggestion = await self.engine.complete(self.request())
        took_ms = (loop.time() - start) * 1000
        self.times_ms.append(took_ms if suggestion.offers else CAP_MS)
        self.ways[way_of(suggestion)] += 1


def way_of(suggestion: Suggestion) -> str:
    """Tell how an answer came about."""
    if suggestion.superseded:
        return "overtaken"
    if not suggestion.offers:
        return "nothing"
    trace = suggestion.trace
    if "still fits" in trace.decision.why:
        return "recalled"
    waits = [
        member.first_token_ms - member.asked_ms
        for member in trace.members
        if member.name.split("/")[0] in suggestion.offers[0].members
        if member.name != MEMORY
        if member.first_token_ms is not None and member.asked_ms is not None
    ]
    if not waits:
        return "from the memory alone"
    return "recycled" if min(waits) < RECYCLED_MS else "asked"


def typing(share: float) -> list[Figure]:
    figures = []
    for name, wait in (("8 keys a second", False), ("waiting for each answer", True)):
        times, ways = asyncio.run(_typed(scaled(PLACES, share, LEAST_PLACES), wait))
        figures += [
            Figure(f"typing, {name}: p50", median(times), "ms", "<= 300"),
            Figure(f"typing, {name}: p95", at_share(times, 0.95), "ms", "<= 350"),
            *(Figure(f"typing, {name}: {w}", n, f"of {len(times)}") for w, n in ways.items()),
            _load(f"typing, {name}"),
        ]
    return figures


def jump(share: float) -> list[Figure]:
    first, with_text, models = asyncio.run(_jumped(scaled(JUMPS, share, LEAST_JUMPS)))
    return [
        Figure("jump: first answer, p50", median(first), "ms", "<= 20"),
        Figure("jump: first answer, longest", max(first), "ms"),
        Figure("jump: first answers with text", with_text, f"of {len(first)}"),
        Figure("jump: models back, p50", median(models), "ms", "<= 1500"),
        Figure("jump: models back, longest", max(models), "ms"),
        _load("jump"),
    ]


async def _typed(places: int, wait: bool) -> tuple[list[float], Counter[str]]:
    times, ways = [], Counter[str]()
    async with _engine() as engine:
        for text, line in _places(places, 40):
            typist, keys = await _at(engine, text, line)
            due = asyncio.get_running_loop().time()
            for key in keys:
                typist.key(key)
                due += KEY_S
                if wait:
                    await typist.running[-1]
                await asyncio.sleep(due - asyncio.get_running_loop().time())
            await asyncio.gather(*typist.running)
            times += typist.times_ms
            ways += typist.ways
            engine.forget(typist.document.uri)
    return times, ways


async def _jumped(jumps: int) -> tuple[list[float], int, list[float]]:
    first, models, with_text = [], [], 0
    async with _engine() as engine:
        for text, line in _places(jumps, JUMP_LINES + 40):
            typist, keys = await _at(engine, text, line)
            for key in keys[:20]:
                typist.key(key)
                await typist.running[-1]
            _cut_line(typist, line + JUMP_LINES)
            first_ms, offered, model_ms = await _back(typist)
            first.append(first_ms)
            with_text += offered
            models.append(model_ms)
            engine.forget(typist.document.uri)
    return first, with_text, models


def _cut_line(typist: Typist, number: int) -> None:
    """Jump into the next line that is long enough, and take its second half out."""
    document = typist.document
    while len(document.line(number).strip()) < LEAST_LINE:
        number += 1
    start, end = document.line_start(number), document.content_end(number)
    words = document.line(number).split(" ")
    kept = len(" ".join(words[: (len(words) + 1) // 2])) + 1
    typist.offset = min(start + kept, end)
    typist.document = document.edited(typist.offset, end, "", document.version + 1)


async def _back(typist: Typist) -> tuple[float, bool, float]:
    """Ask again and again.

    Returns when (ms) the first answer came, whether it had text, and when a model took part in one.
    """
    loop = asyncio.get_running_loop()
    start, first_ms, text = loop.time(), None, False
    while loop.time() - start < BACK_WITHIN_S:
        asked = loop.time()
        suggestion = await typist.engine.complete(typist.request())
        now_ms = (loop.time() - start) * 1000
        if first_ms is None:
            first_ms, text = now_ms, bool(suggestion.offers)
        if any(member.text for member in suggestion.trace.members if member.name != MEMORY):
            return first_ms, text, now_ms
        await asyncio.sleep(max(0.0, asked + ASK_AGAIN_S - loop.time()))
    return first_ms or 0.0, text, BACK_WITHIN_S * 1000


@asynccontextmanager
async def _engine() -> AsyncIterator[CompletionEngine]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Models of our own: those that other servers of this user share with each other are busy.
        os.environ["XDG_RUNTIME_DIR"] = folder
        engine = CompletionEngine(open_pools(Settings.built_in()))
        try:
            await engine.prepare()
            yield engine
        finally:
            await engine.aclose()


async def _at(engine: CompletionEngine, text: str, line: int) -> tuple[Typist, list[str]]:
    """Take some lines out of ``text``; return who types them, with everything warm, and the keys."""
    whole = DocumentSnapshot(f"file:///typed/{random.getrandbits(32)}.py", "python", 1, text)
    start, end = whole.content_end(line - 1), whole.content_end(line + LINES_TYPED - 1)
    document = whole.edited(start, end, "", 2)
    engine.parse_soon(document)
    # The document opens, and the person looks for the place; a newer warm-up would win over ours.
    await asyncio.sleep(OPENING_S)
    await engine.warm(document, start)
    return Typist(engine, document, start), _keys(whole.slice(start, end))


def _keys(text: str) -> list[str]:
    """Return what each key brings: a line end comes with the indentation of the next line."""
    keys: list[str] = []
    for line in text.split("\n")[1:]:
        margin = len(line) - len(line.lstrip())
        keys += ["\n" + line[:margin], *line[margin:]]
    return keys


def _places(count: int, lines_after: int) -> list[tuple[str, int]]:
    """Return places in the middle of functions of the installed library: the text, and the line."""
    chance = random.Random(SEED)
    files = list(library_files())
    chance.shuffle(files)
    found = []
    for path in files:
        text = text_of(path)
        lines = text.split("\n")
        inner = [
            n
            for n in range(60, len(lines) - lines_after)
            if all(
                line.startswith("        ") and line.strip()[:1] not in "#\"'"
                for line in lines[n - 1 : n + LINES_TYPED]
            )
        ]
        if inner and "\r" not in text:
            found.append((text, chance.choice(inner)))
        if len(found) == count:
            break
    return found


def _load(name: str) -> Figure:
    return Figure(f"{name}: load of the machine", os.getloadavg()[0], "")
