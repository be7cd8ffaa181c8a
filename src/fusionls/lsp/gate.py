"""The rules of JSON-RPC 2.0 and of the protocol's life cycle: what may pass, and what is refused how.

Pure: a body in, a verdict out. Nothing a client sends raises here.
"""

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from lsprotocol.types import ErrorCodes

MessageId = str | int
INITIALIZE, SHUTDOWN, EXIT = "initialize", "shutdown", "exit"
CANCEL = "$/cancelRequest"


class Phase(Enum):
    """Where in its life the session is."""

    NEW = auto()
    INITIALIZED = auto()
    SHUT_DOWN = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be dispatched."""

    id: MessageId
    method: str
    message: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification that may be dispatched."""

    method: str
    message: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """The client's answer to a request of ours."""

    id: MessageId
    message: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error to answer with; ``id`` is None where the request's own is not known."""

    id: MessageId | None
    code: int
    why: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do; ``why`` is for the log."""

    why: str


Verdict = Request | Notification | Response | Refusal | Ignored


def decode(body: bytes) -> Any:
    """Return the message in ``body``, or a Refusal."""
    try:
        return json.loads(body.decode("utf-8"))
    except RecursionError:
        return Refusal(None, ErrorCodes.ParseError, "not JSON: nested too deeply")
    except ValueError as error:
        # The decoder's own message may quote the body; its kind and place are enough.
        return Refusal(None, ErrorCodes.ParseError, f"not JSON: {_place(error)}")


class Gate:
    """Knows the phase and the requests in flight. ``in_flight`` is kept by whoever answers them."""

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.initialize_asked = False
        self.in_flight: set[MessageId] = set()

    def judge(self, message: Any) -> Verdict:
        """Return what to do with a decoded message. What decoding refused stays refused."""
        if isinstance(message, Refusal):
            return message
        if isinstance(message, list):
            return _invalid(None, "batches are not supported: send one message at a time")
        if not isinstance(message, dict):
            return _invalid(None, "a message is an object")
        known = _id_of(message)
        if message.get("jsonrpc") != "2.0":
            return _invalid(known, 'jsonrpc must be "2.0"')
        method = message.get("method")
        if method is None and ("result" in message or "error" in message):
            return Ignored("a response without id") if known is None else Response(known, message)
        if not isinstance(method, str):
            return _invalid(known, "method must be a text")
        if "id" not in message:
            return self._notification(method, message)
        if known is None:
            return _invalid(None, "id must be a text or an integer")
        return self._request(known, method, message)

    def _request(self, known: MessageId, method: str, message: dict[str, Any]) -> Verdict:
        if known in self.in_flight:
            return _invalid(known, "a request with this id is still running")
        if self.phase is Phase.SHUT_DOWN:
            return _invalid(known, "the server is shutting down")
        if method == INITIALIZE:
            if self.initialize_asked:
                return _invalid(known, "initialize was asked already")
            self.initialize_asked = True
        elif self.phase is Phase.NEW:
            return Refusal(known, ErrorCodes.ServerNotInitialized, "initialize comes first")
        return Request(known, method, message)

    def _notification(self, method: str, message: dict[str, Any]) -> Verdict:
        if method != EXIT and self.phase is not Phase.INITIALIZED:
            return Ignored(f"{method} outside of the session")
        return Notification(method, message)


def cancelled_id(message: dict[str, Any]) -> MessageId | None:
    """Return the id that a cancel notification names, None if it names none."""
    params = message.get("params")
    return _id_of(params) if isinstance(params, dict) else None


def _id_of(message: dict[str, Any]) -> MessageId | None:
    value = message.get("id")
    return value if type(value) in (str, int) else None


def _invalid(known: MessageId | None, why: str) -> Refusal:
    return Refusal(known, ErrorCodes.InvalidRequest, why)


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"no UTF-8 at byte {error.start}"
    return type(error).__name__
