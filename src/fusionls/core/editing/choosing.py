"""Which of several edits is offered: the one that the others, by how good they are, support most.

A vote over canonical forms, weighted by the squares of the members' pass rates, plus how much what an edit
changes is like what the others change, less what the gate has doubts about (the recipe of
docs/benchmarks-edits.md; the idea is minimum Bayes risk: Kumar and Byrne 2004, for programs Shi et al. 2022).
The text of the chosen edit is never touched here.

Invariant: the same for the same candidates in any order of arrival: ties go to the better member, then to the
order of ``priors`` or of the names, then to the earlier sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fusionls.core.editing.asked_words import new_words, words_taken
from fusionls.core.editing.edit import EditChoice, EditTask, Judged
from fusionls.core.editing.similarity import Change, Comparison, likeness
from fusionls.core.editing.votes import (
    COST_OF_DOUBT,
    LEAST_RATE,
    MOST_DOUBTS,
    OF_EQUAL_SAMPLES,
    POWER,
    TELLING_NOTHING,
    WEIGHT_OF_LIKENESS,
)
from fusionls.core.language import Language
from fusionls.core.languages import languages

# Who leads by so much is left only for an edit that is so much better supported.
LEAD, MARGIN = 0.05, 0.1
# Scores that differ by less are equal: sums of floats depend on their order.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class _Candidate:
    judged: Judged
    change: Change
    place: int
    words: frozenset[str]

    @property
    def rate(self) -> float:
        return self.judged.weight

    @property
    def strength(self) -> float:
        return float(self.rate**POWER)


def choose_edit(
    task: EditTask,
    judged: Sequence[Judged],
    *,
    priors: Mapping[str, float] | None = None,
    comparison: Comparison | None = None,
) -> EditChoice:
    """Return which of ``judged`` is to be offered, and all that pass in their order.

    ``priors`` are pass rates (0 to 1) by member, in the order of the pool; a member that is not there keeps
    the weight that it came with. ``comparison`` is one of the task's files that knows some of the edits.
    """
    known = priors or {}
    weighed = [
        replace(one, weight=_rate(known.get(one.proposal.member, one.weight))) for one in judged
    ]
    passing = [one for one in weighed if one.verdict.passes]
    if not passing:
        return EditChoice(None, _nothing_passes(len(judged)))
    leader = max(one.weight for one in weighed)
    strong = [one for one in passing if one.weight >= LEAST_RATE * leader] or passing
    candidates = _candidates(task, strong, list(known), comparison)
    scores = _scores(candidates)
    order = sorted(
        range(len(candidates)),
        key=lambda n: (-scores[n], -candidates[n].rate, candidates[n].place),
    )
    first, stays = _kept_by_leader(candidates, scores, order, _lead_of(weighed))
    order.remove(first)
    order.insert(0, first)
    weak = [] if strong is passing else _in_order(passing, list(known))
    weak = [one for one in weak if one.weight < LEAST_RATE * leader]
    chosen = candidates[first]
    return EditChoice(
        chosen.judged,
        _said(chosen, candidates, stays),
        (*(candidates[n].judged for n in order), *weak),
        (*(scores[n] for n in order), *(0.0 for _ in weak)),
    )


def first_passing(judged: Sequence[Judged]) -> Judged | None:
    """Return the first of one member's samples that passes with the fewest doubts, None where none does.

    With several samples of one member this is as good as a vote among them.
    """
    passing = [one for one in judged if one.verdict.passes]
    return min(passing, key=lambda one: (_doubts(one), one.proposal.sample), default=None)


def _doubts(one: Judged) -> int:
    return sum(doubt not in TELLING_NOTHING for doubt in one.verdict.doubts)


def _rate(prior: float) -> float:
    # Not a number is no rate: compare so that it falls to the bottom.
    return min(prior, 1.0) if prior > _LEAST else _LEAST


_LEAST = 0.01


def _in_order(judged: Sequence[Judged], pool: list[str]) -> list[Judged]:
    """Return ``judged`` in the order of the pool, the samples of each member in theirs."""
    names = pool + sorted({one.proposal.member for one in judged} - set(pool))
    ranks = {name: rank for rank, name in enumerate(names)}
    return sorted(judged, key=lambda one: (ranks[one.proposal.member], one.proposal.sample))


def _candidates(
    task: EditTask, judged: Sequence[Judged], pool: list[str], known: Comparison | None
) -> list[_Candidate]:
    """Return ``judged`` in their order, with what each changes."""
    comparison = known or Comparison(task.files, _languages_of(task))
    asked = new_words(task.instruction, task.files.values())
    seen: dict[tuple[tuple[str, str], ...], tuple[Change, frozenset[str]]] = {}
    found: list[_Candidate] = []
    for place, one in enumerate(_in_order(judged, pool)):
        after = one.proposal.after
        key = tuple(sorted(after.items()))
        if key not in seen:
            seen[key] = comparison.change_of(after), words_taken(asked, after)
        change, words = seen[key]
        found.append(_Candidate(one, change, place, words))
    return found


def _languages_of(task: EditTask) -> dict[str, Language | None]:
    known = languages()
    return {name: known.get(task.languages.get(name, "")) for name in task.files}


def _scores(candidates: Sequence[_Candidate]) -> list[float]:
    """Return for each candidate its share of the votes, and so on, as the module says."""
    total = sum(one.strength for one in candidates)
    votes = _votes(candidates)
    holders: dict[Change, float] = defaultdict(float)
    for one in candidates:
        holders[one.change] += one.strength
    likes = {
        change: sum(strength * likeness(change, other) for other, strength in holders.items())
        for change in holders
    }
    # What nobody took from the instruction was perhaps not meant to be there.
    words = frozenset[str]().union(*(one.words for one in candidates))
    found: list[float] = []
    for one in candidates:
        # Of itself an edit is all there is; that says nothing.
        liked = likes[one.change] - one.strength * likeness(one.change, one.change)
        doubts = min(_doubts(one.judged) + (one.words != words), MOST_DOUBTS) * COST_OF_DOUBT
        score = (votes[one.change.form] + WEIGHT_OF_LIKENESS * liked) / total - doubts
        found.append(round(score, _DIGITS))
    return found


def _votes(candidates: Sequence[_Candidate]) -> dict[str, float]:
    """Return the votes for each form; equal samples of one member count as the root of their number."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in candidates:
        counts[one.change.form, one.judged.proposal.member] += 1
    votes: dict[str, float] = defaultdict(float)
    for one in candidates:
        form = one.change.form
        count = counts[form, one.judged.proposal.member]
        votes[form] += one.strength * count ** (OF_EQUAL_SAMPLES - 1)
    return votes


