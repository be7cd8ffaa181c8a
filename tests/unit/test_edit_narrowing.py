"""Hunks that change only what changes, and come to the same text."""

from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.narrowing import narrowed
from fusionls.core.editing.rebasing import applied_to

PIECES = st.lists(
    st.sampled_from(["a", "bc", " ", "\n", "\r\n", "(", ")", "é", "\U0001f600", "\x00"])
)


@given(PIECES, PIECES, PIECES, PIECES, st.booleans())
def test_the_text_is_the_same_and_no_hunk_is_wider(
    head: list[str], old: list[str], new: list[str], tail: list[str], apart: bool
) -> None:
    first, gone, come, last = map("".join, (head, old, new, tail))
    text = first + gone + last
    wide = Hunk("a", len(first), len(first) + len(gone), come)
    hunks = narrowed((wide,), {"a": text}, apart)
    assert applied_to(text, hunks) == first + come + last
    assert all(wide.start <= one.start <= one.end <= wide.end for one in hunks)


def test_of_a_statement_only_the_name_changes() -> None:
    text = "return old(old)\n"
    found = narrowed((Hunk("a", 0, 15, "return new(new)"),), {"a": text}, apart=True)
    assert [(one.start, one.end, one.text) for one in found] == [(7, 10, "new"), (11, 14, "new")]


def test_a_line_that_is_added_is_all_that_is_shown() -> None:
    found = narrowed((Hunk("a", 0, 4, "a\nx\nb\n"),), {"a": "a\nb\n"})
    assert [(one.start, one.end, one.text) for one in found] == [(2, 2, "x\n")]
