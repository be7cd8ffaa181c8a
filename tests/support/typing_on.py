"""A person who types a text that models know in part, and a judge of everything that is shown to them.

The judge knows nothing of the server: what is shown must begin at the cursor, and some model must have said
it, after what was typed since, for this very text.
"""

import asyncio
import random
import zlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import exp

KEY_S = 1 / 15
# Where in the text a prompt ends is found by so much of its end.
TAIL = 48
SAID_KEPT = 400
# A key whose answer crosses the next key on its way is the client's to drop, as all do.
CROSSING_S = 0.05

NAMES = ("price", "count", "article", "total", "shop", "order", "basket", "customer", "discount")


def code(lines: int, seed: int = 1) -> str:
    """Return a text like Python code in which no line occurs twice."""
    chance = random.Random(seed)
    found = []
    for number in range(lines):
        a, b, c = (chance.choice(NAMES) for _ in range(3))
        if number % 7 == 0:
            found.append(f"def {a}_of_{number}({b}, {c}):")
        else:
            found.append(f"    {a}_{number} = {b}_by_{c}({a}, {number}) + {c}.{b}")
    return "\n".join(found) + "\n"


@dataclass(slots=True)
class Model:
    """A member that knows the line with the chance ``right``, after about ``median_ms``."""

    name: str
    median_ms: float
    right: float
    spread: float = 0.25

    def takes_s(self, chance: random.Random) -> float:
        """Return how long it takes this time, in seconds."""
        return self.median_ms * exp(chance.gauss(0, self.spread)) / 1000

    def says(self, whole: str, prompt: str) -> str:
        """Return how ``prompt`` goes on in ``whole``, to the end of the line: rightly, or nearly so."""
        place = whole.find(prompt[-TAIL:])
        if place < 0:
            return "pass"
        start = place + len(prompt[-TAIL:])
        rest = whole[start : whole.find("\n", start)] if "\n" in whole[start:] else whole[start:]
        words = rest.split("_")
        draw = zlib.crc32(f"{self.name}{start}".encode())
        if draw % 1000 < self.right * 1000 or not rest:
            return rest
        # Half of the wrong answers go wrong at once, the others somewhere.
        wrong = draw // 7 % len(words) if draw // 3 % 2 else 0
        blanks = words[wrong][: len(words[wrong]) - len(words[wrong].lstrip())]
        words[wrong] = f"{blanks}x{draw % 97}"
        return "_".join(words)


MODELS = (
    Model("a", 80, 0.6),
    Model("b", 120, 0.65),
    Model("c", 160, 0.7),
    Model("d", 200, 0.7),
    Model("slow", 600, 0.75),
)

# Takes the text, the offset and the number of the key; returns the shown texts (None: nothing is changed),
# and whether they were known without asking anybody, None if that cannot be told.
Ask = Callable[[str, int, int], Awaitable[tuple[list[str] | None, bool | None]]]


@dataclass(slots=True)
class Judge:
    """Remembers what models said, and tells what nobody said."""

    said: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=SAID_KEPT))

    def hear(self, prompt: str, text: str) -> None:
        self.said.append((prompt[-TAIL:], text))

    def is_stale(self, before: str, text: str) -> bool:
        """Tell whether no model said ``text`` behind ``before``, or behind a beginning of it.

        Blanks and line ends before it are the document's business: an answer is put where it parses.
        """
        return not any(
            told[typed:].lstrip().startswith(text.lstrip())
            and told.startswith(before[len(before) - typed :])
            for tail, told in reversed(self.said)
            for typed in range(len(told) + 1)
            if before[: len(before) - typed].endswith(tail)
        )


@dataclass(slots=True)
class Typist:
    """Types into ``text`` at ``at``, and sees what is shown. Times are seconds on the loop's clock."""

    ask: Ask
    judge: Judge
    text: str
    at: int
    version: int = 1
    screen: str = ""
    keys: int = 0
    through: int = 0
    from_cache: int = 0
    shown: int = 0
    stale: list[tuple[str, str]] = field(default_factory=list)
    cached_ms: list[float] = field(default_factory=list)
    shown_ms: list[float] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def type(self, piece: str, closing: str = "") -> None:
        """Press one key that brings ``piece``; the editor puts ``closing`` behind the cursor."""
        said, self.screen = self.screen.startswith(piece), self.screen.removeprefix(piece)
        if not said or (closing and not self.screen.endswith(closing)):
            self.screen = ""
        elif closing:
            self.screen = self.screen.removesuffix(closing)
        self.edit(self.at, self.at, piece + closing, self.at + len(piece))

    def over(self, piece: str) -> None:
        """Type ``piece`` over itself, as with a bracket that the editor closed."""
        self.edit(self.at, self.at + len(piece), piece, self.at + len(piece))

    def backspace(self) -> None:
        """Take the last character back."""
        self.screen = ""
        self.edit(self.at - 1, self.at, "", self.at - 1)

    def edit(self, start: int, end: int, piece: str, at: int) -> None:
        """Change the text, and ask at ``at``."""
        self.text = self.text[:start] + piece + self.text[end:]
        self.at, self.version = at, self.version + 1
        self.keys += 1
        task = asyncio.ensure_future(self._answered(self.text, at, self.version, self.screen))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _answered(self, text: str, at: int, version: int, screen: str) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        texts, known = await self.ask(text, at, version)
        took_ms = (loop.time() - start) * 1000
        goes_on = bool(screen.strip())
        self.through += goes_on
        if texts is None:
            self.ways["null"] += 1
            return
        first = texts[0] if texts else ""
        kept = goes_on and first.startswith(screen)
        if kept if known is None else known:
            self.cached_ms.append(took_ms)
        self.from_cache += kept and known is not False
        self.ways["recalled" if known else "with text" if texts else "nothing"] += 1
        if version != self.version:
            self.ways["dropped"] += 1
            return
        self.screen = first
        if texts:
            self.shown += 1
            self.shown_ms.append(took_ms)
        for one in texts:
            if self.judge.is_stale(text[:at], one):
                self.stale.append((text[max(0, at - TAIL) : at], one))
