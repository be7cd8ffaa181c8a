"""Rows 51-53: opening and closing, documents out of the ordinary, and names of documents."""

import random

import pytest

from tests.conformance.messages import AUTOMATIC, URI, code, insertion
from tests.conformance.talking import talking, talking_to_process
from tests.support.scripted_transport import answer

MODEL = {"m": answer("x", after_ms=1)}
MEGABYTE = 1024 * 1024
LARGE = {
    "10 MB": "value = compute(1)  # ordinary\n" * (10 * MEGABYTE // 31),
    "one line of 1 MB": "x = [" + "1, " * (MEGABYTE // 3),
    "250,000 lines": "a\n" * 250_000,
    "250,000 empty lines": "\r\n" * 250_000,
    "nothing": "",
    "NULs": "\x00" * 10_000 + "\n\x00",
    "half a surrogate pair": "a = '\ud800'\nb = '\udc00\ud800'\n",
    "deep brackets": "(" * 100_000,
    "wide": "😀" * 200_000,
}


@talking(MODEL)
async def test_row_51_documents_that_are_not_open(peer):
    """didChange and didClose of what is not open: no pop-up, and all is well. [sync]"""
    peer.change(2, insertion(0, 0, "a"), uri="file:///never/opened.py")
    peer.close("file:///never/opened.py")
    peer.close("file:///never/opened.py")
    assert await peer.quiet() == []
    peer.open("return ")
    assert await peer.text() == "return "


@talking(MODEL)
async def test_row_51_opened_twice(peer):
    """The second didOpen holds. [sync]"""
    peer.open("first", version=7)
    peer.open("second", version=1)
    assert await peer.text() == "second"
    peer.change(2, insertion(0, 6, "!"))
    assert await peer.text() == "second!"
    assert peer.of("window/showMessage") == []


@talking({"m": answer("a + b", after_ms=5)})
async def test_row_51_closed_and_opened_again(peer):
    """The document is as it was opened now, and nothing is remembered of its first life. [sync]"""
    peer.open("return ")
    await peer.answer(peer.inline(0, 7, AUTOMATIC))
    peer.change(2, insertion(0, 0, "lost "))
    peer.close()
    closed = await peer.answer(peer.inline(0, 7, AUTOMATIC))
    assert closed["result"] is None
    peer.open("return ", version=1)
    asked = len(peer.transport.requests)
    await peer.answer(peer.inline(0, 7, AUTOMATIC))
    assert len(peer.transport.requests) == asked + 1, "its suggestions died with it"
    assert await peer.text() == "return "


@pytest.mark.parametrize("name", LARGE)
@talking(MODEL)
async def test_row_52_documents_out_of_the_ordinary(peer, name):
    """Edited and asked about at the start, in the middle and at the end: items or null, no error."""
    text = LARGE[name]
    peer.open(text)
    lines = text.count("\n")
    places = [(0, 0), (lines // 2, 0), (lines, 10**6), (lines // 2, 500)]
    for version, (line, character) in enumerate(places, start=2):
        peer.change(version, insertion(line, character, "é"))
        peer.change(version + 100, insertion(line, 0, "😀\n"))
        answered = await peer.answer(peer.inline(line, character))
        assert "error" not in answered, answered
    assert peer.of("window/showMessage") == []
    peer.close()
    await peer.still_answers()


# Reading, parsing and cutting 10 MB takes about this long here, once.
LARGE_FILE_MS = 2000


@talking_to_process(member="answer")
async def test_row_52_a_large_document_in_a_process(peer, _fault):
    """10 MB in one message and a hundred edits in it: served, within the limits of a request."""
    await peer.hello()
    text = LARGE["10 MB"]
    peer.open(text)
    started = peer.now()
    await peer.still_answers()
    assert peer.now() - started <= peer.allowance_s(LARGE_FILE_MS)
    lines = text.count("\n")
    seeded = random.Random(52)
    for version in range(2, 102):
        peer.change(version, insertion(seeded.randrange(lines), 0, "# é\n"))
    started = peer.now()
    answered = await peer.answer(peer.inline(lines // 2, 0))
    assert "error" not in answered
    assert peer.now() - started <= peer.allowance_s(LARGE_FILE_MS)
    assert await peer.goodbye() == 0


@pytest.mark.parametrize(
    ("opened", "changed"),
    [
        ("file:///c%3A/src/a.py", "file:///c:/src/a.py"),
        ("file:///c:/src/a.py", "file:///C:/src/a.py"),
        ("file:///C%3A/src/a.py", "file:///c%3a/src/a.py"),
        ("file:///src/a%20b.py", "file:///src/a b.py"),
        ("file:///src/a%23b.py", "file:///src/a%23b.py"),
        ("file:///src/%C3%A9.py", "file:///src/é.py"),
        ("file:///src/%5Bid%5D.py", "file:///src/[id].py"),
        ("file://server/share/a.py", "file://SERVER/share/a.py"),
        ("untitled:Untitled-1", "untitled:Untitled-1"),
        (
            "vscode-notebook-cell:/src/n.ipynb#W0sZmlsZQ%3D%3D",
            "vscode-notebook-cell:/src/n.ipynb#W0sZmlsZQ%3D%3D",
        ),
    ],
)
@talking(MODEL)
async def test_row_53_names_of_one_document(peer, opened, changed):
    """Two spellings of one URI are one document, and no file is needed behind it. [uri]"""
    peer.open("one ", opened)
    peer.change(2, insertion(0, 4, "two "), uri=changed)
    assert await peer.text(changed) == "one two "
    assert await peer.text(opened) == "one two "
    peer.close(changed)
    assert (await peer.answer(peer.inline(0, 0, uri=opened)))["result"] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file:///src/a%23b.py", "file:///src/a#b.py"),
        ("file:///src/a.py", "file:///src/A.py"),
        ("vscode-notebook-cell:/n.ipynb#W0", "vscode-notebook-cell:/n.ipynb#W1"),
        ("untitled:Untitled-1", "untitled:Untitled-2"),
    ],
)
@talking(MODEL)
async def test_row_53_names_of_two_documents(peer, one, other):
    """What is not the same document is kept apart. [uri]"""
    peer.open("first", one)
    peer.open("second", other)
    assert await peer.text(one) == "first"
    assert await peer.text(other) == "second"


@pytest.mark.parametrize(
    "uri", ["", "no uri at all", "file://", "file:///%FF%FE", "http://[bad", "a" * 10_000]
)
@talking(MODEL)
async def test_row_53_names_that_are_none(peer, uri):
    """A URI that is none is a name like any other. [uri]"""
    peer.open("return ", uri)
    assert await peer.text(uri) == "return "
    assert code(await peer.request("conformance/unknown")) == -32601
    assert uri != URI
