from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.agreement import classes_of
from fusionls.core.answer_trie import LONE_LINES, AnswerTrie
from fusionls.core.reply import ReplyState
from tests.unit.test_agreement import candidate

SHARE = 0.4


def trie(*candidates):
    [answers] = classes_of(candidates)
    return AnswerTrie(answers)


def said(**texts):
    return trie(*(candidate(name, text) for name, text in texts.items()))


def coming(name, text, **more):
    whole = candidate(name, text, **more)
    return replace(whole, reply=replace(whole.reply, state=ReplyState.PARTIAL))


def test_the_most_supported_whole_text_is_taken():
    found = trie(candidate("a", "x\ny", prior=0.9), candidate("b", "x\nz"), candidate("c", "x\nz"))
    assert found.best_text() == "x\nz"


def test_models_that_part_on_line_two_yield_line_one():
    assert said(a="x\na\n", b="x\nb\n", c="x\nc\n").agreed_head(SHARE) == "x\n"


def test_the_branch_that_enough_follow_is_kept():
    assert said(a="\nx\ny\nz", b="x\ny\nother", c="x").agreed_head(SHARE) == "\nx\ny\n"


def test_blank_lines_and_white_space_divide_nobody():
    found = said(a="x\n\ny  = 1\nz", b="x\ny = 1\n\n\nz", c="x\ny =  1\nz")
    assert found.agreed_head(0.9) == "x\n\ny  = 1\nz"


@pytest.mark.parametrize(("voters", "shown"), [(2, 12), (5, 12), (6, LONE_LINES), (9, LONE_LINES)])
def test_of_a_long_text_of_one_of_many_the_start_is_shown(voters, shown):
    long = "x\n" * 12
    assert said(a=long).agreed_head(SHARE, voters).count("x") == shown
    # Two of nine are no longer alone.
    assert said(a=long, b=long).agreed_head(SHARE, 9) == long


def test_samples_of_one_member_do_not_outvote_two_others():
    found = trie(
        *(candidate("a", "x\nmine") for _ in range(5)),
        candidate("b", "x\nours"),
        candidate("c", "x\nours"),
    )
    assert found.best_text() == "x\nours"


def test_a_stream_votes_with_the_lines_it_has_and_says_nothing_of_the_rest():
    both = [candidate("a", "x\ny\nz", prior=0.5), candidate("b", "x\nother")]
    assert trie(*both, coming("c", "x\nother\n")).best_text() == "x\nother"
    # Whoever has come no further than the first line says nothing against the second.
    slow = [coming(name, "x\n") for name in "cdef"]
    assert trie(both[0], *slow).agreed_head(SHARE) == "x\ny\nz"


def test_a_stream_is_not_taken_for_a_whole_answer():
    assert trie(coming("a", "x\n", prior=0.9), candidate("b", "x\ny")).best_text() == "x\ny"


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "  a\r\n", "c"]), max_size=5).map("".join)


@given(
    texts=st.lists(LINES, min_size=1, max_size=5),
    share=st.floats(0, 1),
    voters=st.integers(1, 9),
)
def test_what_is_shown_is_the_start_of_an_answer_and_never_longer_with_more_doubt(
    texts, share, voters
):
    for answers in classes_of([candidate(f"m{n}", f"x\n{text}") for n, text in enumerate(texts)]):
        found = AnswerTrie(answers)
        head = found.agreed_head(share, voters)
        assert found.best_text().startswith(head) and head.strip()
        assert found.agreed_head(min(1.0, share + 0.2), voters + 1) in found.agreed_head(
            share, voters
        )
