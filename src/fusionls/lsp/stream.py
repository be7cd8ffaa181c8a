"""Our own stream loop in the place of pygls': bytes in, frames out.

Everything here is synchronous and without I/O; ``stdio.py`` connects it to descriptors.
"""

import logging
from collections.abc import Callable
from typing import Any

from lsprotocol.types import ErrorCodes, LSPErrorCodes

from fusionls.lsp.framing import Body, FrameReader, Noise, Piece, Refused
from fusionls.lsp.gate import (
    CANCEL,
    Ignored,
    Notification,
    Refusal,
    Request,
    Response,
    cancelled_id,
    decode,
)
from fusionls.lsp.outbox import Outgoing
from fusionls.lsp.recording import Recording
from fusionls.lsp.server import FusionServer

log = logging.getLogger(__name__)


class StreamLoop:
    """Reads one client's bytes and dispatches its messages to ``server``.

    ``send`` gets whole frames, in order; or ``put``, if it is given, that knows which may become stale.
    ``exit_code`` is None while the session lasts, and then the exit code of the process.
    """

    def __init__(
        self,
        server: FusionServer,
        send: Callable[[bytes], None],
        *,
        put: Callable[[Outgoing], None] | None = None,
        recording: Recording | None = None,
    ) -> None:
        self._reader = FrameReader()
        self._protocol = server.protocol
        self._gate = server.protocol.gate
        self._put = put or (lambda outgoing: send(outgoing.frame))
        self._recording = recording
        server.protocol.outgoing = self._sent

    @property
    def exit_code(self) -> int | None:
        """The exit code of the process once it must end, else None."""
        return self._protocol.exit_code

    def feed(self, data: bytes) -> None:
        """Take bytes from the client and dispatch every message that became whole."""
        messages = [m for piece in self._reader.feed(data) for m in self._decoded(piece)]
        for message in messages:
            self._record("client", message)
        # A cancel may stand right behind its request: then nobody is asked at all.
        cancelled = [_cancels(message) for message in messages]
        for number, message in enumerate(messages):
            if self.exit_code is not None:
                return
            verdict = self._gate.judge(message)
            if isinstance(verdict, Request) and verdict.id in cancelled[number + 1 :]:
                why = "cancelled before it began"
                self._protocol.refuse(verdict.id, LSPErrorCodes.RequestCancelled, why)
            else:
                self._dispatch(verdict)

    def feed_eof(self) -> None:
        """The client hung up: the session is over."""
        self._protocol.end(hung_up=True)

    def _sent(self, outgoing: Outgoing, message: Any) -> None:
        self._record("server", message)
        self._put(outgoing)

    def _record(self, source: str, message: Any) -> None:
        if self._recording is not None and not isinstance(message, Refusal):
            self._recording.write(source, message)

    def _decoded(self, piece: Piece) -> list[Any]:
        match piece:
            case Body(content):
                message = decode(content)
                if isinstance(message, Refusal) and self._reader.push_back(content):
                    log.warning("a body was shorter than its header said")
                return [message]
            case Refused(why, fatal):
                if fatal:
                    self._protocol.refuse(None, ErrorCodes.InvalidRequest, why)
                    self._protocol.end(hung_up=True)
                    return []
                return [Refusal(None, ErrorCodes.InvalidRequest, why)]
            case Noise(why):
                log.warning("skipped: %s", why)
                return []

    def _dispatch(self, verdict: object) -> None:
        match verdict:
            case Request():
                self._protocol.take_request(verdict)
            case Notification():
                self._protocol.take_notification(verdict)
            case Response():
                self._protocol.take_response(verdict)
            case Refusal(known, code, why):
                self._protocol.refuse(known, code, why)
            case Ignored(why):
                log.info("ignored: %s", why)


def _cancels(message: Any) -> object:
    """Return the id that ``message`` cancels, None if it cancels nothing."""
    if isinstance(message, dict) and message.get("method") == CANCEL:
        return cancelled_id(message)
    return None
