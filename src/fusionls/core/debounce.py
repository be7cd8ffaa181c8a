"""How long to wait before a key's request is sent, so that few are sent that the next key makes idle.

A person types in runs. Within one, an answer that takes longer than the next key is never read; behind its
last key, everything is. Which key was the last shows by waiting: the longer no key comes, the likelier it is.
"""

from bisect import bisect_right
from dataclasses import dataclass
from statistics import median

from fusionls.core.cutoff import waiting_ends_ms
from fusionls.core.typing_pace import Rhythm

# A request is worth sending if its answer is read at least so often.
LEAST_READ = 0.5
# No wait is longer (ms): a pause that people notice as one begins about there.
LONGEST_WAIT_MS = 150.0
# How finely (ms) the moment is looked for.
STEP_MS = 10.0
# With fewer gaps nothing is known about a hand.
LEAST_GAPS_KNOWN = 8
# In a run without end something is asked once in so many keys: who types what it says reads it then.
KEYS_PER_ASK = 3.0
# The last answers of a pool tell how fast it is now.
DECISIONS_KEPT = 15


@dataclass(frozen=True, slots=True)
class DecisionTimes:
    """How long (ms) the last decisions of a pool took, from asking to choosing."""

    last_ms: tuple[float, ...] = ()

    def after(self, took_ms: float) -> "DecisionTimes":
        """Return the times with one more."""
        return DecisionTimes((*self.last_ms, took_ms)[-DECISIONS_KEPT:])

    @property
    def usual_ms(self) -> float | None:
        """The median, None if there was no decision yet."""
        return median(self.last_ms) if self.last_ms else None


@dataclass(frozen=True, slots=True)
class Hand:
    """What is known of who types when a key comes.

    ``next_key_ms`` is when the next key of this run is due, None if this is no run. ``unasked_ms`` is for how
    long nothing was sent for this document, None if never. All in milliseconds.
    """

    rhythm: Rhythm
    next_key_ms: float | None
    unasked_ms: float | None = None


def wait_ms(hand: Hand, answer_ms: float | None, cap_ms: float) -> float:
    """Return how long (ms) to wait before sending what a key asks. A newer key ends the wait.

    ``answer_ms`` is how long the pool takes to decide, None if that is not known: then, and where nobody
    types in a run, there is no wait. Nor is there one where the answer comes before the next key, or in a
    long run once in ``KEYS_PER_ASK`` keys. The wait leaves the pool its time within ``cap_ms``.
    """
    next_key_ms = hand.next_key_ms
    if next_key_ms is None or answer_ms is None or answer_ms <= next_key_ms:
        return 0.0
    if hand.unasked_ms is None or hand.unasked_ms >= KEYS_PER_ASK * next_key_ms:
        return 0.0
    longest = min(LONGEST_WAIT_MS, max(0.0, waiting_ends_ms(cap_ms) - answer_ms))
    gaps = hand.rhythm.gaps_ms
    if len(gaps) < LEAST_GAPS_KNOWN:
        return min(longest, next_key_ms)
    ordered, waited = sorted(gaps), 0.0
    while waited < longest:
        # How many gaps went on when so much of them was over, and how many of these left time to read.
        still = len(ordered) - bisect_right(ordered, waited)
        read = len(ordered) - bisect_right(ordered, waited + answer_ms)
        if read >= LEAST_READ * still:
            return waited
        waited += STEP_MS
    return longest
