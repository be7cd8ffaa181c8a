"""What ``fusionls eval`` does: find cases, ask, judge, and write the report."""

import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from fusionls.cli.asking import pools_or_exit
from fusionls.cli.bars import bars
from fusionls.cli.interrupting import run_interruptible
from fusionls.cli.packs import found_pack, pack_hash
from fusionls.core.wish import NO_WISH
from fusionls.evaluating.case import Case
from fusionls.evaluating.git import Git, GitError
from fusionls.evaluating.history import cut_holes
from fusionls.evaluating.journal import Journal, JournalError
from fusionls.evaluating.judging import Judged
from fusionls.evaluating.live_pack import PackError, live_cases
from fusionls.evaluating.past import Past, past_of
from fusionls.evaluating.programs import runtime_of
from fusionls.evaluating.report import HEADINGS, cells_of, report_of, verdict
from fusionls.evaluating.running import (
    Evaluation,
    NobodyAnswers,
    ask_all,
    judge_all,
    planned,
)
from fusionls.evaluating.sandbox import keeps_from_network
from fusionls.evaluating.summary import Summary, summary_of
from fusionls.wiring import ConfiguredPools

EXIT_USAGE, EXIT_MEMBERS = 2, 3
# What a terminal has no room for.
_ONLY_IN_REPORT = ("exact", "tokens in")
_TABLE_WIDTH = 132
_ODD = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line: of ``pack`` and ``repo`` one is None."""

    pack: Path | None
    repo: Path | None
    count: int | None
    seed: int
    allow_remote: bool
    run_tests: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The cases, a name for people, what makes this evaluation this one, and what was left out, and why.

    ``open_past`` opens the workspace that the memory knows, None where there is none.
    """

    cases: tuple[Case, ...]
    name: str
    about: dict[str, Any]
    left_out: Counter[str]
    open_past: Callable[[], AbstractContextManager[Past | None]] = nullcontext


def evaluated(wanted: Wanted, output: Path | None, journal_file: Path | None) -> Summary:
    """Do it all and return the figures. Exits with 2 or 3 where that cannot be done."""
    try:
        evaluation, found, journal, report = run_interruptible(_asked(wanted, output, journal_file))
        try:
            with bars() as progress:
                cases = judge_all(evaluation, journal, progress, run_tests=wanted.run_tests)
        finally:
            journal.close()
        summary = summary_of(cases, evaluation.prices)
        notes = _notes(wanted, found, cases)
        report.write_text(report_of(found.name, notes, summary, cases), encoding="utf-8")
    except (PackError, GitError, JournalError) as error:
        _give_up(str(error), EXIT_USAGE)
    except NobodyAnswers as error:
        _give_up(f"nobody answers: {error}", EXIT_MEMBERS)
    except OSError as error:
        _give_up(f"{error.filename or report_name(wanted)}: {error.strerror or error}", EXIT_USAGE)
    _tell(summary, notes, report)
    return summary


async def _asked(
    wanted: Wanted, output: Path | None, journal_file: Path | None
) -> tuple[Evaluation, Found, Journal, Path]:
    """Find the cases and ask about them; the journal that is returned is open, the path is the report's."""
    pools = pools_or_exit()
    try:
        allowed = wanted.allow_remote or wanted.repo is None
        found = _in_history(wanted, pools) if wanted.repo else _in_pack(wanted)
        evaluation = planned(found.cases, pools, allow_remote=allowed)
        _say_who(evaluation, found, pools, allow_remote=allowed)
        names = [m.member.name for m in evaluation.members]
        report = output or Path(f"{report_name(wanted)}.html")
        place = journal_file or report.with_suffix(".journal.jsonl")
        journal = Journal(place, found.about | {"members": names})
        try:
            with found.open_past() as past, bars() as progress:
                await ask_all(evaluation, pools, journal, progress, past)
        except BaseException:
            journal.close()
            raise
        return evaluation, found, journal, report
    finally:
        await pools.aclose()


def report_name(wanted: Wanted) -> str:
    """Return the report's name without its ending, for the folder that the command is called in."""
    if wanted.pack is not None:
        name = wanted.pack.name.split(".")[0]
    else:
        name = (wanted.repo or Path()).resolve().name
    return f"fusionls-eval-{_ODD.sub('_', name)}"


