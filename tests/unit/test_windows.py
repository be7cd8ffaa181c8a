from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.member import PromptBudget
from fusionls.core.text import DocumentSnapshot
from fusionls.core.windows import window_start

BUDGET = PromptBudget(prefix=300)
FUNCTIONS = "".join(
    f"def number_{n}(a):\n    b = a + {n}\n    c = b * b\n    return c\n\n\n" for n in range(60)
)


def document(text):
    return DocumentSnapshot("file:///a.py", "python", 1, text, chunk_size=50)


def starts(text, budget=BUDGET):
    snapshot = document(text)
    return [window_start(snapshot, offset, budget) for offset in range(len(text) + 1)]


def test_typing_on_moves_the_window_seldom_and_by_much():
    found = starts(FUNCTIONS)
    moves = [(before, after) for before, after in pairwise(found) if before != after]
    assert all(offset - start <= 300 for offset, start in enumerate(found))
    assert len(moves) <= len(FUNCTIONS) / 100
    assert all(after - before >= 100 for before, after in moves)
    assert all(FUNCTIONS[start:].startswith("def ") for start in set(found) - {0})


def test_what_follows_the_cursor_has_no_say():
    offset = 3000
    assert window_start(document(FUNCTIONS[:offset]), offset, BUDGET) == starts(FUNCTIONS)[offset]


def test_an_import_that_is_added_on_top_leaves_most_windows_where_they_are():
    more = "import sys\n"
    before, after = starts(FUNCTIONS), starts(more + FUNCTIONS)
    kept = sum(
        after[offset + len(more)] == start + len(more)
        for offset, start in enumerate(before)
        if offset > 1000
    )
    assert kept >= 0.9 * (len(before) - 1001)


def test_one_endless_line_has_a_window_that_stays_too():
    found = starts("x" * 5000)
    assert all(offset - start <= 300 for offset, start in enumerate(found))
    assert len(set(found)) <= 5000 / 100 + 1


def test_long_lines_do_not_move_it_with_every_key():
    found = starts("# " + "long words " * 9 + "\n" + ("# " + "long words " * 9 + "\n") * 40)
    assert len(set(found)) <= len(found) / 100 + 1


@given(st.text(alphabet="ab \n\r", max_size=400), st.integers(0, 400), st.integers(1, 60))
def test_it_is_never_longer_than_the_budget(text, offset, length):
    offset = min(offset, len(text))
    start = window_start(document(text), offset, PromptBudget(prefix=length))
    assert max(0, offset - length) <= start <= offset


@pytest.mark.parametrize("offset", [0, 10, 300])
def test_while_all_fits_all_is_shown(offset):
    assert window_start(document(FUNCTIONS), offset, BUDGET) == 0
