"""Extracting, inlining and adding types: what does something else than it was asked for is not offered."""

import pytest

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.edit import Proposal
from fusionls.core.editing.orders import EditOrder, ReadOrder
from fusionls.core.refactoring import Reported
from fusionls.core.refactorings import refactorings
from tests.support.asked_edits import answered, wanted

PRINTING = "def add(a, b):\n    «s = a + b\n    print(s)»\n    return s\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("def add(a, b):\n    print(a + b)\n    return a + b\n", "adds no function"),
        (
            "def told(a, b):\n    s = a + b\n    print(s)\n    return s\n\n\n"
            "def add(a, b):\n    s = a + b\n    print(s)\n    return s\n",
            "still where they were",
        ),
        (
            "def told(a, b):\n    s = a + b\n    print(s)\n    return s\n\n\n"
            "def add(a, b):\n    s = b + a\n    return s\n",
            "not called",
        ),
    ],
)
def test_statements_that_did_not_become_a_function(answer: str, why: str) -> None:
    found = answered("extract", "python", PRINTING, f"```python\n{answer}```")
    assert found.startswith("<rejected:"), found
    assert why in found


def test_a_function_may_be_extracted_into_the_one_it_was_taken_from() -> None:
    marked = "function add(a) {\n  «const s = a;\n  console.log(s);»\n  return a;\n}\n"
    answer = (
        "function add(a) {\n  const told = (a) => {\n    const s = a;\n    console.log(s);\n  };\n"
        "  told(a);\n  return a;\n}\n"
    )
    assert answered("extract", "javascript", marked, f"```js\n{answer}```") == answer


@pytest.mark.parametrize(
    ("language", "marked", "answer"),
    [
        (
            "python",
            "def f(a):\n    x| = a + 1\n    return x * x\n",
            "def f(a):\n    x = a + 1\n    return (a + 1) * (a + 1)\n",
        ),
        (
            "go",
            "package p\n\nfunc f(a int) int {\n\tx| := a + 1\n\treturn x * x\n}\n",
            "func f(a int) int {\n\tx := a + 1\n\treturn (a + 1) * x\n}\n",
        ),
        (
            "javascript",
            "function f(a) {\n  const x| = a + 1;\n  return x * x;\n}\n",
            "function f(a) {\n  const x = a + 1;\n  return (a + 1) * (a + 1);\n}\n",
        ),
    ],
)
def test_a_name_that_stays_was_not_inlined(language: str, marked: str, answer: str) -> None:
    found = answered("inline", language, marked, f"```\n{answer}```")
    assert found == "<rejected: `x` is still there>"


def test_nothing_else_goes_with_an_inlined_name() -> None:
    marked = "def f(a):\n    x| = a + 1\n    return x\n"
    found = answered("inline", "python", marked, "```python\ndef f2(a):\n    return a + 1\n```")
    assert found.startswith("<")


def test_another_variable_of_that_name_may_stay() -> None:
    marked = "def f(a):\n    x| = a + 1\n    return x\n\n\ndef g(x):\n    return x\n"
    after = "def f(a):\n    return a + 1\n\n\ndef g(x):\n    return x\n"
    assert answered("inline", "python", marked, f"```python\n{after}```") == after


TYPED = {
    "python": (
        "def f(a, *b, c=1, **d):\n    # One.\n    |x = [a]\n    return x[0:c]\n",
        'from typing import Any, TypeVar\n\nT = TypeVar("T")\n\n\n'
        "def f(\n    a: T,\n    *b: int,\n    c: int = 1,\n    **d: dict[str, Any],\n) -> list[T]:\n"
        "    # One.\n    x: list[T] = [a]\n    return x[0:c]\n",
    ),
    "typescript": (
        "const f = a => {\n  |return new Map([[a, 1]]);\n};\nfunction g(b, c = 2) {\n  return b;\n}\n",
        "type Key = string;\nconst f = (a: Key): Map<Key, number> => {\n"
        "  return new Map<Key, number>([[a, 1]]);\n};\n"
        "function g<T>(b?: T, c: number = 2): T | undefined {\n  return b;\n}\n",
    ),
    "php": (
        "<?php\nclass A {\n  private $x = 1;\n  function f($a, $b = null) {\n    |return $a;\n  }\n}\n",
        "<?php\nclass A {\n  private ?int $x = 1;\n  function f(int|string $a, ?A $b = null): int {\n"
        "    return $a;\n  }\n}\n",
    ),
}


