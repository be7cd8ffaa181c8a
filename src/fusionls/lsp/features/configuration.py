"""``workspace/didChangeConfiguration``: the editor's settings have changed."""

from typing import TYPE_CHECKING

from lsprotocol import types

from fusionls.lsp.session import Session

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer


def register(server: "FusionServer", session: Session) -> None:
    """Add the feature to ``server``."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configuration(params: types.DidChangeConfigurationParams) -> None:
        server.configuration.changed(params.settings)


FEATURE = register
