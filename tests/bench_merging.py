"""What it costs to choose among five whole-file edits of a long file and to merge them.

The answers are there and have passed their gate. Five members change a long file: each of four places that
are drawn is changed by some of them, so that parts of others come in and have to be verified. Everything is
read anew, as for the first request on a file. All of it is the processor's time, which a busy machine
spoils least.
"""

import random
import time

from fusionls.core.editing.choosing import choose_edit
from fusionls.core.editing.edit import (
    EditTask,
    EditVerdict,
    Format,
    Judged,
    Merged,
    Proposal,
    Scope,
)
from fusionls.core.editing.merging import merge_edits
from fusionls.core.text import indentation, split_lines
from tests.bench_fusing import library, script
from tests.support.figures import Figure, at_share, median, scaled

# The bars by the number of lines: the median, the 99th percentile and the longest, in milliseconds.
BARS_MS = {1_000: ("<= 100", "<= 400", ""), 10_000: ("", "", "<= 3000")}
ROUNDS = {1_000: 100, 10_000: 10}
LEAST_ROUNDS = 8
PLACES = 4
MEMBERS = 5
PASSES = EditVerdict(True)


def merging(share: float) -> list[Figure]:
    """Return the figures of both lengths, in Python and in TypeScript."""
    figures: list[Figure] = []
    for lines, (usual, rare, longest) in BARS_MS.items():
        count = scaled(ROUNDS[lines], share, LEAST_ROUNDS)
        for name, text in (("python", library(lines)), ("typescript", script(lines))):
            # The first one compiles queries, once in the life of a server.
            _, *times = (_measured(name, text, seed) for seed in range(count + 1))
            what = f"five edits chosen and merged, {lines:,} lines of {name}"
            figures += [
                Figure(f"{what}: p50", median(times), "ms", usual),
                Figure(f"{what}: p99", at_share(times, 0.99), "ms", rare),
                Figure(f"{what}: longest", max(times), "ms", longest),
            ]
    return figures


def candidates(name: str, text: str, seed: int) -> list[Judged]:
    """Return the edits of five members, the same in every run."""
    dice = random.Random(seed)  # places, not secrets
    lines = split_lines(text)
    wanted = [n for n, line in enumerate(lines) if line.lstrip().startswith("return ")]
    places = dice.sample(wanted, PLACES)
    end = ";" if name == "typescript" else ""
    word = "const " if name == "typescript" else ""
    found = []
    for member in range(MEMBERS):
        after = list(lines)
        mine = [place for place in places if dice.random() < 0.6] or places[:1]
        for place in sorted(mine, reverse=True):
            margin = indentation(after[place])
            after[place:place] = [f"{margin}{word}kept_{place} = 1{end}"]
        proposal = Proposal(f"m{member}", 0, {"f": "\n".join(after)}, Format.FILE)
        found.append(Judged(proposal, PASSES, 0.5))
    return found


def merged_of(name: str, text: str, judged: list[Judged]) -> Merged:
    """Choose and merge."""
    task = EditTask({"f": text}, {"f": name}, "Keep it.", (Scope("f", 0, len(text)),))
    return merge_edits(task, choose_edit(task, judged), lambda after: PASSES)


def _measured(name: str, text: str, seed: int) -> float:
    """Return the milliseconds from five edits to what is offered."""
    judged = candidates(name, text, seed)
    begun = time.process_time()
    merged_of(name, text, judged)
    return (time.process_time() - begun) * 1000
