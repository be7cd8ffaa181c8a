"""How fusing does on pools cut from a recorded pack, and without each of its parts.

    python -m tests.eval_fusing pools PACK.jsonl.gz
    python -m tests.eval_fusing ablation PACK.jsonl.gz
    python -m tests.eval_fusing lost PACK.jsonl.gz

``pools`` gives the best member (in hindsight), the plain vote, the shipped weights and learned ones (folds by
source, mean of ``--seeds``). ``ablation`` leaves out one thing after the other. ``lost`` prints the cases in
which fusing made a right plurality or a right best member wrong. Only cases whose id begins with ``--suite``.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from fusionls.cli.calibrating import THRESHOLD, TaughtCase, calibration, lesson_of
from fusionls.cli.packs import PackCase, read_pack
from fusionls.core import answer_trie
from fusionls.core.learning import ranked_by
from fusionls.core.recorded_case import FusedCase, fused
from fusionls.core.text import fold_blanks, split_lines
from fusionls.core.weights import SHIPPED, Weights

GOOD = ("claude-4-sonnet", "gpt-4o", "DeepSeek-V3-0324", "gpt-4.1-mini")
CHEAP = ("gpt-4.1-nano", "gpt-4.1-mini", "Ministral-3B", "DeepSeek-V3-0324")
POOLS = {
    "all": (),
    "four good": GOOD,
    "four cheap": CHEAP,
    "three good": GOOD[:3],
    "four of OpenAI": ("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o"),
    "three open": ("DeepSeek-V3.1", "DeepSeek-V3-0324", "Ministral-3B"),
    "mini and DeepSeek": ("gpt-4.1-mini", "DeepSeek-V3-0324"),
    "one good, two weak": ("gpt-4.1-nano", "gpt-4.1-mini", "Ministral-3B"),
    "the best, two weak": ("claude-4-sonnet", "gpt-4.1-nano", "Ministral-3B"),
    "two weak": ("gpt-4.1-nano", "Ministral-3B"),
}
NAMES = ("unbound", "bound_later", "binds_needed", "leaves_needed")
HABITS = ("types", "arrows", "other_quotes", "binds_again", "new_words", "stands_elsewhere")
PARTS = {
    "nothing": (),
    "the parse gate": ("parses", "valid"),
    "names in scope": NAMES,
    "habits of the file": HABITS,
    "both (the recipe's figures only)": (
        *NAMES,
        *HABITS,
        "valid",
        "docstring",
        "comment_after_blank",
    ),
    "that two agree, and makers": ("agreed", "makers"),
    "priors": ("mass", "strongest", "casting"),
    "the casting vote": ("casting",),
    "copies of the next lines": ("retyped", "stands_elsewhere"),
    "indentation": ("too_deep",),
    "length": ("lines",),
    "doc strings and comments": ("docstring", "comment_after_blank"),
}


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines an automatic trigger shows, how many of them are right, and how many are wanted."""

    shown: int
    right: int
    wanted: int

    def __str__(self) -> str:
        right, recall = self.right / max(1, self.shown), self.right / max(1, self.wanted)
        return f"{right:.1%} right of {self.shown}, recall {recall:.1%}"


def cases_of(pack: Path, suite: str, models: tuple[str, ...] = ()) -> Iterator[PackCase]:
    for found in read_pack(pack, models, with_reference=True):
        if isinstance(found, PackCase) and found.id.startswith(suite):
            yield found


def without(parts: Sequence[str], weights: Weights = SHIPPED) -> Weights:
    kept = {name: weight for name, weight in weights.score.items() if name not in parts}
    return replace(weights, score=kept)


def pools(pack: Path, suite: str, seeds: int) -> None:
    for name, models in POOLS.items():
        taught = [lesson_of(found, SHIPPED, 1) for found in cases_of(pack, suite, models)]
        found = calibration(taught, SHIPPED, 10, seeds, "")
        learned = sum(found.learned) / len(found.learned)
        print(
            f"| {name} | {max(found.singles.values()):.1%} | {found.vote:.1%} | {found.start:.1%} "
            f"| {learned:.1%} | {found.oracle:.1%} |",
            flush=True,
        )


def ablation(pack: Path, suite: str, _seeds: int) -> None:
    cases = list(cases_of(pack, suite))
    taught: list[TaughtCase] = [lesson_of(found, SHIPPED, 1) for found in cases]
    for name, parts in PARTS.items():
        orders = [ranked_by(case.lesson, without(parts)) for case in taught]
        right = [
            bool(order) and order[0].answers.key == case.lesson.right
            for order, case in zip(orders, taught, strict=True)
        ]
        print(f"| {name} | {sum(right) / len(right):.1%} |", flush=True)
    for name, run in LINES.items():
        print(f"| {name} | {lines_of(cases, run)} |", flush=True)


def lines_of(cases: Sequence[PackCase], run: Callable[[PackCase], FusedCase]) -> Lines:
    shown = right = wanted = 0
    for found in cases:
        said = run(found).auto_text or ""
        ours = [fold_blanks(line) for line in split_lines(said) if line.strip()]
        gold = [fold_blanks(line) for line in split_lines(found.reference or "") if line.strip()]
        same = next(
            (n for n, (a, b) in enumerate(zip(ours, gold, strict=False)) if a != b),
            min(len(ours), len(gold)),
        )
        shown, right, wanted = shown + len(ours), right + same, wanted + len(gold)
    return Lines(shown, right, wanted)


def as_it_is(found: PackCase) -> FusedCase:
    return fused(found.case, threshold=THRESHOLD)


def without_threshold(found: PackCase) -> FusedCase:
    return fused(found.case)


def with_lone_lines(found: PackCase) -> FusedCase:
    kept, answer_trie.LONE_LINES = answer_trie.LONE_LINES, 1_000_000
    try:
        return fused(found.case, threshold=THRESHOLD)
    finally:
        answer_trie.LONE_LINES = kept


def without_trie(found: PackCase) -> FusedCase:
    with patch.object(answer_trie.AnswerTrie, "agreed_head", lambda trie, *_: trie.best_text()):
        return fused(found.case)


LINES = {
    "lines shown: trie, threshold 0.25": as_it_is,
    "  without the threshold (no calibration)": without_threshold,
    "  with all lines that one of many has": with_lone_lines,
    "  without trie and threshold": without_trie,
}


def lost(pack: Path, suite: str, _seeds: int) -> None:
    for found in cases_of(pack, suite):
        taught = lesson_of(found, SHIPPED, 1)
        classes = taught.lesson.classes
        first = classes[0].answers if classes else None
        if (
            first
            and first.key != taught.lesson.right
            and (taught.vote or taught.singles.get(GOOD[0]))
        ):
            print(
                f"== {found.id}\n   before {found.case.prefix[-70:]!r}\n   behind {found.case.suffix[:70]!r}"
            )
            for ranked in classes[:4]:
                mark = ">>" if ranked.answers.key == taught.lesson.right else "  "
                members = ",".join(ranked.answers.members)
                print(
                    f"{mark} {ranked.score:.2f} {ranked.answers.key[:90]} [{members}] {ranked.parts}"
                )
            if taught.lesson.right not in [one.answers.key for one in classes]:
                print(f">> (no class) {taught.lesson.right[:90]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {"pools": pools, "ablation": ablation, "lost": lost}
    parser.add_argument("table", choices=list(tables))
    parser.add_argument("pack", type=Path)
    parser.add_argument("--suite", default="devbench")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    tables[options.table](options.pack, options.suite, options.seeds)


if __name__ == "__main__":
    main()
