"""What a model leaves out of its answer stays in the file, unless it was told to take it away."""

import random
import textwrap

import pytest

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask, Scope, Unreadable
from fusionls.core.editing.scoping import scope_of
from fusionls.core.languages import languages
from tests.support.stdlib_places import library_files, text_of

PYTHON = languages()["python"]
ADDED = "added = 1"
_WRITTEN = ("def ", "class ", "async ")


def read(
    before: str, answer: str, instruction: str = "do it", scope: Scope | None = None,
    language: str = "python",
) -> str:  # fmt: skip
    """Return the file after an answer, or in brackets why it is none."""
    shown = scope or Scope("a", 0, len(before))
    task = EditTask({"a": before}, {"a": language}, instruction, (shown,))
    found = read_answer(task, "m", 0, answer)
    return f"[{found.why}]" if isinstance(found, Unreadable) else found.after.get("a", before)


FILE = '''# Licence.
"""Numbers."""

import os

LIMIT = 10


@cache
def double(a):
    return 2 * a


# Of a circle.
@cache
def area(r):
    return 3 * r * r


class Box:
    """A box."""

    size = 3

    @property
    def open(self):
        return self.size

    def close(self):
        return None


if __name__ == "__main__":
    print(area(LIMIT))
'''


@pytest.mark.parametrize(
    ("answer", "old", "new"),
    [
        ("@cache\ndef double(a):\n    return a + a\n", "return 2 * a", "return a + a"),
        ("def double(a):\n    return a + a\n", "return 2 * a", "return a + a"),
        ("def area(r):\n    return 4 * r * r\n", "return 3 *", "return 4 *"),
        ("import os\n\n\ndef area(r):\n    return 4 * r * r\n", "return 3 *", "return 4 *"),
        ('"""Numbers."""\n\ndef area(r):\n    return 4 * r * r\n', "return 3 *", "return 4 *"),
        ("# a\ndef area(r):\n    return 4 * r * r\n", "return 3 *", "return 4 *"),
        (
            "def area(r):\n    return 4 * r * r\n\n\nprint(area(3))\n",
            "return 3 *",
            "return 4 *",
        ),
        ("def close(self):\n    return 1\n", "return None", "return 1"),
        ("    def close(self):\n        return 1\n", "return None", "return 1"),
        ("    @property\n    def open(self):\n        return 1\n", "return self.size", "return 1"),
        ("class Box:\n    def close(self):\n        return 1\n", "return None", "return 1"),
        (
            'class Box:\n    """A box."""\n\n    def close(self):\n        return 1\n',
            "return None",
            "return 1",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "Sure:\n\n```python\n{}\n```\n\nThat was it.\n"])
def test_only_what_is_answered_changes(answer: str, old: str, new: str, around: str) -> None:
    assert read(FILE, around.format(answer)) == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("instruction", "answer", "gone"),
    [
        ("Remove `double`.", FILE.replace("@cache\ndef double(a):\n    return 2 * a\n\n\n", ""), "double"),
        ("Remove the comments.", "\n".join(x for x in FILE.split("\n") if x[:1] != "#"), "Licence"),
        ("Delete the main block.", FILE[: FILE.index("if __name__")].rstrip() + "\n", "__main__"),
        ("Remove close.", FILE.replace("    def close(self):\n        return None\n", ""), "close"),
    ],
)  # fmt: skip
def test_what_is_to_go_goes(instruction: str, answer: str, gone: str) -> None:
    assert gone not in read(FILE, f"```python\n{answer}```", instruction)


def test_statements_that_were_written_anew_replace_the_old_ones() -> None:
    before = "def f(a):\n    return a\n\n\nprint(f(1))\n"
    answer = "def f(a, b):\n    return a\n\n\nprint(f(1, 2))\n"
    assert read(before, f"```python\n{answer}```") == answer


TWIN = (
    "def f(x, y):\n    return x\n\n\nclass A:\n    def f(self):\n        return 1\n\n\n"
    "class B:\n    def f(self):\n        return 2\n"
)


def test_of_two_methods_of_one_name_none_is_guessed() -> None:
    assert read(TWIN, "```python\ndef f(self):\n    return 3\n```").startswith("[")
    assert "return y" in read(TWIN, "```python\ndef f(x, y):\n    return y\n```")


TWO = "def one(a):\n    b = a\n    return b\n\n\ndef two(a):\n    return a\n"


