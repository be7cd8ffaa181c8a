"""A strict reader of what a server writes: anything but well-formed frames is a failure."""

import json
import re
from typing import Any

Message = dict[str, Any]

_LENGTH = rb"Content-Length: (\d+)\r\n"
_TYPE = rb"Content-Type: application/vscode-jsonrpc; charset=utf-?8\r\n"
_HEADER = re.compile(rb"(?:%b)?%b(?:%b)?\r\n" % (_TYPE, _LENGTH, _TYPE))
_BEGIN = b"Content-"
# Both header fields together are shorter.
_LONGEST_HEADER = 200


class BrokenFrame(AssertionError):
    """The server wrote something that a client cannot read."""


class StrictFrames:
    """Cuts a server's bytes into messages and accepts nothing but them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that became whole. Raises BrokenFrame."""
        self._buffer += data
        messages = []
        while self._buffer:
            body = self._next_body()
            if body is None:
                break
            messages.append(checked(body))
        return messages

    def end(self) -> None:
        """The stream is over. Raises BrokenFrame if it ended within a frame."""
        if self._buffer:
            raise BrokenFrame(f"the stream ends in the middle: {bytes(self._buffer[:80])!r}")

    def _next_body(self) -> bytes | None:
        begin = bytes(self._buffer[: len(_BEGIN)])
        if not _BEGIN.startswith(begin):
            raise BrokenFrame(f"stray bytes: {bytes(self._buffer[:80])!r}")
        end = self._buffer.find(b"\r\n\r\n", 0, _LONGEST_HEADER)
        if end < 0:
            if len(self._buffer) >= _LONGEST_HEADER:
                raise BrokenFrame(f"a header without end: {bytes(self._buffer[:80])!r}")
            return None
        header = _HEADER.fullmatch(self._buffer, 0, end + 4)
        if header is None:
            raise BrokenFrame(f"not a header: {bytes(self._buffer[: end + 4])!r}")
        whole = end + 4 + int(header.group(1))
        if len(self._buffer) < whole:
            return None
        body = bytes(self._buffer[end + 4 : whole])
        del self._buffer[:whole]
        return body


def checked(body: bytes) -> Message:
    """Return the message in ``body``. Raises BrokenFrame if it is not proper JSON-RPC 2.0."""
    try:
        message = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise BrokenFrame(f"not JSON: {body[:80]!r}") from error
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise BrokenFrame(f"not JSON-RPC 2.0: {body[:80]!r}")
    if "method" not in message:
        _check_response(message)
    elif not isinstance(message["method"], str):
        raise BrokenFrame(f"a method that is no text: {body[:80]!r}")
    return message


def _check_response(message: Message) -> None:
    if "id" not in message or ("result" in message) == ("error" in message):
        raise BrokenFrame(f"a response has an id and either a result or an error: {message}")
    if "error" not in message:
        return
    error = message["error"]
    if not isinstance(error, dict) or type(error.get("code")) is not int:
        raise BrokenFrame(f"an error has a code: {message}")
    if not isinstance(error.get("message"), str) or "Traceback" in json.dumps(error):
        raise BrokenFrame(f"an error has a message for people: {message}")


def framed(body: bytes) -> bytes:
    """Return ``body`` with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def packed(message: Any) -> bytes:
    """Return ``message`` as a frame."""
    return framed(json.dumps(message).encode())