def _in_pack(wanted: Wanted) -> Found:
    pack = found_pack(wanted.pack or Path())
    rows = list(live_cases(pack))
    cases = [case for case in rows if case is not None]
    if wanted.count is not None and wanted.count < len(cases):
        chosen = random.Random(wanted.seed).sample(range(len(cases)), wanted.count)
        cases = [cases[number] for number in sorted(chosen)]
    about = {"pack": pack_hash(pack), "n": wanted.count, "seed": wanted.seed}
    edits = Counter({"an edit, and no completion": rows.count(None)})
    return Found(tuple(cases), pack.name, about, +edits)


def _in_history(wanted: Wanted, pools: ConfiguredPools) -> Found:
    git = Git(wanted.repo or Path())

    def may_be_asked(uri: str) -> bool:
        pool = pools.pool_for(uri, NO_WISH)
        local = any(m.member.is_local or wanted.allow_remote for m in pool.members)
        return local and not pool.off

    head = git.head()
    cut = cut_holes(git, wanted.count or 0, wanted.seed, may_be_asked)
    about = {"repository": str(git.root), "head": head, "n": wanted.count, "seed": wanted.seed}
    open_past = partial(past_of, git, cut.oldest, may_be_asked, pools.memory)
    name = f"{git.root.name} at {head[:10]}"
    return Found(tuple(cut.cases), name, about, cut.left_out, open_past)


def _say_who(
    evaluation: Evaluation, found: Found, pools: ConfiguredPools, *, allow_remote: bool
) -> None:
    """Say who is asked, and whom not; exits with 2 if that is nobody."""
    for why, count in found.left_out.most_common():
        click.echo(f"left out: {count} x {why}", err=True)
    if not allow_remote:
        remote = [m.member.name for m in pools.pool.members if not m.member.is_local]
        if remote:
            click.echo(
                f"not asked, as they do not run on this machine: {', '.join(remote)}", err=True
            )
            click.echo(
                "--allow-remote asks them too, and sends them code of the repository", err=True
            )
    if not evaluation.cases:
        why = "no case was found" if not found.cases else "nobody may be asked about any case"
        _give_up(why, EXIT_USAGE)
    far = [m.member.name for m in evaluation.members if not m.member.is_local]
    near = [m.member.name for m in evaluation.members if m.member.is_local]
    click.echo(
        f"{len(evaluation.cases)} cases; asked here: {', '.join(near) or 'nobody'}", err=True
    )
    if far:
        click.echo(f"asked on other machines: {', '.join(far)}", err=True)


def _notes(wanted: Wanted, found: Found, cases: list[Judged]) -> list[str]:
    notes = [f"{count} left out: {why}." for why, count in found.left_out.most_common()]
    tested = sum(case.tested for case in cases)
    untested = sum(not case.tested and runtime_of(case.case) is not None for case in cases)
    if tested:
        alone = "without" if keeps_from_network() else "with"
        notes.append(f"{tested} cases were judged by running their tests, {alone} a network.")
    if untested:
        notes.append(
            f"The tests of {untested} cases were not run: --run-tests does, and runs what models wrote."
        )
    if tested < len(cases):
        what = "first line" if wanted.repo else "text"
        notes.append(f"{len(cases) - tested} cases were judged by the {what} that stood there.")
    return notes


def _tell(summary: Summary, notes: list[str], report: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    shown = [number for number, heading in enumerate(HEADINGS) if heading not in _ONLY_IN_REPORT]
    for number in shown:
        table.add_column(HEADINGS[number], justify="right" if number else "left", no_wrap=True)
    for line in summary.lines:
        cells = cells_of(line, summary.currency)
        # Text, not str: a member's name must not be read as markup.
        table.add_row(*(Text(cells[number]) for number in shown))
    # Figures that are folded cannot be read: a narrow window cuts lines, a file has all of them.
    width = max(Console(stderr=True).width, _TABLE_WIDTH)
    Console(stderr=True, width=width).print(table)
    for sentence in (*verdict(summary), *notes, f"The report is {report}."):
        click.echo(sentence, err=True)


def _give_up(why: str, code: int) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(code)
