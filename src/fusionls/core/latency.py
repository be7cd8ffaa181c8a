"""How fast each member is, by the size of the prompt and by whether its server had read most of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, log, log2

from fusionls.core.hazard import Hazard
from fusionls.core.panel import Panel, PanelAnswer

# A bucket with fewer requests than this leaves the word to all of the member's.
LEAST_COUNT = 30.0
# Whose server has to read less than this many code points has the rest in its cache.
WARM_UNREAD = 400
# Prompts up to 1,000 code points are one bucket, and each doubling is one more.
SMALL_PROMPT = 1000
LARGEST_BUCKET = 6
# Of such prompts neither the size nor what had been read before is known: all of the member's speak for them.
UNKNOWN_KIND = (-1, -1)

# Slower or faster by which factors is watched for. What lies between is caught by its neighbour.
FACTORS = (0.25, 0.35, 0.5, 0.7, 1.4, 2.0, 2.8, 4.0)
# The evidence (natural logarithm of the likelihood ratio) above which a change is taken for real: without
# one it is reached once in about e^12 = 160,000 requests (Page, 1954).
ENOUGH_EVIDENCE = 12.0
# How likely anything at all is: one stalled request says no more than a ratio of a hundred.
LEAST_LIKELY = 0.01
# Times are compared in windows of +-15 %: finer ones hold too few requests to compare by.
WINDOW = 1.15
# Nothing is compared with fewer ends than this.
LEAST_ENDS = 25.0
# The curve compared with is drawn anew after so many requests.
REDRAWN_AFTER = 25
# The old shape, stretched, counts as so many requests after a change.
STRETCHED_COUNT = 8.0
# Requests that are ended early are those in which all is fast that day, so what runs longest is seen on slow
# days: medians of members that are mostly cut came out 3 to 4 % high, 13 % at worst. With requests in which
# all were let run by lot counted as four it is 2 to 4 % and 11 %.
EXPLORED_WEIGHT = 4.0
RECENT_KEPT = 100
RATES_KEPT = 64


@dataclass(slots=True)
class _Watch:
    """How much speaks for that everything became ``factor`` times as slow, and since how many requests."""

    factor: float
    evidence: float = 0.0
    since: int = 0


class Speed:
    """How long one member takes for one kind of prompt, and whether that has changed of late."""

    __slots__ = ("_drawn", "_recent", "_redrawn", "_watches", "changes", "hazard")

    def __init__(self) -> None:
        self.hazard = Hazard()
        self.changes = 0
        self._drawn: Hazard | None = None
        self._redrawn = 0
        self._recent: deque[tuple[float, bool]] = deque(maxlen=RECENT_KEPT)
        self._watches = [_Watch(factor) for factor in FACTORS]

    def learn(self, ms: float, *, ended: bool, weight: float = 1.0) -> None:
        """Learn that it took ``ms``, or that it was cut off after that."""
        if not isfinite(ms) or ms < 0:
            return
        self._recent.append((ms, ended))
        _observe(self.hazard, ms, ended, weight)
        if self._drawn is not None:
            self._watch(self._drawn, ms, ended)
        self._redrawn += 1
        if self._redrawn >= REDRAWN_AFTER and self.hazard.ends >= LEAST_ENDS:
            self._drawn = self.hazard.stretched(1.0, 1.0)
            self._redrawn = 0

    def _watch(self, usual: Hazard, ms: float, ended: bool) -> None:
        expected = _likelihood(usual, ms, ended, 1.0)
        for watch in self._watches:
            watch.evidence += log(_likelihood(usual, ms, ended, watch.factor) / expected)
            watch.since += 1
            if watch.evidence <= 0:
                watch.evidence, watch.since = 0.0, 0
        best = max(self._watches, key=lambda watch: watch.evidence)
        if best.evidence > ENOUGH_EVIDENCE:
            self._begin_anew(usual, best)

    def _begin_anew(self, usual: Hazard, watch: _Watch) -> None:
        """Forget how it was, but for its shape, stretched: what came since the change speaks."""
        self.hazard = usual.stretched(watch.factor, STRETCHED_COUNT)
        for ms, ended in list(self._recent)[-watch.since :]:
            _observe(self.hazard, ms, ended)
        self.changes += 1
        self._drawn, self._redrawn = self.hazard.stretched(1.0, 1.0), 0
        self._watches = [_Watch(factor) for factor in FACTORS]


def _observe(hazard: Hazard, ms: float, ended: bool, weight: float = 1.0) -> None:
    (hazard.finished if ended else hazard.cut)(ms, weight)


def _likelihood(usual: Hazard, ms: float, ended: bool, factor: float) -> float:
    """How likely it ends about ``ms``, or still runs then, if all takes ``factor`` times as long."""
    if not ended:
        return LEAST_LIKELY + usual.survival(ms / factor)
    earlier, later = usual.survival(ms / factor / WINDOW), usual.survival(ms / factor * WINDOW)
    return LEAST_LIKELY + max(0.0, earlier - later)


@dataclass(slots=True)
class _Pace:
    """One member's speeds, and the latest of its first tokens (ms) and its tokens per second."""

    overall: Speed = field(default_factory=Speed)
    kinds: dict[tuple[int, int], Speed] = field(default_factory=dict)
    first_tokens: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


