from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.text import (
    DocumentSnapshot,
    lines_with_ends,
    split_lines,
    without_lone_surrogates,
)

# Characters at which str.splitlines() splits and LSP does not.
FOREIGN_SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def snapshot(text):
    return DocumentSnapshot("file:///a.py", "python", 1, text)


def test_only_three_line_ends_count():
    text = "a\nb\r\nc\rd" + FOREIGN_SEPARATORS + "e"
    assert split_lines(text) == ["a", "b", "c", "d" + FOREIGN_SEPARATORS + "e"]
    assert [snapshot(text).line(n) for n in range(4)] == split_lines(text)


@given(st.text(alphabet="a\n\r\u2028\x0c "))
def test_lines_join_to_the_text(text):
    assert "".join(lines_with_ends(text)) == text
    document = snapshot(text)
    assert document.line_count == len(split_lines(text))


@given(st.text(alphabet="ab\n\r"), st.integers(0, 30))
def test_every_offset_is_in_the_line_that_holds_it(text, offset):
    document = snapshot(text)
    offset = min(offset, len(text))
    line = document.line_at(offset)
    assert document.line_start(line) <= offset
    assert offset <= document.line_end(line)


def test_a_lone_surrogate_becomes_a_replacement_character():
    assert without_lone_surrogates("a\ud800b") == "a\ufffdb"
    assert without_lone_surrogates("a😀b") == "a😀b"
