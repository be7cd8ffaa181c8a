"""What several samples of each member of a pool are worth beside asking again where they are needed.

    python -m tests.eval_asking_again PACK.jsonl.gz

Each member has three recorded samples. The ways of asking differ in how many of them are asked for; what was
asked for is judged, and chosen among with rates by name, as in ``tests.eval_edits``. Any of the three may be
the first: every figure is the mean over three turns of their order. "Answers" are those asked for, in a case.
The interval is of what a way has more than asking once (points): 95 %, bootstrapped over programs; won and
lost are against the same, with the samples in their recorded order, and exact McNemar.

The last rows are means: over pools of five that are drawn among near-equal members, and over every model
alone.
"""

import argparse
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fusionls.core.editing.choosing import choose_edit
from fusionls.core.editing.edit import Judged
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.similarity import Comparison
from fusionls.core.editing.votes import TELLING_NOTHING
from fusionls.core.languages import languages
from fusionls.evaluating.figures import difference
from tests.eval_edits import POOLS, SAMPLES, SEVENS, Case, cases_of, interval, models_in

DRAWN, OF_EACH = 20, 5
# Members whose first answer is right in fewer cases, or in more, are in none of the pools that are drawn.
NEAR = (0.25, 0.55)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a member answered, judged (None where it could not be read), its form, and whether it is right."""

    judged: Judged | None
    form: str
    right: bool

    @property
    def passes(self) -> bool:
        return self.judged is not None and self.judged.verdict.passes

    @property
    def doubted(self) -> bool:
        doubts = self.judged.verdict.doubts if self.judged else ()
        return any(doubt not in TELLING_NOTHING for doubt in doubts)


# By member, the samples in the order in which they would come.
Pool = Mapping[str, Sequence[Sample]]
Asked = Mapping[str, Sequence[Sample]]


def once(pool: Pool) -> Asked:
    return {name: samples[:1] for name, samples in pool.items()}


def until(pool: Pool, enough: Callable[[Sample], bool]) -> Asked:
    asked = {}
    for name, samples in pool.items():
        good = next((n for n, one in enumerate(samples) if enough(one)), len(samples) - 1)
        asked[name] = samples[: good + 1]
    return asked


def again_if_failed(pool: Pool) -> Asked:
    return until(pool, lambda one: one.passes)


def again_if_doubted(pool: Pool) -> Asked:
    return until(pool, lambda one: one.passes and not one.doubted)


def until_two_agree(pool: Pool) -> Asked:
    """Ask as if failed, and all once more while no two members say the same."""
    asked = dict(again_if_failed(pool))
    while not agree(asked) and any(len(asked[name]) < len(pool[name]) for name in pool):
        asked = {name: pool[name][: len(asked[name]) + 1] for name in pool}
    return asked


def agree(asked: Asked) -> bool:
    forms = [{one.form for one in samples if one.passes} for samples in asked.values()]
    every = [form for own in forms for form in own]
    return len(set(every)) < len(every)


def two(pool: Pool) -> Asked:
    return {name: samples[:2] for name, samples in pool.items()}


def three(pool: Pool) -> Asked:
    return pool


WAYS: dict[str, Callable[[Pool], Asked]] = {
    "once": once,
    "again if the gate fails": again_if_failed,
    "again if it fails or is doubted": again_if_doubted,
    "again if it fails, or nobody agrees": until_two_agree,
    "two samples": two,
    "three samples": three,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A case with all samples of all members in their recorded order."""

    case: Case
    samples: Mapping[str, Sequence[Sample]]

    def turned(self, members: Iterable[str], turn: int) -> Pool:
        pool = {}
        for name in members:
            own = self.samples[name]
            order = [*own[turn % len(own) :], *own[: turn % len(own)]]
            pool[name] = [renumbered(one, place) for place, one in enumerate(order)]
        return pool

    def right(self, asked: Asked, rates: Mapping[str, float]) -> bool:
        answers = [one.judged for own in asked.values() for one in own if one.judged]
        priors = {name: rates[name] for name in asked}
        chosen = choose_edit(self.case.found.case.task, answers, priors=priors).chosen
        if chosen is None:
            return False
        return asked[chosen.proposal.member][chosen.proposal.sample].right


