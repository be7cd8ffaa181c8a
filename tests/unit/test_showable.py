"""What is shown of a text is in its place, whole, and never broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.candidate import Gate
from fusionls.core.languages import languages
from fusionls.core.python_compiler import compiles
from fusionls.core.showable import showable
from fusionls.core.validation import open_hole


def shown(language, document, text):
    prefix, _, suffix = document.partition("$0")
    return showable(open_hole(languages()[language], prefix, suffix), text, prefix, suffix)


@pytest.mark.parametrize(
    ("language", "document", "text", "expected"),
    [
        ("python", "x = $0\n", "f(a, b", "f(a, b)"),
        ("python", "x = $0\n", "f('a", "f('a')"),
        ("javascript", "$0\n", "if (a) {\n  b();", "if (a) {\n  b();\n}"),
        # A line that opens a block is meant to; what it holds is for the person to say.
        ("javascript", "function f() {\n  $0\n}\n", "if (a) {", "if (a) {"),
        ("python", "def f():\n    $0\n", "if a:", "if a:"),
        # What follows stands on the cursor's line: the line end stays.
        ("python", "def f():\n$0    return a\n", "    a = 1", "    a = 1\n"),
        ("python", "def f():\n$0    return a\n", "    a = 1\n", "    a = 1\n"),
        ("python", "x = $0\n", "1\n\n", "1"),
        ("java", "class A {\n  void f() {\n    $0\n  }\n}\n", "g();\n    h(;\n    i();", "g();"),
        ("python", "x = $0\n", "1 2", ""),
        ("python", "x = $0\n", " \n", ""),
    ],
)
def test_a_text_is_shown_whole_and_in_its_place(language, document, text, expected):
    assert shown(language, document, text) == expected


@pytest.mark.parametrize(
    ("document", "text", "expected"),
    [
        # The grammar takes both; Python wants the margin of the block.
        ("def f():\n    a = 1\n$0\n    return a\n", "b = 2", "    b = 2"),
        ("class A:\n    $0def f(self):\n        pass\n", "x = 1", "x = 1\n    "),
        # Where Python did not take the document before, it is not asked.
        ("return 1\nx = $0\n", "2", "2"),
        ("x = $0\n", "2", "2"),
    ],
)
def test_python_itself_is_asked(document, text, expected):
    found = shown("python", document, text)
    prefix, _, suffix = document.partition("$0")
    assert compiles(prefix + found + suffix) or not compiles(prefix + suffix)
    assert found.rstrip() == expected.rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "-" * 7_900 + "1",
        "a" + ".b" * 3_900,
        "1" + "+1" * 3_900,
        "not " * 1_900 + "1",
        "(" * 3_900 + ")" * 3_900,
        "[" * 199 + "]" * 199,
        "f(" * 150 + ")" * 150,
        "lambda: " * 980 + "1",
        "if a:\n pass\n" + "elif a:\n pass\n" * 500,
        "x = '" + "\\d" * 3_000 + "'",
        "\0",
        "\ud800",
        "\ufeff x",
        "x" * 9_000,
    ],
)
def test_whatever_python_is_asked_it_answers(text, capsys):
    assert compiles(text) in (True, False, None)
    assert capsys.readouterr() == ("", "")


ODD = st.text(st.sampled_from("ab01 \n\t(){}[]:;,.'\"`#/*=\0\r\ud800é🙂"), max_size=40)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["python", "javascript", "java", "go", "html", "json"]), ODD, ODD, ODD)
def test_nothing_broken_is_shown(language, prefix, suffix, text):
    hole = open_hole(languages()[language], prefix, suffix)
    found = showable(hole, text, prefix, suffix)
    fresh = open_hole(languages()[language], prefix, suffix)
    assert not found or fresh.check(found).gate is not Gate.BROKEN
    assert found == showable(fresh, text, prefix, suffix)
