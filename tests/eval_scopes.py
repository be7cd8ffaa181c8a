"""What the scope model is worth, on a pack of recorded answers and on good code.

``python -m tests.eval_scopes``; the pack completion_recorded is searched for in the folder that
FUSIONLS_PACKS names. Prints for each signal how often answers with and without it were right, by language;
then how often the continuation that was really there raises it: the pack's references and lines cut out
of the standard library of the running Python (seeded); then what it costs. FUSIONLS_SHOW=SIGNAL/LANGUAGE
shows the false alarms of a signal.
"""

import os
import random
import re
import statistics
import sys
import sysconfig
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fusionls.cli.packs import PackCase, read_pack
from fusionls.core.agreement import class_key
from fusionls.core.joining import joined
from fusionls.core.languages import language_for
from fusionls.core.recorded_case import candidates_of, hole_of
from fusionls.core.scopes import Binding, binding_of, open_scopes
from fusionls.core.syntax import HoleTree
from fusionls.core.text import lines_with_ends

Result = TypeVar("Result")
SHOWN = os.environ.get("FUSIONLS_SHOW", "")
SIGNALS = {
    "unbound": lambda b: b.unbound > 0,
    "unbound, certain": lambda b: b.unbound > 0 and b.certain,
    "later bound": lambda b: b.later_bound > 0,
    "binds what is needed": lambda b: b.needed_bound > 0 and not b.needed_missing,
    "leaves needed unbound": lambda b: b.needed_missing > 0,
    "wrong arity": lambda b: b.arity_wrong > 0,
    "unknown": lambda b: not b.known,
}
# A name that is used in an expression, where a misspelled one would certainly be bound nowhere.
_USED = re.compile(r"(?<=[(,=] )[a-z_]\w{2,}(?=[),.])|(?<=return )[a-z_]\w{2,}$", re.M)
CUTS = 1_500
SEED = 6


def print_table(title: str, counts: dict[tuple[str, str], Counter[str]]) -> None:
    print(f"\n{title}")
    print(f"{'signal':24}{'language':12}{'n':>7}{'share':>8}{'right with':>12}{'without':>9}")
    for (signal, language), c in sorted(counts.items()):
        n, rest = c["with"], c["without"]
        print(
            f"{signal:24}{language:12}{n:7}{n / max(1, n + rest):8.1%}"
            f"{c['right with'] / max(1, n):12.1%}{c['right without'] / max(1, rest):9.1%}"
        )


def show(signal: str, language: str, prefix: str, text: str, suffix: str, found: Binding) -> None:
    if f"{signal}/{language}" == SHOWN:
        print("----", found)
        print(f"{prefix[-600:]}\033[32m{text}\033[0m{suffix[:300]}")


def judge_pack(pack: Path) -> None:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    alarms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    cases = [case for case in read_pack(pack, with_reference=True) if isinstance(case, PackCase)]
    for case in cases:
        language, prefix, suffix = case.case.language, case.case.prefix, case.case.suffix
        scopes = open_scopes(language_for(language, ""), prefix, suffix)
        hole = hole_of(case.case)
        groups = (language, case.id.partition("/")[0], "all")
        reference = class_key(case.reference or "")
        for candidate in candidates_of(case.case, hole):
            if not candidate.key:
                continue
            found = binding_of(scopes, candidate.text)
            right = candidate.key == reference
            for signal, test in SIGNALS.items():
                word = "with" if test(found) else "without"
                for group in groups:
                    counts[signal, group][word] += 1
                    counts[signal, group][f"right {word}"] += right
        gold = case.reference or ""
        true = binding_of(scopes, joined(hole, gold, prefix, suffix)[0])
        for signal, test in SIGNALS.items():
            for group in groups:
                alarms[signal, group]["cases"] += 1
                alarms[signal, group]["raised"] += test(true)
            if test(true):
                show(signal, language, prefix, gold, suffix, true)
    print_table(f"First answers of {len(cases)} cases", counts)
    print("\nRaised by the reference itself")
    for (signal, group), c in sorted(alarms.items()):
        print(
            f"{signal:24}{group:12}{c['raised']:5} of {c['cases']} {c['raised'] / c['cases']:.1%}"
        )