@pytest.mark.parametrize("language", TYPED)
def test_types_come_and_nothing_else_changes(language: str) -> None:
    marked, after = TYPED[language]
    work = wanted("types", language, marked)
    assert not isinstance(work, str)
    check = refactorings()["types"].rules().check
    assert check is not None
    file = work.first
    assert check(work.task, Proposal("m", 0, {file: after})) == ""
    for old, new in (("return", "return -"), ("= 1", "= 2"), ("f(", "h("), ("[a]", "[x]")):
        if old in after:
            changed = Proposal("m", 0, {file: after.replace(old, new, 1)})
            assert check(work.task, changed) == "the answer changes more than types"
    elsewhere = Proposal("m", 0, {file: after, "other": ""})
    assert check(work.task, elsewhere) == "the answer changes another file"


def test_types_of_a_function_are_offered() -> None:
    marked = "import os\n\n\ndef add(a, b):\n    |return a + b\n"
    typed = "def add(a: int, b: int) -> int:\n    return a + b\n"
    found = answered("types", "python", marked, f"```python\n{typed}```")
    assert found == "import os\n\n\n" + typed
    other = typed.replace("a + b", "b + a")
    assert "more than types" in answered("types", "python", marked, f"```python\n{other}```")


@pytest.mark.parametrize("refactoring", ["extract", "inline", "types"])
@pytest.mark.parametrize("text", ["", "\ud800", "def f(", "\x00" * 90, "(" * 3_000, "é\r\n" * 50])
def test_hostile_texts_are_looked_at_without_an_exception(refactoring: str, text: str) -> None:
    marks = {"extract": PRINTING, "inline": "def f(a):\n    x| = a\n    return x\n"}
    work = wanted(refactoring, "python", marks.get(refactoring, "def f(a):\n    |return a\n"))
    assert not isinstance(work, str)
    check = refactorings()[refactoring].rules().check
    assert check is not None
    assert isinstance(check(work.task, Proposal("m", 0, {work.first: text})), str)


def test_a_fix_is_asked_for_where_the_problems_are_and_not_for_the_whole_selection() -> None:
    parts = [f"def f{n}(a):\n    b = a * {n}\n    return c{n}\n" for n in range(40)]
    text = "\n\n".join(parts)
    reports = tuple(
        Reported(text.index(f"c{n}"), text.index(f"c{n}") + 2, f"c{n} is not defined")
        for n in (7, 30)
    )
    order = EditOrder({"a.py": text}, {}, "a.py", 0, len(text), "", "fix", reports)
    desk = Desk()
    assert desk.open(order).length < 200
    answer = "\n\n".join(parts[n].replace(f"c{n}", "b") for n in (7, 30))
    assert desk.read(ReadOrder("m", 0, f"```python\n{answer}```")).passes
    assert len(desk.decide(10_000.0).hunks) == 2


@pytest.mark.parametrize("refactoring", ["simplify", "errors"])
def test_what_others_may_use_keeps_its_name(refactoring: str) -> None:
    marked = (
        "def f(a):\n    def inner(b):\n        return b + 1\n    |return inner(a)\n\n\n"
        "def g(a):\n    return f(a)\n"
    )
    after = "def f(a):\n    return a + 1\n\n\ndef g(a):\n    return f(a)\n"
    assert answered(refactoring, "python", marked, f"```python\n{after}```") == after
    renamed = after.replace("f(a)", "simple(a)")
    assert "renames or removes" in answered(
        refactoring, "python", marked, f"```python\n{renamed}```"
    )
