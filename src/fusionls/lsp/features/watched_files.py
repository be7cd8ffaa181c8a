"""``workspace/didChangeWatchedFiles``: files of the workspace came, changed or went."""

from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        session.engine.files_changed(tuple(change.uri for change in params.changes))


FEATURE = register
