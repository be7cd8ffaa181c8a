"""The answer of a model, in any format, read as the files that it wants.

Whole definitions are what is asked for; a whole file, search/replace blocks and a unified diff are read as
well, whatever prose and fences stand around. What cannot be read with certainty is refused with a reason.

Invariant: total. Whatever the answer is, there is a ``Proposal`` or an ``Unreadable``.
"""

from collections.abc import Mapping, Sequence

from fusionls.core.cleanup import CleaningContext, prose, think
from fusionls.core.cleanup.hidden_characters import hidden_in
from fusionls.core.editing.applying import RefusedError, apply_blocks, apply_diff
from fusionls.core.editing.blocks import looks_like_blocks
from fusionls.core.editing.definitions import definitions_of
from fusionls.core.editing.diffs import looks_like_diff
from fusionls.core.editing.edit import EditTask, Format, Proposal, Scope, Unreadable
from fusionls.core.editing.elisions import elisions_in
from fusionls.core.editing.fencing import Piece, pieces_of
from fusionls.core.editing.keeping import kept_as, unit_of, with_unit
from fusionls.core.editing.matching import Place, Rung, reindented
from fusionls.core.editing.paths import offered_file
from fusionls.core.editing.readable import error_count, tree_of
from fusionls.core.editing.replacing import with_definitions
from fusionls.core.editing.wholeness import (
    is_part_of_file,
    is_whole_file,
    why_no_file,
    without_name,
)
from fusionls.core.language import Language
from fusionls.core.languages import language_for, languages
from fusionls.core.text import (
    indentation,
    line_end_of,
    lines_with_ends,
    split_lines,
    without_lone_surrogates,
)

# A file of 10,000 lines has 400,000 characters; no parser takes more than a megabyte.
MOST_CODE_POINTS = 1_000_000
_LEFT_OUT = "the answer leaves code out"
# What a model shows how to run is no part of the edit.
_ASIDE = frozenset(
    ("shell", "console", "text", "output", "txt", "plaintext", "sh-session", "terminal")
)
_SHELLS = frozenset(("sh", "bash", "zsh"))
_DIFFS = frozenset(("diff", "patch"))
_ALIKE = (
    frozenset(("javascript", "typescript", "tsx")),
    frozenset(("c", "cpp")),
    frozenset(("html", "php", "javascript", "css")),
)
_NAMES = {"py": "python", "js": "javascript", "ts": "typescript", "c++": "cpp", "cs": "c-sharp"}
_NAMES |= {"csharp": "c-sharp", "c#": "c-sharp", "golang": "go", "rs": "rust", "rb": "ruby"}
_NAMES |= {"jsx": "javascript", "shell": "bash", "sh": "bash", "python3": "python"}


def read_answer(task: EditTask, member: str, sample: int, answer: str) -> Proposal | Unreadable:
    """Return the files that ``answer`` wants, or why it is no edit.

    Lines that it does not change keep their bytes, except in a whole file, where white space is the model's.
    A proposal may change nothing: that is for the gate to say.
    """
    try:
        after, form, notes = _read(task, answer)
        _refuse_hidden(task, after)
        _refuse_elisions(task, after)
    except RefusedError as refused:
        return Unreadable(member, sample, str(refused))
    changed = {name: text for name, text in sorted(after.items()) if text != task.files[name]}
    return Proposal(member, sample, changed, form, notes)


_Reading = tuple[dict[str, str], Format, tuple[str, ...]]


def _read(task: EditTask, answer: str) -> _Reading:
    if len(answer) > MOST_CODE_POINTS:
        raise RefusedError("the answer is too long to be read")
    if not task.files:
        raise RefusedError("no file was offered")
    text = think.FILTER.apply(answer, CleaningContext(_all(task), ""))
    text = without_lone_surrogates(text)
    if not text.strip():
        raise RefusedError("the answer is empty")
    if looks_like_blocks(text) and not any(map(looks_like_blocks, task.files.values())):
        after, notes = apply_blocks(task, text)
        return after, Format.BLOCKS, notes
    if looks_like_diff(text) and not any(map(looks_like_diff, task.files.values())):
        after, notes = apply_diff(task, text)
        return after, Format.DIFF, notes
    return _read_code(task, text)