def renumbered(one: Sample, place: int) -> Sample:
    if one.judged is None:
        return one
    proposal = replace(one.judged.proposal, sample=place)
    return replace(one, judged=replace(one.judged, proposal=proposal))


def read(case: Case) -> Read:
    task = case.found.case.task
    known = {name: languages().get(language) for name, language in task.languages.items()}
    comparison = Comparison(task.files, known)
    by_place = {(one.proposal.member, one.proposal.sample): one for one in case.judged}
    samples: dict[str, list[Sample]] = {}
    for name, rights in case.found.passed.items():
        samples[name] = []
        for place, right in enumerate(rights[:SAMPLES]):
            judged = by_place.get((name, place))
            form = comparison.change_of(judged.proposal.after).form if judged else ""
            samples[name].append(Sample(judged, form, right))
    return Read(case, samples)


@dataclass(frozen=True, slots=True)
class Told:
    """Of one way of asking: how many were right over the turns, and asked, in each case."""

    right: Sequence[float]
    recorded: Sequence[bool]
    answers: float


def told(cases: Sequence[Read], members: Sequence[str], way: Callable[[Pool], Asked]) -> Told:
    rates = {name: edit_prior_of(name) for name in members}
    rights: list[list[bool]] = []
    count = 0
    for one in cases:
        rights.append([])
        for turn in range(SAMPLES):
            asked = way(one.turned(members, turn))
            count += sum(len(own) for own in asked.values())
            rights[-1].append(one.right(asked, rates))
    return Told(
        [sum(row) / SAMPLES for row in rights],
        [row[0] for row in rights],
        count / SAMPLES / len(cases),
    )


def pools_of(cases: Sequence[Read]) -> dict[str, Sequence[str]]:
    every = models_in([one.case for one in cases])
    pools: dict[str, Sequence[str]] = {
        name.partition(",")[0] if members else "all 17": members or every
        for name, (members, _) in POOLS.items()
    }
    return pools | {"three 7B": [SEVENS[0], SEVENS[1], SEVENS[4]], "two 7B": [SEVENS[0], SEVENS[4]]}


def print_pool(cases: Sequence[Read], name: str, members: Sequence[str]) -> None:
    programs = [one.case.program for one in cases]
    base = told(cases, members, once)
    for way, ask in WAYS.items():
        now = told(cases, members, ask)
        gains = [a - b for a, b in zip(now.right, base.right, strict=True)]
        low, high = interval(gains, programs)
        paired = difference(now.recorded, base.recorded)
        print(
            f"| {name} | {way} | {now.answers:.1f} | {mean(now.right):.1%} | {mean(now.recorded):.1%} "
            f"| {100 * mean(gains):+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) "
            f"| {paired.won}/{paired.lost}, p = {paired.p:.2g} |",
            flush=True,
        )


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def drawn(cases: Sequence[Read]) -> list[Sequence[str]]:
    """Return pools of near-equal members, the same in every run."""
    low, high = NEAR
    near = [
        name
        for name in models_in([one.case for one in cases])
        if low <= mean([one.samples[name][0].right for one in cases]) <= high
    ]
    dice = random.Random(0)  # pools, not secrets
    return [dice.sample(near, OF_EACH) for _ in range(DRAWN)]


def print_means(cases: Sequence[Read], name: str, pools: Sequence[Sequence[str]]) -> None:
    """Print the means over several pools."""
    for way, ask in WAYS.items():
        found = [told(cases, pool, ask) for pool in pools]
        right, recorded = (
            mean([mean(one) for one in ones])
            for ones in ([f.right for f in found], [f.recorded for f in found])
        )
        answers = mean([one.answers for one in found])
        print(f"| {name} | {way} | {answers:.1f} | {right:.1%} | {recorded:.1%} | | |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    options = parser.parse_args()
    cases = [read(case) for case in cases_of(options.pack)]
    for name, members in pools_of(cases).items():
        print_pool(cases, name, members)
    print_means(cases, f"{DRAWN} pools of five", drawn(cases))
    print_means(cases, "one model", [[name] for name in models_in([one.case for one in cases])])


if __name__ == "__main__":
    main()
