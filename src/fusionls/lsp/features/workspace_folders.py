"""``workspace/didChangeWorkspaceFolders``: folders come and go while the session lasts."""

from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""
    # pygls answers this itself, for a store of documents that is not used here.
    server.protocol.fm.builtin_features.pop(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, None)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {folder.uri for folder in params.event.removed}
        left = [uri for uri in session.folders if uri not in gone]
        added = [folder.uri for folder in params.event.added]
        session.set_folders(tuple(dict.fromkeys([*left, *added])))
        server.offer()
        server.configuration.pull_soon()


FEATURE = register
