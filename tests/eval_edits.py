"""How choosing among recorded edits does on pools cut from a pack, judged by score.py.

    python -m tests.eval_edits bars PACK.jsonl.gz
    python -m tests.eval_edits first PACK.jsonl.gz
    python -m tests.eval_edits signals PACK.jsonl.gz
    python -m tests.eval_edits lost PACK.jsonl.gz
    python -m tests.eval_edits time

``bars`` gives the pools of the bars with rates that are equal, by name, and learned from other programs (ten
folds; the two prompts of one program are never divided). ``first`` takes of each model alone the first of
three samples that passes the gate. ``signals`` says how often each reason of the gate and each doubt stands
beside a right answer. ``lost`` names the cases of the first pool in which a sample was right and another one
chosen. ``time`` chooses among five whole-file edits of a file of 1,000 lines.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fusionls.cli.packs import EditPackCase, read_edit_pack
from fusionls.core.editing.choosing import choose_edit, first_passing
from fusionls.core.editing.edit import EditChoice, Judged
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.weights import learned_rates
from fusionls.core.recorded_edit import RecordedEdit, chosen_edit, judged_answers, text_of
from fusionls.core.sources import same_sources, telling_lines

SAMPLES = 3
FOLDS = 10
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
            texts = {
                case.found.id: text_of(
                    case.found.case, case.chosen(models, samples, rates(case.program))
                )
                for case in cases
            }
            told = scored(pack, texts, models)
            print(
                f"| {name} | {kind} | {told['best_single_score']:.1%} | {told['fused']:.1%} "
                f"| {told['fused'] - told['best_single_score']:+.1%} "
                f"| {told['won']}/{told['lost']}, p = {told['p']:.2g} "
                f"| {told['oracle_any_sample' if samples > 1 else 'oracle']:.1%} |",
                flush=True,
            )


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


def timing() -> None:
    """Print how long choosing among five whole-file edits takes, judging apart."""
    body = "".join(
        f'def step_{n}(left, right):\n    """Return step {n}."""\n    total = left * {n}\n'
        f"    for item in right:\n        total += item\n    return total\n\n\n"
        for n in range(125)
    )
    answers: dict[str, list[str | None]] = {}
    for n in range(5):
        text = body
        for place in range(n, 125, 12):
            text = text.replace(f"total = left * {place}\n", f"total = left + {place + n}\n")
        answers[f"model-{n}"] = [text]
    case = RecordedEdit("python", body, "Add instead of multiplying.", answers)
    judged = judged_answers(case)
    for name, run in (
        ("choose", lambda: choose_edit(case.task, judged)),
        ("read, judge and choose", lambda: chosen_edit(case)),
    ):
        took = []
        for _ in range(50):
            begun = time.perf_counter()
            run()
            took.append((time.perf_counter() - begun) * 1000)
        took.sort()
        print(f"{name}: p50 {took[25]:.1f} ms, p99 {took[49]:.1f} ms, best {took[0]:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {"bars": bars, "first": first, "signals": signals, "lost": lost}
    parser.add_argument("table", choices=[*tables, "time"])
    parser.add_argument("pack", type=Path, nargs="?")
    options = parser.parse_args()
    if options.table == "time":
        timing()
        return
    tables[options.table](cases_of(options.pack), options.pack)


if __name__ == "__main__":
    main()
