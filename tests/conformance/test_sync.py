"""Rows 41-50: positions and changes. [POS] is "Position", [TD] "Text Documents" of LSP 3.17.

What a document has become is seen in what a model is told of it.
"""

import gzip
import itertools
import json

import pytest

from tests.conformance.messages import AUTOMATIC, GHOST_TEXT, insertion, replacement
from tests.conformance.talking import talking
from tests.conftest import REPOSITORY
from tests.support.document_replay import applied, event_of, hash_of
from tests.support.scripted_transport import answer

MODEL = {"m": answer("x", after_ms=1)}
VECTORS = REPOSITORY / "fixtures" / "document_sync.jsonl.gz"
# The full comparison is tests/unit/test_document_sync.py; here a handful goes over the wire.
LIVES = 12
# What a model is shown whole; longer documents are cut to its budget.
MOST_TOLD = 1800


def speaking(encoding):
    """Return the capabilities of a client that wants ``encoding``."""
    return GHOST_TEXT | {"general": {"positionEncodings": [encoding]}}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8"], "utf-8"),
        (["utf-16"], "utf-16"),
        (["utf-32"], "utf-32"),
        (["utf-32", "utf-8"], "utf-32"),
        (["utf-16", "utf-8"], "utf-16"),
        (["utf-7", "utf-8", "utf-16"], "utf-8"),
        (["utf-7"], "utf-16"),
        ([], "utf-16"),
        (None, "utf-16"),
        (..., "utf-16"),
    ],
)
@talking(hello=False)
async def test_row_41_position_encodings(peer, offered, chosen):
    """The first one offered that is known; without any, utf-16. [POS]"""
    general = {} if offered is ... else {"general": {"positionEncodings": offered}}
    result = await peer.hello(GHOST_TEXT | general)
    assert result["capabilities"].get("positionEncoding", "utf-16") == chosen


WIDE = ["é", "€", "😀", "e\u0301", "👩\u200d💻", "\u00e9"]
BYTES_PER_UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def units(text, encoding):
    codec = encoding if encoding == "utf-8" else f"{encoding}-le"
    return len(text.encode(codec)) // BYTES_PER_UNIT[encoding]


@pytest.mark.parametrize("encoding", BYTES_PER_UNIT)
@talking(MODEL, hello=False)
async def test_row_42_one_script_in_three_encodings(peer, encoding):
    """The same edits behind é, €, 😀, combining and joined characters: the same document. [POS]"""
    await peer.hello(speaking(encoding))
    lines = [f"{wide}a{wide}b" for wide in WIDE]
    peer.open("\n".join(lines))
    versions = itertools.count(2)
    for number, wide in enumerate(WIDE):
        at = units(f"{wide}a", encoding)
        wider = units(wide, encoding)
        peer.change(
            next(versions),
            insertion(number, at, "|"),
            replacement((number, at + 1), (number, at + 1 + wider), "😀x"),
            insertion(number, at + 1 + units("😀", encoding), "é"),
        )
    assert await peer.text() == "\n".join(f"{wide}a|😀éxb" for wide in WIDE)


@pytest.mark.parametrize("encoding", BYTES_PER_UNIT)
@talking(MODEL, hello=False)
async def test_row_43_beyond_the_end_of_a_line(peer, encoding):
    """A character beyond the line's end means its end, in front of the line end. [POS]"""
    await peer.hello(speaking(encoding))
    peer.open("a😀\r\ncd\nef\rgh")
    for line in range(4):
        peer.change(2 + line, insertion(line, 2**31 - 1 if line % 2 else 99, "|"))
    assert await peer.text() == "a😀|\r\ncd|\nef|\rgh|"


@pytest.mark.parametrize(("encoding", "inside"), [("utf-16", [1]), ("utf-8", [1, 2, 3])])
@talking(MODEL, hello=False)
async def test_row_44_inside_of_a_character(peer, encoding, inside):
    """Within a surrogate pair or a UTF-8 sequence: an edge of it is meant, and it stays whole. (policy)"""
    await peer.hello(speaking(encoding))
    peer.open("😀b")
    for version, character in enumerate(inside, start=2):
        peer.change(version, {"text": "😀b"})
        peer.change(version, insertion(0, character, "|"))
        assert await peer.text() in ("|😀b", "😀|b")
        peer.change(version, {"text": "a😀b"})
        peer.change(version, replacement((0, 0), (0, 1 + character), ""))
        assert await peer.text() in ("😀b", "b")


@talking(MODEL)
async def test_row_45_between_cr_and_lf(peer):
    """No position lies between ``\\r`` and ``\\n``: in front of both is meant. [TD]"""
    peer.open("ab\r\ncd")
    peer.change(2, insertion(0, 3, "|"))
    assert await peer.text() == "ab|\r\ncd"
    peer.change(3, replacement((0, 0), (0, 4), ""))
    assert await peer.text() == "\r\ncd"


@pytest.mark.parametrize("ordinary", list("\u2028\u2029\u0085\f\v\x1c\x1d\x1e"), ids=ascii)
@talking(MODEL)
async def test_row_46_what_ends_no_line(peer, ordinary):
    """U+2028, U+2029, U+0085, form feed and their like are characters as any. [TD]"""
    peer.open(f"a{ordinary}b\nc")
    peer.change(2, insertion(0, 2, "|"), insertion(1, 0, "/"))
    assert await peer.text() == f"a{ordinary}|b\n/c"


