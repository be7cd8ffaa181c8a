"""What each clean-up filter does to recorded answers, and what the gate says of what was fused.

    python -m tests.eval_cleanup filters [PACK.jsonl.gz] [--show]
    python -m tests.eval_cleanup verdicts PREDICTIONS.jsonl [PACK.jsonl.gz]

An answer is right if its first line with text is that of the reference, blanks folded, as ``score.py`` says.
``filters`` counts for every filter the answers it changed, those right before it and wrong behind it
(damage) and the other way round (gain). ``verdicts`` judges predictions anew, each by a hole of its own, and
exits with 1 if a text that was shown is broken.
"""

import argparse
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fusionls.core.agreement import class_key
from fusionls.core.cleanup import CleaningContext, clean, filters
from fusionls.core.cleanup.suffix_overlap import SUFFIX_OVERLAP, is_copy
from fusionls.core.families import family_for
from fusionls.core.languages import language_for
from fusionls.core.request import Extent
from fusionls.core.validation import open_hole

PACK = "completion_recorded.jsonl.gz"


def cases(pack: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(pack, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def context_of(case: dict[str, Any], model: str) -> CleaningContext:
    partial = case["prefix"].rpartition("\n")[2]
    return CleaningContext(
        case["prefix"],
        case["suffix"],
        Extent.BLOCK if not partial.strip() else Extent.BODY,
        special_tokens=family_for(model).special_tokens,
        language=language_for(case["language"], ""),
    )


def steps(answer: str, context: CleaningContext) -> Iterator[tuple[str, str, str]]:
    """Yield every filter that changes ``answer``, with the text before it and behind it."""
    text = answer
    for step in filters():
        after = step.apply(text, context)
        if not after and step.name == SUFFIX_OVERLAP and is_copy(text, context):
            continue  # it is kept, without a vote
        if after != text:
            yield step.name, text, after
        text = after


def measure_filters(pack: Path, *, show: bool) -> None:
    counts: dict[str, Counter[str]] = {step.name: Counter() for step in filters()}
    whole: Counter[str] = Counter()
    for case in cases(pack):
        right = class_key(case["reference"])
        for model, answers in case["candidates"].items():
            answer = answers[0] if answers and answers[0] else ""
            context = context_of(case, model)
            for name, before, after in steps(answer, context):
                counts[name]["changed"] += 1
                damaged = class_key(before) == right != class_key(after)
                counts[name]["damage"] += damaged
                counts[name]["gain"] += class_key(after) == right != class_key(before)
                if damaged and show:
                    print(f"{case['id']} {model} {name}\n  {before!r}\n  {after!r}")
            cleaned = clean(answer, context)
            whole["answers"] += bool(answer.strip())
            whole["right before"] += class_key(answer) == right
            whole["right after"] += class_key(cleaned.text) == right
            whole["copies"] += cleaned.copy
            whole["copies that are right"] += cleaned.copy and class_key(cleaned.text) == right
    print(f"{'filter':20}{'changed':>9}{'damage':>9}{'gain':>9}")
    for name, count in counts.items():
        print(f"{name:20}{count['changed']:9}{count['damage']:9}{count['gain']:9}")
    print(", ".join(f"{name}: {count}" for name, count in whole.items()))


def measure_verdicts(predictions: Path, pack: Path) -> bool:
    """Print the verdicts on what is offered and shown; return whether nothing shown is broken."""
    said = {row["id"]: row for row in map(json.loads, predictions.open(encoding="utf-8"))}
    counts: dict[str, Counter[str]] = {"text": Counter(), "auto_text": Counter()}
    for case in cases(pack):
        language = language_for(case["language"], "")
        hole = open_hole(language, case["prefix"], case["suffix"])
        for kind, count in counts.items():
            text = said[case["id"]].get(kind)
            count[hole.check(text).gate.value if text else "nothing"] += 1
    for kind, count in counts.items():
        print(f"{kind:10}", ", ".join(f"{name} {number}" for name, number in count.most_common()))
    return not any(count["broken"] for count in counts.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("FUSIONLS_PACKS", "../shared/eval/dev"))
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("filters")
    command.add_argument("pack", nargs="?", type=Path, default=folder / PACK)
    command.add_argument("--show", action="store_true", help="print what was damaged")
    command = commands.add_parser("verdicts")
    command.add_argument("predictions", type=Path)
    command.add_argument("pack", nargs="?", type=Path, default=folder / PACK)
    asked = parser.parse_args()
    if asked.command == "filters":
        measure_filters(asked.pack, show=asked.show)
        return 0
    return int(not measure_verdicts(asked.predictions, asked.pack))


if __name__ == "__main__":
    sys.exit(main())