def _all(task: EditTask) -> str:
    return "".join(text for _, text in sorted(task.files.items()))


def _read_code(task: EditTask, text: str) -> _Reading:
    has_fences = any("```" in before or "~~~" in before for before in task.files.values())
    pieces = _used(task, _pieces(task, text, has_fences))
    by_file: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_file.setdefault(_file_of(task, piece), []).append(piece)
    after: dict[str, str] = {}
    notes: list[str] = []
    form = Format.FILE
    for name, given in sorted(by_file.items()):
        if any(elisions_in(piece.text, task.files[name]) for piece in given):
            raise RefusedError(_LEFT_OUT)
        _refuse_hidden(task, dict.fromkeys((name,), "".join(piece.text for piece in given)))
        after[name], one_form, more = _read_file(task, name, given)
        form = one_form if one_form is Format.DEFINITION else form
        notes += more
    return after, form, tuple(dict.fromkeys(notes))


def _pieces(task: EditTask, text: str, has_fences: bool) -> Sequence[Piece]:
    """Return the pieces of code. Where the files have fences, fences are code unless they are around it."""
    if has_fences:
        lines = [line for line in split_lines(text) if line.strip()]
        around = lines[0].startswith(("```", "~~~")) and lines[-1].strip() in ("```", "~~~", "````")
        if not around and _is_read(task, text):
            return (Piece(text, fenced=False),)
        return pieces_of(text, nested=True)
    return pieces_of(text)


def _is_read(task: EditTask, text: str) -> bool:
    """Tell whether ``text`` as it stands is a file without errors, or nobody can tell."""
    language = _language(task, _first_file(task))
    parsed = tree_of(text, language)
    return language is None or (parsed is not None and not parsed.tree.root_node.has_error)


def _first_file(task: EditTask) -> str:
    if task.scopes and task.scopes[0].file in task.files:
        return task.scopes[0].file
    return min(task.files)


def _language(task: EditTask, name: str) -> Language | None:
    return languages().get(task.languages.get(name, ""))


