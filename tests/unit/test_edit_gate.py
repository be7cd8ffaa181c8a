"""What the gate of edits rejects, always relative to the text before."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.edit import EditTask, EditVerdict, Proposal, Scope
from fusionls.core.editing.gate import judge_edit

BEFORE = '''"""Doc."""

import os


class C:
    """About C."""

    def __init__(self):
        self.a = 1

    def f(self, x):
        """About f."""
        return x + self.a


def g(y):
    total = 0
    for n in range(y):
        total += n
    return total
'''


def judged(
    after: str, instruction: str = "Change it.", before: str = BEFORE, language: str = "python"
) -> EditVerdict:
    task = EditTask({"a": before}, {"a": language}, instruction, (Scope("a", 0, len(before)),))
    return judge_edit(task, Proposal("m", 0, {"a": after}))


def why(after: str, instruction: str = "Change it.", **where: str) -> str:
    return "; ".join(judged(after, instruction, **where).why)


GOOD = BEFORE.replace("total = 0", "total = 1")


def test_an_edit_passes() -> None:
    assert judged(GOOD) == EditVerdict(True)


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        (BEFORE, "does nothing"),
        (BEFORE.replace("\n\n\n", "\n\n"), "does nothing"),
        (BEFORE.replace('"""', "'''"), "does nothing"),
        (BEFORE.replace("def g(y):", "def g(y:"), "parse"),
        (BEFORE[: BEFORE.index("total += n") + 7], "parse"),
        (GOOD.replace("    return total", "  return total"), "parse"),
        (BEFORE.replace("return total", "return sum_of(total)"), "nothing binds"),
        (BEFORE.replace("self.a\n\n", "self.b\n\n"), "member"),
        (BEFORE[: BEFORE.index("class C")], "most of the text"),
        (GOOD.replace("return x", "# ... rest of the method\n        return x"), "leaves code out"),
        (GOOD + "# \x54ODO: the rest\n", "leaves code out"),
        (GOOD + "\nx = '''\n```\n'''\n", "marks"),
        (GOOD.replace('        """About f."""\n', ""), "docstring"),
        (GOOD.replace("total", "to\u200btal", 1).replace("total", "total"), "parse"),
        (GOOD + "x = 'a\u202e'\n", "nobody can see"),
        ("function f() { return 1; }\n" * 20, "parse"),
    ],
)
def test_what_is_wrong_is_named(after: str, rule: str) -> None:
    assert rule in why(after)


def test_what_was_wrong_before_is_nobodys_fault() -> None:
    before = BEFORE.replace("return total", "return unknown(total)") + "# \x54ODO: more\n"
    assert judged(before.replace("total = 0", "total = 1"), before=before).passes
    broken = BEFORE + "def (\n"
    assert judged(GOOD + "def (\n", before=broken).passes


def test_remarks_count_where_they_are_asked_for() -> None:
    after = BEFORE.replace("import os", "import os  # of the system")
    assert why(after) == "it does nothing"
    assert judged(after, "Add comments.").passes


def test_a_text_may_become_shorter_where_that_is_asked_for() -> None:
    before = BEFORE + "".join(f"x{n} = {n}\n" for n in range(20))
    assert "most of the text" in why(BEFORE, before=before)
    assert judged(BEFORE, "Remove the variables.", before=before).passes


def test_doubts_do_not_reject() -> None:
    verdict = judged(GOOD, "Call it `better_name`.")
    assert verdict.passes
    assert "new name" in verdict.doubts[0]
    gone = judged(BEFORE[: BEFORE.index("def g")] + "x = 1\n", "Change it.")
    assert "it removes a definition that was not mentioned" in gone.doubts