def lives():
    with gzip.open(VECTORS, "rt", encoding="utf-8", newline="\n") as file:
        recorded = (json.loads(line) for line in file)
        return list(itertools.islice(filter(all_positions_exist, recorded), LIVES))


def all_positions_exist(life):
    """Tell whether no change is at a negative position: those of row 47 have tests of their own."""
    changes = [change for _, *changes in life["messages"] for change in changes]
    return all(number >= 0 for change in changes for number in change[:-1])


@pytest.mark.parametrize("encoding", BYTES_PER_UNIT)
@talking(MODEL, hello=False)
async def test_row_46_recorded_edits_over_the_wire(peer, encoding):
    """Random edits have the outcome that vscode-languageserver-textdocument recorded. [TD]"""
    await peer.hello(speaking(encoding))
    compared = 0
    for number, life in enumerate(lives()):
        uri = f"file:///life/{number}.txt"
        peer.open(life["open"], uri, "plaintext", 0)
        plain = life["open"]
        for version, (expected, *changes) in enumerate(life["messages"], start=1):
            events = []
            for change in changes:
                events.append(plain_event(event_of(plain, change, encoding)))
                plain = applied(plain, change)
            peer.change(version, *events, uri=uri)
            assert hash_of(plain) == expected, "the recording is not what is replayed"
        if len(plain) < MOST_TOLD:
            assert await peer.text(uri) == safe(plain), f"life {number}"
            compared += 1
        peer.close(uri)
    assert compared >= LIVES // 2


def plain_event(event):
    """Return a change of lsprotocol's as the client sends it."""
    if not hasattr(event, "range"):
        return {"text": event.text}
    (start, end) = ((p.line, p.character) for p in (event.range.start, event.range.end))
    return replacement(start, end, event.text)


def safe(text):
    """Return ``text`` as JSON brings it to a model: half a surrogate pair has no UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@talking(MODEL)
async def test_row_47_ranges_that_are_wrong(peer):
    """A line beyond the end is the end; a reversed range is read the right way round. (policy)"""
    peer.open("ab\ncd")
    peer.change(2, insertion(99, 5, "|"))
    assert await peer.text() == "ab\ncd|"
    peer.change(3, replacement((1, 1), (0, 1), "-"))
    assert await peer.text() == "a-d|"
    assert peer.of("window/showMessage") == []


@pytest.mark.parametrize(
    "change",
    [
        insertion(-1, 0, "|"),
        insertion(0, -5, "|"),
        replacement((-1, -1), (0, 1), ""),
        insertion(2**31, 0, "|"),
        insertion(0, 2**40, "|"),
        {"range": {"start": {"line": 0.5, "character": 0}}, "text": "|"},
        {"range": None, "text": "ab"},
        {"range": {"start": {"line": 0, "character": 0}}, "text": None},
    ],
    ids=str,
)
@talking(MODEL)
async def test_row_47_positions_that_are_none(peer, change):
    """Negative, huge or missing numbers: clamped or refused, and a full text heals all. (policy)"""
    peer.open("ab")
    peer.change(2, change)
    assert await peer.text() in ("ab", "|ab", "ab|", "b")
    peer.change(3, {"text": "healed"})
    peer.change(4, insertion(0, 6, "!"))
    assert await peer.text() == "healed!"
    assert peer.of("window/showMessage") == []


@talking(MODEL)
async def test_row_48_several_changes_in_one_message(peer):
    """Each applies to the result of the one before it. [CHG]"""
    peer.open("abc")
    peer.change(
        2,
        insertion(0, 0, "1\n"),
        insertion(1, 3, "d\r\n"),
        replacement((0, 0), (1, 0), ""),
        insertion(1, 0, "e"),
    )
    assert await peer.text() == "abcd\r\ne"


@talking(MODEL)
async def test_row_49_a_change_without_range(peer):
    """It is the whole text, also between changes of a range. [CHG]"""
    peer.open("abc")
    peer.change(2, insertion(0, 0, "lost"), {"text": "x\ny"}, insertion(1, 1, "z"))
    assert await peer.text() == "x\nyz"
    peer.change(3, {"text": ""})
    assert await peer.text() == ""
    peer.change(4, {"range": None, "rangeLength": None, "text": "again"})
    assert await peer.text() in ("again", "")


@talking(MODEL)
async def test_row_50_versions_in_any_order(peer):
    """Changes apply in the order of arrival, whatever their versions say. [CHG]"""
    peer.open("", version=10)
    for version in (11, 15, 15, 3, 4, 4, -1, 2**31 - 1):
        peer.change(version, insertion(0, 99, f"{version},"))
    assert await peer.text() == "11,15,15,3,4,4,-1,2147483647,"


@talking({"m": answer("value + 1", after_ms=5)})
async def test_row_50_a_version_that_goes_back(peer, caplog):
    """Somebody lost count: it is logged, and what was suggested before is not offered again. [CHG]"""
    peer.open("return ", version=10)
    await peer.answer(peer.inline(0, 7, AUTOMATIC))
    peer.change(11, insertion(0, 7, "v"))
    await peer.answer(peer.inline(0, 8, AUTOMATIC))
    assert len(peer.transport.requests) == 1, "what is typed on is known"
    peer.change(5, insertion(0, 8, "a"))
    assert any(record.levelname == "WARNING" for record in caplog.records)
    await peer.answer(peer.inline(0, 9, AUTOMATIC))
    assert len(peer.transport.requests) == 2
    assert peer.told().before == "return va"
