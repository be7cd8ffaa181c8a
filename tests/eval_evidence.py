"""What each kind of evidence is worth to the choice, on folds that it was not fitted to.

``python -m tests.eval_evidence [POOL ...]``; the pack completion_recorded is searched for in the folder that
FUSIONLS_PACKS names. For each pool of models: the share of first lines that are right, with the recipe's
figures alone, with all, and with all but one group; ten folds by source, ``SEEDS`` times, and each half of
the cases by itself. Learning starts from the recipe's weights, which were there before these figures were
thought of: the shipped ones were fitted to these very cases.
"""

import os
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fusionls.cli.calibrating import lesson_of
from fusionls.cli.packs import PackCase, read_pack
from fusionls.core.features import FEATURES
from fusionls.core.learning import Lesson, fitted, out_of_fold
from fusionls.core.sources import same_sources
from fusionls.core.weights import SHIPPED, Weights

SEEDS = 4
FOLDS = 10
SUITE = "devbench/"
RECIPE = Weights(
    score={
        name: SHIPPED.score[name]
        for name in (
            *("mass", "agreed", "makers", "casting", "strongest", "parses", "retyped"),
            *("too_deep", "lines"),
        )
    },
    chance={},
)
GROUPS = {
    "names": ("unbound", "bound_later", "binds_needed", "leaves_needed"),
    "style": ("types", "arrows", "other_quotes"),
    "neighbours": ("binds_again", "new_words", "stands_elsewhere"),
    "unfinished": ("valid",),
    "comments": ("docstring", "comment_after_blank", "code_where_comments"),
}
BEYOND = tuple(
    name for group in ("names", "style", "neighbours", "unfinished") for name in GROUPS[group]
)
POOLS = {
    "nine": (),
    "top4": ("claude-4-sonnet", "gpt-4o", "DeepSeek-V3-0324", "gpt-4.1-mini"),
    "cheap4": ("gpt-4.1-nano", "gpt-4.1-mini", "Ministral-3B", "DeepSeek-V3-0324"),
    "weak3": ("gpt-4.1-nano", "gpt-4.1-mini", "Ministral-3B"),
    "open3": ("DeepSeek-V3.1", "DeepSeek-V3-0324", "Ministral-3B"),
}


def without(lessons: Sequence[Lesson], names: Sequence[str]) -> list[Lesson]:
    """Return the lessons as if nobody had thought of these figures."""
    nothing = dict.fromkeys(names, 0.0)
    return [
        replace(
            lesson,
            classes=tuple(replace(one, figures=one.figures | nothing) for one in lesson.classes),
        )
        for lesson in lessons
    ]


def right_by_case(lessons: Sequence[Lesson]) -> list[float]:
    """Return of each case how often it was chosen right over the seeds, 0 to 1."""
    runs = [
        out_of_fold(lessons, lambda known: fitted(known, RECIPE), FOLDS, seed)
        for seed in range(SEEDS)
    ]
    return [sum(run[n][1] for run in runs) / SEEDS for n in range(len(lessons))]


def per_cent(values: Sequence[float]) -> str:
    return f"{100 * sum(values) / len(values):6.2f}"


def judge(pool: str, pack: Path) -> None:
    found = read_pack(pack, POOLS[pool], with_reference=True)
    cases = [case for case in found if isinstance(case, PackCase) and case.id.startswith(SUITE)]
    taught = [lesson_of(case, RECIPE, 1) for case in cases]
    sources = same_sources([case.lines for case in taught])
    lessons = [
        replace(case.lesson, source=source) for case, source in zip(taught, sources, strict=True)
    ]
    # A source is in one half.
    first = [zlib.crc32(str(source).encode()) % 2 == 0 for source in sources]
    print(f"\n{pool}: {len(cases)} cases from {len(set(sources))} files")
    print(f"{'right, per cent':24}{'all':>10}{'first half':>12}{'second half':>13}")
    rows = {"all figures": (), "the recipe's alone": BEYOND}
    rows |= {f"without {group}": names for group, names in GROUPS.items()}
    for title, names in rows.items():
        right = right_by_case(without(lessons, names))
        halves = [
            [r for r, is_first in zip(right, first, strict=True) if is_first == wanted]
            for wanted in (True, False)
        ]
        print(
            f"{title:24}{per_cent(right):>10}{per_cent(halves[0]):>12}{per_cent(halves[1]):>13}",
            flush=True,
        )


def main() -> None:
    folder = os.environ.get("FUSIONLS_PACKS", "")
    if not folder:
        sys.exit("name the folder of the packs in FUSIONLS_PACKS")
    assert {name for names in GROUPS.values() for name in names} <= set(FEATURES)
    for pool in sys.argv[1:] or POOLS:
        judge(pool, Path(folder) / "completion_recorded.jsonl.gz")


if __name__ == "__main__":
    main()