@pytest.mark.parametrize(
    ("language", "before", "after", "rule"),
    [
        (
            "javascript",
            "function f(a) {\n  return a;\n}\n",
            "function f(a) {\n  return b;\n",
            "parse",
        ),
        (
            "javascript",
            "function f(a) {\n  return a;\n}\n",
            "function f(a) {\n  return (a);\n}\n",
            "does nothing",
        ),
        (
            "go",
            "package p\n\nfunc f(a int) int {\n\treturn a\n}\n",
            "package p\n\nfunc f(a int) int {\n\treturn b\n}\n",
            "nothing binds",
        ),
        (
            "rust",
            "fn f(a: i32) -> i32 {\n    a\n}\n",
            "fn f(a: i32) -> i32 {\n    // ... rest of the code\n    a + 1\n}\n",
            "leaves code out",
        ),
        (
            "java",
            "class C { int f() { return 1; } }\n",
            "class C { int f() { return 1; }\n",
            "parse",
        ),
        ("json", '{"a": 1}\n', '{"a": 1,\n', "parse"),
        ("", "one\ntwo\n", "one\n two\n", "does nothing"),
    ],
)
def test_every_language_has_a_gate(language: str, before: str, after: str, rule: str) -> None:
    assert rule in why(after, before=before, language=language)


def test_only_offered_files_may_be_edited() -> None:
    task = EditTask({"a": BEFORE}, {"a": "python"}, "x", ())
    assert not judge_edit(task, Proposal("m", 0, {"a": GOOD, "b": "x"})).passes
    assert judge_edit(task, Proposal("m", 0, {})).why == ("it does nothing",)


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="def f(x):\n \t\"'#{}[]\r\x0cé\ud800=`.", max_size=120),
    st.text(alphabet="def f(x):\n \t\"'#{}[]\r\x0cé\u200b=`.", max_size=120),
    st.sampled_from(("python", "", "javascript", "html", "json")),
)
def test_every_edit_gets_the_same_verdict_twice(before: str, after: str, language: str) -> None:
    first = judged(after, before=before, language=language)
    assert first == judged(after, before=before, language=language)
    assert first.passes == (not first.why)
    assert not judged(before, before=before, language=language).passes


@pytest.mark.parametrize(
    ("added", "instruction", "doubted"),
    [
        ("def extra(a):\n    return a\n", "Change it.", True),
        ("class Extra:\n    pass\n", "Change it.", True),
        ("def extra(a):\n    return a\n", "Add a function `extra`.", False),
        ("def extra(a):\n    return a\n\n\nb = extra(1)\n", "Change it.", False),
        ("def test_g():\n    assert g(1) == 0\n", "Change it.", False),
        (
            "import functools\n\n\n@functools.cache\ndef extra(a):\n    return a\n",
            "Change it.",
            False,
        ),
    ],
)
def test_what_nothing_uses_is_doubted(added: str, instruction: str, doubted: bool) -> None:
    verdict = judged(GOOD + "\n\n" + added, instruction)
    assert verdict.passes
    assert ("it defines something that nothing uses" in verdict.doubts) is doubted


def test_another_name_for_what_nothing_uses_is_not_doubted() -> None:
    assert judged(BEFORE.replace("def g(y)", "def summed(y)"), "Rename `g`.").doubts == ()


def test_what_another_file_uses_is_not_doubted() -> None:
    files = {"a": BEFORE, "b": "import a\n"}
    task = EditTask(
        files, {"a": "python", "b": "python"}, "Change it.", (Scope("a", 0, len(BEFORE)),)
    )
    extra = {"a": BEFORE + "\n\ndef extra(y):\n    return y\n"}
    used = extra | {"b": "import a\n\nprint(a.extra(1))\n"}
    assert (
        "it defines something that nothing uses" in judge_edit(task, Proposal("m", 0, extra)).doubts
    )
    assert (
        "it defines something that nothing uses"
        not in judge_edit(task, Proposal("m", 0, used)).doubts
    )


def test_a_name_that_is_to_be_renamed_may_be_gone() -> None:
    before = "func area(r int) int {\n\tq := r * r\n\treturn q\n}\n"
    files, after = {"a": before}, {"a": before.replace("q", "product")}
    scopes = (Scope("a", 0, len(before)),)
    for refactoring, doubts in (
        ("rename", ()),
        ("rewrite", ("it lacks a name that was mentioned",)),
    ):
        asked = "Find a better name for `q` in this code."
        task = EditTask(files, {"a": "go"}, asked, scopes, refactoring=refactoring)
        assert judge_edit(task, Proposal("m", 0, after)).doubts == doubts
