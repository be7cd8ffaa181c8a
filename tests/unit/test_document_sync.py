"""Document sync equals the npm package vscode-languageserver-textdocument, edit by edit.

The edits and their outcome were recorded by ``tests/oracle/make_vectors.mjs``, which says what little it
leaves out; ``python -m tests.document_campaign`` compares with fresh ones.
"""

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from fusionls.core.chunks import chunks_of, spliced
from fusionls.core.text import DocumentSnapshot, split_lines
from fusionls.core.units import Encoding
from fusionls.lsp.positions import offset_at, position_at
from tests.conftest import REPOSITORY
from tests.support.document_replay import LINE_END, count, replay

VECTORS = REPOSITORY / "fixtures" / "document_sync.jsonl.gz"
TEXT = st.text(alphabet="ab é€😀\n\r\n\r\u2028\x85\x0c\x1c\ud83d\ude00", max_size=40)
EDITS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXT), max_size=12)
CHUNK_SIZES = st.integers(1, 9)


# Seams everywhere, some seams, and none.
@pytest.mark.parametrize("chunk_size", [5, 64])
def test_recorded_edits_end_in_the_same_text(chunk_size):
    with gzip.open(VECTORS, "rt", encoding="utf-8", newline="\n") as lives:
        score = replay(lives, chunk_size)
    assert score.edits == 20_000
    assert score.wrong == []


def after_edits(text, edits, chunk_size):
    """Return a document after edits, and the same in a plain string."""
    document = DocumentSnapshot("file:///a", "plaintext", 0, text, chunk_size)
    for version, (one, other, new) in enumerate(edits, start=1):
        start, end = (min(place, len(text)) for place in sorted((one, other)))
        document = document.edited(start, end, new, version)
        text = text[:start] + new + text[end:]
    return document, text


@given(TEXT, EDITS, CHUNK_SIZES)
def test_edits_in_chunks_are_edits_of_a_string(text, edits, chunk_size):
    document, text = after_edits(text, edits, chunk_size)
    assert document.text == text
    assert document.version == len(edits)
    assert (document.length, document.line_count) == (len(text), len(split_lines(text)))
    assert document == DocumentSnapshot("file:///a", "plaintext", len(edits), text)
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    for number, content in enumerate(split_lines(text)):
        assert document.line_start(number) == starts[number]
        assert document.line(number) == content
        assert document.content_end(number) == starts[number] + len(content)
    for offset in range(len(text) + 1):
        assert (
            starts[document.line_at(offset)]
            <= offset
            <= document.line_end(document.line_at(offset))
        )


@given(TEXT, EDITS, CHUNK_SIZES, st.integers(-3, 99), st.integers(-3, 99))
def test_slices_and_common_ends_of_chunks_are_those_of_a_string(text, edits, chunk_size, a, b):
    document, after = after_edits(text, edits, chunk_size)
    assert document.slice(a, b) == after[max(a, 0) : max(b, 0)]
    before = DocumentSnapshot("file:///a", "plaintext", 0, text, chunk_size)
    length = min(max(a, 0), len(text), len(after))
    assert document.same_head(before, length) == (text[:length] == after[:length])
    assert document.same_tail(before, length) == (
        text[len(text) - length :] == after[len(after) - length :]
    )


@given(TEXT, EDITS, CHUNK_SIZES, st.sampled_from(list(Encoding)))
def test_positions_in_chunks_are_those_of_a_string(text, edits, chunk_size, encoding):
    document, text = after_edits(text, edits, chunk_size)
    for number, content in enumerate(split_lines(text)):
        start = document.line_start(number)
        for column in range(len(content) + 1):
            position = types.Position(number, count(content[:column], encoding))
            assert position_at(document, start + column, encoding) == position
            assert offset_at(document, position, encoding) == start + column
        beyond = types.Position(number, count(content, encoding) + 1)
        assert offset_at(document, beyond, encoding) == start + len(content)


@given(TEXT, TEXT, CHUNK_SIZES, st.integers(0, 30), st.integers(0, 30))
def test_no_seam_splits_a_line_end_and_no_chunk_grows_or_stays_empty(text, new, size, one, other):
    chunks = tuple(chunks_of(text, size))
    first, last = sorted((one % len(chunks), other % len(chunks)))
    after = spliced(chunks, first, last, new, size)
    for chunk, following in pairwise(after):
        assert chunk.text
        assert following.text
        assert not (chunk.text.endswith("\r") and following.text.startswith("\n"))
    # One more than twice the size, where the last line end would have been split.
    assert all(chunk.length <= 2 * size + 1 for chunk in after)


def test_an_edit_shares_the_chunks_it_does_not_touch():
    text = "".join(f"line {number}\n" for number in range(10_000))
    before = DocumentSnapshot("file:///a", "plaintext", 1, text)
    after = before.edited(50_000, 50_000, "x", 2)
    kept = {id(chunk) for chunk in before._chunks} & {id(chunk) for chunk in after._chunks}
    assert len(kept) == len(before._chunks) - 1
    assert before.text == text


def test_a_snapshot_does_not_show_its_text_in_a_log():
    assert "secret" not in repr(DocumentSnapshot("file:///a", "plaintext", 1, "secret"))
