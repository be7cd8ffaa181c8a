import pytest
from attrs import validators
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from fusionls.core.text import DocumentSnapshot
from fusionls.lsp.documents import Documents
from fusionls.lsp.positions import Encoding, offset_at, position_at

URI = "file:///a.py"


def edited(text, *changes, encoding=Encoding.UTF_16):
    """Return ``text`` after changes ((line, character), (line, character), new) or whole texts."""
    documents = Documents()
    documents.encoding = encoding
    documents.open(types.TextDocumentItem(URI, "python", 1, text))
    events = [
        types.TextDocumentContentChangeWholeDocument(change)
        if isinstance(change, str)
        else types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(*change[0]), types.Position(*change[1])),
            text=change[2],
        )
        for change in changes
    ]
    assert documents.change(types.VersionedTextDocumentIdentifier(2, URI), events)
    found = documents.get(URI)
    assert found is not None and found.version == 2
    return found.text


def test_changes_apply_one_after_the_other():
    assert edited("ab\ncd", ((0, 1), (0, 1), "X"), ((0, 2), (1, 0), "")) == "aXcd"
    assert edited("ab", "new", ((0, 3), (0, 3), "er")) == "newer"


@pytest.mark.parametrize(
    ("encoding", "column"), [(Encoding.UTF_8, 7), (Encoding.UTF_16, 4), (Encoding.UTF_32, 3)]
)
def test_the_same_place_in_three_encodings(encoding, column):
    document = DocumentSnapshot(URI, "python", 1, "é😀xyz")
    position = position_at(document, 3, encoding)
    assert position == types.Position(0, column)
    assert offset_at(document, position, encoding) == 3


def test_positions_beyond_the_end_are_clamped():
    assert edited("ab\ncd", ((0, 99), (0, 99), "!")) == "ab!\ncd"
    assert edited("ab\ncd", ((9, 0), (9, 0), "!")) == "ab\ncd!"
    assert edited("ab\r\ncd", ((0, 99), (0, 99), "!")) == "ab!\r\ncd"


def test_inside_a_surrogate_pair_snaps_to_its_start():
    assert edited("😀", ((0, 1), (0, 1), "!")) == "!😀"


def test_a_reversed_range_is_read_the_right_way_round():
    assert edited("abcd", ((0, 3), (0, 1), "")) == "ad"


def test_a_message_without_changes_still_brings_a_version():
    assert edited("ab") == "ab"


def test_negative_numbers_mean_the_start():
    # The validators refuse them from a client; this is what lies behind.
    with validators.disabled():
        assert edited("ab\ncd", ((1, -1), (1, -1), "!")) == "ab\n!cd"
        assert edited("ab\ncd", ((-1, 1), (-1, 1), "!")) == "!ab\ncd"


def test_a_change_of_an_unopened_document_changes_nothing():
    documents = Documents()
    identifier = types.VersionedTextDocumentIdentifier(2, URI)
    change = types.TextDocumentContentChangeWholeDocument("x")
    assert not documents.change(identifier, [change])
    assert documents.get(URI) is None


@given(
    st.text(alphabet="aé€😀\n\r\u2028\ud800"),
    st.integers(0, 40),
    st.sampled_from(list(Encoding)),
)
def test_position_and_offset_are_inverse(text, offset, encoding):
    document = DocumentSnapshot(URI, "python", 1, text)
    offset = min(offset, len(text))
    if text[offset - 1 : offset + 1] == "\r\n":
        return  # Between the two a position cannot be denoted.
    position = position_at(document, offset, encoding)
    assert offset_at(document, position, encoding) == offset
