"""How choosing among recorded edits does on pools cut from a pack, judged by score.py.

    python -m tests.eval_edits bars PACK.jsonl.gz
    python -m tests.eval_edits first PACK.jsonl.gz
    python -m tests.eval_edits signals PACK.jsonl.gz
    python -m tests.eval_edits wrong PACK.jsonl.gz
    python -m tests.eval_edits lost PACK.jsonl.gz

``bars`` gives the pools of the bars with rates that are equal, by name, and learned from other programs (ten
folds; the two prompts of one program are never divided), and what that is more than the best model, with an
interval of 95 % over programs. ``first`` takes of each model alone the first of three samples that passes the
gate. ``signals`` says how often each reason of the gate and each doubt stands beside a right answer.
``wrong`` says why what is chosen in the first pool is not right, and ``lost`` names the cases in which a
sample was right and another one chosen.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionls.cli.packs import EditPackCase, read_edit_pack
from fusionls.core.editing.choosing import choose_edit, first_passing
from fusionls.core.editing.edit import EditChoice, Judged
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.weights import learned_rates
from fusionls.core.recorded_edit import judged_answers, text_of
from fusionls.core.sources import same_sources, telling_lines

SAMPLES = 3
FOLDS = 10
BOOTSTRAPS = 2000
SEVENS = (
    "qwen2.5-coder-7b-instruct",
    "deepseek-coder-6.7b-base",
    "starcoder2-7b",
    "codellama-7b-hf",
    "qwen3-8b-base",
)
BEST = (
    "qwen2.5-coder-14b-instruct",
    "qwen3-14b-base",
    "qwen3-8b-base",
    "qwen2.5-coder-7b-instruct",
    "starcoder2-15b",
)
SMALL = ("qwen2.5-3b", "qwen2.5-coder-3b", "qwen2.5-coder-3b-instruct", "qwen3-4b-base")
POOLS: dict[str, tuple[tuple[str, ...], int]] = {
    "five 7B, three samples": (SEVENS, 3),
    "the five best, three samples": (BEST, 3),
    "all 17, one sample": ((), 1),
    "five 3-4B (with starcoder2), one sample": ((*SMALL, "starcoder2-3b"), 1),
    "five 3-4B (with llama-3.2), one sample": ((*SMALL, "llama-3.2-3b-base"), 1),
    "five 7B, one sample": (SEVENS, 1),
    "the five best, one sample": (BEST, 1),
    "all 17, three samples": ((), 3),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the pack with all that was judged in it, and the number of its program."""

    found: EditPackCase
    judged: tuple[Judged, ...]
    program: int

    def passed(self, one: Judged) -> bool:
        return self.found.passed[one.proposal.member][one.proposal.sample]

    def chosen(self, models: Sequence[str], samples: int, rates: Mapping[str, float]) -> EditChoice:
        judged = [
            one
            for one in self.judged
            if one.proposal.member in models and one.proposal.sample < samples
        ]
        return choose_edit(
            self.found.case.task, judged, priors={name: rates[name] for name in models}
        )


Rates = Callable[[int], Mapping[str, float]]


def cases_of(pack: Path) -> list[Case]:
    found = [f for f in read_edit_pack(pack, with_verdicts=True) if isinstance(f, EditPackCase)]
    programs = same_sources([telling_lines(one.case.before) for one in found])
    return [
        Case(one, tuple(judged_answers(one.case, SAMPLES)), program)
        for one, program in zip(found, programs, strict=True)
    ]


def models_in(cases: Sequence[Case]) -> list[str]:
    return list(dict.fromkeys(name for case in cases for name in case.found.case.answers))


def rates_by(cases: Sequence[Case]) -> dict[str, Rates]:
    names = models_in(cases)
    equal = dict.fromkeys(names, 0.5)
    named = {name: edit_prior_of(name) for name in names}
    programs = sorted({case.program for case in cases})
    learned: dict[int, dict[str, float]] = {}
    for fold in range(FOLDS):
        held = set(programs[fold::FOLDS])
        rates = learned_rates([c.found.passed for c in cases if c.program not in held])
        learned |= dict.fromkeys(held, rates)
    return {"equal": lambda _: equal, "by name": lambda _: named, "learned": learned.__getitem__}


def bars(cases: Sequence[Case], pack: Path) -> None:
    for name, (pool, samples) in POOLS.items():
        models = pool or models_in(cases)
        for kind, rates in rates_by(cases).items():
            choices = [case.chosen(models, samples, rates(case.program)) for case in cases]
            texts = {
                case.found.id: text_of(case.found.case, choice)
                for case, choice in zip(cases, choices, strict=True)
            }
            told = scored(pack, texts, models)
            gains = [
                (choice.chosen is not None and case.passed(choice.chosen)) - best
                for case, choice, best in zip(cases, choices, best_of(cases, models), strict=True)
            ]
            low, high = interval(gains, [case.program for case in cases])
            print(
                f"| {name} | {kind} | {told['best_single_score']:.1%} | {told['fused']:.1%} "
                f"| {told['fused'] - told['best_single_score']:+.1%} ({low:+.1%} to {high:+.1%}) "
                f"| {told['won']}/{told['lost']}, p = {told['p']:.2g} "
                f"| {told['oracle_any_sample' if samples > 1 else 'oracle']:.1%} |",
                flush=True,
            )


def best_of(cases: Sequence[Case], models: Sequence[str]) -> list[bool]:
    """Return whether the first answer of the best of ``models``, in hindsight, is right in each case."""
    firsts = ([case.found.passed[name][0] for case in cases] for name in models)
    return max(firsts, key=sum)


