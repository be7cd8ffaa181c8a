import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.cleanup import CleaningContext, clean, filters
from fusionls.core.languages import languages
from fusionls.core.request import Extent


def check(document, raw, expected, **more):
    """Clean ``raw`` at the ``$0`` of ``document``; the filters that changed it come back."""
    prefix, _, suffix = document.partition("$0")
    cleaned = clean(raw, CleaningContext(prefix, suffix, **more))
    assert cleaned.text == expected, cleaned.changed_by
    return cleaned.changed_by


def test_a_good_answer_is_left_alone():
    changed_by = check(
        "def f(x):\n    $0\n\ny = 1\n", "if x:\n        return 1", "if x:\n        return 1"
    )
    assert changed_by == ()


TOKENS = ("<|end|>", " <EOT>")


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("x = $0\n", "1<|end|>\n\ny = 2", "1"),
        ("x = $0\n", "<|end|>1", "1"),
        ("x = $0\n", "1 <EOT>", "1"),
        ("x = $0\n", "<|end|>", ""),
        # The person's own file is about such tokens.
        ('end = "<|end|>"\nx = $0\n', 'end + "<|end|>"', 'end + "<|end|>"'),
    ],
)
def test_special_tokens_end_an_answer(document, raw, expected):
    check(document, raw, expected, special_tokens=TOKENS)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("x = $0\n", "```python\nf(1)\n```", "f(1)"),
        ("x = $0\n", "Here is the code:\n\n```\nf(1)\n```\nIt calls `f`.", "f(1)"),
        ("x = $0\n", "f(1)\n```\nThat is all.", "f(1)"),
        ("x = $0\n", "```py\nf(1)", "f(1)"),
        ("x = $0\n", "~~~\nf(1)\n~~~\n", "f(1)"),
        ("x = $0\n", "```\na\n```\nor\n```\nb\n```", "a"),
        ("x = $0;\n", "`a ${b}`", "`a ${b}`"),
        ("# Use\n\n```\nx\n```\n\n$0\n", "Then:\n\n```\ny\n```", "Then:\n\n```\ny\n```"),
        ("def f():\n    $0\n", "```python\nif x:\n        g()\n```", "if x:\n        g()"),
    ],
)
def test_fences_are_taken_off(document, raw, expected):
    check(document, raw, expected)


@pytest.mark.parametrize(
    ("withheld", "raw", "expected"),
    [
        (" ", " x", "x"),
        (" ", "x", "x"),
        (" ", "   x", "  x"),
        ("  ", " x", "x"),
        ("\t", "\tx", "x"),
        (" ", "\tx", "\tx"),
    ],
)
def test_withheld_blanks_are_in_the_document_already(withheld, raw, expected):
    check(f"return{withheld}$0\n", raw, expected, withheld=withheld)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("total = $0\n", "total = 1", "1"),
        ("    total = $0\n", "    total = 1", "1"),
        ("total =$0\n", "total = 1", " 1"),
        ("count$0\n", "counter", "counter"),
        ("if$0\n", "if x:", "if x:"),
        ("def f(value):\n    $0\n", "def f(value):\n    return value", "return value"),
        ("def f(value):\n    ret$0\n", "def f(value):\n    return value", "urn value"),
        ("def f(value):\n    $0\n", "    return value\n    # done", "return value\n    # done"),
        ("def f(value):\n    $0\n", "        return value", "        return value"),
        # A line may be repeated on purpose, so a mere copy is for others to judge.
        ("items.append(1)\n$0\n", "items.append(1)", "items.append(1)"),
        ("items.append(1)\n$0\n", "items.append(1)\nprint(items)", "print(items)"),
    ],
)
def test_an_echo_of_what_stands_before_is_dropped(document, raw, expected):
    check(document, raw, expected)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("f($0)\n", "a, b)", "a, b"),
        ("f($0)\n", "g(a)", "g(a)"),
        ("f($0)\n", "g(a))", "g(a)"),
        ("f(g($0)\n", "a))", "a)"),
        ("f($0);\n", "a);", "a"),
        ('f("$0")\n', 'a")', "a"),
        ('f("$0")\n', "a", "a"),
        ("f($0)\n", '"a"', '"a"'),
        ("x = $0 + total\n", "1 + total", "1"),
        ("while ($0) {\n", "x > 0) {", "x > 0"),
        ("if (x) {\n  $0\n}\n", "y();\n}", "y();"),
        ("if (x) {\n  $0\n}\n", "if (y) {\n    z();\n  }", "if (y) {\n    z();\n  }"),
        ("a {\n  b {\n    c\n  $0\n}\n", "}", "}"),
        ("if (x) {\n  $0\n} else {\n  z();\n}\n", "y();\n}", "y();"),
        ("def f\n  $0\nend\n", "puts 1\nend", "puts 1"),
        ("$0\nfirst_call()\nsecond_call()\n", "zero()\nfirst_call()\nsecond", "zero()"),
        ("$0first_call()\n", "zero()\nfirst_call()\n", "zero()\n"),
        ("$0first_call()\n", "second.first_call()\n", "second.first_call()\n"),
        (
            "def f(x):\n    $0\n    return None\n",
            "if x:\n        return None",
            "if x:\n        return None",
        ),
        ("def f(x):\n    $0\n    return None\n", "g(x)\n    return None", "g(x)"),
    ],
)
def test_what_stands_behind_is_not_typed_again(document, raw, expected):
    check(document, raw, expected)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        (
            "if x:\n    $0\ny = 1\n",
            "for a in x:\n        f(a)\n    g()\nz = 2\n",
            "for a in x:\n        f(a)\n    g()",
        ),
        # The indentation comes with the answer where none stands there.
        ("if x:\n$0y = 1\n", "    f()\n    g()\nz = 2\n", "    f()\n    g()"),
        # The brace that ends the body may be missing, and is the document's own if it is not.
        ("if (x) {\n  $0\n", "f();\n}\ng();\n", "f();\n}"),
        ("if (x) {\n  $0\n}\n", "f();\n}\ng();\n", "f();"),
        ("if x:\n    $0", "f()", "f()"),
    ],
)
def test_a_body_ends_where_its_block_does(document, raw, expected):
    check(document, raw, expected, extent=Extent.BODY, language=None)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("bar()", "r()"), ("ba", ""), ("foo()", ""), ("", "")],
)
def test_a_word_that_was_withheld_is_gone_on_with_or_the_answer_is_another(raw, expected):
    check("x = self.ba$0\n", raw, expected, withheld="ba")


