"""One request for an edit: asked, read, judged, chosen and merged, without a clock and without a network.

Invariant: total and deterministic. Whatever members answer, and in whatever order it was read, the same
answers make the same decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.asking import asked
from fusionls.core.editing.deciding import Answer, decision
from fusionls.core.editing.edit import EditVerdict, Hunk, Judged, Proposal, Unreadable
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.hiding import HiddenWork, hidden_work
from fusionls.core.editing.judging import FEWEST_JUDGED, Question, judge_asked
from fusionls.core.editing.narrowing import narrowed
from fusionls.core.editing.opening import Work, language_of, work_of
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
)
from fusionls.core.editing.rebasing import rebased
from fusionls.core.editing.similarity import Comparison
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.secret_literals import PLACEHOLDER

_NO_EDIT = EditVerdict(False)
_NOT_OPEN = "nothing was asked for"
_CANNOT_HIDE = "its secrets cannot be taken out of the text"
# Every place of a name is a hunk of its own.
_RENAME = "rename"
# A judge is told what is in dispute if that is found out in this time.
_JUDGED_WITHIN_MS = 500.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What an answer is, whoever gave it."""

    result: Proposal | Unreadable
    verdict: EditVerdict = _NO_EDIT
    klass: str = ""


class Desk:
    """Where the answers for one request are read and fused. ``open`` comes first, and once."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._hidden: HiddenWork | str | None = None
        self._comparison = Comparison({}, {})
        self._read: dict[tuple[str, bool], _Read] = {}
        self._judged: dict[tuple[str, int], Answer] = {}

    def open(self, order: EditOrder) -> Opened:
        """Take the request."""
        work = work_of(order)
        if isinstance(work, str):
            return Opened("", "", refusal=work)
        self._work = work
        task = work.task
        known = {name: language_of(task, name) for name in task.files}
        self._comparison = Comparison(task.files, known)
        return Opened(work.title, task.languages[order.first], work.length)

    def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        """Return what a member is asked, or why it cannot be, in a sentence for people."""
        work = self._work_for(order.redacts)
        return work if isinstance(work, str) else asked(work, order)

    def read(self, order: ReadOrder) -> Reading:
        """Take in an answer. One that was read before costs nothing."""
        found = self._found(order.text, order.redacted)
        if isinstance(found.result, Unreadable):
            why = (found.result.why,)
            return Reading(order.member, order.sample, passes=False, why=why, weight=order.weight)
        own = replace(found.result, member=order.member, sample=order.sample)
        judged = Judged(own, found.verdict, order.weight)
        self._judged[order.member, order.sample] = Answer(judged, found.klass)
        return Reading(
            order.member,
            order.sample,
            found.verdict.passes,
            found.klass,
            found.verdict.why,
            found.verdict.doubts,
            own.format.value,
            order.weight,
        )

    def decide(self, within_ms: float) -> Decision:
        """Choose among what was read and merge it.

        Nothing is measured here: what would take more than ``within_ms`` on an ordinary machine is left out.
        """
        if self._work is None:
            return Decision((), why=_NOT_OPEN)
        task = self._work.task
        found = decision(task, self._answers(), within_ms, self._comparison)
        hunks = narrowed(found.hunks, task.files, apart=task.refactoring == _RENAME)
        return replace(found, hunks=hunks)

    def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        """Return what a judge is asked, None where there is nothing to judge or no room for it."""
        work = self._work_for(order.redacts)
        if isinstance(work, str) or self._work is None:
            return None
        answers = self._answers()
        decided = decision(self._work.task, answers, _JUDGED_WITHIN_MS, self._comparison)
        if len(decided.classes) < FEWEST_JUDGED:
            return None
        first = {one.klass: answer for one in decided.classes for answer in one.answers[:1]}
        texts = [self._judged[first[one.klass]].judged.proposal.after for one in decided.classes]
        heard = {member for one in decided.classes for member, _ in one.answers}
        disputed = [hunk for hunk in decided.dropped if heard.intersection(hunk.members)]
        question = Question(self._work.task, work, texts, disputed)
        return judge_asked(question, order)

    def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        """Return ``hunks`` of the files as they were in the files as they are ``now``."""
        if self._work is None:
            return Rebased((), _NOT_OPEN)
        task = self._work.task
        known = {name: language_of(task, name) for name in task.files}
        return rebased(hunks, task.files, now, known)

    def _answers(self) -> list[Answer]:
        return [self._judged[key] for key in sorted(self._judged)]

    def _work_for(self, redacts: bool) -> Work | str:
        """Return the work as a member sees it."""
        if self._work is None:
            return _NOT_OPEN
        if not redacts:
            return self._work
        if self._hidden is None:
            self._hidden = hidden_work(self._work) or _CANNOT_HIDE
        return self._hidden if isinstance(self._hidden, str) else self._hidden.work

    def _found(self, text: str, redacted: bool) -> _Read:
        key = text, redacted
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._read_anew(text, redacted)
        return found

    def _read_anew(self, text: str, redacted: bool) -> _Read:
        shown = self._work_for(redacted)
        if isinstance(shown, str) or self._work is None:
            return _Read(Unreadable("", 0, shown if isinstance(shown, str) else _NOT_OPEN))
        task = self._work.task
        rules = self._work.refactoring.rules()
        reader = rules.read
        # A new name or a docstring by itself is read to the true text: there is no secret in it to mistake.
        is_plain = reader is not None and PLACEHOLDER not in text
        result = (reader or read_answer)(task if is_plain else shown.task, "", 0, text)
        if isinstance(self._hidden, HiddenWork) and redacted and not is_plain:
            result = result if isinstance(result, Unreadable) else self._hidden.restored(result)
        if isinstance(result, Unreadable):
            return _Read(result)
        verdict = judge_edit(task, result)
        if rules.check is not None and verdict.passes and (why := rules.check(task, result)):
            # Nothing of it is of use to others either.
            return _Read(Unreadable("", 0, why))
        klass = ""
        if result.after:
            klass = f"{crc32(self._comparison.change_of(result.after).form.encode('utf-8', 'replace')):08x}"
        return _Read(result, verdict, klass)
