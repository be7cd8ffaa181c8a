"""The editor's settings: asked for where the client answers, taken as they come where it does not.

Language Server Protocol 3.17, "Configuration Request" and "DidChangeConfiguration Notification". What
comes has the rights of a project; what may be done with it is decided behind ``engine.configure``.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fusionls.engine.scopes import EVERYWHERE
from fusionls.lsp.asking import NoAnswer

if TYPE_CHECKING:
    from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)

SECTION = "fusionls"
# A client that shows a dialog may take its time; one that has not answered by then never will.
ANSWER_S = 10.0
# While a request of the client runs it is not asked: Helix would wait for us, and we for it.
LOOK_AGAIN_S = 0.02
# Problems are said once each; a client that invents new ones for ever is not listened to for ever.
MOST_PROBLEMS_SAID = 20


class Configuration:
    """Keeps the engine's wishes as the client's settings say; the last good ones stay."""

    def __init__(self, server: "FusionServer") -> None:
        self._server = server
        self._session = server.session
        self._stale = False
        self._pulling = False
        self._said: set[str] = set()

    def pull_soon(self) -> None:
        """Ask the client for its settings, if it answers such questions. Asks once at a time."""
        if not self._session.client.answers_configuration:
            return
        self._stale = True
        if not self._pulling:
            self._pulling = True
            self._server.start_soon(self._pull_until_fresh())

    def catch_up(self) -> None:
        """Ask again for settings that could not be asked for: what ran so long is nearly over."""
        if self._stale:
            self.pull_soon()

    def changed(self, settings: object) -> None:
        """The client says that its settings changed; ``settings`` count only if it cannot be asked."""
        if self._session.client.answers_configuration:
            self.pull_soon()
        elif settings is not None:
            block = settings.get(SECTION) if isinstance(settings, dict) else settings
            self._apply([(EVERYWHERE, block)])

    async def _pull_until_fresh(self) -> None:
        try:
            while self._stale:
                if not await self._idle():
                    log.warning("the settings stay as they are: requests run without a pause")
                    return
                self._stale = False
                await self._pull()
        finally:
            self._pulling = False

    async def _idle(self) -> bool:
        """Wait until no request of the client is being answered; False if that does not come."""
        in_flight = self._server.protocol.gate.in_flight
        for _ in range(round(ANSWER_S / LOOK_AGAIN_S)):
            if not in_flight:
                return True
            await asyncio.sleep(LOOK_AGAIN_S)
        return False

    async def _pull(self) -> None:
        # The folders first: a client that answers with fewer items answers for these.
        scopes = [*self._session.folders, EVERYWHERE]
        items = [types.ConfigurationItem(scope_uri=s or None, section=SECTION) for s in scopes]
        params = types.ConfigurationParams(items=items)
        try:
            answer = await self._server.protocol.asked(
                types.WORKSPACE_CONFIGURATION, params, ANSWER_S
            )
        except NoAnswer as error:
            log.warning("the settings stay as they are: %s", error)
            return
        blocks = answer if isinstance(answer, list | tuple) else []
        open_now = {*self._session.folders, EVERYWHERE}
        # Fewer items than asked for leave the rest as they are.
        self._apply([(s, b) for s, b in zip(scopes, blocks, strict=False) if s in open_now])

    def _apply(self, blocks: Sequence[tuple[str, Any]]) -> None:
        """Take settings per folder; null stands for nothing said."""
        engine, folders = self._session.engine, self._session.folders or (EVERYWHERE,)
        before = {folder: engine.scopes.wish_for(folder) for folder in folders}
        for scope, block in blocks:
            if block is not None:
                self._say(engine.configure(scope, block))
        self._server.offer()
        for folder in folders:
            if engine.scopes.wish_for(folder) != before[folder]:
                self._server.start_soon(engine.prepare(folder))

    def _say(self, problems: Sequence[str]) -> None:
        new = [p for p in dict.fromkeys(problems) if p not in self._said]
        room = MOST_PROBLEMS_SAID - len(self._said)
        self._said.update(new[:room])
        for problem in new[:room]:
            self._server.window_show_message(
                types.ShowMessageParams(type=types.MessageType.Warning, message=problem)
            )
