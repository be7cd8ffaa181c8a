"""pygls' registry, types and handlers, with our own rules for what goes in and out.

pygls executes handlers and keeps their futures. What it gets wrong is replaced here: its document
store, its answers to what is malformed, tracebacks in errors, its cancellation and its way to exit.
"""

import asyncio
import contextvars
import json
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound
from pygls.protocol.language_server import lsp_method

from fusionls.engine.bugs import where_it_broke
from fusionls.lsp.asking import AskingProtocol
from fusionls.lsp.conversion import Wrong, structured
from fusionls.lsp.failing import RequestFailed
from fusionls.lsp.framing import frame
from fusionls.lsp.gate import (
    CANCEL,
    INITIALIZE,
    SHUTDOWN,
    Gate,
    MessageId,
    Notification,
    Phase,
    Request,
    Response,
    cancelled_id,
)
from fusionls.lsp.outbox import Outgoing
from fusionls.lsp.positions import Encoding
from fusionls.lsp.session import Session

log = logging.getLogger(__name__)

# Answers that are worth nothing once a newer one of their kind waits behind them.
_PASSING = frozenset({types.TEXT_DOCUMENT_INLINE_COMPLETION, types.TEXT_DOCUMENT_COMPLETION})
# Notifications that a client that does not keep up can do without.
_REPORTS = frozenset({types.PROGRESS, types.LOG_TRACE, types.WINDOW_LOG_MESSAGE})
# A shutdown is answered after this even if a member is still being closed.
SHUTDOWN_S = 0.15


