"""Edits for the editor to make: into a WorkspaceEdit that this client can take, and over to it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

log = logging.getLogger(__name__)

# With these a client that fails half-way leaves nothing behind of an edit that only changes text.
_ALL_OR_NOTHING = frozenset(
    {
        types.FailureHandlingKind.Transactional,
        types.FailureHandlingKind.TextOnlyTransactional,
        types.FailureHandlingKind.Undo,
    }
)


@dataclass(frozen=True, slots=True)
class Note:
    """What a client shows beside an edit; ``confirm``: the person has to say yes to it."""

    label: str
    description: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class TextReplacement:
    """``text`` in place of what stands from ``start`` to ``end`` in one version of a document.

    Positions count units of the negotiated encoding. ``version`` is None for a document that is not open.
    ``note`` goes to clients that show such.
    """

    uri: str
    version: int | None
    start: types.Position
    end: types.Position
    text: str = field(repr=False)
    note: Note | None = None


def creates_files(capabilities: types.ClientCapabilities) -> bool:
    """Tell whether the client can take an edit that creates a file."""
    known = _workspace_edits(capabilities)
    return bool(known.document_changes) and types.ResourceOperationKind.Create in (
        known.resource_operations or ()
    )


def workspace_edit(
    edits: Iterable[TextReplacement],
    capabilities: types.ClientCapabilities,
    created: Sequence[str] = (),
) -> types.WorkspaceEdit:
    """Return ``edits`` in the form that the client knows: with versions and notes if it can take them.

    All edits of a document form one change, and nothing is ever a snippet. The files ``created`` are made
    first, and it fails where one is there meanwhile. Raises ValueError for edits that overlap or that mean
    different versions of one document, and for files to be created by a client that cannot: no client
    could apply them as meant.
    """
    documents: dict[str, list[TextReplacement]] = {}
    for edit in edits:
        documents.setdefault(edit.uri, []).append(edit)
    changes = {uri: _in_order(found) for uri, found in documents.items()}
    if created and not creates_files(capabilities):
        raise ValueError("an edit creates a file, and the client cannot")
    if not _workspace_edits(capabilities).document_changes:
        return types.WorkspaceEdit(
            changes={uri: [_text_edit(e) for e in found] for uri, found in changes.items()}
        )
    notes = _Notes(capabilities)
    new_files = [
        types.CreateFile(
            uri,
            options=types.CreateFileOptions(overwrite=False, ignore_if_exists=False),
            annotation_id=notes.id_of(changes[uri][0].note) if uri in changes else None,
        )
        for uri in created
    ]
    changed = [
        types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier(uri, found[0].version),
            [notes.attached(edit) for edit in found],
        )
        for uri, found in changes.items()
    ]
    return types.WorkspaceEdit(
        document_changes=[*new_files, *changed], change_annotations=notes.by_id or None
    )


class _Notes:
    """The notes of one edit; none for a client that shows none. ``by_id`` are those that were attached."""

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        self._shown = _workspace_edits(capabilities).change_annotation_support is not None
        self._ids: dict[Note, str] = {}
        self.by_id: dict[str, types.ChangeAnnotation] = {}

    def id_of(self, note: Note | None) -> str | None:
        if note is None or not self._shown:
            return None
        if note not in self._ids:
            self._ids[note] = number = str(len(self._ids) + 1)
            self.by_id[number] = types.ChangeAnnotation(
                note.label, needs_confirmation=note.confirm, description=note.description or None
            )
        return self._ids[note]

    def attached(self, edit: TextReplacement) -> types.TextEdit | types.AnnotatedTextEdit:
        number = self.id_of(edit.note)
        plain = _text_edit(edit)
        if number is None:
            return plain
        return types.AnnotatedTextEdit(number, plain.range, plain.new_text)


async def apply_edit(server: LanguageServer, edit: types.WorkspaceEdit, label: str) -> bool:
    """Ask the client to make ``edit``; return whether it did. If not, the person is told once, and why.

    Nothing of ours changes here: documents change when the client says so by didChange.
    """
    params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
    try:
        answered = await server.workspace_apply_edit_async(params)
    except JsonRpcException as error:
        reason = error.message
    except Exception as error:
        # An answer that is not the protocol's: whether the edit was made is not known.
        reason = f"its answer cannot be read, {type(error).__name__}"
    else:
        if answered is not None and answered.applied:
            return True
        reason = (answered and answered.failure_reason) or ""
    log.info("the client did not apply an edit")
    message = f"{label}: the editor did not apply the edit{f' ({reason})' if reason else ''}."
    if _may_be_half_done(edit, server.client_capabilities):
        message += " Some of the files may be changed already: look before you try again."
    server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))
    return False


def _in_order(edits: list[TextReplacement]) -> list[TextReplacement]:
    """Return one document's ``edits`` from its start to its end."""
    if len({edit.version for edit in edits}) > 1:
        raise ValueError("edits of one document mean different versions of it")
    # Stable: insertions at one place keep their order, as the protocol promises them.
    ordered = sorted(edits, key=lambda edit: (_key(edit.start), _key(edit.end)))
    if any(_key(edit.start) > _key(edit.end) for edit in ordered):
        raise ValueError("an edit ends before it starts")
    if any(_key(one.end) > _key(two.start) for one, two in pairwise(ordered)):
        raise ValueError("edits overlap")
    return ordered


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _text_edit(edit: TextReplacement) -> types.TextEdit:
    return types.TextEdit(types.Range(edit.start, edit.end), edit.text)


def _workspace_edits(
    capabilities: types.ClientCapabilities,
) -> types.WorkspaceEditClientCapabilities:
    workspace = capabilities.workspace
    known = workspace.workspace_edit if workspace else None
    return known or types.WorkspaceEditClientCapabilities()


def _may_be_half_done(edit: types.WorkspaceEdit, capabilities: types.ClientCapabilities) -> bool:
    """Tell whether a refused ``edit`` may have changed some documents: clients abort half-way."""
    documents = len(edit.document_changes or edit.changes or ())
    return documents > 1 and _workspace_edits(capabilities).failure_handling not in _ALL_OR_NOTHING
