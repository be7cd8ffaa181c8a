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
# A minute of brisk typing has some hundred gaps between runs of keys and pauses; hands change within a day.
GAPS_LEARNED = 128
# After so long (ms) the person has done something else, which says nothing about their typing.
LONGEST_PAUSE_MS = 5000.0


@dataclass(frozen=True, slots=True)
class TypingPace:
    """The last key in a document (when, in ms, and where, in code points) and the gaps before it.

    ``gap_ms`` is the time between the last two keys of a run, None if the last one began it; ``pause_ms`` the
    same also where the person paused, and ``since_ms`` whatever happened between.
    """

    at_ms: float = 0.0
    offset: int = -1
    length: int = 0
    gaps_ms: tuple[float, ...] = ()
    gap_ms: float | None = None
    pause_ms: float | None = None
    since_ms: float | None = None

    def after(self, at_ms: float, offset: int, length: int) -> "TypingPace":
        """Return the pace after a request at ``offset`` of a document that is ``length`` long."""
        typed, grown, gap = offset - self.offset, length - self.length, at_ms - self.at_ms
        further = 0 < typed <= MOST_TYPED and 0 < grown <= MOST_TYPED and self.offset >= 0
        goes_on = further and gap <= LONGEST_GAP_MS
        gaps = (*self.gaps_ms, gap)[-GAPS_KEPT:] if goes_on else ()
        pause = gap if further and gap <= LONGEST_PAUSE_MS else None
        since = gap if self.offset >= 0 else None
        return TypingPace(at_ms, offset, length, gaps, gap if goes_on else None, pause, since)

    @property
    def next_key_ms(self) -> float | None:
        """After how long (ms) the next key is to be expected, None while nobody types."""
        return median(self.gaps_ms) if len(self.gaps_ms) >= LEAST_GAPS else None

    def due_after_ms(self, waited_ms: float) -> float | None:
        """Return ``next_key_ms``, None if no key came for so long: who was waited for did not type on."""
        due_ms = self.next_key_ms
        return None if due_ms is not None and due_ms <= waited_ms else due_ms


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The last gaps (ms) between keys that followed each other, pauses to think among them."""

    gaps_ms: tuple[float, ...] = ()

    def after(self, gap_ms: float | None) -> "Rhythm":
        """Return the rhythm with one gap more; None is none."""
        return self if gap_ms is None else Rhythm((*self.gaps_ms, gap_ms)[-GAPS_LEARNED:])
