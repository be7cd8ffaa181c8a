"""What is offered of the answers that were read: chosen, merged, and told with who wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from fusionls.core.editing import gate
from fusionls.core.editing.alignment import aligned
from fusionls.core.editing.choosing import choose_edit
from fusionls.core.editing.edit import EditChoice, EditTask, EditVerdict, Hunk, Judged, Proposal
from fusionls.core.editing.hunks import are_doubtful
from fusionls.core.editing.merging import MOST_CHECKS, merge_edits
from fusionls.core.editing.orders import Decision, EditClass
from fusionls.core.editing.similarity import Comparison
from fusionls.core.text import lines_with_ends

# To cut or to verify a text takes some 10 ms at 1,000 lines of 35 code points; twice that on a busy machine.
_MS_PER_CODE_POINT = 20 / 35_000
# Fewer checks find out nothing about a merge.
_FEWEST_CHECKS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer and its class."""

    judged: Judged
    klass: str


def decision(
    task: EditTask, answers: Sequence[Answer], within_ms: float, comparison: Comparison
) -> Decision:
    """Return what is offered of ``answers``, which come in an order that does not depend on their arrival.

    ``comparison`` is of the task's files. Nothing is merged where that would take more than ``within_ms``
    milliseconds on an ordinary machine.
    """
    judged = [one.judged for one in answers]
    weights = {one.proposal.member: one.weight for one in judged}
    choice = choose_edit(task, judged, priors=weights, comparison=comparison)
    failed = [one for one in judged if _may_complete(one)]
    klasses = {_key(one.judged): one.klass for one in answers}
    checks = _checks_within(task, judged, within_ms)
    if checks < _FEWEST_CHECKS:
        return _alone(task, choice, klasses, judged)

    def verdict_on(after: Mapping[str, str]) -> EditVerdict:
        return gate.judge_edit(task, Proposal("", 0, after))

    merged = merge_edits(task, choice, verdict_on, failed, min(checks, MOST_CHECKS))
    if not merged.hunks or merged.around is None:
        why = choice.why if choice.chosen is None else "no edit is left after it was verified"
        return Decision((), why=why, classes=_classes(choice, klasses, None))
    chosen = _key(merged.around)
    return Decision(
        merged.hunks,
        merged.dropped,
        choice.why,
        chosen,
        merged.merged,
        _classes(choice, klasses, chosen),
    )


def _may_complete(one: Judged) -> bool:
    """Tell whether something of an edit that does not pass may be of use to others."""
    return not one.verdict.passes and gate.DOES_NOT_PARSE not in one.verdict.why


def _key(one: Judged) -> tuple[str, int]:
    return one.proposal.member, one.proposal.sample


def _checks_within(task: EditTask, judged: Sequence[Judged], within_ms: float) -> int:
    """Return how many texts can be verified in ``within_ms`` after all candidates were cut."""
    touched = {name for one in judged for name in one.proposal.after if name in task.files}
    size = sum(len(task.files[name]) for name in touched)
    texts = {tuple(sorted(one.proposal.after.items())) for one in judged}
    each = max(size * _MS_PER_CODE_POINT, 1.0)
    return int(min(max(within_ms / each - len(texts), 0.0), float(MOST_CHECKS)))


def _classes(
    choice: EditChoice, klasses: Mapping[tuple[str, int], str], chosen: tuple[str, int] | None
) -> tuple[EditClass, ...]:
    """Return the classes of what passed, best first."""
    found: dict[str, list[tuple[str, int]]] = {}
    scores: dict[str, float] = {}
    for one, score in zip(choice.order, choice.scores, strict=True):
        klass = klasses[_key(one)]
        found.setdefault(klass, []).append(_key(one))
        scores[klass] = max(score, scores.get(klass, score))
    return tuple(
        EditClass(klass, tuple(keys), scores[klass], chosen in keys)
        for klass, keys in found.items()
    )


def _alone(
    task: EditTask,
    choice: EditChoice,
    klasses: Mapping[tuple[str, int], str],
    judged: Sequence[Judged],
) -> Decision:
    """Return the chosen edit as it is, in hunks of lines."""
    if choice.chosen is None:
        return Decision((), why=choice.why)
    key = _key(choice.chosen)
    classes = _classes(choice, klasses, key)
    own = next(one for one in classes if one.chosen)
    members = tuple(sorted({member for member, _ in own.answers}))
    heard = {one.proposal.member for one in judged}
    alone = len(members) == 1 and len(heard) > 1
    doubts = choice.chosen.verdict.doubts
    why = "; ".join((f"wanted by {len(members)} of {len(heard)}", *doubts))
    unsure = alone or are_doubtful(doubts)
    hunks = [
        Hunk(name, start, end, text, members, unsure, why)
        for name, after in sorted(choice.chosen.proposal.after.items())
        for start, end, text in changed_lines(task.files[name], after)
    ]
    return Decision(tuple(hunks), (), choice.why, key, merged=False, classes=classes)


def changed_lines(before: str, after: str) -> list[tuple[int, int, str]]:
    """Return where (code points) whole lines of ``before`` become which other text in ``after``."""
    old, new = lines_with_ends(before), lines_with_ends(after)
    starts = [0, *accumulate(map(len, old))]
    found: list[tuple[int, int, str]] = []
    for (i, j), (k, m) in pairwise([(-1, -1), *aligned(old, new), (len(old), len(new))]):
        text = "".join(new[j + 1 : m])
        if i + 1 < k or text:
            found.append((starts[i + 1], starts[k], text))
    return found
