"""Blocks and hunks, applied to the files they are for."""

from collections.abc import Mapping, Sequence

from fusionls.core.editing.blocks import Block, BrokenBlockError, blocks_in
from fusionls.core.editing.diffs import NO_FILE, DiffHunk, TooManyHunksError, file_diffs
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.keeping import unit_of, with_unit, without_blank_ends
from fusionls.core.editing.matching import Miss, Place, Rung, place_of, reindented
from fusionls.core.editing.paths import offered_file
from fusionls.core.text import line_end_of, lines_with_ends, strip_line_end

# Comparing lines that are only similar costs some milliseconds; an answer with more of them is a guess.
_MOST_SEARCHES = 100


class RefusedError(ValueError):
    """An answer is no edit; the text says why, for people and without code."""


class EditedText:
    """The lines of one file while blocks are applied to it."""

    __slots__ = ("_end", "_ends", "lines", "notes", "searches")

    def __init__(self, text: str) -> None:
        whole = lines_with_ends(text) if text else []
        self.lines = [strip_line_end(line) for line in whole]
        self._ends = [line[len(strip_line_end(line)) :] for line in whole]
        self._end = line_end_of(text)
        self.notes: list[str] = []
        self.searches = 0

    @property
    def text(self) -> str:
        """The text as it is now."""
        return "".join(line + end for line, end in zip(self.lines, self._ends, strict=True))

    def find(self, wanted: Sequence[str]) -> Place | Miss:
        """Return where lines stand; blank ones at the ends need not be there."""
        self.searches += 1
        if self.searches > _MOST_SEARCHES:
            raise RefusedError("the answer has too many changes to be looked up")
        found = place_of(self.lines, wanted)
        if found is not Miss.NOWHERE:
            return found
        low, high = 0, len(wanted)
        while low < high and not wanted[low].strip():
            low += 1
        while high > low and not wanted[high - 1].strip():
            high -= 1
        return found if high - low == len(wanted) else place_of(self.lines, wanted[low:high])

    def replace(self, place: Place, new: Sequence[str]) -> None:
        """Put ``new`` where ``place`` is, at its indentation. Lines that stay keep their bytes."""
        given = list(new)
        if place.rung is not Rung.EXACT:
            self.notes.append(f"the lines were found {place.rung.value}")
            given = with_unit(reindented(given, place), unit_of(self.lines))
        self.put(place.start, place.end, given)

    def put(self, start: int, end: int, new: Sequence[str]) -> None:
        """Replace the lines ``start`` to ``end``."""
        old_ends = self._ends[start:end]
        at_end = end == len(self.lines)
        last = old_ends[-1] if old_ends else ""
        ends = [
            old_ends[n] if n < len(old_ends) and old_ends[n] else self._end for n in range(len(new))
        ]
        if at_end and ends and old_ends:
            ends[-1] = last
        if not old_ends and new and start > 0 and not self._ends[start - 1]:
            # Behind a last line without an end the text goes on without one.
            self._ends[start - 1], ends[-1] = self._end, ""
        self.lines[start:end] = new
        self._ends[start:end] = ends
        if at_end and not new and not last and self._ends and old_ends:
            self._ends[-1] = ""


def apply_blocks(task: EditTask, answer: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the files that search/replace blocks make, and notes. Raises RefusedError."""
    try:
        blocks = blocks_in(answer)
    except BrokenBlockError:
        raise RefusedError("a search/replace block does not end") from None
    texts: dict[str, EditedText] = {}
    for block in blocks:
        name = _file_of(task, block, texts)
        edited = texts.setdefault(name, EditedText(task.files[name]))
        if not any(line.strip() for line in block.search):
            if "".join(edited.lines).strip():
                raise RefusedError("a block does not say which lines it replaces")
            edited.put(0, len(edited.lines), block.replace)
            continue
        place = edited.find(block.search)
        if isinstance(place, Miss):
            raise RefusedError(place.value)
        _replace_within(edited, place, block)
    return _finished(task.files, texts)


def _replace_within(edited: EditedText, place: Place, block: Block) -> None:
    """Blank lines at the ends of a block that are not in the file are left out on both sides."""
    new = list(block.replace)
    surplus = len(block.search) - (place.end - place.start)
    if surplus > 0:
        while new and not new[0].strip():
            new.pop(0)
        while new and not new[-1].strip():
            new.pop()
    edited.replace(place, new)


def _file_of(task: EditTask, block: Block, texts: Mapping[str, EditedText]) -> str:
    if block.file:
        name = offered_file(block.file, task.files)
        if name is None:
            raise RefusedError("the answer edits a file that was not offered")
        return name
    if len(task.files) == 1:
        return next(iter(task.files))
    found = []
    for name in sorted(task.files):
        edited = texts.get(name) or EditedText(task.files[name])
        place = place_of(edited.lines, block.search) if any(block.search) else Miss.NOWHERE
        if place is not Miss.NOWHERE:
            found.append(name)
    if len(found) != 1:
        raise RefusedError(Miss.SEVERAL.value if found else Miss.NOWHERE.value)
    return found[0]


def apply_diff(task: EditTask, answer: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the files that a unified diff makes, and notes. Raises RefusedError."""
    try:
        diffs = file_diffs(answer)
    except TooManyHunksError:
        raise RefusedError("the diff has more changes than a person could review") from None
    texts: dict[str, EditedText] = {}
    for diff in diffs:
        if NO_FILE in (diff.old_name, diff.new_name):
            raise RefusedError("the answer makes or deletes a file")
        named = diff.new_name or diff.old_name
        if not named and len(task.files) > 1:
            raise RefusedError("the diff does not say which file it is for")
        name = offered_file(named, task.files) if named else next(iter(task.files), None)
        if name is None:
            raise RefusedError("the answer edits a file that was not offered")
        edited = texts.setdefault(name, EditedText(task.files[name]))
        drift = 0
        for hunk in diff.hunks:
            drift = _apply(edited, hunk, drift)
    return _finished(task.files, texts)


def _apply(edited: EditedText, hunk: DiffHunk, drift: int) -> int:
    """Apply one hunk where its header says, and if its lines are not there, where they are."""
    start = hunk.line + drift
    at_line = hunk.line >= 0 and edited.lines[start : start + len(hunk.old)] == hunk.old
    if hunk.old == hunk.new:
        return drift
    if at_line and 0 <= start <= len(edited.lines):
        edited.put(start, start + len(hunk.old), hunk.new)
        return drift + len(hunk.new) - len(hunk.old)
    if not any(line.strip() for line in hunk.old):
        raise RefusedError("a change of the diff does not say where it belongs")
    place = edited.find(hunk.old)
    if isinstance(place, Miss):
        raise RefusedError(place.value)
    size = place.end - place.start
    new = hunk.new
    if size < len(hunk.old):
        new = without_blank_ends(new)
    edited.replace(place, new)
    return place.start - hunk.line + len(new) - size if hunk.line >= 0 else drift


def _finished(
    files: Mapping[str, str], texts: Mapping[str, EditedText]
) -> tuple[dict[str, str], tuple[str, ...]]:
    after = {name: edited.text for name, edited in texts.items()}
    notes = [note for edited in texts.values() for note in edited.notes]
    changed = {name: text for name, text in after.items() if text != files[name]}
    return changed, tuple(dict.fromkeys(notes))
