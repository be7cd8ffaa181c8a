"""Capabilities that are registered while the session runs, where the client wants it so.

Language Server Protocol 3.17, "Register Capability": what is registered is never advertised as well.
"""

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.lsp.action_list import KINDS
from fusionls.lsp.asking import NoAnswer
from fusionls.lsp.client import Client
from fusionls.lsp.configuration import SECTION

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)

# Clients answer at once; one that does not has most likely registered.
ANSWER_S = 10.0


def advertise(server: "FusionServer", client: Client) -> None:
    """Settle before ``initialize`` is answered what its result says, and what is registered instead."""
    options: dict[str, Any] = server.protocol.fm.feature_options
    if client.registers_inline_completion:
        # Without options pygls advertises nothing.
        options.pop(types.TEXT_DOCUMENT_INLINE_COMPLETION, None)
    if client.registers_code_actions:
        # Without options pygls would say that there are code actions.
        options[types.TEXT_DOCUMENT_CODE_ACTION] = None
    elif not client.takes_code_actions:
        # LSP 3.17, "Code Action Request": options are for clients that know more than commands.
        options[types.TEXT_DOCUMENT_CODE_ACTION] = True


class Registrations:
    """Registers and unregisters until the client knows what is offered."""

    def __init__(self, server: "FusionServer") -> None:
        self._server = server
        self._wanted: dict[str, Any] = {}
        self._registered: dict[str, Any] = {}
        self._refused: set[str] = set()
        self._settling = False

    def update(self, *, completing: bool, editing: bool, watching: bool = False) -> None:
        """Offer inline completion if ``completing``, code actions if ``editing``, and what is always offered.

        Files on disk are ``watching``-ed where changes in them are of use.
        """
        client = self._server.session.client
        self._wanted = {}
        if client.registers_inline_completion and completing:
            # A selector of null means the documents that the client starts the server for.
            options: Any = types.InlineCompletionRegistrationOptions(document_selector=None)
            self._wanted[types.TEXT_DOCUMENT_INLINE_COMPLETION] = options
        if client.registers_code_actions and editing:
            options = types.CodeActionRegistrationOptions(
                document_selector=None, code_action_kinds=KINDS, resolve_provider=True
            )
            self._wanted[types.TEXT_DOCUMENT_CODE_ACTION] = options
        if client.registers_configuration:
            options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            self._wanted[types.WORKSPACE_DID_CHANGE_CONFIGURATION] = options
        if client.registers_watched_files and watching:
            # Which of them are ignored changes with the files that say so.
            every = types.FileSystemWatcher(glob_pattern="**/*")
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=[every])
            self._wanted[types.WORKSPACE_DID_CHANGE_WATCHED_FILES] = options
        if not self._settling:
            self._settling = True
            self._server.start_soon(self._settle())

    async def _settle(self) -> None:
        try:
            while True:
                missing = {
                    method: options
                    for method, options in self._wanted.items()
                    if method not in self._registered and method not in self._refused
                }
                surplus = [method for method in self._registered if method not in self._wanted]
                if not missing and not surplus:
                    return
                if surplus:
                    await self._unregister(surplus)
                if missing:
                    await self._register(missing)
        finally:
            self._settling = False

    async def _register(self, missing: dict[str, Any]) -> None:
        registrations = [
            types.Registration(id=_id(method), method=method, register_options=options)
            for method, options in missing.items()
        ]
        params = types.RegistrationParams(registrations=registrations)
        self._registered.update(missing)
        if not await self._taken(types.CLIENT_REGISTER_CAPABILITY, params):
            self._refused.update(missing)
            for method in missing:
                del self._registered[method]

    async def _unregister(self, surplus: list[str]) -> None:
        gone = [types.Unregistration(id=_id(method), method=method) for method in surplus]
        params = types.UnregistrationParams(unregisterations=gone)
        for method in surplus:
            del self._registered[method]
        await self._taken(types.CLIENT_UNREGISTER_CAPABILITY, params)

    async def _taken(self, method: str, params: Any) -> bool:
        """Ask the client; return False if it refused."""
        try:
            await self._server.protocol.asked(method, params, ANSWER_S)
        except NoAnswer as error:
            log.warning("%s: %s", method, error)
            return not error.refused
        return True


def _id(method: str) -> str:
    return f"fusionls.{method.rpartition('/')[2]}"
