"""Talk, circles, margins, brackets that are there already, and copies of what stands behind."""

import pytest

from fusionls.core.candidate import Candidate
from fusionls.core.cleanup import CleaningContext, clean
from fusionls.core.languages import languages
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import Extent
from fusionls.core.validation import open_hole

PYTHON = languages()["python"]


def check(document, raw, expected, language="", **more):
    """Clean ``raw`` at the ``$0`` of ``document``."""
    prefix, _, suffix = document.partition("$0")
    known = languages()[language] if language else None
    cleaned = clean(raw, CleaningContext(prefix, suffix, language=known, **more))
    assert cleaned.text == expected, cleaned.changed_by
    return cleaned


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("x = $0\n", "Sure! Here is the code:\n\nf(1)", "f(1)"),
        ("x = $0\n", "Here's the completed line:\nf(1)", "f(1)"),
        ("x = $0\n", "f(1)\n\nThis code calls `f` with one.", "f(1)"),
        ("x = $0\n", "f(1)\n\n**Explanation:**\n\n- `f` is called", "f(1)"),
        ("x = $0\n", "`f(1)`", "f(1)"),
        # Within a string or a comment it is what the person writes.
        ('"""\n$0\n"""\n', "Here is an example:\n\nf(1)", "Here is an example:\n\nf(1)"),
        ("# $0\n", "Here is why:", "Here is why:"),
        ("$0\n", "Note = 1\n\nNote: int = 2", "Note = 1\n\nNote: int = 2"),
        ("$0\n", "a = 1\n\nThis = f(a)", "a = 1\n\nThis = f(a)"),
    ],
)
def test_talk_without_a_fence_is_dropped(document, raw, expected):
    check(document, raw, expected, "python")


def test_backticks_stay_where_the_language_has_them():
    check("const x = $0\n", "`f(1)`", "`f(1)`", "javascript")
    check("x=$0\n", "`date`", "`date`", "bash")


def test_prose_is_left_alone_in_a_text_without_a_grammar():
    check("$0\n", "Here is the plan:\n\n- rest", "Here is the plan:\n\n- rest")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("f(1)<|endoftext|>\nimport x", "f(1)"),
        ("f(1)<|im_end|>", "f(1)"),
        ("```f(1)```", "f(1)"),
        ("    ```python\n    f(1)\n    ```", "f(1)"),
        ("```python\n```\n```python\nf(1)\n```", "f(1)"),
        ("```python\nf(1)\n", "f(1)"),
    ],
)
def test_marks_of_servers_and_odd_fences(raw, expected):
    check("def f():\n    $0\n", raw, expected, "python")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("f(1)\n" * 30, "f(1)"),
        ("f(1)\n" * 30 + "f(", "f(1)"),
        ("a()\nb()\n" * 6 + "a()", "a()\nb()"),
        ("x = 1\n" + "y += 1\n" * 9, "x = 1\ny += 1"),
        ("very long, " * 40, "very long,"),
        # Something else behind it: the model came out of it by itself, or it is a table.
        ("f(1)\n" * 8 + "g(1)", "f(1)\n" * 8 + "g(1)"),
        ("[0, 0, 0],\n" * 7 + "[0, 0, 0]", "[0, 0, 0],\n" * 7 + "[0, 0, 0]"),
        ("f(1)\n" * 3 + "f(1)", "f(1)\n" * 3 + "f(1)"),
        ("# " + "-" * 90, "# " + "-" * 90),
        ('x = "' + "ab" * 50 + '"', 'x = "' + "ab" * 50 + '"'),
    ],
)
def test_a_model_in_a_circle_is_cut_after_one_round(raw, expected):
    check("$0\n", raw, expected)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("if a:\n\tb()\n\t$0\n", "if c:\n        d()", "if c:\n\t\td()"),
        (
            "if a:\n\tb()\n$0\n",
            "if c:\n    d()\n    if e:\n        f()",
            "if c:\n\td()\n\tif e:\n\t\tf()",
        ),
        ("if a:\n  b()\n$0\n", "if c:\n\td()", "if c:\n  d()"),
        # The document has both, or none: nothing tells.
        ("if a:\n\tb()\n  c()\n$0\n", "if c:\n    d()", "if c:\n    d()"),
        ("$0\n", "if c:\n\td()", "if c:\n\td()"),
        # Written as if the cursor stood at the edge.
        (
            "def f():\n    $0\n",
            "if c:\n    d()\ne()",
            "if c:\n        d()\n    e()",
        ),
        ("def f():\n    $0\n", "if c:\n        d()", "if c:\n        d()"),
        ("def f():\n    $0\n", "g(\n    )", "g(\n    )"),
    ],
)
def test_margins_are_the_document_s(document, raw, expected):
    check(document, raw, expected, "python")


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("return $0\n", " x", "x"),
        ("x =\t $0\n", "\t 7", "7"),
        ("x = $0\n", "\n7", "\n7"),
        ("x =$0\n", " 7", " 7"),
        ("f() {$0\n}\n", "  \n  g()", "\n  g()"),
        ("f() {\n    $0\n}\n", "\n    g()", "g()"),
        # A blank line between two statements may be meant.
        ("f() {\n    g()\n    $0\n}\n", "\n    h()", "\n    h()"),
        ("    $0\n", " g()", "g()"),
        ("    /**\n    $0\n", " * Says so.", " * Says so."),
    ],
)
def test_blanks_that_are_there_already_are_not_brought_again(document, raw, expected):
    check(document, raw, expected)