def judge_library() -> None:
    """Cut whole lines out of the standard library, and ask what the model says of what was there."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(
        p for p in folder.rglob("*.py") if not {"site-packages", "lib2to3"} & set(p.parts)
    )
    chance = random.Random(SEED)
    python = language_for("python", "")
    raised: Counter[str] = Counter()
    done = planted = seen = 0
    while done < CUTS:
        text = chance.choice(files).read_text("utf-8", "replace")
        lines = lines_with_ends(text)
        rows = [
            n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")
        ]
        if len(text) > 150_000 or not rows:
            continue
        row = chance.choice(rows)
        count = chance.choice((1, 1, 2, 4))
        prefix, gold = "".join(lines[:row]), "".join(lines[row : row + count])
        suffix = "".join(lines[row + count :])
        found = binding_of(open_scopes(python, prefix, suffix), gold)
        done += 1
        used = _USED.search(gold)
        if used and '"' not in gold and "'" not in gold:
            planted += 1
            wrong = f"{gold[: used.end()]}_misspelled{gold[used.end() :]}"
            answer = binding_of(open_scopes(python, prefix, suffix), wrong)
            seen += answer.unbound > found.unbound
        for signal, test in SIGNALS.items():
            raised[signal] += test(found)
            if test(found):
                show(signal, "library", prefix, gold, suffix, found)
    print(f"\nRaised by {done} true continuations of the standard library of Python")
    for signal, count in raised.items():
        print(f"{signal:24}{count:5} {count / done:.2%}")
    print(f"misspelled names found  {seen:5} of {planted}")


def measure_cost() -> None:
    """Five texts in the middle of a Python file of about 2,000 lines."""
    python = language_for("python", "")
    source = (Path(sysconfig.get_paths()["stdlib"]) / "argparse.py").read_text("utf-8")
    lines = lines_with_ends(source)[:2_000]
    builds, fives, parses = [], [], []
    for row in range(205, 1_900, 100):
        prefix, suffix = "".join(lines[:row]), "".join(lines[row + 1 :])
        margin = lines[row][: len(lines[row]) - len(lines[row].lstrip())].rstrip("\r\n")
        texts = [f"{margin}value_{n} = self.other({n}, missing)\n" for n in range(5)]
        assert python is not None
        tree = HoleTree(python, prefix, suffix)
        hole, took = timed(lambda: open_scopes(python, prefix, suffix, tree))  # noqa: B023 - called at once
        builds.append(took)
        parses.append(timed(lambda: [tree.problems_with(text) for text in texts])[1])  # noqa: B023 - called at once
        fives.append(timed(lambda: [binding_of(hole, text) for text in texts])[1])  # noqa: B023 - called at once
    print(f"\nCost in {len(lines)} lines")
    for what, all_took in (
        ("one table", builds),
        ("five texts, parsed by the gate", fives),
        ("the gate's parses", parses),
    ):
        print(
            f"{what}: median {statistics.median(all_took):.1f} ms, slowest {max(all_took):.1f} ms"
        )
    again = open_scopes(python, prefix, suffix)
    later = timed(lambda: open_scopes(python, prefix + " ", suffix, earlier=again))[1]
    print(f"a table of the next version: {later:.1f} ms")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Do the work, and return what it gave and how many ms of the processor it took."""
    begun = time.process_time()
    result = work()
    return result, (time.process_time() - begun) * 1e3


def main() -> None:
    folder = os.environ.get("FUSIONLS_PACKS", "")
    if not folder:
        sys.exit("name the folder of the packs in FUSIONLS_PACKS")
    judge_pack(Path(folder) / "completion_recorded.jsonl.gz")
    judge_library()
    measure_cost()


if __name__ == "__main__":
    main()