def _lead_of(judged: Sequence[Judged]) -> str:
    """Return the member whose rate is ``LEAD`` above all others, empty where there is none."""
    rates = {one.proposal.member: one.weight for one in judged}
    order = sorted(rates, key=lambda name: (-rates[name], name))
    if len(order) > 1 and rates[order[0]] - rates[order[1]] < LEAD - _SMALL:
        return ""
    return order[0]


_SMALL = 1e-9


def _kept_by_leader(
    candidates: Sequence[_Candidate], scores: Sequence[float], order: Sequence[int], leader: str
) -> tuple[int, bool]:
    """Return the index of what is chosen, and whether that is because the leader is not left lightly."""
    best = order[0]
    own = next((n for n in order if candidates[n].judged.proposal.member == leader), best)
    stays = own != best and scores[best] - scores[own] <= MARGIN + _SMALL
    return (own, True) if stays else (best, False)


def _said(chosen: _Candidate, candidates: Sequence[_Candidate], stays: bool) -> str:
    form = chosen.change.form
    same = dict.fromkeys(
        one.judged.proposal.member for one in candidates if one.change.form == form
    )
    members = dict.fromkeys(one.judged.proposal.member for one in candidates)
    name = chosen.judged.proposal.member
    if len(members) == 1:
        return f"{name} is the only one with an edit that passes"
    said = (
        f"{', '.join(same)} propose the same edit"
        if len(same) > 1
        else f"the edit of {name} is most like what the others change"
    )
    return f"{said}; {len(members)} members have one that passes" + (
        f", and {name} is the best of them" if stays else ""
    )


def _nothing_passes(count: int) -> str:
    return "no edit passes the gate" if count else "nobody proposed an edit"
