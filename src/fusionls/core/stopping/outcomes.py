"""What follows which state, and how likely each class is right: counted, and smoothed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from fusionls.core.panel import Panel, PanelAnswer
from fusionls.core.stopping.signature import (
    GONE,
    PENDING,
    Signature,
    class_sizes,
    followers,
    signature_of,
    without,
)

# After so many requests one counts half: how good members are changes more slowly than how fast.
HALF_LIFE = 2000.0
LARGEST_WEIGHT = 1e9
# What is known from coarser counts weighs as much as so many requests.
BACK_OFF = 10.0
# How likely right a state is leans on the states that may follow as on so many requests. Replays of
# three settings were worth up to 0.3 % less with 10.
BACK_OFF_RIGHT = 25.0
# How likely a class is right by how many stand behind it, before anything was counted. Of the recorded
# answers of nine models those of the best one had 50 % of first lines right.
PRIOR_RIGHT = (0.0, 0.45, 0.75, 0.85)
# Before anything was counted: nothing usable, what stands alone, and what joins a class, per supporter.
PRIOR_GONE, PRIOR_NEW, PRIOR_JOIN = 0.2, 0.4, 0.4


@dataclass(slots=True)
class _Count:
    """How often panels ended like this, and how often which class was right where that is known."""

    weight: float = 0.0
    known: dict[int, float] = field(default_factory=dict)
    right: dict[int, float] = field(default_factory=dict)


# The order in which members came (empty for fair panels: any may be learned from), and the last state.
_Case = tuple[tuple[int, ...], Signature]


class Outcomes:
    """Counts over a pool's ``members``. From a full panel every order of coming is learned.

    From one that was cut off only the order that was: whether more came depended on what the first ones said.
    For the same reason only what stood at its end says how likely right a state is.
    """

    def __init__(self, members: Sequence[str]) -> None:
        self.members = tuple(members)
        self._cases: dict[_Case, _Count] = {}
        self._weight = 1.0
        self._growth = 2.0 ** (1.0 / HALF_LIFE)

    def learn(self, panel: Panel) -> None:
        """Count a panel; members that are not of the pool are passed over."""
        answers = {
            answer.member: answer for answer in panel.answers if answer.member in self.members
        }
        ended = sorted(
            (a for a in answers.values() if _ended_ms(a) is not None),
            key=lambda a: (_ended_ms(a), a.member),
        )
        if not ended:
            return
        state = signature_of(self.members, {a.member: a.klass if a.is_sound else "" for a in ended})
        whole = len(ended) == len(self.members) and is_fair(panel)
        order = () if whole else tuple(self.members.index(a.member) for a in ended)
        self._weight *= self._growth
        count = self._cases.setdefault((order, state), _Count())
        count.weight += self._weight
        _count_rights(count, state, answers, self.members, self._weight)
        if self._weight > LARGEST_WEIGHT:
            self._shrink()

    def _shrink(self) -> None:
        for count in self._cases.values():
            count.weight /= self._weight
            count.known = {klass: value / self._weight for klass, value in count.known.items()}
            count.right = {klass: value / self._weight for klass, value in count.right.items()}
        self._weight = 1.0

    def cases(self) -> Iterator[tuple[_Case, float, dict[int, tuple[float, float]]]]:
        """Yield each case with its effective count and, per class, how often it was judged and right."""
        for case, count in self._cases.items():
            rights = {
                klass: (known / self._weight, count.right.get(klass, 0.0) / self._weight)
                for klass, known in count.known.items()
            }
            yield case, count.weight / self._weight, rights

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        cases = [
            [
                list(order),
                list(state),
                round(weight, 4),
                [[k, round(n, 4), round(r, 4)] for k, (n, r) in rights.items()],
            ]
            for (order, state), weight, rights in self.cases()
        ]
        return {"members": list(self.members), "cases": cases}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Outcomes":
        """Read what ``to_json`` wrote."""
        outcomes = cls(written["members"])
        for order, state, weight, rights in written["cases"]:
            known = {int(k): float(n) for k, n, _ in rights}
            right = {int(k): float(r) for k, _, r in rights}
            outcomes._cases[tuple(order), tuple(state)] = _Count(float(weight), known, right)
        return outcomes


def is_fair(panel: Panel) -> bool:
    """Tell whether all came whatever they said, and not because they disagreed and all were waited for."""
    decided_ms = panel.decided_ms
    if panel.explored or decided_ms is None:
        return True
    return any(answer.at_ms is not None and answer.at_ms > decided_ms for answer in panel.answers)


def _ended_ms(answer: PanelAnswer) -> float | None:
    if answer.at_ms is not None:
        return answer.at_ms
    return (
        None if answer.cut_ms is not None else answer.done_ms if answer.done_ms is not None else 0.0
    )


def _count_rights(
    count: _Count,
    state: Signature,
    answers: Mapping[str, PanelAnswer],
    members: Sequence[str],
    weight: float,
) -> None:
    judged: dict[int, list[float]] = {}
    for member, klass in zip(members, state, strict=True):
        right = answers[member].right if klass > GONE else None
        if right is not None and 0 <= right <= 1:
            judged.setdefault(klass, []).append(right)
    for klass, rights in judged.items():
        count.known[klass] = count.known.get(klass, 0.0) + weight
        count.right[klass] = count.right.get(klass, 0.0) + weight * sum(rights) / len(rights)


class Expectations:
    """The chances that follow from counts: of the next state, and of a class to be right."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._next: dict[tuple[object, ...], float] = defaultdict(float)
        self._right: dict[tuple[object, ...], float] = defaultdict(float)
        self._steps: dict[tuple[Signature, int], list[tuple[Signature, float]]] = {}
        self._chances: dict[tuple[Signature, int], float] = {}
        for (order, state), weight, rights in outcomes.cases():
            if order:
                came = [place for place in order if state[place] != PENDING]
                for length, place in enumerate(came):
                    self._count_step(state, tuple(came[:length]), place, weight)
                self._count_right(state, state, rights)
            else:
                self._count_subsets(state, weight, rights)

    def _count_subsets(
        self, state: Signature, weight: float, rights: Mapping[int, tuple[float, float]]
    ) -> None:
        places = [place for place, value in enumerate(state) if value != PENDING]
        for size in range(len(places) + 1):
            for come in combinations(places, size):
                for place in places:
                    if place not in come:
                        self._count_step(state, come, place, weight)
                self._count_right(
                    without(state, come),
                    [state[p] if p in come else PENDING for p in range(len(state))],
                    rights,
                )

    def _count_step(self, state: Signature, come: Sequence[int], place: int, weight: float) -> None:
        before, after = without(state, come), without(state, (*come, place))
        for key in _step_keys(before, place, after):
            self._next[key] += weight
            self._next[key[:-1]] += weight

    def _count_right(
        self, state: Signature, original: Sequence[int], rights: Mapping[int, tuple[float, float]]
    ) -> None:
        for klass, (known, right) in rights.items():
            if klass not in original:
                continue
            for key in _right_keys(state, state[list(original).index(klass)]):
                self._right[(*key, "known")] += known
                self._right[(*key, "right")] += right

    def steps(self, state: Signature, place: int) -> list[tuple[Signature, float]]:
        """Return the states after the member at ``place`` ends, with their chances, which sum to 1."""
        if (state, place) not in self._steps:
            self._steps[state, place] = self._counted_steps(state, place)
        return self._steps[state, place]

    def _counted_steps(self, state: Signature, place: int) -> list[tuple[Signature, float]]:
        sizes = class_sizes(state)
        behind = sum(sizes.values())
        found = []
        for after in followers(state, place):
            kind = _kind_of_step(state, place, after)
            if kind == "gone":
                chance = PRIOR_GONE
            elif kind == "new":
                chance = PRIOR_NEW if sizes else PRIOR_NEW + PRIOR_JOIN
            else:
                chance = PRIOR_JOIN * (class_sizes(after)[after[place]] - 1) / behind
            *coarse, exact = _step_keys(state, place, after)
            alike = len([size for size in sizes.values() if kind == f"join {size}"]) or 1
            for key in coarse:
                share = self._next.get(key, 0.0) / alike
                chance = (share + BACK_OFF * chance) / (self._next.get(key[:-1], 0.0) + BACK_OFF)
            chance = (self._next.get(exact, 0.0) + BACK_OFF * chance) / (
                self._next.get(exact[:-1], 0.0) + BACK_OFF
            )
            found.append((after, chance))
        total = sum(chance for _, chance in found)
        return [(after, chance / total) for after, chance in found]

    def right(self, state: Signature, klass: int) -> float:
        """Return how likely ``klass`` is right in ``state``.

        What is known of the states that may follow counts as well as what was counted in it: where nobody
        ever stops it is still known how often others, who came after, agreed.
        """
        if (state, klass) not in self._chances:
            self._chances[state, klass] = self._counted_right(state, klass)
        return self._chances[state, klass]

    def _counted_right(self, state: Signature, klass: int) -> float:
        sizes = class_sizes(state)
        chance = PRIOR_RIGHT[min(sizes.get(klass, 0), len(PRIOR_RIGHT) - 1)]
        if any(size >= sizes.get(klass, 0) for other, size in sizes.items() if other != klass):
            chance *= 0.7
        *coarse, exact = _right_keys(state, klass)
        for key in coarse:
            chance = self._leaning(key, chance, BACK_OFF)
        missing = [place for place, value in enumerate(state) if value == PENDING]
        if missing:
            one = state.index(klass)
            ways = [
                sum(
                    share * self.right(after, after[one])
                    for after, share in self.steps(state, place)
                )
                for place in missing
            ]
            chance = sum(ways) / len(ways)
        return min(1.0, max(0.0, self._leaning(exact, chance, BACK_OFF_RIGHT)))

    def _leaning(self, key: tuple[object, ...], chance: float, count: float) -> float:
        known = self._right.get((*key, "known"), 0.0)
        return (self._right.get((*key, "right"), 0.0) + count * chance) / (known + count)

    def rights(self, state: Signature) -> list[float]:
        """Return how likely each class of ``state`` is right, in the order of their numbers."""
        return [self.right(state, klass) for klass in sorted(class_sizes(state))]


def _kind_of_step(before: Signature, place: int, after: Signature) -> str:
    if after[place] == GONE:
        return "gone"
    size = class_sizes(after)[after[place]]
    return "new" if size == 1 else f"join {size - 1}"


def _step_keys(before: Signature, place: int, after: Signature) -> list[tuple[object, ...]]:
    """From coarse to exact; the last part of each is what came of it."""
    sizes = tuple(sorted(class_sizes(before).values()))
    kind = _kind_of_step(before, place, after)
    return [("any", sizes, kind), ("member", place, sizes, kind), (before, place, after)]


def _right_keys(state: Signature, klass: int) -> list[tuple[object, ...]]:
    """From coarse to exact: how many stand for and against it, who stands for it, the state itself."""
    sizes = class_sizes(state)
    rival = max((size for other, size in sizes.items() if other != klass), default=0)
    behind = tuple(place for place, value in enumerate(state) if value == klass)
    ended = sum(value != PENDING for value in state)
    return [("size", len(behind), rival, ended), ("who", behind, rival, ended), (state, klass)]