@pytest.mark.parametrize(
    ("instruction", "answer", "after"),
    [
        # Of two functions without anything around them one is answered.
        ("Simplify.", "def one(a):\n    return a\n", TWO.replace("    b = a\n    return b", "    return a")),
        # A copy of the rest shows that what is missing was meant to go ...
        ("Drop it.", "def two(a):\n    return a\n", TWO[TWO.index("def two") :]),
        # ... and so does the instruction.
        ("Remove one.", "def two(a):\n    return -a\n", "def two(a):\n    return -a\n"),
        # As many new ones as there are missing ones have been renamed.
        ("Better name!", TWO.replace("one", "copied"), TWO.replace("one", "copied")),
    ],
)  # fmt: skip
def test_a_missing_function_stays_unless_it_was_meant_to_go(
    instruction: str, answer: str, after: str
) -> None:
    assert read(TWO, f"```python\n{answer}```", instruction) == after


@pytest.mark.parametrize(
    ("language", "before", "cut"),
    [
        (
            "go",
            "package p\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n",
            "func add(a, b int) int {\n\treturn ((((",
        ),
        (
            "go",
            "package p\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n",
            "func add(a, b int) int {\n\tif a > b {\n\t\treturn b\n",
        ),
        ("python", "def add(a, b):\n    return a + b\n", "def add(a, b):\n"),
        ("java", "class A {\n  int add(int a) {\n    return a;\n  }\n}\n", "int add(int a);"),
        ("c", "int add(int a)\n{\n  return a;\n}\n", "int add(int a);\n"),
        ("rust", "fn add(a: i32) -> i32 {\n    a\n}\n", "fn add(a: i32) -> i32;\n"),
        ("typescript", "function add(a: number) {\n  return a;\n}\n", "function add(a: number);\n"),
    ],
)
def test_half_a_function_is_refused(language: str, before: str, cut: str) -> None:
    known = languages()[language]
    at = before.index("add")
    one = next(one for one in definitions_of(before, known) if one.own_name == "add")
    for scope in (
        Scope("a", one.start, one.end, (one.name,)),
        scope_of("a", before, known, at, at),
    ):
        after = read(before, f"```{language}\n{cut}\n```", scope=scope, language=language)
        assert after.startswith("["), after


def test_a_new_comment_comes_above_a_decorator_that_is_not_repeated() -> None:
    after = read(FILE, "# Of a disc.\ndef double(a):\n    return 2 * a\n")
    assert after == FILE.replace("@cache\ndef double", "# Of a disc.\n@cache\ndef double")


def test_other_code_is_no_answer() -> None:
    other = "```python\ndef max(a, b):\n    return a\n```"
    assert read(TWO, other) == "[the answer holds other code]"
    assert read(TWO, other, "Write max in their place") == "def max(a, b):\n    return a\n"


def test_a_declaration_needs_no_body() -> None:
    before = (
        "abstract class A {\n  abstract int add(int a);\n  int two() {\n    return 2;\n  }\n}\n"
    )
    scope = Scope("a", *_span(before, "abstract int add(int a);"), ("A.add",))
    after = read(before, "abstract long add(int a);", scope=scope, language="java")
    assert after == before.replace("abstract int add", "abstract long add")


def _span(text: str, part: str) -> tuple[int, int]:
    return text.index(part), text.index(part) + len(part)


def _written(text: str) -> list[Definition]:
    """Return the functions and classes of a text that are not on one line."""
    return [
        one
        for one in definitions_of(text, PYTHON)
        if one.kind in (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
        and text[one.head : one.head + 20].lstrip().startswith(_WRITTEN)
        and "\n" in text[one.head : one.end].strip()
    ]


def _parses(text: str) -> bool:
    try:
        compile(text, "a", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_a_line_added_to_a_definition_is_all_that_changes(seed: int) -> None:
    dice = random.Random(seed)  # places, not secrets
    for path in dice.sample(library_files(), 2):
        text = text_of(path)
        for one in dice.sample(found := _written(text), min(3, len(found))):
            last = text[max(text.rfind("\n", 0, one.end) + 1, one.start) : one.end]
            line = "\n" + last[: len(last) - len(last.lstrip())] + ADDED
            after = text[: one.end] + line + text[one.end :]
            if not _parses(after):
                continue
            own = text[one.start : one.end] + line
            bare = text[text.rfind("\n", 0, one.head) + 1 : one.end] + line
            answers = [own, textwrap.dedent(own), bare]
            scope = Scope("a", one.start, one.end, (one.name,))
            twins = [o for o in found if o.own_name == one.own_name]
            for answer in answers:
                for shown in (
                    answer,
                    f"```python\n{answer}\n```\n",
                    f"So:\n```\n{answer}\n```\nOK.",
                ):
                    unclear = f"# {path.name} {one.name}"
                    if len([o for o in twins if o.name == one.name]) == 1:
                        assert read(text, shown, scope=scope) == after, unclear
                    said = read(text, shown)
                    assert said == after or (len(twins) > 1 and said.startswith("[")), unclear
            assert read(text, f"```python\n{after.rstrip()}\n```") == after.rstrip("\n") + (
                "\n" if text.endswith("\n") else ""
            )
