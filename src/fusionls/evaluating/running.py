"""An evaluation from beginning to end: ask what was not asked yet, run what was not run yet, sum up."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusionls.core.member import Price
from fusionls.engine.ports import ModelFailure, Pool, PoolMember, PoolSource
from fusionls.evaluating.asking import members_for, said_by_all
from fusionls.evaluating.case import Case
from fusionls.evaluating.journal import Journal
from fusionls.evaluating.judging import Judged, found_by_all, judged, program_hash
from fusionls.evaluating.past import Past
from fusionls.evaluating.programs import program_of, runtime_of
from fusionls.evaluating.sandbox import passes

# After so many cases in a row in which nobody answered, nobody will.
MOST_SILENT_CASES = 5

# Hears how much of a stage is done: its name, how many, of how many.
Progress = Callable[[str, int, int], None]


class NobodyAnswers(Exception):
    """Every member failed, case after case; the message says why in words for people."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is to be evaluated: each case with those who are asked about it."""

    cases: tuple[tuple[Case, Pool], ...]

    @property
    def members(self) -> tuple[PoolMember, ...]:
        """Everybody who is asked at all, each once."""
        found = {m.member.name: m for _, pool in self.cases for m in pool.members}
        return tuple(found.values())

    @property
    def prices(self) -> dict[str, Price]:
        """What members cost that have a price, by name."""
        priced = ((m.member.name, m.member.price) for m in self.members)
        return {name: price for name, price in priced if price is not None}


def planned(cases: Sequence[Case], pools: PoolSource, *, allow_remote: bool) -> Evaluation:
    """Return the evaluation of those of ``cases`` that anybody may be asked about."""
    found = ((case, members_for(case, pools, allow_remote=allow_remote)) for case in cases)
    return Evaluation(tuple((case, pool) for case, pool in found if pool.members))


async def ask_all(
    evaluation: Evaluation,
    pools: PoolSource,
    journal: Journal,
    progress: Progress,
    past: Past | None = None,
) -> None:
    """Ask about every case that is not in ``journal`` yet, and keep the answers there.

    With a ``past`` the cases are documents of it, and its memory knows what is in it. A case in which
    nobody answered is not kept. Raises NobodyAnswers, and OSError of the journal.
    """
    left = [(case, pool) for case, pool in evaluation.cases if journal.said(case.id) is None]
    total = len(evaluation.cases)
    silent = 0
    if left:
        await asyncio.gather(*(_prepared(m) for m in evaluation.members))
        if past is not None:
            await past.read_by(left[0][0])
    progress("asking", total - len(left), total)
    for number, (case, pool) in enumerate(left, total - len(left) + 1):
        if past is None:
            answers = await said_by_all(case, pool, pools)
        else:
            answers = await said_by_all(past.moved(case), pool, past.memory)
        if all(one.failure is not None for one in answers):
            silent += 1
            if silent >= MOST_SILENT_CASES or len(left) == 1:
                whys = dict.fromkeys(
                    f"{s.member}: {s.failure.message}" for s in answers if s.failure
                )
                raise NobodyAnswers("; ".join(whys))
        else:
            silent = 0
            journal.keep_said(case.id, answers)
        progress("asking", number, total)


async def _prepared(member: PoolMember) -> None:
    try:
        await member.client.prepare()
    except ModelFailure:
        # It is asked all the same, and its answers say what is wrong.
        return


def judge_all(
    evaluation: Evaluation, journal: Journal, progress: Progress, *, run_tests: bool
) -> list[Judged]:
    """Judge every case that was asked about. Runs a loop of its own: not to be called inside one.

    ``run_tests`` runs the programs that the cases bring, with what the models wrote in them; verdicts are
    kept in ``journal``. Raises OSError.
    """
    asked = [(c, pool, said) for c, pool in evaluation.cases if (said := journal.said(c.id))]
    found = []
    for number, (case, pool, said) in enumerate(asked, 1):
        found.append(found_by_all(case, pool, said))
        progress("judging", number, len(asked))
    wanted = [
        (case, one.text)
        for (case, _, _), ways in zip(asked, found, strict=True)
        for one in ways
        if run_tests and runtime_of(case) is not None and one.text is not None
    ]
    asyncio.run(_run_programs(wanted, journal, progress))

    def verdicts(case: Case) -> Callable[[str], bool] | None:
        if not run_tests or runtime_of(case) is None:
            return None
        return lambda text: bool(journal.passed(program_hash(case, text)))

    return [
        judged(case, said, ways, verdicts(case))
        for (case, _, said), ways in zip(asked, found, strict=True)
    ]


async def _run_programs(
    wanted: Sequence[tuple[Case, str]], journal: Journal, progress: Progress
) -> None:
    """Run each program once, as many at a time as there are processors."""
    by_hash = {program_hash(case, text): (case, text) for case, text in wanted}
    left = {h: one for h, one in by_hash.items() if journal.passed(h) is None}
    turn = asyncio.Semaphore(os.cpu_count() or 1)
    done = len(by_hash) - len(left)

    async def run(program: str, case: Case, text: str) -> None:
        nonlocal done
        runtime = runtime_of(case)
        async with turn:
            ended_well = runtime is not None and await passes(program_of(case, text), runtime)
        journal.keep_passed(program, passed=ended_well)
        done += 1
        progress("running tests", done, len(by_hash))

    async with asyncio.TaskGroup() as group:
        for program, (case, text) in left.items():
            group.create_task(run(program, case, text))
