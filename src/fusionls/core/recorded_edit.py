"""One recorded edit through the core: read, judged, chosen, as if the members had just answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.choosing import choose_edit
from fusionls.core.editing.edit import (
    EditChoice,
    EditTask,
    EditVerdict,
    Judged,
    Scope,
    Unreadable,
)
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.languages import language_for
from fusionls.core.text import without_lone_surrogates


@dataclass(frozen=True, slots=True)
class RecordedEdit:
    """A file, what was wanted of it, and what models answered: of each its samples, None for no answer."""

    language: str
    before: str
    instruction: str
    answers: Mapping[str, Sequence[str | None]]

    @property
    def task(self) -> EditTask:
        """The task that would have been asked: the whole file may be edited."""
        language = language_for(self.language, "")
        name = f"file{language.extensions[0]}" if language else "file"
        return EditTask(
            files={name: self.before},
            languages={name: language.name if language else ""},
            instruction=self.instruction,
            scopes=(Scope(name, 0, len(self.before)),),
        )


def edit_priors(case: RecordedEdit, learned: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return how good each model of ``case`` is held to be: as ``learned``, else by its name."""
    known = learned or {}
    return {name: known.get(name, edit_prior_of(name)) for name in case.answers}


def judged_answers(case: RecordedEdit, samples: int = 1) -> list[Judged]:
    """Return the first ``samples`` answers of each model that could be read, judged by the gate."""
    task = case.task
    seen: dict[str, EditVerdict] = {}
    found: list[Judged] = []
    for name, answers in case.answers.items():
        for number, answer in enumerate(answers[:samples]):
            text = without_lone_surrogates(answer or "")
            read = read_answer(task, name, number, text)
            if isinstance(read, Unreadable):
                continue
            if text not in seen:
                seen[text] = judge_edit(task, read)
            found.append(Judged(read, seen[text], edit_prior_of(name)))
    return found


def chosen_edit(
    case: RecordedEdit, samples: int = 1, learned: Mapping[str, float] | None = None
) -> EditChoice:
    """Return which of the answers of ``case`` is offered."""
    judged = judged_answers(case, samples)
    return choose_edit(case.task, judged, priors=edit_priors(case, learned))


def text_of(case: RecordedEdit, choice: EditChoice) -> str | None:
    """Return the whole file as ``choice`` leaves it, None where nothing is offered."""
    if choice.chosen is None:
        return None
    (name, before), *_ = case.task.files.items()
    return choice.chosen.proposal.after.get(name, before)
