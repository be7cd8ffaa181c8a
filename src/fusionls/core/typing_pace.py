"""How fast a person types: an answer that comes after the next key is none."""

from dataclasses import dataclass
from statistics import median

# Slower keys are thought over: there is time for a whole answer between them.
LONGEST_GAP_MS = 400.0
# A run of three quick keys is typing, one may be a correction.
LEAST_GAPS = 3
GAPS_KEPT = 5
# A key brings one character, or two where the editor closes a bracket; more was pasted or accepted.
MOST_TYPED = 2


@dataclass(frozen=True, slots=True)
class TypingPace:
    """The last key in a document (when, in ms, and where, in code points) and the gaps before it."""

    at_ms: float = 0.0
    offset: int = -1
    length: int = 0
    gaps_ms: tuple[float, ...] = ()

    def after(self, at_ms: float, offset: int, length: int) -> "TypingPace":
        """Return the pace after a request at ``offset`` of a document that is ``length`` long."""
        typed, grown, gap = offset - self.offset, length - self.length, at_ms - self.at_ms
        goes_on = 0 < typed <= MOST_TYPED and 0 < grown <= MOST_TYPED and gap <= LONGEST_GAP_MS
        gaps = (*self.gaps_ms, gap)[-GAPS_KEPT:] if goes_on and self.offset >= 0 else ()
        return TypingPace(at_ms, offset, length, gaps)

    @property
    def next_key_ms(self) -> float | None:
        """After how long (ms) the next key is to be expected, None while nobody types."""
        return median(self.gaps_ms) if len(self.gaps_ms) >= LEAST_GAPS else None