@pytest.mark.parametrize(
    ("document", "raw", "expected"),
    [
        ("f($0)\n", "a);", "a"),
        ("f(g($0)\n", "a));", "a)"),
        ("on(e, (d) => {$0})\n", "\n  log(d);\n});", "\n  log(d);\n"),
        ('f("$0")\n', 'a");', "a"),
        ('f("$0", b)\n', "a", "a"),
        ("<b>\n</$0>\n", "b>", "b"),
        ("x = [$0]\n", "y for y in z]", "y for y in z"),
        ("f($0)\n", "(a) => b", "(a) => b"),
        ("f($0)\n", "g(a)", "g(a)"),
        ("if (a > $0)\n", "b", "b"),
    ],
)
def test_brackets_that_the_editor_typed_are_not_typed_again(document, raw, expected):
    check(document, raw, expected)


@pytest.mark.parametrize(
    ("document", "raw", "extent", "expected"),
    [
        # A line end is missing between two lines, and none of them is the middle of a line.
        ("  a();$0  b();\n", "\n  c();\n  d();\n", Extent.BLOCK, "\n  c();\n  d();\n"),
        ("if (a) {$0return b}\n", "c\nd", Extent.BLOCK, "c"),
        ("if (a) {\n    $0\n", "b();\n}\nc();", Extent.BLOCK, "b();\n}\nc();"),
        ("if (a) {\n    $0\n", "b();\n    d();\n}\nc();", Extent.BLOCK, "b();\n    d();\n}"),
        (
            "class A:\n    def b(self):\n        c()$0\n",
            "\n\n    def d(self):\n        e()",
            Extent.BLOCK,
            None,
        ),
        ("if a:\n    $0", "b()\nelse:\n    c()\n\nd()", Extent.BODY, "b()\nelse:\n    c()"),
        ("if a:\n    $0\nf()\n", "b()\nelse:\n    c()", Extent.BODY, "b()"),
        (
            "if (a) {\n    $0",
            "b()\n} else {\n    c()\n}\nd()",
            Extent.BODY,
            "b()\n} else {\n    c()\n}",
        ),
    ],
)
def test_no_more_than_was_asked_for(document, raw, extent, expected):
    check(document, raw, raw if expected is None else expected, extent=extent)


@pytest.mark.parametrize(
    ("document", "raw", "copy"),
    [
        ("$0\nfirst_call()\nsecond_call()\n", "first_call()\nsecond_call()", True),
        ("$0\nfirst_call()\nsecond_call()\n", "first_call()\nsecond_call()\nthird_call()", True),
        # It only begins like what stands behind.
        ("$0\n/// <summary>\n/// All.\nint A;\n", "/// <summary>\n/// One.\nint B;\nint C;", False),
        ("$0\nfirst_call()\n", "other_call()", False),
    ],
)
def test_a_copy_of_what_stands_behind_is_kept_and_said_to_be_one(document, raw, copy):
    assert check(document, raw, raw).copy is copy


def test_what_is_a_rest_of_the_line_or_a_closer_is_no_answer_at_all():
    assert not check("x = $0total\n", "total", "").copy
    assert not check("if a {\n  b\n$0\n}\n", "}", "").copy


def candidate(document: str, said: str) -> Candidate:
    prefix, _, suffix = document.partition("$0")
    hole = open_hole(PYTHON, prefix, suffix)
    cleaning = CleaningContext(prefix, suffix, language=PYTHON)
    reading = Reading(Member("a", family="plain"), cleaning, hole, RenderedPrompt())
    return reading.candidate(Reply("a", ReplyState.ANSWERED, text=said))


def test_a_copy_is_a_candidate_without_a_vote():
    copied = candidate("a()\n$0\nfirst_call()\n", "first_call()")
    assert (copied.text, copied.key, copied.copy) == ("first_call()", "", True)
    own = candidate("a()\n$0\nfirst_call()\n", "other_call()")
    assert (own.text, own.key, own.copy) == ("other_call()", "other_call()", False)
