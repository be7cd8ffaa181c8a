"""The tokens of an open document follow every edit."""

from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.tokens import Vocabulary
from fusionls.core.text import DocumentSnapshot

PIECES = st.text(st.sampled_from("ab (=1\n\r\t\u2028é"), max_size=12)
EDITS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30), PIECES), max_size=8)


@given(st.lists(PIECES, max_size=8).map("".join), EDITS, st.sampled_from([4, 8, 8192]))
def test_following_edits_is_the_same_as_reading_again(text, edits, chunk_size):
    vocabulary = Vocabulary()
    snapshot = DocumentSnapshot("", "", 0, text, chunk_size)
    followed = OpenText(vocabulary, snapshot)
    for version, (start, length, new) in enumerate(edits, 1):
        snapshot = snapshot.edited(start, start + length, new, version)
        followed.follow(snapshot)
        again = OpenText(vocabulary, snapshot)
        for name in ("ids", "line_first", "numbers", "indents"):
            assert getattr(followed, name).tolist() == getattr(again, name).tolist()


def test_a_long_document_is_read_in_steps_to_the_same_end():
    snapshot = DocumentSnapshot("", "", 0, "".join(f"x{n} = f({n})\n\n" for n in range(900)))
    vocabulary = Vocabulary()
    steps = OpenText.in_steps(vocabulary, snapshot)
    count = 0
    while True:
        try:
            next(steps)
            count += 1
        except StopIteration as end:
            text = end.value
            break
    assert count > 5
    assert text.ids.tolist() == OpenText(vocabulary, snapshot).ids.tolist()
