"""Who is asked when: on one machine every further running member slows the others."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wave:
    """Members that are asked ``after_ms`` since the first asking, or once ``after_answers`` have ended."""

    members: tuple[str, ...]
    after_ms: float
    after_answers: int


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """The waves of a request, the first of which is asked at once."""

    waves: tuple[Wave, ...]

    def due(self, now_ms: float, ended: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
        """Return who is to be asked now."""
        raise NotImplementedError

    def next_ms(self, now_ms: float, asked: Collection[str]) -> float | None:
        """Return when (ms) somebody is due if nobody ends before, None if never."""
        raise NotImplementedError