@pytest.mark.parametrize(
    ("document", "raw", "extent", "expected"),
    [
        ("x = $0\n", "1\ny = 2", Extent.LINE, "1"),
        ("x = $0\n", "1\ny = 2", Extent.BLOCK, "1\ny = 2"),
        ("    $0\n", "\n\n    f()\n    g()", Extent.LINE, "f()"),
        ("x = f($0, total)\n", "1\ny = 2", Extent.BLOCK, "1"),
        ("f($0)\n", "{\n  a: 1,\n}", Extent.BLOCK, "{\n  a: 1,\n}"),
        ("if x:$0\n", "\n    f()\n    g()", Extent.LINE, "\n    f()"),
    ],
)
def test_one_line_where_only_one_fits(document, raw, extent, expected):
    check(document, raw, expected, extent=extent)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("a\r\n$0\r\n", "b\nc", "b\r\nc"),
        ("a\n$0\n", "b\r\nc\rd", "b\nc\nd"),
        ("x = $0\n", "1  \n\n", "1"),
        ("x = $0\n", "   ", ""),
        ("f($0)\n", "a\n", "a"),
        ("x = $0\n", "a\u202eb", ""),
        ("x = $0\n", "a\u200bb", ""),
        ("x = $0\n", "a\x00", ""),
        ("x = $0\n", "a\ud800", ""),
        ("y = '\u200b'\nx = $0\n", "a\u200bb", "a\u200bb"),
        ("x = $0\n", "'⚠\ufe0f ok'", "'⚠\ufe0f ok'"),
        ("x = $0\n", "a\ufe0f", ""),
    ],
)
def test_ends_and_hidden_characters(document, raw, expected):
    check(document, raw, expected)


def test_the_trace_can_name_the_filters():
    names = check("f($0)\n", "```\ng(1))\n```", "g(1)")
    assert names == ("fences", "suffix overlap")


def test_filters_have_names_and_places_of_their_own():
    found = filters()
    assert len({f.name for f in found}) == len({f.position for f in found}) == len(found)


TEXT = st.text(st.sampled_from("ab1 \n\r\t(){}[];,:\"'`~.\0\ud800\u200bé🙂"), max_size=60)
CONTEXT = st.builds(
    CleaningContext,
    TEXT,
    TEXT,
    st.sampled_from(Extent),
    st.just(""),
    st.just(("a(", "b1")),
    st.sampled_from([None, languages()["python"]]),
)


@settings(max_examples=400, deadline=None)
@given(TEXT | st.text(max_size=30), CONTEXT)
def test_every_filter_is_total_and_finds_nothing_to_do_twice(text, context):
    for step in filters():
        once = step.apply(text, context)
        assert step.apply(once, context) == once, step.name
        text = once


# The text and its neighbourhood have no letter in common, so every likeness is a filter's mistake.
CODE = st.lists(
    st.sampled_from(
        ["foo(bar)", "if baz {", "  qux = [1]", "}", "for k in 'v'", "", "    return 2"]
    ),
    min_size=1,
    max_size=8,
).filter(
    lambda lines: (
        bool(lines[-1].strip()) and bool(lines[0].strip()) and max(map(lines.count, lines)) < 4
    )
)


@settings(max_examples=200, deadline=None)
@given(CODE, st.lists(st.sampled_from(["ZZZ", "  YYY NNN", "WWW:", ""]), max_size=6))
def test_a_text_with_nothing_in_common_survives(lines, around):
    text = "\n".join(lines)
    prefix, suffix = "\n".join(["VVV", *around, ""]), "\n".join(["", *around, "UUU"])
    assert clean(text, CleaningContext(prefix, suffix)).text == text


@pytest.mark.parametrize(
    "raw",
    [
        ")" * 262_144,
        "a\n" * 131_072,
        "}\n" * 131_072,
        "ab-cd " * 43_000,
        "`" * 262_144,
        " " * 262_144,
    ],
)
def test_a_huge_answer_costs_little(raw):
    """Only has to end: quadratic work on 256 KB would take minutes."""
    clean(raw, CleaningContext("ab-cd " * 1000 + "\n" + "}\n" * 50, ")\n" + "}\n" * 5000))


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("x = $0\n", "<think>\nIs it f?\n</think>\n\nf(1)", "f(1)"),
        ("x = $0\n", "<think>a</think><think>b</think>f(1)", "f(1)"),
        ("x = $0\n", "Perhaps f?</think>\nf(1)", "f(1)"),
        ("x = $0\n", "<think>\nIs it f? It may be", ""),
        # The person's own file is about thoughts.
        ('mark = "<think>"\nx = $0\n', '"<think>" + y', '"<think>" + y'),
        ("x = $0\n", "a < think > b", "a < think > b"),
    ],
)
def test_thoughts_are_not_inserted(document, raw, expected):
    check(document, raw, expected)
