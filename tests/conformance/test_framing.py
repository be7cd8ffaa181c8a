"""Rows 1-11: the base protocol's frames, good and bad. [BP] is "Base Protocol" of LSP 3.17."""

import json
import tracemalloc

import pytest

from tests.conformance.frames import framed, packed
from tests.conformance.messages import code
from tests.conformance.talking import talking

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
MOST_BODY_BYTES = 64 * 1024 * 1024
# What a refused message may cost. Less than one of the pieces it comes in.
MOST_GROWTH_BYTES = 512 * 1024


def asked(peer, number=1000):
    """Return the body of a request with this id whose answer is then expected."""
    message = peer.message("conformance/unknown", {"text": "é€😀"}, id=number)
    peer.expect(message)
    return json.dumps(message, ensure_ascii=False).encode()


async def is_answered(peer, number=1000):
    assert code(await peer.answer(number)) == METHOD_NOT_FOUND


@talking()
async def test_row_01_one_byte_at_a_time(peer):
    """A request, one byte at a time: one answer. [BP]"""
    for byte in framed(asked(peer)):
        peer.write(bytes([byte]))
    await is_answered(peer)
    assert await peer.quiet() == []


@talking()
async def test_row_02_two_hundred_messages_in_one_write(peer):
    """200 requests of two kinds in one write: 200 answers, in the order of asking per kind. [BP]"""
    unknown = [peer.message("conformance/unknown", {}, id=f"u{n}") for n in range(100)]
    refused = [peer.message("initialize", {}, id=f"i{n}") for n in range(100)]
    peer.send(*[message for pair in zip(unknown, refused, strict=True) for message in pair])
    await peer.answer("u99")
    await peer.answer("i99")
    answered = [m["id"] for m in peer.received if isinstance(m.get("id"), str)]
    assert len(answered) == 200
    for kind in "ui":
        assert [a for a in answered if a[0] == kind] == [f"{kind}{n}" for n in range(100)]


@pytest.mark.parametrize(
    "header",
    [
        "content-length: {}\r\n\r\n",
        "CONTENT-LENGTH: {}\r\n\r\n",
        "Content-Length:{}\r\n\r\n",
        "Content-Length:   {}\r\n\r\n",
        "Content-Length:\t{}\r\n\r\n",
        "Content-Length: {}  \r\n\r\n",
        "cOnTeNt-LeNgTh:{}\t \r\n\r\n",
    ],
)
@talking()
async def test_row_03_any_case_and_any_blanks_in_the_header(peer, header):
    """Header fields of RFC 7230 section 3.2: any case, blanks or none around the value. [BP]"""
    body = asked(peer)
    peer.write(header.format(len(body)).encode() + body)
    await is_answered(peer)


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length: {}\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc\r\nContent-Length: {}\r\n\r\n",
        "X-Request: 7\r\nContent-Length: {}\r\nX-Empty:\r\n\r\n",
        "content-type: text/plain\r\nX-A: Content-Length\r\ncontent-length: {}\r\n\r\n",
    ],
)
@talking()
async def test_row_04_other_header_fields(peer, header):
    """Content-Type before or after the length, and fields that nobody knows: accepted. [BP]"""
    body = asked(peer)
    peer.write(header.format(len(body)).encode() + body)
    await is_answered(peer)


@pytest.mark.parametrize("charset", ["utf8", "UTF-8", '"utf-8"', "utf-8; x=y"])
@talking()
async def test_row_05_the_other_name_of_utf_8(peer, charset):
    """The charset ``utf8``, for the sake of old clients, is ``utf-8``. [BP]"""
    body = asked(peer)
    kind = f"Content-Type: application/vscode-jsonrpc; charset={charset}\r\n"
    peer.write(kind.encode() + framed(body))
    await is_answered(peer)


@talking()
async def test_row_06_another_charset_is_an_error(peer):
    """A message in utf-16: one error response, the message is skipped, the next one works. [BP]"""
    body = json.dumps(peer.message("conformance/unknown", {}, id=501)).encode("utf-16")
    header = b"Content-Type: application/vscode-jsonrpc; charset=utf-16\r\n"
    peer.write(header + framed(body))
    assert await peer.refusal() < 0
    peer.write(framed(asked(peer)))
    await is_answered(peer)
    assert len([m for m in peer.received if "error" in m]) == 2


@pytest.mark.parametrize(
    ("lengths", "served"),
    [("{n},{n}", True), ("5,{n}", True), ("{n},5", False), ("abc,{n}", True)],
)
@talking()
async def test_row_07_content_length_twice(peer, lengths, served):
    """Twice the same length is fine; of two lengths the last one counts; then all is well. (policy)"""
    message = peer.message("conformance/unknown", {}, id=501)
    body = json.dumps(message).encode()
    fields = lengths.format(n=len(body)).split(",")
    peer.write("".join(f"Content-Length: {field}\r\n" for field in fields).encode() + b"\r\n")
    if served:
        peer.expect(message)
    peer.write(body)
    peer.write(framed(asked(peer)))
    await is_answered(peer)
    assert any(m.get("id") == 501 for m in peer.received) == served


