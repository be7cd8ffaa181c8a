"""What the engine suggests, as an edit that the client can make."""

from collections.abc import Callable

from lsprotocol import types

from fusionls.core.editing.edit import Hunk
from fusionls.core.refactoring import EditFile, EditSuggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.lsp.edits import Note, TextReplacement, workspace_edit
from fusionls.lsp.failing import RequestFailed
from fusionls.lsp.positions import Encoding, position_at

# A file that is not open has this version with us, and null in the protocol.
_NOT_OPEN = -1
UNNAMED = "Edit"

Newest = Callable[[str], DocumentSnapshot | None]


def offered_edit(
    suggestion: EditSuggestion,
    newest: Newest,
    encoding: Encoding,
    capabilities: types.ClientCapabilities,
) -> types.WorkspaceEdit:
    """Return the hunks of ``suggestion``, and nothing else, for the documents as they are now.

    ``newest`` returns an open document. Raises RequestFailed if there are no hunks, or if a document is
    not any more what they were made for.
    """
    if suggestion.refusal or not suggestion.hunks:
        raise RequestFailed(suggestion.refusal or suggestion.trace.decision.why or "Nothing to do.")
    touched = {hunk.file for hunk in suggestion.hunks}
    files = {file.name: file for file in suggestion.files if file.name in touched}
    versions = {name: _version(file, newest) for name, file in files.items()}
    replacements = [
        _replacement(hunk, files[hunk.file], versions[hunk.file], suggestion.title, encoding)
        for hunk in suggestion.hunks
    ]
    created = [file.document.uri for file in files.values() if not file.exists]
    return workspace_edit(replacements, capabilities, created)


def _version(file: EditFile, newest: Newest) -> int | None:
    """Return the version that the client has of the text that the hunks are for."""
    made_for = file.document
    now = newest(made_for.uri)
    if now is None:
        if made_for.version != _NOT_OPEN:
            raise RequestFailed(f"{file.name} is not open any more; nothing is changed.")
        return None
    if now.length != made_for.length or not now.same_head(made_for, now.length):
        raise RequestFailed(f"{file.name} was changed at the last moment; nothing is changed.")
    return now.version


def _replacement(
    hunk: Hunk, file: EditFile, version: int | None, title: str, encoding: Encoding
) -> TextReplacement:
    start, end = (position_at(file.document, at, encoding) for at in (hunk.start, hunk.end))
    note = Note(_label(title, hunk), hunk.why, hunk.unsure)
    return TextReplacement(file.document.uri, version, start, end, hunk.text, note)


def _label(title: str, hunk: Hunk) -> str:
    """Return what is done and who wants it; clients show this prominently, and group by it."""
    what = title or UNNAMED
    return f"{what} (by {', '.join(hunk.members)})" if hunk.members else what
