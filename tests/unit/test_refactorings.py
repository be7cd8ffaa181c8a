"""When each refactoring is offered, what models are told, and what becomes of good and bad answers."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.homes_of_tests import target_of
from fusionls.core.editing.opening import Work
from fusionls.core.languages import languages
from fusionls.core.refactorings import refactorings
from fusionls.core.refactorings._refactoring import Refactoring, Where
from tests.support.asked_edits import NAMES, answered, wanted

# Spelled so that no one takes this file for one with work left over.
LATER = "odot"[::-1].upper()
BROKEN = "emxif"[::-1].upper()


def offered(**where: object) -> dict[str, str]:
    """Return the titles of what is offered, by name."""
    place = Where(**where)  # type: ignore[arg-type]  # by name
    titles = {name: one.title(place) for name, one in refactorings().items()}
    return {name: title for name, title in titles.items() if title}


def test_a_line_of_code_has_a_menu_in_plain_words() -> None:
    assert offered(language="python", word="price", line="    price = total * rate") == {
        "types": "Add types",
        "docstring": "Write a docstring",
        "errors": "Handle errors",
        "inline": "Inline `price`",
        "rename": "Rename `price` to say what it means",
        "simplify": "Simplify this function",
        "test": "Write a test for this function",
    }


def test_selected_lines_can_be_extracted() -> None:
    text = "a = 1\nuse(a)\n"
    assert offered(language="go", selected=text, line="a = 1") == {
        "docstring": "Write a doc comment",
        "errors": "Handle errors in the selection",
        "extract": "Extract into a function",
        "simplify": "Simplify the selection",
        "test": "Write a test for this function",
    }


def test_part_of_a_line_is_not_extracted() -> None:
    assert "extract" not in offered(language="go", selected="a +", line="x := a + b")
    assert "extract" in offered(language="go", selected="x := a + b", line="\tx := a + b")


@pytest.mark.parametrize("language", ["", "json", "css", "html"])
def test_where_functions_mean_nothing_nothing_is_offered(language: str) -> None:
    assert offered(language=language, word="a", line="a: 1", selected="") == {}


@pytest.mark.parametrize("line", ["", "    ", "\t", "}", "});", "#!/bin/sh", "<?php"])
def test_a_line_without_code_offers_nothing(line: str) -> None:
    assert offered(language="php", line=line) == {}


@pytest.mark.parametrize("language", sorted(languages()))
def test_types_are_offered_where_they_may_be_left_out(language: str) -> None:
    titles = offered(language=language, line="x = 1")
    assert ("types" in titles) == (language in ("python", "php", "typescript", "tsx"))


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (f"# {LATER}: sort the rows", "sort the rows"),
        (f"    // {BROKEN}(ann): off by one", "off by one"),
        (f"/* {LATER} use a map */", "use a map"),
        (f"x = 1  # {LATER} - make it a constant", "make it a constant"),
        ("-- fusionls: use a table", "use a table"),
        ("<!-- fusionls: close the tag -->", "close the tag"),
        (f"# {LATER.lower()}: sort", "sort"),
    ],
)
def test_a_comment_that_asks_for_something_is_an_offer(line: str, asked: str) -> None:
    titles = offered(language="html", line=line)
    assert titles == {"rewrite": f'Do what the comment says: "{asked}"'}
    told = refactorings()["rewrite"].instruction(Where("html", line=line))
    assert told.endswith(asked)


@pytest.mark.parametrize(
    "line", ["# sorts the rows", f"x = {LATER}", f"# {LATER}", f"# {LATER}: ...", "todo_list = 1"]
)
def test_other_comments_ask_for_nothing(line: str) -> None:
    assert "rewrite" not in offered(language="python", line=line)


def test_diagnostics_are_quoted_without_what_nobody_sees() -> None:
    message = "name 'x'\x00\u202e is not\ndefined\u200b " + "y" * 1_000
    where = Where("python", line="x", reported=(message, message, "unused import"))
    fix = refactorings()["fix"]
    assert fix.title(where) == "Fix 2 problems"
    told = fix.instruction(where)
    assert "name 'x' is not defined" in told
    assert "unused import" in told
    assert len(told) < 500
    assert all(sign.isprintable() or sign == "\n" for sign in told)
    assert len(fix.title(Where("python", line="x", reported=(message,)))) < 80


def test_a_selection_is_named_in_the_instruction() -> None:
    where = Where("python", selected="a = 1\nuse(a)\n", line="a = 1")
    assert "from `a = 1` to `use(a)`" in refactorings()["extract"].instruction(where)
    assert "from `a = 1` to `use(a)`" in refactorings()["simplify"].instruction(where)


@pytest.mark.parametrize("one", refactorings().values(), ids=refactorings().keys())
def test_every_refactoring_says_what_it_is(one: Refactoring) -> None:
    assert one.kind.startswith(("refactor.", "quickfix")) or one.kind == "refactor.rewrite"
    assert one.name.isalpha() and one.name.islower()
    told = one.instruction(Where("python", line="x = 1", word="x"))
    assert told == told.strip()
    assert bool(told) == (one.name != "rewrite"), "the person says what is to be rewritten"


TEXTS = st.text(max_size=200) | st.sampled_from(
    ["`" * 500, "# " + LATER + ": " + "\x1b[31m" * 90, "\ud800"]
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([*languages(), "", "?"]), TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
def test_titles_and_instructions_are_total_short_and_plain(
    language: str, selected: str, word: str, line: str, reported: list[str]
) -> None:
    where = Where(language, selected, word, line, tuple(reported))
    for one in refactorings().values():
        title = one.title(where)
        assert len(title) < 110
        assert title.isprintable()
        assert len(one.instruction(where)) < 2_500


def test_a_menu_at_a_huge_selection_is_made_at_once() -> None:
    text = "a = 1\n" * 200_000
    started = time.perf_counter()
    for one in refactorings().values():
        one.title(Where("python", text, "a", text[:1_000], (text,) * 100))
    assert time.perf_counter() - started < 0.3


# What a good and a sloppy model answer, and what is offered then.
FUNCTION = {
    "python": ("def add(a, b):\n    |return a + b\n", "def add(a, b):\n    return b + a\n"),
    "typescript": (
        "function add(a, b) {\n  |return a + b;\n}\n",
        "function add(a, b) {\n  return b + a;\n}\n",
    ),
    "go": (
        "func add(a, b int) int {\n\t|return a + b\n}\n",
        "func add(a, b int) int {\n\treturn b + a\n}\n",
    ),
    "java": (
        "class A {\n  int add(int a, int b) {\n    |return a + b;\n  }\n}\n",
        "class A {\n  int add(int a, int b) {\n    return b + a;\n  }\n}\n",
    ),
    "rust": (
        "fn add(a: i32, b: i32) -> i32 {\n    |a + b\n}\n",
        "fn add(a: i32, b: i32) -> i32 {\n    b + a\n}\n",
    ),
}
USUAL = ("simplify", "errors", "fix")


@pytest.mark.parametrize("language", FUNCTION)
@pytest.mark.parametrize("refactoring", USUAL)
def test_the_usual_refactorings_take_a_definition_from_any_answer(
    refactoring: str, language: str
) -> None:
    marked, after = FUNCTION[language]
    for answer in (after, f"Sure!\n```\n{after}```\nI hope this helps.", f"```{language}\n{after}"):
        assert answered(refactoring, language, marked, answer) == after


@pytest.mark.parametrize("language", FUNCTION)
@pytest.mark.parametrize("refactoring", USUAL)
def test_what_does_nothing_or_breaks_is_not_offered(refactoring: str, language: str) -> None:
    marked, after = FUNCTION[language]
    same = marked.replace("|", "")
    broken = after.replace("b + a", "b +")
    for answer in ("", same, f"```\n{same}```", "I cannot do that.", "... rest", broken):
        assert answered(refactoring, language, marked, answer).startswith("<"), answer


EXTRACTED = {
    "python": (
        "def add(a, b):\n    «s = a + b\n    print(s)»\n    return s\n",
        "def add(a, b):\n    s = told(a, b)\n    return s\n\n\n"
        "def told(a, b):\n    s = a + b\n    print(s)\n    return s\n",
    ),
    "typescript": (
        "function add(a: number) {\n  «const s = a;\n  console.log(s);»\n  return s;\n}\n",
        "function add(a: number) {\n  const s = told(a);\n  return s;\n}\n\n"
        "function told(a: number) {\n  const s = a;\n  console.log(s);\n  return s;\n}\n",
    ),
    "go": (
        "package a\n\nfunc Add(a int) int {\n\t«s := a\n\tuse(s)»\n\treturn s\n}\n",
        "package a\n\nfunc Add(a int) int {\n\ts := told(a)\n\treturn s\n}\n\n"
        "func told(a int) int {\n\ts := a\n\tuse(s)\n\treturn s\n}\n",
    ),
    "java": (
        "class A {\n  int add(int a) {\n    «int s = a;\n    use(s);»\n    return s;\n  }\n}\n",
        "class A {\n  int add(int a) {\n    int s = told(a);\n    return s;\n  }\n\n"
        "  int told(int a) {\n    int s = a;\n    use(s);\n    return s;\n  }\n}\n",
    ),
    "rust": (
        "fn add(a: i32) -> i32 {\n    «let s = a;\n    used(s);»\n    s\n}\n",
        "fn add(a: i32) -> i32 {\n    let s = told(a);\n    s\n}\n\n"
        "fn told(a: i32) -> i32 {\n    let s = a;\n    used(s);\n    s\n}\n",
    ),
}


@pytest.mark.parametrize("language", EXTRACTED)
def test_statements_become_a_function(language: str) -> None:
    marked, after = EXTRACTED[language]
    start = after.index("  int add") if language == "java" else 0
    answer = after[start:].removesuffix("}\n") if start else after.removeprefix("package a\n\n")
    assert answered("extract", language, marked, f"```\n{answer}```") == after


def test_a_selection_is_widened_to_whole_statements() -> None:
    work = wanted(
        "extract", "python", "def f(a):\n    s = «a\n    if a:\n        pri»nt(s)\n    return s\n"
    )
    assert isinstance(work, Work)
    [scope] = work.task.scopes
    assert work.task.selected is not None
    low, high = work.task.selected
    assert work.task.files[scope.file][low:high] == "s = a\n    if a:\n        print(s)"


@pytest.mark.parametrize(
    ("refactoring", "language", "marked", "why"),
    [
        ("extract", "python", "def f():\n    |return 1\n", "select the statements"),
        ("extract", "python", "«def f():\n    return 1\n»x = 1\n", "whole definition"),
        ("extract", "python", "def f(:\n    «((= 1\n    )»\n", "no whole statements"),
        ("inline", "python", "def f(a):\n    x| = a\n    x = 2\n    return x\n", "several places"),
        ("inline", "python", "def f(a):\n    x| = a\n    return a\n", "used nowhere"),
        ("inline", "python", "def f(a):\n    x| = a\n    x += 2\n    return x\n", "several places"),
        ("inline", "go", "func f() int {\n\tx| := 1\n\tx++\n\treturn x\n}\n", "several places"),
        ("types", "go", "func f() int {\n\t|return 1\n}\n", "cannot be added"),
        ("inline", "python", "print(y|)\n", "no name that this file binds"),
        (
            "inline",
            "java",
            "class A {\n  int t|;\n  int f() { return t; }\n}\n",
            "belongs to a class",
        ),
        ("test", "python", "x = 1|\n", "no function here"),
        ("test", "python", "def f():\n    |return 1\n", "belongs into `test_pricing.py`"),
        ("test", "lua", "function f()\n  |return 1\nend\n", "no test is known"),
    ],
)
def test_what_cannot_be_done_is_said_before_anybody_is_asked(
    refactoring: str, language: str, marked: str, why: str
) -> None:
    found = wanted(refactoring, language, marked)
    assert isinstance(found, str)
    assert why in found


INLINED = {
    "python": (
        "def f(a):\n    x| = a + 1\n    return x * 2\n",
        "def f(a):\n    return (a + 1) * 2\n",
    ),
    "typescript": (
        "function f(a: number) {\n  const x| = a + 1;\n  return x * 2;\n}\n",
        "function f(a: number) {\n  return (a + 1) * 2;\n}\n",
    ),
    "go": (
        "func f(a int) int {\n\tx| := a + 1\n\treturn x * 2\n}\n",
        "func f(a int) int {\n\treturn (a + 1) * 2\n}\n",
    ),
    "java": (
        "class A {\n  int f(int a) {\n    int x| = a + 1;\n    return x * 2;\n  }\n}\n",
        "class A {\n  int f(int a) {\n    return (a + 1) * 2;\n  }\n}\n",
    ),
    "rust": (
        "fn f(a: i32) -> i32 {\n    let x| = a + 1;\n    x * 2\n}\n",
        "fn f(a: i32) -> i32 {\n    (a + 1) * 2\n}\n",
    ),
}


@pytest.mark.parametrize("language", INLINED)
def test_a_name_is_put_where_it_is_used(language: str) -> None:
    marked, after = INLINED[language]
    assert answered("inline", language, marked, f"```\n{after}```") == after
    # One that leaves a use behind is rejected where the language's scopes tell.
    if language in ("python", "typescript"):
        assert answered("inline", language, marked, after.replace("(a + 1)", "x")).startswith("<")


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("src/pricing.py", "src/test_pricing.py"),
        ("web/cart.ts", "web/cart.test.ts"),
        ("web/Cart.tsx", "web/Cart.test.tsx"),
        ("cart.mjs", "cart.test.mjs"),
        ("a/cart.go", "a/cart_test.go"),
        ("src/main/java/org/Cart.java", "src/test/java/org/CartTest.java"),
        ("Cart.java", "CartTest.java"),
        ("Cart.cs", "CartTests.cs"),
        ("Cart.php", "CartTest.php"),
        ("cart.rb", "cart_test.rb"),
        ("src/lib.rs", ""),
        ("test_pricing.py", ""),
        ("cart.test.ts", ""),
        ("cart_test.go", ""),
        ("Makefile", ""),
        ("", ""),
        ("a.json", ""),
    ],
)
def test_a_test_has_its_file(file: str, target: str) -> None:
    assert target_of(file) == target


TESTS = {
    "python": "from pricing import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    "typescript": "import { add } from './pricing';\n\nit('adds', () => {\n"
    "  expect(add(1, 2)).toBe(3);\n});\n",
    "go": 'package a\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif add(1, 2) != 3 {\n'
    "\t\tt.Fail()\n\t}\n}\n",
    "java": "import org.junit.jupiter.api.Test;\n\nclass PricingTest {\n  @Test\n  void adds() { "
    "assert new A().add(1, 2) == 3; }\n}\n",
}


@pytest.mark.parametrize("language", TESTS)
def test_a_test_is_written_into_its_own_file(language: str) -> None:
    marked, other = FUNCTION[language]
    further = {target_of(NAMES[language]): ""}
    test = TESTS[language]
    for answer in (test, f"Sure:\n```\n{test}```\nThis covers it."):
        assert answered("test", language, marked, answer, further) == test
    for answer in ("", "I cannot.", other, f"```\n{other}```"):
        assert answered("test", language, marked, answer, further).startswith("<")


def test_more_tests_stand_behind_those_that_are_there() -> None:
    marked, _ = FUNCTION["python"]
    known = {"test_pricing.py": "import os\n\n\ndef test_os():\n    assert os\n"}
    assert answered("test", "python", marked, TESTS["python"], known) == (
        "import os\nfrom pricing import add\n\n\ndef test_os():\n    assert os\n\n\n"
        "def test_add():\n    assert add(1, 2) == 3\n"
    )


def test_rust_has_its_tests_in_the_file() -> None:
    marked, _ = FUNCTION["rust"]
    text = marked.replace("|", "")
    test = "#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n"
    inner = "    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n"
    module = "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
    assert answered("test", "rust", marked, f"```rust\n{test}```") == text + module + inner + "}\n"
    whole = f"```rust\n{text}{module}{inner}}}\n```"
    assert answered("test", "rust", marked, whole) == text + module + inner + "}\n"
    first = module + "    #[test]\n    fn first() {}\n"
    found = answered("test", "rust", marked + first + "}\n", f"```rust\n{test}```")
    assert found == text + first + "\n" + inner + "}\n"
    assert answered("test", "rust", marked, "fn add2() {}").startswith("<")
