"""How the rows of the gate of edits fire on recorded answers, and which answers the reader takes.

    .venv/bin/python tests/eval_edit_gate.py ../shared/eval/dev/edit_recorded.jsonl.gz

``pass`` of a pack is read to measure, never to choose.
"""

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.edit import EditTask, Proposal, Scope, Unreadable
from fusionls.core.editing.gate import judge_edit

FILE = "edited.py"


def answers(path: Path) -> Iterator[tuple[EditTask, str, int, str, bool]]:
    """Yield every recorded answer with its task and whether it passed its tests."""
    with gzip.open(path, "rt", encoding="utf-8") as pack:
        for line in pack:
            case = json.loads(line)
            before = case["before"]
            whole = Scope(FILE, 0, len(before))
            task = EditTask({FILE: before}, {FILE: case["language"]}, case["instruction"], (whole,))
            for member, samples in sorted(case["candidates"].items()):
                for number, one in enumerate(samples):
                    if one is not None and one.get("text") is not None:
                        yield task, member, number, one["text"], bool(one["pass"])


def main() -> None:
    """Print the table."""
    fired: Counter[str] = Counter()
    right: Counter[str] = Counter()
    read: Counter[str] = Counter()
    count = passed = rejected = thrown = 0
    seconds: list[float] = []
    for task, member, number, text, good in answers(Path(sys.argv[1])):
        count += 1
        passed += good
        taken = read_answer(task, member, number, text)
        if isinstance(taken, Unreadable):
            read[f"refused: {taken.why}"] += 1
            right[f"refused: {taken.why}"] += good
        else:
            same = taken.after.get(FILE, task.files[FILE]) == text
            read[f"{taken.format.value}, {'the same bytes' if same else 'other bytes'}"] += 1
        start = time.perf_counter()
        verdict = judge_edit(task, Proposal(member, number, {FILE: text}))
        seconds.append(time.perf_counter() - start)
        rejected += not verdict.passes
        thrown += good and not verdict.passes
        rows = [*verdict.why, *(f"doubt: {doubt}" for doubt in verdict.doubts)]
        fired.update(rows)
        right.update(row for row in rows if good)
    print(f"{count} answers, base rate {passed / count:.3f}")
    print(
        f"rejected {rejected} ({rejected / count:.3f}), right ones thrown away {thrown} of {passed}"
    )
    for row, times in sorted(
        fired.items(), key=lambda pair: (pair[0].startswith("doubt"), -pair[1])
    ):
        print(f"  {times / count:.3f}  P(pass) {right[row] / times:.3f}  {right[row]:4}  {row}")
    print("reading the recorded text as an answer:")
    for row, times in read.most_common():
        print(f"  {times / count:.4f}  {times:5}  right {right.get(row, '-')}  {row}")
    seconds.sort()
    ends = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100], seconds[-1]
    print("judging, ms: p50 {:.1f}  p99 {:.1f}  max {:.1f}".format(*(1000 * s for s in ends)))


if __name__ == "__main__":
    main()
