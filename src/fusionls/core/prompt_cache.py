"""What a model's server has read already, and how long it takes to read the rest."""

from dataclasses import dataclass, replace

# llama.cpp keeps prompts that were left in memory too. With 128 MiB there is room for ten and more of
# the length that embedded models are given.
MOST_KEPT = 8
# A server that keeps less than this share of what it had last puts that aside before it reads on.
SHARE_THAT_STAYS = 0.5
# Fewer new code points say nothing about reading: other costs prevail. A key brings one or two.
LEAST_COLD = 200
MOST_WARM = 24
# What the newest measurement counts. The load of a machine changes within seconds.
NEWEST_COUNTS = 0.3


class PromptCache:
    """The texts that a server has read, as far as that can be known from here. Lengths are code points."""

    def __init__(self) -> None:
        # The last one is what the server worked on last.
        self._texts: list[str] = []

    def unread(self, text: str) -> int:
        """Return how many code points of ``text`` the server would have to read."""
        return len(text) - max((common_length(known, text) for known in self._texts), default=0)

    def note(self, text: str) -> None:
        """Take down that the server has read ``text``, which stands in the place of what it continued."""
        if self._texts:
            last = self._texts[-1]
            if common_length(last, text) >= SHARE_THAT_STAYS * len(last):
                self._texts.pop()
        self._texts = [known for known in self._texts if not text.startswith(known)]
        self._texts.append(text)
        del self._texts[:-MOST_KEPT]

    def clear(self) -> None:
        """Forget everything, as the server has: it was started anew."""
        self._texts.clear()


@dataclass(frozen=True, slots=True)
class ReadingPace:
    """How fast a server was lately; None where that is not known yet.

    ``ms_per_cold`` is the time for a code point that was not read before, ``first_ms`` the time to the
    first token of a prompt that was, ``token_ms`` the time for each further token. In milliseconds.
    """

    ms_per_cold: float | None = None
    first_ms: float | None = None
    token_ms: float | None = None

    def after_first(self, unread: int, first_ms: float) -> "ReadingPace":
        """Return the pace after a first token that came ``first_ms`` after it was asked for."""
        cold, warm = self.ms_per_cold, self.first_ms
        if unread <= MOST_WARM:
            warm = _mixed(warm, first_ms)
        elif unread >= LEAST_COLD:
            cold = _mixed(cold, max(0.0, first_ms - (warm or 0.0)) / unread)
        return replace(self, ms_per_cold=cold, first_ms=warm)

    def after_token(self, token_ms: float) -> "ReadingPace":
        """Return the pace after an answer whose tokens came every ``token_ms``."""
        return replace(self, token_ms=_mixed(self.token_ms, token_ms))

    def until_first_ms(self, unread: int) -> float | None:
        """Return the time (ms) to the first token of a prompt with ``unread`` new code points, if known."""
        if unread <= MOST_WARM:
            return self.first_ms
        return (
            None if self.ms_per_cold is None else (self.first_ms or 0.0) + unread * self.ms_per_cold
        )


def common_length(one: str, other: str) -> int:
    """Return how many code points both texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _mixed(before: float | None, now: float) -> float:
    return now if before is None else before + NEWEST_COUNTS * (now - before)
