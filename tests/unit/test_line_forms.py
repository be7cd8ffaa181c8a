"""What is known of a line before a model is asked, as the head of its prompt and as a grammar."""

import re

import pytest

from fusionls.core.languages import languages
from fusionls.core.line_forms import grammar_of, line_forms
from fusionls.core.missing_line import missing_line


def forms(language, marked):
    prefix, _, suffix = marked.partition("|")
    found = languages()[language]
    return line_forms(found, prefix, suffix, missing_line(found, prefix, suffix))


def accepts(language, form, line, forced=""):
    """Tell whether the grammar lets ``line`` through, by the regular expression that it amounts to."""
    grammar = grammar_of(languages()[language], form, forced).removeprefix("root ::= ")
    quoted = re.compile(r'"((?:\\.|[^"\\])*)"|(\[(?:\\.|[^\]\\])*\])| ')
    pattern = quoted.sub(
        lambda m: (
            m.group(2) or re.escape(m.group(1).encode().decode("unicode_escape"))
            if m.group(0) != " "
            else ""
        ),
        grammar,
    )
    return re.fullmatch(pattern, line + "\n") is not None


@pytest.mark.parametrize(
    ("language", "marked", "heads"),
    [
        # The body of what the line above opens.
        ("python", "def f(x):\n|    return x\n", ["    "]),
        # A name that is used below and bound nowhere.
        ("python", "def f(x):\n|    return total\n", ["    total = "]),
        ("javascript", "function f(x) {\n|  return total;\n}\n", ["  const total = "]),
        ("python", "def f(xs):\n    y = 1\n|        print(x, y)\n", ["    for x in "]),
        # Half of the indentation stands there already.
        ("python", "def f(x):\n  |\n    return total\n", ["  total = "]),
        # In the middle of a line there is nothing to add.
        ("python", "x = foo(|)\n", [""]),
    ],
)
def test_what_the_text_below_needs_begins_the_line(language, marked, heads):
    assert [form.head for form in forms(language, marked)][: len(heads)] == heads


@pytest.mark.parametrize(
    ("language", "marked", "right", "wrong"),
    [
        # What follows is deeper: the line opens a block.
        (
            "python",
            "def f(x):\n    y = 1\n|        return y\n",
            ["if x:", "try:"],
            ["x = 1", "if x", "if :"],
        ),
        # What follows is not: it does not.
        (
            "python",
            "def f(x):\n|    return 1\n",
            ["x = 1", "g(x)"],
            ["if x:", "x,", "# x", '"""x"""', ""],
        ),
        (
            "javascript",
            "function f(x) {\n|    return 1;\n  }\n}\n",
            ["if (x) {", "for (;;) {", "} else {"],
            ["x = 1;", "f(); {"],
        ),
        ("javascript", "function f(x) {\n|  return 1;\n}\n", ["x = 1;", "}"], ["if (x) {", "// x"]),
        # Inside a bracket a line may end in a comma.
        ("python", "x = [\n|    2,\n]\n", ["1,", '"a",'], ["# one"]),
        # So it may where the bracket lies out of reach.
        ("python", "x = (\n" + "    'a'  # one\n" * 900 + "|    'b'\n)\n", ["'a'"], ["# one"]),
        # In prose everything goes.
        ("python", '"""Text\n|\n"""\n', ["# anything, at all:"], [""]),
    ],
)
def test_the_grammar_holds_a_line_to_what_is_known_of_it(language, marked, right, wrong):
    form = forms(language, marked)[0]
    assert [line for line in right if not accepts(language, form, line)] == []
    assert [line for line in wrong if accepts(language, form, line)] == []


def test_a_word_that_is_half_typed_is_gone_on_with():
    form = forms("python", "x = self.ba|\n")[0]
    assert accepts("python", form, "bar()", forced="ba")
    assert accepts("python", form, "ba", forced="ba")
    assert not accepts("python", form, "foo()", forced="ba")


def test_without_a_grammar_only_an_empty_line_is_refused():
    [form] = line_forms(None, "a\n", "", missing_line(None, "a\n", ""))
    assert form.free
    assert accepts("python", form, "x :")
    assert not accepts("python", form, "  ")