class FusionProtocol(AskingProtocol):
    """One client's conversation.

    ``session``, ``start_soon`` (runs a coroutine beside the messages), ``close`` (frees what the session
    holds) and ``outgoing`` are set before the first message. ``watch_process`` is told the editor's
    process id, and ``on_end`` is called when the session is over.
    """

    session: Session
    start_soon: Callable[[Coroutine[Any, Any, Any]], None]
    close: Callable[[], Coroutine[Any, Any, None]]
    outgoing: Callable[[Outgoing, Any], None]

    def __init__(self, server: Any, converter: Converter) -> None:
        super().__init__(server, converter)
        self.gate = Gate()
        self.exit_code: int | None = None
        self.watch_process: Callable[[int], None] = lambda pid: None
        self.on_end: Callable[[], None] = lambda: None
        self._methods: dict[MessageId, str] = {}

    def take_request(self, request: Request) -> None:
        """Run the handler of a request. It will be answered exactly once, whatever happens."""
        self.gate.in_flight.add(request.id)
        self._methods[request.id] = request.method
        if request.method == SHUTDOWN:
            # From here on every other request is refused, also while this one is under way.
            self.gate.phase = Phase.SHUT_DOWN
        try:
            self._get_handler(request.method)
        except JsonRpcMethodNotFound:
            why = f"{request.method[:80]} is not supported"
            self.fail(request.id, types.ErrorCodes.MethodNotFound, why)
            return
        params = self._structured(request.method, request.message)
        if isinstance(params, Wrong):
            if request.method == INITIALIZE:
                self.gate.initialize_asked = False
            self.fail(request.id, types.ErrorCodes.InvalidParams, params.why)
            return
        context = contextvars.copy_context()
        context.run(self._handle_request, request.id, request.method, params)
        if request.method == INITIALIZE:
            self.gate.phase = Phase.INITIALIZED

    def take_notification(self, notification: Notification) -> None:
        """Run the handler of a notification, if there is one. Nothing is answered."""
        if notification.method == CANCEL:
            known = cancelled_id(notification.message)
            if known is not None:
                self._handle_cancel_notification(known)
            return
        params = self._structured(notification.method, notification.message)
        if isinstance(params, Wrong):
            log.warning("%s was ignored: %s", notification.method[:80], params.why)
            return
        contextvars.copy_context().run(self._handle_notification, notification.method, params)

    def take_response(self, response: Response) -> None:
        """Hand the client's answer to whoever waits for it. Nobody may be waiting any more."""
        future = self._request_futures.pop(response.id, None)
        kind = self._result_types.pop(response.id, None)
        if future is None or future.done():
            log.info("a response to nobody's request was ignored")
            return
        error = response.message.get("error")
        try:
            if error is not None:
                raise JsonRpcException(str(_at(error, "message")), _at(error, "code"))
            plain = response.message.get("result")
            future.set_result(
                self._converter.structure(response.message, kind).result if kind else plain
            )
        except Exception as problem:
            future.set_exception(problem)

    def refuse(self, known: MessageId | None, code: int, why: str) -> None:
        """Answer a message that was not taken. ``known`` is None where its id is not known.

        A running request of the same id goes on.
        """
        error = {"code": int(code), "message": why}
        self._send_message({"jsonrpc": "2.0", "id": known, "error": error})

    def fail(self, known: MessageId, code: int, why: str) -> None:
        """Answer a running request with an error, if it is not answered yet."""
        if known in self.gate.in_flight:
            self.gate.in_flight.discard(known)
            self._methods.pop(known, None)
            self.refuse(known, code, why)

    def end(self, *, hung_up: bool = False) -> None:
        """End the session: with code 0 if the client asked for a shutdown and then said exit."""
        clean = self.gate.phase is Phase.SHUT_DOWN and not hung_up
        if self.exit_code is None:
            self.exit_code = 0 if clean else 1
            self.on_end()

    def negotiated(self) -> Encoding:
        """Return the position encoding that ``initialize`` settled on."""
        return Encoding(self.workspace.position_encoding or Encoding.UTF_16)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take an opened document, and get its pool ready meanwhile."""
        self.session.documents.open(params.text_document)
        self._parse_soon(params.text_document.uri)
        self.start_soon(self.session.engine.prepare(params.text_document.uri))
        if (feature := self.fm.features.get(types.TEXT_DOCUMENT_DID_OPEN)) is not None:
            feature(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the changes to the snapshot."""
        identifier = params.text_document
        before = self.session.documents.get(identifier.uri)
        if before is None:
            log.warning("a change of a document that is not open was ignored")
            return
        self.session.documents.change(identifier, params.content_changes)
        self._parse_soon(identifier.uri)
        if identifier.version < before.version:
            # Somebody has lost count, so nothing that was known of the text can be relied on.
            log.warning("version %d came after %d", identifier.version, before.version)
            self.session.engine.forget(before.uri)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget the document and what was suggested in it."""
        before = self.session.documents.get(params.text_document.uri)
        self.session.close(params.text_document.uri)
        if before is not None:
            self.session.engine.forget(before.uri)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:
        """Run a command with what the client sent, and with the ``token`` that it wants progress on."""
        command = self.fm.commands.get(params.command)
        if command is None:
            # A request that failed, not a malformed one.
            known = ", ".join(sorted(self.fm.commands))
            why = f"there is no command {params.command[:80]!r}; this server has {known}"
            raise RequestFailed(why)
        return command(*(params.arguments or ()), token=params.work_done_token)

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *_: Any) -> None:  # type: ignore[override]  # pygls runs both forms
        """Answer what is still running, and free everything; what is slow is left to the exit."""
        for known in self.gate.in_flight - {self.msg_id}:
            self._handle_cancel_notification(known)
        closing = asyncio.ensure_future(self.close())
        await asyncio.wait({closing}, timeout=SHUTDOWN_S)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]  # pygls runs both forms
        """End the session."""
        self.end()

    def _parse_soon(self, uri: str) -> None:
        document = self.session.documents.get(uri)
        if document is not None:
            self.session.engine.parse_soon(document)

    def _handle_cancel_notification(self, msg_id: MessageId) -> None:
        """Answer a running request at once that it is cancelled; its work ends behind its back."""
        if msg_id in self.gate.in_flight:
            self.fail(msg_id, types.LSPErrorCodes.RequestCancelled, "cancelled")
            future = self._request_futures.pop(msg_id, None)
            if future is not None:
                future.cancel()

    def _run_generator(
        self, future: "Future[Any] | None", *, gen: Any, result_future: "Future[Any]"
    ) -> None:
        # pygls lets the cancellation of a handler escape into the loop as an unhandled error.
        if future is not None and future.cancelled():
            gen.close()
            result_future.cancel()
            return
        super()._run_generator(future, gen=gen, result_future=result_future)

    def _send_handler_result(self, future: "Future[Any]", *, msg_id: MessageId) -> None:
        running = self._request_futures.get(msg_id)
        if msg_id not in self.gate.in_flight or (running or future) is not future:
            # Answered already; its id may be in use again by then.
            return
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            if running is None:
                return
            self.fail(msg_id, types.LSPErrorCodes.RequestCancelled, "cancelled")
            return
        error = future.exception()
        if error is None:
            self._send_response(msg_id, future.result())
        elif isinstance(error, JsonRpcException):
            self.fail(msg_id, error.code or types.ErrorCodes.InternalError, str(error.message))
        else:
            place = where_it_broke(error)
            log.error("a request failed: %s", place)
            self.fail(msg_id, types.ErrorCodes.InternalError, f"internal error: {place}")

    def _send_response(
        self, msg_id: MessageId, result: Any = None, error: types.ResponseError | None = None
    ) -> None:
        if msg_id not in self.gate.in_flight:
            return
        if error is not None:
            self.fail(msg_id, error.code, error.message)
            return
        self.gate.in_flight.discard(msg_id)
        passing = self._methods.pop(msg_id, "") in _PASSING
        answer = {"jsonrpc": "2.0", "id": msg_id, "result": self._converter.unstructure(result)}
        self._send_message(answer, stale=answer | {"result": None} if passing else None)

    def _send_data(self, data: Any) -> None:
        """Send a request or a notification of ours (called by pygls)."""
        message = self._converter.unstructure(data)
        self._send_message(message, droppable=_is_report(message))

    def _send_message(self, message: Any, *, stale: Any = None, droppable: bool = False) -> None:
        try:
            whole = _framed(message)
        except (TypeError, ValueError) as error:
            log.error("a message could not be written: %s", where_it_broke(error))
            return
        self.outgoing(Outgoing(whole, _framed(stale) if stale else None, droppable), message)

    def _structured(self, method: str, message: dict[str, Any]) -> Any:
        """Return the params as the protocol's type, or what is wrong with them."""
        kind = self.get_message_type(method)
        if kind is None or method in (SHUTDOWN, types.EXIT):
            return message.get("params")
        return structured(self._converter, kind, message)


def _is_report(message: dict[str, Any]) -> bool:
    """Tell whether a client can do without ``message``: a bar that began must end."""
    value = _at(message.get("params"), "value")
    return message.get("method") in _REPORTS and _at(value, "kind") not in ("begin", "end")


def _framed(message: Any) -> bytes:
    # ASCII only: a lone surrogate in a document must not make an answer impossible.
    return frame(json.dumps(message, separators=(",", ":")).encode("ascii"))


def _at(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
