"""The base protocol: from bytes to message bodies, and back.

Language Server Protocol 3.17, "Base Protocol"; header fields follow RFC 7230, section 3.2. What a broken
or hostile client sends is reported and skipped: reading goes on at the next header that makes sense.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# No editor sends a body of this size; a larger one is refused before any of it is kept.
MOST_BODY_BYTES = 64 * 1024 * 1024
# Headers are some dozens of bytes. What is longer is no header.
MOST_HEADER_BYTES = 8 * 1024
_HEADER_BEGIN = re.compile(rb"content-(?:length|type)[ \t]*:", re.IGNORECASE)
# With its line end, which no JSON string can hold, this cannot be a part of a good body.
_LENGTH_LINE = re.compile(rb"content-length[ \t]*:[ \t]*\d+[ \t]*\r?\n", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_LINE_END = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class Body:
    """A whole message body."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that were skipped, and in words why; nobody waits for an answer to them."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that must be refused. ``fatal`` says that nothing after it can be read."""

    why: str
    fatal: bool = False


Piece = Body | Noise | Refused


class FrameReader:
    """Cuts a stream of bytes into bodies. Feed it pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._foreign_charset = ""
        self._dead = False

    def feed(self, received: bytes) -> Iterator[Piece]:
        """Yield what became whole with the bytes ``received``."""
        if self._dead:
            return
        self._buffer += received
        while not self._dead:
            left = len(self._buffer)
            yield from self._header() if self._length is None else self._body()
            if len(self._buffer) == left:
                return

    def push_back(self, content: bytes) -> bool:
        """Give back the tail of a body that turned out to hold the next frame's header.

        That is what a body is whose length was said too long. Returns whether there was such a header.
        """
        found = _LENGTH_LINE.search(content)
        if found is None:
            return False
        self._buffer[:0] = content[found.start() :]
        return True

    def _header(self) -> Iterator[Piece]:
        """Take one header off the buffer, if it is whole, and learn the length of its body."""
        end = _header_end(self._buffer)
        if end is None:
            yield from self._overlong_header()
            return
        block = bytes(self._buffer[: end[0]])
        del self._buffer[: end[1]]
        begin = _HEADER_BEGIN.search(block)
        # In front of a header that begins in the middle of a line are the remains of something else.
        torn = begin is not None and block[begin.start() - 1 : begin.start()] not in (b"", b"\n")
        fields = _fields(block[begin.start() :] if begin and torn else block)
        lengths = [value for name, value in fields if name == "content-length"]
        if not lengths:
            yield Noise(f"{end[1]} bytes without a Content-Length")
        elif not _is_length(lengths[-1]):
            yield Noise("a Content-Length that is no length")
        elif _is_too_large(lengths[-1]):
            self._dead = True
            self._buffer.clear()
            yield Refused(f"a message over {MOST_BODY_BYTES // 2**20} MiB", fatal=True)
        else:
            self._length = int(lengths[-1].lstrip("0"))
            self._foreign_charset = _foreign_charset(fields)
            if torn:
                yield Noise("bytes in front of a header")
            if len(set(lengths)) > 1:
                yield Noise("several Content-Length fields: the last one counts")

    def _overlong_header(self) -> Iterator[Piece]:
        if len(self._buffer) > MOST_HEADER_BYTES:
            # The end is kept: the next header may have begun in it.
            dropped = len(self._buffer) - MOST_HEADER_BYTES // 2
            del self._buffer[:dropped]
            yield Noise(f"{dropped} bytes without the end of a header")

    def _body(self) -> Iterator[Piece]:
        length = self._length or 0
        if len(self._buffer) < length:
            return
        with memoryview(self._buffer) as view:
            content = bytes(view[:length])
        del self._buffer[:length]
        self._length = None
        if self._foreign_charset:
            yield Refused(f"charset {self._foreign_charset} is not supported: use utf-8")
        else:
            yield Body(content)


def frame(body: bytes) -> bytes:
    """Return ``body`` with its header."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def _header_end(buffer: bytearray) -> tuple[int, int] | None:
    """Return where the header ends and where its body begins, None if it is not whole yet."""
    at = buffer.find(b"\r\n\r\n")
    bare = buffer.find(b"\n\n")
    if at >= 0 and (bare < 0 or at < bare):
        return at, at + 4
    if bare >= 0:
        return bare, bare + 2
    return None


def _is_length(value: str) -> bool:
    """Tell whether ``value`` is a whole number above 0."""
    return value.isascii() and value.isdigit() and bool(value.strip("0"))


def _is_too_large(value: str) -> bool:
    # Python refuses to read a number of thousands of digits, and nobody needs to.
    digits = value.lstrip("0")
    return len(digits) > len(str(MOST_BODY_BYTES)) or int(digits) > MOST_BODY_BYTES


def _fields(block: bytes) -> list[tuple[str, str]]:
    fields = []
    for line in _LINE_END.split(block):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            fields.append((name.strip(" \t").lower(), value.strip(" \t")))
    return fields


def _foreign_charset(fields: list[tuple[str, str]]) -> str:
    """Return the charset that the header names if it is not UTF-8, else an empty text."""
    for name, value in fields:
        found = _CHARSET.search(value) if name == "content-type" else None
        if found and found.group(1).lower() not in ("utf-8", "utf8"):
            return found.group(1)
    return ""