def _used(task: EditTask, pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces that can be meant for a file, by their language and their text."""
    wanted = {task.languages.get(name, "") for name in task.files}
    used = [piece for piece in pieces if piece.text.strip() and _fits(piece, wanted)]
    if not used:
        told = any(piece.text.strip() for piece in pieces)
        raise RefusedError(
            "the answer is in another language" if told else "the answer holds no code"
        )
    return used


def _fits(piece: Piece, wanted: set[str]) -> bool:
    told = piece.language
    if not told:
        return True
    known = language_for(_NAMES.get(told, told), "")
    name = known.name if known is not None else _NAMES.get(told, told)
    if name in wanted or told in _DIFFS:
        return True
    if told in _ASIDE or told in _SHELLS:
        return wanted == {""}
    alike = any(name in group and wanted & group for group in _ALIKE)
    return alike or known is None or wanted == {""}


def _file_of(task: EditTask, piece: Piece) -> str:
    """Return the file that a piece is for. Raises RefusedError for one that was not offered."""
    if piece.file:
        name = offered_file(piece.file, task.files)
        if name is None:
            raise RefusedError("the answer edits a file that was not offered")
        return name
    first = next((line.strip() for line in split_lines(piece.text) if line.strip()), "")
    bare = first.strip("#/*<>!- ").removeprefix("file:").removeprefix("File:").strip()
    named = offered_file(bare, task.files) if first[:1] in "#/<" and bare else None
    return named or _home_of(task, piece) or _first_file(task)


def _home_of(task: EditTask, piece: Piece) -> str | None:
    """Return the only one of several files that has definitions of ``piece``."""
    if len(task.files) < 2:
        return None
    homes = []
    for name, text in sorted(task.files.items()):
        language = _language(task, name)
        new = {one.name for one in definitions_of(piece.text, language) if one.depth == 0}
        if new and any(one.own_name in new for one in definitions_of(text, language)):
            homes.append(name)
    return homes[0] if len(homes) == 1 else None


def _read_file(
    task: EditTask, name: str, pieces: Sequence[Piece]
) -> tuple[str, Format, tuple[str, ...]]:
    before = task.files[name]
    asked = task.instruction
    language = _language(task, name)
    scopes = [scope for scope in task.scopes if scope.file == name]
    piece = _joined(pieces, before, scopes, language)
    code = piece.text if piece.fenced else _without_prose(piece.text, before, language)
    code = without_name(code, name, task.files)
    whole = not scopes or any(not s.names and s.start <= 0 and s.end >= len(before) for s in scopes)
    whole = whole or not before.strip()
    if language is None and whole:
        return _as_file(before, code, piece), Format.FILE, ()
    if language is not None and whole and is_part_of_file(before, code, language, asked):
        made, notes = with_definitions(before, code, (), language, asked)
        return made, Format.DEFINITION, notes
    if language is not None and (whole or is_whole_file(before, code, scopes, language)):
        if why := why_no_file(before, code, language, asked):
            raise RefusedError(why)
        return _as_file(before, code, piece), Format.FILE, ()
    if language is not None and any(scope.names for scope in scopes):
        made, notes = with_definitions(before, code, scopes, language, asked)
        return made, Format.DEFINITION, notes
    if len(scopes) != 1:
        raise RefusedError("the answer does not say which part it is for")
    return _as_part(before, code, scopes[0]), Format.DEFINITION, ()


def _joined(
    pieces: Sequence[Piece], before: str, scopes: Sequence[Scope], language: Language | None
) -> Piece:
    """Return one piece for a file: the one that is the whole of it, or all of them in their order."""
    if len(pieces) == 1:
        return pieces[0]
    if language is None:
        raise RefusedError("the answer has several pieces of code")
    for piece in reversed(pieces):
        if is_whole_file(before, piece.text, scopes, language):
            return piece
    if not any(scope.names for scope in scopes):
        return max(pieces, key=lambda piece: len(piece.text))
    text = "\n".join(piece.text for piece in pieces)
    return Piece(text, closed=pieces[-1].closed)


def _without_prose(text: str, before: str, language: Language | None) -> str:
    """Drop talk around code that has no fence, where the code does not parse with it."""
    parsed = tree_of(text, language)
    if language is None or parsed is None or not parsed.tree.root_node.has_error:
        return text
    cleaned = prose.FILTER.apply(text, CleaningContext("", "", language=language))
    shorter = tree_of(cleaned, language)
    if shorter is None or error_count(shorter.tree) >= error_count(parsed.tree):
        return text
    ends = before.endswith(("\n", "\r")) and not cleaned.endswith(("\n", "\r"))
    return cleaned + line_end_of(before) if ends else cleaned


def _as_file(before: str, code: str, piece: Piece) -> str:
    wanted = unit_of(split_lines(before))
    lines = with_unit(split_lines(code), wanted)
    text = "".join(
        line + whole[len(whole.rstrip("\r\n")) :]
        for line, whole in zip(lines, lines_with_ends(code) or [""], strict=False)
    )
    if (
        before
        and piece.fenced
        and len(before) - len(before.rstrip("\r\n")) <= len(line_end_of(before))
    ):
        # Blank lines before a fence are its own.
        text = text.rstrip("\r\n")
    return kept_as(before, text, fenced=piece.fenced)


def _as_part(before: str, code: str, scope: Scope) -> str:
    """Return the file with ``code`` in place of ``scope``, at its indentation."""
    region = before[scope.start : scope.end]
    lines = with_unit(split_lines(code.strip("\r\n")), unit_of(split_lines(before)))
    found = next((indentation(line) for line in split_lines(region) if line.strip()), "")
    given = next((indentation(line) for line in lines if line.strip()), "")
    new = reindented(lines, Place(0, 0, Rung.SHIFTED, given, found))
    ends = region[len(region.rstrip("\r\n")) :]
    text = kept_as(before, line_end_of(before).join(new))
    return before[: scope.start] + text + ends + before[scope.end :]


def _refuse_hidden(task: EditTask, after: Mapping[str, str]) -> None:
    for name, text in after.items():
        if any(sign not in task.files[name] for sign in hidden_in(text)):
            raise RefusedError("the answer holds characters that nobody can see")


def _refuse_elisions(task: EditTask, after: Mapping[str, str]) -> None:
    for name, text in after.items():
        if elisions_in(text, task.files[name]):
            raise RefusedError(_LEFT_OUT)
