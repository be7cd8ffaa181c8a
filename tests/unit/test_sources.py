from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.sources import same_sources, telling_lines

BASE = [f"the value of line {n} = {n}" for n in range(10)]


def sources(*documents):
    return same_sources([telling_lines("\n".join(document)) for document in documents])


def test_two_holes_in_one_file_are_of_one_source():
    assert sources(BASE[:7], [*BASE[4:], "something else entirely"], BASE[3:]) == (0, 0, 0)


def test_files_that_share_imports_and_closers_are_not():
    one, other = (["import something", "}", "", *(f"{n} {w * 12}" for n in range(5))] for w in "ab")
    assert sources(one, other) == (0, 1)


def test_a_source_is_all_that_hangs_together():
    first, second = BASE, [f"a second file with line {n}" for n in range(10)]
    assert sources(first, second, first[:5] + second[:5]) == (0, 0, 0)


@given(st.lists(st.lists(st.sampled_from(BASE), max_size=4), max_size=6))
def test_equal_documents_with_telling_lines_are_of_one_source(documents):
    found = sources(*documents)
    assert len(found) == len(documents)
    for number, document in enumerate(documents):
        assert found[number] <= number
        first = documents.index(document)
        assert not document or found[number] == found[first]
