"""Secrets out of what members on other machines see, and back into what they answer.

Every secret looks the same in a prompt. A line with one goes back to its very text where it is certain which
line of the file it is: it stands where it stood, or no other line of the file looks like it. Everything else
is refused: a secret in a wrong place is worse than no edit.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fusionls.core.editing.alignment import aligned
from fusionls.core.editing.edit import Proposal, Scope, Unreadable
from fusionls.core.editing.opening import Work
from fusionls.core.redaction import redacted, redacted_words, secret_spans
from fusionls.core.refactoring import Reported
from fusionls.core.secret_literals import PLACEHOLDER
from fusionls.core.text import indentation, lines_with_ends, strip_line_end

# A shorter one may be any word of a sentence.
_LEAST_SECRET = 4
_CHANGED = "it changes a line with a secret, which this member is not shown"


@dataclass(frozen=True, slots=True)
class HiddenWork:
    """A task without its secrets. ``files`` are the texts with them, ``hidden`` those that have any."""

    work: Work
    files: Mapping[str, str]
    hidden: frozenset[str]

    def restored(self, proposal: Proposal) -> Proposal | Unreadable:
        """Return ``proposal``, an edit of what was shown, as one of the files; refused if not certain."""
        after: dict[str, str] = {}
        for name, text in proposal.after.items():
            made: str | None = text
            if name in self.hidden:
                made = with_secrets(self.files[name], self.work.task.files[name], text)
            elif PLACEHOLDER in text and PLACEHOLDER not in self.files.get(name, ""):
                made = None
            if made is None:
                return Unreadable(proposal.member, proposal.sample, _CHANGED)
            after[name] = made
        changed = {n: text for n, text in after.items() if text != self.files.get(n)}
        return replace(proposal, after=changed)


def hidden_work(work: Work) -> HiddenWork | None:
    """Return ``work`` as members on other machines see it. None where its secrets cannot be taken out."""
    task = work.task
    files = {name: redacted(text) for name, text in task.files.items()}
    hidden = frozenset(name for name, text in files.items() if text != task.files[name])
    lines = {
        name: (lines_with_ends(task.files[name]), lines_with_ends(files[name])) for name in hidden
    }
    if any(len(old) != len(new) for old, new in lines.values()):
        return None
    moves = {name: _Moves(old, new) for name, (old, new) in lines.items()}
    secrets = {
        task.files[name][low:high]
        for name in hidden
        for low, high in secret_spans(task.files[name])
    }
    first = moves.get(work.first)
    places = [(one.start, one.end) for one in work.reported]
    if first is not None:
        places = [(first.to(start), first.to(end)) for start, end in places]
    reported = tuple(
        Reported(*place, _told(one.message, secrets))
        for place, one in zip(places, work.reported, strict=True)
    )
    selected = task.selected
    if selected is not None and first is not None:
        selected = first.to(selected[0]), first.to(selected[1])
    shown = replace(
        task,
        files=files,
        instruction=_told(work.told_far, secrets),
        scopes=tuple(_moved(scope, moves) for scope in task.scopes),
        selected=selected,
    )
    return HiddenWork(replace(work, task=shown, reported=reported), task.files, hidden)


def _told(words: str, secrets: Collection[str]) -> str:
    """Return what people or compilers say without secrets, also such as only the files tell apart."""
    for secret in sorted(secrets, key=lambda secret: (-len(secret), secret)):
        if len(secret) >= _LEAST_SECRET:
            words = words.replace(secret, PLACEHOLDER)
    return redacted_words(words)


def _moved(scope: Scope, moves: Mapping[str, "_Moves"]) -> Scope:
    if scope.file not in moves:
        return scope
    move = moves[scope.file]
    return replace(scope, start=move.to(scope.start), end=move.to(scope.end))


class _Moves:
    """Places of a text in the same text without its secrets. The lines are the same in number."""

    __slots__ = ("_new", "_old")

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self._old = old
        self._new = new

    def to(self, at: int) -> int:
        """Return the place of ``at``; that of the beginning of a secret where it is inside of one."""
        moved = 0
        for old, new in zip(self._old, self._new, strict=True):
            if at <= len(old):
                return moved + _column(old, new, at)
            at -= len(old)
            moved += len(new)
        return moved


def _column(old: str, new: str, column: int) -> int:
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    if column <= same:
        return column
    tail = len(old) - column
    if old[column:] == new[len(new) - tail :] and tail <= len(new) - same:
        return len(new) - tail
    return same


def with_secrets(before: str, hidden: str, after: str) -> str | None:
    """Return ``after``, an edit of ``hidden``, with the secrets of ``before``; None where it is not certain.

    ``hidden`` is ``before`` without its secrets, on as many lines.
    """
    old = [strip_line_end(line) for line in lines_with_ends(before)]
    shown = [strip_line_end(line) for line in lines_with_ends(hidden)]
    given = lines_with_ends(after)
    new = [strip_line_end(line) for line in given]
    wanted = [n for n, line in enumerate(new) if PLACEHOLDER in line]
    if not wanted:
        return after
    homes = _homes(shown, new)
    sure = _Certainty(old, shown, new, homes)
    made = list(given)
    for number in wanted:
        origin = sure.origin(number)
        if origin is None:
            return None
        margin = indentation(new[number])
        secret = old[origin]
        line = margin + secret[len(indentation(secret)) :]
        made[number] = line + given[number][len(new[number]) :]
    return "".join(made)


def _homes(shown: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return for lines of the edit which lines of the text before they are, as far as they stand in order."""
    bare = [line.strip() for line in shown]
    return {there: here for here, there in aligned(bare, [line.strip() for line in new])}


class _Certainty:
    """Tells which line of the file a line with a hidden secret is."""

    def __init__(
        self, old: Sequence[str], shown: Sequence[str], new: Sequence[str], homes: Mapping[int, int]
    ) -> None:
        self._new = [line.strip() for line in new]
        self._homes = homes
        self._shown = [line.strip() for line in shown]
        self._old = [line.strip() for line in old]
        self._alike: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self._shown):
            if PLACEHOLDER in line:
                self._alike[line].append(number)
        self._given: dict[str, int] = defaultdict(int)
        for line in self._new:
            if PLACEHOLDER in line:
                self._given[line] += 1

    def origin(self, number: int) -> int | None:
        """Return the line of the file that line ``number`` of the edit is, None where nobody can tell."""
        line = self._new[number]
        alike = self._alike.get(line, [])
        if not alike or self._given[line] > len(alike):
            # Written anew, or written twice.
            return None
        if len({self._old[n] for n in alike}) == 1:
            return alike[0]
        home = self._homes.get(number)
        if home is None or self._given[line] != len(alike):
            return None
        return home if self._above(number, home) else None

    def _above(self, number: int, home: int) -> bool:
        """Tell whether the same line with text is above both."""
        while number > 0 and not self._new[number - 1]:
            number -= 1
        while home > 0 and not self._shown[home - 1]:
            home -= 1
        if number == 0 or home == 0:
            return number == home
        return self._homes.get(number - 1) == home - 1
