import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.joining import joined
from fusionls.core.languages import languages
from fusionls.core.validation import open_hole


@pytest.mark.parametrize(
    ("language", "document", "text", "expected"),
    [
        ("python", "x = $0\n", "1", "1"),
        # A model that forgot the line end before its answer, or behind it.
        ("python", "x = 1$0\ny = 2\n", "z = 3", "\nz = 3"),
        ("python", "x = 1\n$0y = 2\n", "z = 3", "z = 3\n"),
        # One that left the indentation to us.
        ("python", "try:\n$0    f()\nfinally:\n    g()\n", "h()", "    h()\n"),
        (
            "python",
            "def f():\n    with a:\n$0\n",
            "if b:\n    c()",
            "        if b:\n            c()",
        ),
        # One that closed the bracket that the editor had closed, and went on behind it.
        ("python", "x = (a + $0)\n", "b) * 2", "b"),
        ("python", "x = f($0)\n", "g(1), 2)[0]", "g(1), 2"),
        # Nothing helps: the text stays as it was.
        ("python", "x = $0\n", "1 2 (", "1 2 ("),
        ("json", "{$0}\n", '"a": 1', '"a": 1'),
    ],
)
def test_a_text_is_put_where_it_fits(language, document, text, expected):
    prefix, _, suffix = document.partition("$0")
    form, _ = joined(open_hole(languages()[language], prefix, suffix), text, prefix, suffix)
    assert form == expected


ODD = st.text(st.sampled_from("ab: \n\r\t()#\ud800"), max_size=20)


@settings(max_examples=100, deadline=None)
@given(ODD, ODD, ODD)
def test_any_text_has_a_form_and_the_verdict_is_that_form_s(prefix, suffix, text):
    hole = open_hole(languages()["python"], prefix, suffix)
    form, verdict = joined(hole, text, prefix, suffix)
    assert verdict == hole.check(form)
    # White space may be moved, and what lies behind a bracket that is closed already may go.
    assert "".join(text.split()).startswith("".join(form.split()))
