"""What the code actions and the command that edit have in common: ask once, keep, and hand over."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.core.refactoring import EditSuggestion
from fusionls.lsp.answering import log_trace
from fusionls.lsp.edit_requests import WantedEdit, edit_request
from fusionls.lsp.file_names import name_of
from fusionls.lsp.progress import progress_beside
from fusionls.lsp.workspace_edits import offered_edit

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


@dataclass(frozen=True, slots=True)
class Edited:
    """What was suggested, and the edit that the client is to make of it."""

    suggestion: EditSuggestion
    edit: types.WorkspaceEdit


async def edited(
    server: "FusionServer", wanted: WantedEdit, token: types.ProgressToken | None = None
) -> Edited:
    """Ask for an edit, with progress under ``token``, or a bar of our own if the request brought none.

    Raises RequestFailed if there is none. When the person cancels the progress, all of it is cancelled.
    """
    session = server.session
    title = f"fusionls: editing {name_of(session.folders, wanted.uri)}"
    try:
        async with progress_beside(server, title, token) as report:
            request = await edit_request(session, wanted, server.client_capabilities)
            suggestion = await session.engine.edits.refactor(request, report, session.documents.get)
    finally:
        server.configuration.catch_up()
    session.keep(suggestion)
    log_trace(server, suggestion.trace, f"{len(suggestion.hunks)} changes")
    server.status_line.update()
    documents = session.documents
    edit = offered_edit(suggestion, documents.get, documents.encoding, server.client_capabilities)
    return Edited(suggestion, edit)
