"""Parsers that several threads may use at a time."""

from fusionls.core import syntax
from fusionls.core.languages import languages
from fusionls.core.syntax import HoleTree

PYTHON = languages()["python"]


def test_a_parser_in_use_is_nobody_elses() -> None:
    tree = HoleTree(PYTHON, "x = 1\n", "")
    with syntax._reader_of(PYTHON) as mine:
        assert tree.problems_with("y = (\n")
        with syntax._reader_of(PYTHON) as other:
            assert mine[0] is not other[0] and mine[1] is not other[1]
    # They come back: their number is that of the threads, not that of the texts.
    before = len(syntax._idle(PYTHON))
    for n in range(20):
        assert tree.problems_with(f"y = {n}\n") == ()
    assert len(syntax._idle(PYTHON)) == before
