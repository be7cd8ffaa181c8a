import pytest

from fusionls.core.languages import language_for
from fusionls.evaluating.prose import prose_rows

PYTHON = '''"""What it does."""

# a comment
x = 1  # beside code
def f(a):
    """In one line."""
    text = """
    several lines
    """
    """Several

    lines."""
    return "a string"
'''
JAVASCRIPT = """/* several
 * lines */
const a = "text"; // beside
// alone
const b = `one
two`;
"""


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("a.py", PYTHON, {0, 2, 5, 6, 7, 8, 9, 10, 11}),
        ("a.js", JAVASCRIPT, {0, 1, 3, 4, 5}),
        ("a.py", "", set()),
        ("a.py", "x = '\ud800'\n)))(((\n", set()),
    ],
)
def test_what_is_written_for_people_is_known(name, text, rows):
    language = language_for("", name)
    assert language is not None
    found = {row for row in prose_rows(text, language) if row < text.count("\n")}
    assert found == rows
