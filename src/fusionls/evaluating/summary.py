"""The figures of an evaluation: a line for every member alone, the vote, the pool, and what was possible."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fusionls.core.member import Price
from fusionls.evaluating.figures import Difference, Share, difference, percentile, share
from fusionls.evaluating.judging import Judged, Outcome, Way

SUMMARY_VERSION = 1


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one way over the cases in which it could answer.

    ``right`` counts a case without an answer as wrong. ``broken`` is how many texts add errors to their
    document, ``tokens_in``, ``tokens_out`` and ``cost`` are sums over the cases, None where nobody said;
    ``ms_p50`` and ``ms_p95`` are of the answers that came.
    """

    way: Way
    who: str
    right: Share
    exact: Share
    answered: int
    broken: int
    ms_p50: float | None
    ms_p95: float | None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None

    @property
    def name(self) -> str:
        """The line's name for people."""
        return f"{self.who}, {self.way.value}" if self.who else self.way.value


@dataclass(frozen=True, slots=True)
class Summary:
    """All lines; the best single member in hindsight, and how much more often the pool is right.

    ``tested`` cases were judged by their tests, all others by the text that stood there.
    """

    cases: int
    tested: int
    lines: tuple[Line, ...]
    best_single: str
    gain: Difference | None
    currency: str

    def line(self, way: Way, who: str = "") -> Line | None:
        """Return the line of a way, None if there is none."""
        return next((one for one in self.lines if (one.way, one.who) == (way, who)), None)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as the versioned object of docs/eval-command.md."""
        found = asdict(self)
        for line, told in zip(self.lines, found["lines"], strict=True):
            told["way"] = line.way.value
            for name in ("right", "exact"):
                told[name]["share"] = round(getattr(line, name).value, 4)
        return {"v": SUMMARY_VERSION, **found}


def summary_of(cases: Sequence[Judged], prices: dict[str, Price]) -> Summary:
    """Return the figures of ``cases``. ``prices`` are by member name."""
    seen = dict.fromkeys((one.way, one.who) for case in cases for one in case.outcomes)
    order = list(Way)
    ways = sorted(seen, key=lambda way: (bool(way[1]) is False, order.index(way[0])))
    lines = [_line(way, who, cases, prices) for way, who in ways]
    alone = [line for line in lines if line.way is Way.ALONE]
    best = max(alone, key=lambda line: line.right.count, default=None)
    gain = None
    if best is not None:
        gain = difference(_rights(cases, Way.FUSED, ""), _rights(cases, Way.ALONE, best.who))
    currencies = {price.currency for price in prices.values()}
    return Summary(
        cases=len(cases),
        tested=sum(case.tested for case in cases),
        lines=tuple(lines),
        best_single=best.who if best else "",
        gain=gain,
        currency=", ".join(sorted(currencies)),
    )


def outcome_of(case: Judged, way: Way, who: str = "") -> Outcome | None:
    """Return what one way came to in a case, None if it was not asked."""
    return next((one for one in case.outcomes if (one.way, one.who) == (way, who)), None)


def _rights(cases: Sequence[Judged], way: Way, who: str) -> list[bool]:
    found = (outcome_of(case, way, who) for case in cases)
    return [one is not None and one.right for one in found]


def _line(way: Way, who: str, cases: Sequence[Judged], prices: dict[str, Price]) -> Line:
    pairs = [(case, one) for case in cases if (one := outcome_of(case, way, who)) is not None]
    times = [one.ms for _, one in pairs if one.ms is not None]
    spent = _spent([case for case, _ in pairs], _asked(way, who, cases), prices)
    return Line(
        way,
        who,
        share([one.right for _, one in pairs]),
        share([case.case.is_exact(one.text) for case, one in pairs]),
        sum(one.text is not None for _, one in pairs),
        sum(one.broken for _, one in pairs),
        percentile(times, 0.5),
        percentile(times, 0.95),
        *spent,
    )


def _asked(way: Way, who: str, cases: Sequence[Judged]) -> set[str]:
    """Return whose tokens a way costs: a member its own, the pool everybody's, hindsight nobody's."""
    if way is Way.ORACLE:
        return set()
    return {who} if who else {one.member for case in cases for one in case.said}


def _spent(
    cases: Sequence[Judged], members: set[str], prices: dict[str, Price]
) -> tuple[int | None, int | None, float | None]:
    """Return tokens in, tokens out and cost; of an answer that was cut off the tokens that came."""
    tokens_in: list[int] = []
    tokens_out: list[int] = []
    costs: list[float] = []
    for case in cases:
        for one in (said for said in case.said if said.member in members):
            read = next(
                (c.tokens_in for _, c in reversed(one.chunks) if c.tokens_in is not None), None
            )
            told = next(
                (c.tokens_out for _, c in reversed(one.chunks) if c.tokens_out is not None), None
            )
            wrote = sum(c.tokens for _, c in one.chunks) if told is None else told
            tokens_out.append(wrote)
            if read is not None:
                tokens_in.append(read)
            if one.member in prices and read is not None:
                costs.append(prices[one.member].of(read, wrote))
    return (
        sum(tokens_in) if tokens_in else None,
        sum(tokens_out) if tokens_out else None,
        sum(costs) if costs else None,
    )