class Latencies:
    """What was learned of all members. Unknown members and prompts have wide guesses; nothing here raises."""

    def __init__(self) -> None:
        self._paces: dict[str, _Pace] = {}

    def learn(self, panel: Panel) -> None:
        """Learn how long each member of ``panel`` took, from its asking."""
        by_lot = panel.explored and panel.decided_ms is not None
        weight = EXPLORED_WEIGHT if by_lot else 1.0
        for answer in panel.answers:
            if answer.recycled:
                continue
            pace = self._paces.setdefault(answer.member, _Pace())
            for ms, ended in _taken(answer):
                pace.overall.learn(ms, ended=ended, weight=weight)
                kind = _kind(answer.prompt, answer.unread)
                if kind != UNKNOWN_KIND:
                    pace.kinds.setdefault(kind, Speed()).learn(ms, ended=ended, weight=weight)
            _learn_stream(pace, answer)

    def arrival(self, member: str, prompt: int | None = None, unread: int | None = None) -> Hazard:
        """Return how long ``member`` takes from asking to voting, for such a prompt (code points) if known.

        A kind of prompt that was seldom seen is answered for by all of the member's, an unknown member by
        an empty hazard.
        """
        pace = self._paces.get(member)
        if pace is None:
            return Hazard()
        speed = pace.kinds.get(_kind(prompt, unread))
        if speed is not None and speed.hazard.count >= LEAST_COUNT:
            return speed.hazard
        return pace.overall.hazard

    def chance_by(
        self,
        member: str,
        until_ms: float,
        *,
        asked_for_ms: float = 0.0,
        prompt: int | None = None,
        unread: int | None = None,
    ) -> float:
        """Return how likely ``member`` votes within ``until_ms``, having been at it for ``asked_for_ms``."""
        return self.arrival(member, prompt, unread).chance_by(until_ms, asked_for_ms)

    def median_ms(self, member: str) -> float | None:
        """Return the median time (ms) from asking to voting, None if unknown."""
        pace = self._paces.get(member)
        return pace.overall.hazard.quantile(0.5) if pace else None

    def first_token_ms(self, member: str) -> float | None:
        """Return the median time (ms) to the first token of late, None if unknown."""
        pace = self._paces.get(member)
        return _middle(pace.first_tokens) if pace else None

    def tokens_per_second(self, member: str) -> float | None:
        """Return the median speed of writing of late, in tokens per second, None if unknown."""
        pace = self._paces.get(member)
        return _middle(pace.rates) if pace else None

    def changes(self, member: str) -> int:
        """Return how often it was noticed that ``member`` had become faster or slower."""
        pace = self._paces.get(member)
        return pace.overall.changes if pace else 0


def _taken(answer: PanelAnswer) -> Iterator[tuple[float, bool]]:
    """How long it took (ms) and whether it ended; nothing if nobody knows."""
    ended = answer.at_ms if answer.at_ms is not None else answer.done_ms
    if answer.at_ms is None and answer.cut_ms is not None:
        yield answer.cut_ms - answer.asked_ms, False
    elif ended is not None:
        yield ended - answer.asked_ms, True


def _kind(prompt: int | None, unread: int | None) -> tuple[int, int]:
    size = -1
    if prompt is not None:
        size = min(LARGEST_BUCKET, int(log2(max(1.0, prompt / SMALL_PROMPT)) + 0.999))
    warmth = -1 if unread is None else int(unread >= WARM_UNREAD)
    return size, warmth


def _learn_stream(pace: _Pace, answer: PanelAnswer) -> None:
    first, done = answer.first_token_ms, answer.done_ms
    if first is None or not isfinite(first) or first < answer.asked_ms:
        return
    pace.first_tokens = [*pace.first_tokens[-RATES_KEPT + 1 :], first - answer.asked_ms]
    if done is not None and isfinite(done) and done > first and answer.tokens_out > 1:
        rate = 1000.0 * (answer.tokens_out - 1) / (done - first)
        pace.rates = [*pace.rates[-RATES_KEPT + 1 :], rate]


def _middle(values: list[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
