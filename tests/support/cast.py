"""A cast of members whose every answer is known from the script: when it comes, what it says, how it fails.

A person writes lines such as ``total_17 = sum_of_17_items``; the number in the line says which deed of each
member is played, so the same line is answered alike in another pool, in another process, and when asked
again. Nothing here knows the engine: whether somebody answered validly in time is read off the script.
"""

import math
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

HEAD = "import shop\n\n\n"
_PLACE = re.compile(r"total_(\d+) =(?: (\w*))?\Z")
# Wrong answers are not all different: some are popular, as with real models.
POPULAR_WRONG, OWN_WRONG = 0.35, 2
# Trouble comes in blocks of lines, and every so many blocks.
STORM_LINES, STORM_EVERY = 40, 10
# What comes in two pieces comes so far apart (ms).
BETWEEN_PIECES_MS = 4.0
# So far apart (ms) are the pieces of what never ends, and the letters of what drips.
ENDLESS_MS, DRIP_MS = 50.0, 1000.0
# Longer than any budget.
HANG_MS = 3_600_000.0


class Kind(StrEnum):
    """How a deed ends."""

    ANSWERS = "answers"
    HANGS = "hangs"
    DROPS = "drops"
    SERVER_ERROR = "500"
    LIMITED = "429"
    MALFORMED = "malformed"
    ENDLESS_LINE = "endless line"
    ENDLESS_LINES = "endless lines"
    DRIPS = "drips"
    BROKEN = "broken"


FAULTS = tuple(kind for kind in Kind if kind is not Kind.ANSWERS)
# Of these a finished line comes.
_SPEAKS = (Kind.ANSWERS, Kind.ENDLESS_LINES)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a member does about one prompt: ``pieces`` from ``after_ms`` on, and then its ``kind``."""

    kind: Kind
    after_ms: float
    pieces: tuple[str, ...] = ()
    right: bool = False

    @property
    def ready_ms(self) -> float:
        """When its first line is finished, for good or by a line end; infinite if never validly."""
        if self.kind not in _SPEAKS:
            return math.inf
        return self.after_ms + BETWEEN_PIECES_MS * max(0, len(self.pieces) - 1)

    def steps(self) -> Iterator[tuple[float, str]]:
        """Yield after how long (ms, from the step before) each piece comes; it may never end."""
        wait_ms = self.after_ms
        for piece in self.pieces:
            for part in piece if self.kind is Kind.DRIPS else (piece,):
                yield wait_ms, part
                wait_ms = DRIP_MS if self.kind is Kind.DRIPS else BETWEEN_PIECES_MS
        while self.kind in (Kind.ENDLESS_LINE, Kind.ENDLESS_LINES):
            yield ENDLESS_MS, self.pieces[0]
        if not self.pieces:
            yield wait_ms if self.kind is not Kind.HANGS else HANG_MS, ""


@dataclass(frozen=True, slots=True)
class Role:
    """One member: lognormal times around ``p50_ms``, and how often it does what.

    ``stalls`` is the share of answers that take 4 to 8 times as long, ``faults`` the share of requests that
    go wrong, each in a way of ``kinds``; in a storm that share is ``storms``. ``always_ms`` in place of all
    that is when its whole answer comes.
    """

    name: str
    p50_ms: float = 120.0
    sigma: float = 0.35
    right: float = 0.6
    stalls: float = 0.03
    faults: float = 0.0
    storms: float = 0.0
    kinds: tuple[Kind, ...] = FAULTS
    always_ms: float | None = None
    seed: int = 1

    def deed(self, number: int, typed: str) -> Deed:
        """Return what it does about the line ``number`` of which ``typed`` is there."""
        dice = random.Random(f"{self.seed}/{self.name}/{number}/{len(typed)}")  # times, not secrets
        took_ms = self.p50_ms * math.exp(self.sigma * dice.gauss())
        took_ms *= dice.uniform(4, 8) if dice.random() < self.stalls else 1
        faults = max(self.faults, self.storms if is_storm(number) else 0.0)
        goes_wrong, kind = dice.random() < faults, dice.choice(self.kinds)
        # Which line it means does not change with every key.
        line, right = self._line(number)
        if not line.startswith(typed):
            line = f"{typed}x"
            right = False
        rest = line[len(typed) :]
        if self.always_ms is not None:
            return Deed(Kind.ANSWERS, self.always_ms, (rest,) if rest else (), right)
        if goes_wrong:
            return Deed(kind, took_ms, _written(kind, rest), right and kind in _SPEAKS)
        half = len(rest) // 2
        pieces = tuple(piece for piece in (rest[:half], rest[half:]) if piece)
        return Deed(Kind.ANSWERS, took_ms, pieces, right)

    def _line(self, number: int) -> tuple[str, bool]:
        dice = random.Random(f"{self.seed}/{self.name}/{number}")
        if dice.random() < self.right:
            return right_line(number), True
        if dice.random() < POPULAR_WRONG:
            return f"sum_of_{number}_things", False
        return f"{self.name}_{number}_{dice.randrange(OWN_WRONG)}", False


def _written(kind: Kind, rest: str) -> tuple[str, ...]:
    match kind:
        case Kind.DROPS | Kind.DRIPS | Kind.ENDLESS_LINE:
            return (rest[: len(rest) // 2 + 1],)
        case Kind.ENDLESS_LINES:
            return (f"{rest}\n",)
        case Kind.BROKEN:
            return ("))) ]] def",)
        case _:
            return ()


def is_storm(number: int) -> bool:
    """Tell whether the line ``number`` is written while networks and servers are in trouble."""
    return number // STORM_LINES % STORM_EVERY == STORM_EVERY - 1


def right_line(number: int) -> str:
    """What stands behind the equals sign once the line is whole."""
    return f"sum_of_{number}_items"


def text_for(number: int, typed: str = "") -> str:
    """A document with the cursor at its end, in the line ``number``."""
    return f"{HEAD}total_{number} = {typed}"


def place_of(prompt: str) -> tuple[int, str]:
    """Return the number of the line that ``prompt`` ends in, and what is there of it.

    A prompt of another place, as for warming up, is about line 0.
    """
    found = _PLACE.search(prompt)
    return (int(found[1]), found[2] or "") if found else (0, "")


def lead_of(prompt: str) -> str:
    """Return what an answer to ``prompt`` begins with: the blank that tokenizers put before a word."""
    return " " if prompt.endswith("=") else ""


def earliest_ms(roles: Iterable[Role], number: int, typed: str = "") -> float:
    """When the first valid answer can be there, if everybody is asked at once; infinite if none can."""
    return min((role.deed(number, typed).ready_ms for role in roles), default=math.inf)
