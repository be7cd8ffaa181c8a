"""From what a person typed to an edit that is asked for, and from what came of it to a diff or files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusionls.cli.named_files import NamedFile, common_folder, project_of, read_files, whole_path
from fusionls.cli.selection import Selection, offsets
from fusionls.cli.unified_diff import FileChange, unified_diff
from fusionls.cli.writing import Writing
from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.rebasing import applied_to
from fusionls.core.refactoring import EditSuggestion, EditTrigger, RefactorRequest
from fusionls.core.refactorings import refactorings
from fusionls.core.text import DocumentSnapshot, without_lone_surrogates
from fusionls.core.units import Encoding

DOCUMENT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """An edit that a person asks for, and the files it may change. ``project`` is the folder they lie in.

    ``is_whole_file``: no range was given.
    """

    request: RefactorRequest
    files: tuple[NamedFile, ...]
    project: Path
    is_whole_file: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """A file of which the text, without its byte order mark, shall be ``after``."""

    file: NamedFile
    after: str

    @property
    def content(self) -> str:
        """The whole new text, byte order mark included."""
        return self.file.mark + without_lone_surrogates(self.after)


def asked(
    selection: Selection,
    also: Iterable[Path],
    refactoring: str,
    instruction: str,
    settings_root: Path | None,
) -> Asked:
    """Return what is asked for. Raises click.UsageError for files and ranges that cannot be used."""
    project = project_of(selection.file, settings_root)
    target = refactorings()[refactoring].target
    files = read_files(selection.file, also, project, target)
    edit_files = tuple(file.edit_file for file in files)
    start, end = offsets(selection, edit_files[0].document)
    request = RefactorRequest(
        "cli", edit_files, start, end, instruction, refactoring, EditTrigger.SHELL
    )
    return Asked(request, files, project, selection.start is None)


def edited_files(files: Sequence[NamedFile], hunks: Sequence[Hunk]) -> tuple[Edited, ...]:
    """Return the files that ``hunks`` change, in the order of ``files``."""
    in_order = sorted(hunks, key=lambda hunk: (hunk.start, hunk.end))
    edited = (
        Edited(file, applied_to(file.text, [hunk for hunk in in_order if hunk.file == file.name]))
        for file in files
    )
    return tuple(one for one in edited if one.after != one.file.text)


def diff_of(edited: Sequence[Edited], project: Path) -> tuple[str, Path | None]:
    """Return the diff, and where it is to be applied if that is not the folder of the command."""
    here = Path.cwd()
    paths = [one.file.path for one in edited]
    folder = here
    if not all(path.is_relative_to(here) for path in paths):
        folder = common_folder(paths, project) or here
    changes = [
        FileChange(
            path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix(),
            one.file.content,
            one.content,
        )
        for path, one in zip(paths, edited, strict=True)
    ]
    return unified_diff(changes), None if folder == here else folder


def writings(edited: Iterable[Edited], project: Path) -> list[Writing]:
    """Return what is to be written. Links lead no further than the project, or the file's own folder."""
    project = whole_path(project)
    return [
        Writing(
            one.file.path,
            one.file.raw,
            one.content.encode("utf-8"),
            project if one.file.path.is_relative_to(project) else one.file.path.parent,
        )
        for one in edited
    ]


def json_document(
    suggestion: EditSuggestion, diff: str, *, applied: bool, refused: str = ""
) -> dict[str, Any]:
    """Return all of it as one document. ``refused`` is why nothing was written."""
    documents = {file.name: file.document for file in suggestion.files}
    return {
        "v": DOCUMENT_VERSION,
        "title": suggestion.title,
        "refusal": refused or suggestion.refusal,
        "applied": applied,
        "hunks": [_hunk(one, documents) for one in suggestion.hunks],
        "dropped": [_hunk(one, documents) for one in suggestion.dropped],
        "diff": without_lone_surrogates(diff),
        "trace": suggestion.trace.to_json(with_text=True),
    }


def _hunk(hunk: Hunk, documents: Mapping[str, DocumentSnapshot]) -> dict[str, Any]:
    document = documents[hunk.file]
    return {
        "file": hunk.file,
        "start": _position(document, hunk.start),
        "end": _position(document, hunk.end),
        "text": hunk.text,
        "members": list(hunk.members),
        "unsure": hunk.unsure,
        "why": hunk.why,
    }


def _position(document: DocumentSnapshot, offset: int) -> dict[str, int]:
    line, column = document.column_of(offset, Encoding.UTF_32)
    return {"line": line + 1, "column": column + 1}


def remarks(wanted: Asked, suggestion: EditSuggestion) -> list[str]:
    """Return what a person is to confirm: a sentence for each reason in each file, with the lines."""
    documents = {file.name: file.document for file in suggestion.files}
    places: dict[tuple[str, str], list[int]] = {}
    for hunk in suggestion.hunks:
        if hunk.unsure:
            line = documents[hunk.file].line_at(hunk.start) + 1
            places.setdefault((hunk.file, hunk.why), []).append(line)
    return [
        f"please look at {shown_name(wanted, name)}:{', '.join(map(str, dict.fromkeys(lines)))}: {why}"
        for (name, why), lines in places.items()
    ]


def shown_name(wanted: Asked, name: str) -> str:
    """Return a file as it is found from here: below this folder its path, else the whole one."""
    here = Path.cwd()
    path = next((one.path for one in wanted.files if one.name == name), Path(name))
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def reasons(suggestion: EditSuggestion) -> list[str]:
    """Return what went wrong with the members if all of them failed, else why nothing is offered."""
    failed = [one for one in suggestion.trace.members if one.state == "failed"]
    if suggestion.failed and failed:
        return [f"{member.name} failed: {member.why}" for member in failed]
    return [suggestion.refusal or suggestion.trace.decision.why]
