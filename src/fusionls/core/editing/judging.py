"""What a judge is asked: it sees the edits without names, and writes the best one down as a whole.

What it writes is one more candidate, and passes the same gates as all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusionls.core.defusing import defused
from fusionls.core.editing.asking import asked, fenced, mark_for
from fusionls.core.editing.deciding import changed_lines
from fusionls.core.editing.edit import EditTask, Hunk, Scope
from fusionls.core.editing.opening import Work
from fusionls.core.editing.orders import PromptOrder
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.redaction import redacted
from fusionls.core.text import split_lines

# One edit needs no judge; of more than a few a model remembers the first and the last.
FEWEST_JUDGED, MOST_JUDGED = 2, 4
_MOST_DISPUTES = 6
_LONGEST_DISPUTE = 600


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be judged. ``shown`` is the work as the judge sees it, ``after`` what each candidate makes.

    ``dropped`` are hunks that were left out because they do not go with the best one.
    """

    task: EditTask
    shown: Work
    after: Sequence[Mapping[str, str]]
    dropped: Sequence[Hunk] = ()


def judge_asked(question: Question, order: PromptOrder) -> RenderedPrompt | None:
    """Return what the judge is asked, None where it does not fit."""
    names = "ABCD"
    told = [
        f"Proposal {names[number]}:\n{_candidate(question, after, order)}"
        for number, after in enumerate(question.after[:MOST_JUDGED])
    ]
    disputes = _disputes(question, order)
    extra = "\n\n".join(
        (
            "Several people have proposed an edit for the instruction:",
            *told,
            *disputes,
            "Compare them with the instruction. Take what is right, correct what is wrong, and write down "
            "the one best edit.",
        )
    )
    found = asked(question.shown, order, extra)
    return None if isinstance(found, str) else found


def _candidate(question: Question, after: Mapping[str, str], order: PromptOrder) -> str:
    task = question.shown.task
    parts: list[str] = []
    for name in sorted(after):
        text = redacted(after[name]) if order.redacts else after[name]
        scopes = [scope for scope in task.scopes if scope.file == name]
        code = _region(task.files[name], text, scopes)
        if code is None:
            code = _as_changes(task.files[name], text)
        label = f"`{defused(name, order.special_tokens)}`\n" if len(task.files) > 1 else ""
        parts.append(label + fenced(task, name, code, order))
    return "\n".join(parts)


def _region(before: str, after: str, scopes: Sequence[Scope]) -> str | None:
    """Return what stands in place of the only scope, None where more than that is changed."""
    if len(scopes) != 1:
        return None
    head, tail = before[: scopes[0].start], before[scopes[0].end :]
    if len(after) < len(head) + len(tail):
        return None
    if not (after.startswith(head) and after.endswith(tail)):
        return None
    return after[len(head) : len(after) - len(tail)]


def _as_changes(before: str, after: str) -> str:
    """Return the lines that go and come, with signs before them."""
    lines: list[str] = []
    for start, end, text in changed_lines(before, after):
        lines += [f"- {line}" for line in split_lines(before[start:end].rstrip("\r\n"))]
        lines += [f"+ {line}" for line in split_lines(text.rstrip("\r\n"))]
    return "\n".join(lines)


def _disputes(question: Question, order: PromptOrder) -> list[str]:
    """Tell in which places the proposals want different things."""
    found: list[str] = []
    for hunk in question.dropped:
        before = question.task.files.get(hunk.file, "")
        low = before.rfind("\n", 0, hunk.start) + 1
        high = before.find("\n", hunk.end) % (len(before) + 1)
        old = before[low:high].strip("\r\n")
        new = (before[low : hunk.start] + hunk.text + before[hunk.end : high]).strip("\r\n")
        if len(old) + len(new) > _LONGEST_DISPUTE or len(found) == _MOST_DISPUTES:
            continue
        if order.redacts and _has_secrets(before, hunk):
            continue
        change = defused(f"{old or 'nothing'}\n=>\n{new or 'nothing'}", order.special_tokens)
        mark = mark_for(change)
        found.append(f"{mark}\n{change}\n{mark}")
    return ["They do not agree on these changes:", *found] if found else []


def _has_secrets(before: str, hunk: Hunk) -> bool:
    """Tell whether the file has secrets, or gets some by the hunk."""
    after = before[: hunk.start] + hunk.text + before[hunk.end :]
    return redacted(before) != before or redacted(after) != after