def interval(gains: Sequence[float], programs: Sequence[int]) -> tuple[float, float]:
    """Return the middle 95 % of the mean of ``gains`` where whole programs are drawn anew."""
    by_program: dict[int, list[float]] = {}
    for gain, program in zip(gains, programs, strict=True):
        by_program.setdefault(program, []).append(gain)
    groups = list(by_program.values())
    dice = random.Random(0)  # the same in every run
    means = []
    for _ in range(BOOTSTRAPS):
        drawn = [gain for group in dice.choices(groups, k=len(groups)) for gain in group]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return means[int(0.025 * BOOTSTRAPS)], means[int(0.975 * BOOTSTRAPS)]


def scored(pack: Path, texts: Mapping[str, str | None], models: Sequence[str]) -> dict[str, float]:
    """Return what score.py, which lies above the packs, says of the predictions ``texts``."""
    arbiter = pack.resolve().parent.parent / "score.py"
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for key, text in texts.items():
            file.write(json.dumps({"id": key, "text": text}) + "\n")
        file.flush()
        command = [sys.executable, str(arbiter), "edit", str(pack), file.name, "--json"]
        done = subprocess.run(
            [*command, "--models", ",".join(models)], capture_output=True, check=True, text=True
        )
    told: dict[str, float] = json.loads(done.stdout)["all"]
    return told


def first(cases: Sequence[Case], _pack: Path) -> None:
    total = Counter[str]()
    names = models_in(cases)
    for name in names:
        row = Counter[str]()
        for case in cases:
            own = [one for one in case.judged if one.proposal.member == name]
            picked = first_passing(own)
            voted = choose_edit(case.found.case.task, own).chosen
            row["first sample"] += case.found.passed[name][0]
            row["first that passes"] += picked is not None and case.passed(picked)
            row["vote of three"] += voted is not None and case.passed(voted)
            row["any of three"] += any(case.found.passed[name])
        print(f"| {name} | " + " | ".join(f"{n / len(cases):.1%}" for n in row.values()) + " |")
        total += row
    count = len(cases) * len(names)
    print("| mean | " + " | ".join(f"{k} {n / count:.2%}" for k, n in total.items()) + " |")


def signals(cases: Sequence[Case], _pack: Path) -> None:
    fired: dict[str, list[bool]] = defaultdict(list)
    programs: dict[str, set[int]] = defaultdict(set)
    for case in cases:
        for one in case.judged:
            verdict = one.verdict
            kinds = {f"against: {kind_of(why)}" for why in verdict.why}
            kinds |= {"passes"} if verdict.passes else {"fails"}
            if verdict.passes:
                kinds |= {f"doubt: {kind_of(doubt)}" for doubt in verdict.doubts}
            for kind in kinds:
                fired[kind].append(case.passed(one))
                programs[kind].add(case.program)
    for kind, rights in sorted(fired.items()):
        print(
            f"| {kind} | {len(rights)} | {sum(rights) / len(rights):.1%} | {len(programs[kind])} |"
        )


def kind_of(sentence: str) -> str:
    """Return ``sentence`` without the names in it."""
    head = sentence.partition(":")[0]
    return " ".join(w for w in head.split() if w.isalpha() and w.islower())


def wrong(cases: Sequence[Case], _pack: Path) -> None:
    models, samples = POOLS["five 7B, three samples"]
    rates = {name: edit_prior_of(name) for name in models}
    whys: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        choice = case.chosen(models, samples, rates)
        if choice.chosen is None or not case.passed(choice.chosen):
            whys[why_wrong(case, choice, models)].append(case.found.id)
    for why, found in sorted(whys.items()):
        print(f"| {why} | {len(found)} | {', '.join(found)} |")


def why_wrong(case: Case, choice: EditChoice, models: Sequence[str]) -> str:
    """Return on which step a right answer was lost, or that there was none."""
    if any(case.passed(one) for one in choice.order):
        return "the vote chose another"
    if any(case.passed(one) for one in case.judged if one.proposal.member in models):
        return "the gate, or the rate of its member, left it out"
    if any(any(case.found.passed[name]) for name in models):
        return "the right one could not be read"
    somebody = any(any(rights) for rights in case.found.passed.values())
    return f"nobody of the pool is right, {'but another model' if somebody else 'nor any model'}"


def lost(cases: Sequence[Case], _pack: Path) -> None:
    models, samples = POOLS["five 7B, three samples"]
    rates = {name: edit_prior_of(name) for name in models}
    for case in cases:
        choice = case.chosen(models, samples, rates)
        right = [one for one in choice.order if case.passed(one)]
        if not any(any(case.found.passed[name]) for name in models) or (
            choice.chosen and case.passed(choice.chosen)
        ):
            continue
        print(f"== {case.found.id}: {choice.why}; {len(right)} right of {len(choice.order)}")
        for one, score in zip(choice.order, choice.scores, strict=True):
            mark = ">>" if case.passed(one) else "  "
            who = f"{one.proposal.member}#{one.proposal.sample}"
            print(f"{mark} {score:.3f} {who} {one.verdict.doubts}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {"bars": bars, "first": first, "signals": signals, "wrong": wrong, "lost": lost}
    parser.add_argument("table", choices=tables)
    parser.add_argument("pack", type=Path)
    options = parser.parse_args()
    tables[options.table](cases_of(options.pack), options.pack)


if __name__ == "__main__":
    main()
