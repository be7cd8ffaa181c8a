"""What merging does to the edits that are chosen from a pack: what is offered beside what was chosen.

    python -m tests.eval_edit_merging PACK.jsonl.gz

For each pool of ``tests.eval_edits``, with rates by name: which tests pass with what was chosen and with what
is offered (``score.py`` runs what no model wrote as it is), in how many cases something of others came in,
and in how many the next candidate was taken because the chosen one did not verify. Then what must hold of
every edit that is offered, counted over all pools: that it breaks no file that parsed, that its hunks make it
of the text before and change nothing else, and that nothing is wrong in it that is not wrong in the chosen
edit.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from fusionls.core.editing.cutting import cut
from fusionls.core.editing.edit import EditChoice, EditTask, Format, Judged, Merged, Proposal
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.merging import merge_edits
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.trees import parsed
from fusionls.core.editing.verifying import HARD, Problem, Verifier
from fusionls.core.languages import languages
from tests.eval_edits import POOLS, Case, cases_of, models_in, scored


def merged_of(case: Case, choice: EditChoice, members: Sequence[str], samples: int) -> Merged:
    task = case.found.case.task
    failed = [
        one
        for one in case.judged
        if not one.verdict.passes
        and one.proposal.member in members
        and one.proposal.sample < samples
    ]
    return merge_edits(
        task, choice, lambda after: judge_edit(task, Proposal("", 0, after, Format.FILE)), failed
    )


def problems(task: EditTask, after: Mapping[str, str]) -> frozenset[Problem]:
    """Return what is wrong in the files ``after`` an edit that was not wrong before."""
    trees = {}
    for name, text in task.files.items():
        language = languages().get(task.languages[name])
        trees[name] = None if language is None else parsed(language, text)
    atoms = {name: cut(name, trees[name], task.files[name], after[name]) for name in after}
    return Verifier(task, trees).problems(after, atoms)


def from_hunks(text: str, merged: Merged) -> str:
    at = 0
    parts: list[str] = []
    for hunk in merged.hunks:
        parts += (text[at : hunk.start], hunk.text)
        at = hunk.end
    return "".join((*parts, text[at:]))


def kept(case: Case, chosen: Judged, merged: Merged) -> dict[str, bool]:
    """Tell of one edit that is offered what must hold."""
    task = case.found.case.task
    ((name, text),) = task.files.items()
    found = problems(task, merged.after)
    return {
        "parses": not any(problem.kind == "parse" for problem in found),
        "nothing hard is wrong": not any(problem.kind in HARD for problem in found),
        "is made by its hunks": from_hunks(text, merged) == merged.after.get(name, text),
        "not worse than the chosen edit": found <= problems(task, chosen.proposal.after),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    options = parser.parse_args()
    cases = cases_of(options.pack)
    held: Counter[str] = Counter()
    for pool, (chosen_from, samples) in POOLS.items():
        members = chosen_from or models_in(cases)
        rates = {name: edit_prior_of(name) for name in members}
        before: dict[str, str | None] = {}
        after: dict[str, str | None] = {}
        united = replaced = 0
        for case in cases:
            key, task = case.found.id, case.found.case.task
            choice = case.chosen(members, samples, rates)
            before[key] = after[key] = None
            if choice.chosen is None:
                continue
            (name,) = task.files
            merged = merged_of(case, choice, members, samples)
            before[key] = choice.chosen.proposal.after.get(name)
            after[key] = merged.after.get(name)
            united += merged.merged
            replaced += not merged.merged and before[key] != after[key]
            if merged.hunks:
                held["offered"] += 1
                held.update(k for k, v in kept(case, choice.chosen, merged).items() if v)
        chose, offers = (scored(options.pack, texts, members) for texts in (before, after))
        print(
            f"| {pool} | {chose['fused']:.1%} | {offers['fused']:.1%} | {united} | {replaced} |",
            flush=True,
        )
    print(dict(held))


if __name__ == "__main__":
    main()
