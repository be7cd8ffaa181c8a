import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.habits import HABIT_FEATURES, habit_figures, habits


def figure(name, line, above=(), below=(), language="c-sharp"):
    return habit_figures(line, habits(above, below, language))[name]


EXPLICIT = ('string owner = "o";', 'string repo = "r";', "foreach (int n in numbers)")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Dictionary<int, int> mode = F();", 1),
        ("var mode = F();", -1),
        ("foreach (var n in mode)", -1),
        ("return mode = F();", 0),
        ("Run(mode);", 0),
    ],
)
def test_types_are_written_as_in_the_lines_above(line, expected):
    assert figure("types", line, EXPLICIT) == expected
    assert figure("types", line, ("var a = 1;", "var b = 2;")) == -expected
    assert figure("types", line, EXPLICIT, language="python") == 0


def test_a_lone_parameter_stands_in_brackets_if_it_does_so_here():
    above = ("list.map((x) => x);", "list.forEach((y) => y);", "list.some(z => z);")
    assert figure("arrows", "then((salt) => {", above) == 1
    assert figure("arrows", "then(salt => {", above) == -1
    assert figure("arrows", "then(salt => {") == 0


def test_the_quotes_that_nobody_uses_here_are_a_sign_against_a_line():
    above = ("a = 'x'", "b = 'y'")
    assert figure("other_quotes", 'c = "z"', above) == 1
    assert figure("other_quotes", "c = 'z'", above) == 0
    assert figure("other_quotes", """c = "it's" """, above) == 0
    assert figure("other_quotes", 'c = "z"', ("a = 'x'", 'b = "y"')) == 0


@pytest.mark.parametrize("line", ["total = 0", "let total = 0;", "List<int> total = new();"])
def test_what_the_next_lines_bind_is_not_bound_before(line):
    assert figure("binds_again", line, below=("const total = sum(rows);",)) == 1
    assert figure("binds_again", line, below=("print(total == 0)",)) == 0
    assert figure("binds_again", line, above=("const total = sum(rows);",)) == 0


def test_words_and_lines_of_the_file_are_known_again():
    assert figure("new_words", "return alpha + beta", ("alpha = 1", "return 2")) == 1
    assert figure("stands_elsewhere", "return 2", ("return 2",)) == 1
    assert figure("stands_elsewhere", "}", ("}",)) == 0


LINES = st.lists(
    st.text(alphabet="abA<>[](){}=:;'\"`.,? \ud800\U0001f600", max_size=30).filter(str.strip),
    max_size=8,
)


@given(above=LINES, below=LINES, line=st.text(max_size=60), language=st.sampled_from(["java", ""]))
def test_whatever_stands_there_every_figure_is_a_bounded_number(above, below, line, language):
    figures = habit_figures(line, habits(above, below, language))
    assert tuple(figures) == HABIT_FEATURES
    assert all(-1 <= value <= 10 for value in figures.values())


@pytest.mark.parametrize("piece", ["a<b>[", "a ", "( ", "foreach (", "=>", "a.", "x = "])
def test_a_long_line_takes_no_square_of_its_length(piece):
    line = piece * 20_000
    here = habits((line,), (line,), "java")
    assert habit_figures(line, here)["new_words"] <= 10