@pytest.mark.parametrize(
    "header",
    [
        b"X-Nothing: 1\r\n\r\n",
        b"\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: abc\r\n\r\n",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: \r\n\r\n",
        b"Content-Length: 1e3\r\n\r\n",
        b"Content-Length: 0x10\r\n\r\n",
        b"Content-Length: \xb2\r\n\r\n",
        b"x" * 100_000,
    ],
    ids=lambda header: repr(header[:24])[2:-1],
)
@pytest.mark.parametrize("body", [b"", b'{"jsonrpc": "2.0", "method": "lost"}'], ids=["", "body"])
@talking()
async def test_row_08_a_length_that_is_none(peer, header, body):
    """No length, or one that cannot be: reading goes on at the next header line. (policy)"""
    peer.write(header + body)
    peer.write(framed(asked(peer)))
    await is_answered(peer)
    assert peer.of("window/showMessage") == []


@pytest.mark.parametrize(
    "length", [MOST_BODY_BYTES + 1, 10**12, 10**400], ids=["+1", "terabyte", "400 digits"]
)
@talking(hello=False)
async def test_row_08_a_message_over_64_mib(peer, length):
    """One -32600 with id null, and exit with code 1. (policy)"""
    peer.write(b"Content-Length: %d\r\n\r\n" % length + b" " * 1024 * 1024)
    assert await peer.refusal() == INVALID_REQUEST
    assert await peer.exit_code() == 1


@pytest.mark.parametrize("length", [MOST_BODY_BYTES + 1, 10**12], ids=["+1", "terabyte"])
@talking({}, hello=False)
async def test_row_08_a_refused_message_is_not_kept(peer, length):
    """Nothing of such a message is kept in memory. (policy)"""
    piece = b" " * 1024 * 1024
    tracemalloc.start()
    try:
        peer.write(b"Content-Length: %d\r\n\r\n" % length)
        for _ in range(32):
            peer.write(piece)
        assert tracemalloc.get_traced_memory()[1] < MOST_GROWTH_BYTES
    finally:
        tracemalloc.stop()
    assert await peer.refusal() == INVALID_REQUEST


@talking()
async def test_row_08_a_message_of_many_mib_is_served(peer):
    """The limit is for what no editor sends: 16 MiB are served. (policy)"""
    message = peer.message("conformance/unknown", {"text": "x" * 16 * 1024 * 1024}, id=1000)
    peer.send(message)
    await is_answered(peer)


@pytest.mark.parametrize("header", [b"Content-Length: %d\n\n", b"Content-Length: %d\nX-A: 1\n\n"])
@talking()
async def test_row_09_bare_line_feeds(peer, header):
    """A header whose lines end in LF alone is taken or skipped, but never waited on. (policy)"""
    body = json.dumps(peer.message("conformance/unknown", {}, id=501)).encode()
    peer.may_answer({"id": 501})
    peer.write(header % len(body) + body)
    peer.write(framed(asked(peer)))
    await is_answered(peer)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"jsonrpc": "2.0", "id": 1, "method": "m"} trailing',
        b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "a\x00b"}',
        b"\x00" * 20,
        b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": 1, "method": "m"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 10_000 + b', "method": "m"}',
    ],
    ids=[
        "open brace",
        "trailing text",
        "not utf-8",
        "NUL in a text",
        "NULs",
        "BOM",
        "deep and open",
        "deep objects",
        "deep and closed",
        "endless number",
    ],
)
@talking()
async def test_row_10_not_json(peer, body):
    """No JSON, no UTF-8, NUL, a byte order mark, depth 200,000: -32700 with id null. [JSON-RPC]"""
    peer.write(framed(body))
    assert await peer.refusal() == PARSE_ERROR
    peer.write(framed(asked(peer)))
    await is_answered(peer)
    assert peer.of("window/showMessage") == []


@pytest.mark.parametrize("off_by", [-40, -5, -1, 1, 5, 15, 16, 17, 19, 40])
@talking()
async def test_row_11_a_wrong_length(peer, off_by):
    """A length that is too short or too long: -32700, then the next whole message works. (policy)"""
    body = json.dumps(peer.message("conformance/unknown", {}, id=501)).encode()
    peer.write(b"Content-Length: %d\r\n\r\n" % (len(body) + off_by) + body)
    lost = peer.message("conformance/unknown", {}, id=502)
    # The header behind a length that is too long may be torn, and its message lost with it.
    peer.may_answer(lost) if off_by > 0 else peer.expect(lost)
    peer.write(packed(lost))
    peer.write(framed(asked(peer)))
    assert await peer.refusal() == PARSE_ERROR
    await is_answered(peer)
