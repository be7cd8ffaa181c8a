"""Descriptions: the model gives words, they are put where the language has them, and no code changes."""

import ast
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.documenting import described, documented
from fusionls.core.editing.edit import EditTask, Proposal, Scope, Unreadable
from tests.support.asked_edits import answered, wanted
from tests.support.stdlib_places import library_files, text_of

ADD = "import x\n\n\n@x.y\ndef add(a, b):\n    |return a + b\n\n\ndef other():\n    return 1\n"
WITH = (
    'import x\n\n\n@x.y\ndef add(a, b):\n    """Add two numbers."""\n    return a + b\n\n\n'
    "def other():\n    return 1\n"
)


@pytest.mark.parametrize(
    "answer",
    [
        "Add two numbers.",
        "Add two numbers",
        '"Add two numbers."',
        '"""Add two numbers."""',
        "'''\nAdd two numbers.\n'''",
        "# Add two numbers.",
        "Docstring: Add two numbers.",
        "**Docstring:** Add two numbers.",
        "Sure! Here is the docstring:\n\nAdd two numbers.\n",
        '```python\n"""Add two numbers."""\n```',
        "```\nAdd two numbers.\n```",
        'def add(a, b):\n    """Add two numbers."""\n    return a + b\n',
        # Whatever a model makes of the code beside it is not taken.
        'Here you are:\n```python\n@x.y\ndef add(a, b):\n    """Add two numbers."""\n'
        "    return a - b\n```\nBye.",
        "<think>It adds.</think>\nAdd two numbers.",
        "Add two numbers.<|im_end|>",
        "Add two numbers.\nAdd two numbers.\nAdd two numbers.",
        # One that broke off in the middle of a sentence.
        "Add two numbers. They may be of any type that can be",
    ],
)
def test_words_are_found_in_whatever_a_model_writes(answer: str) -> None:
    assert answered("docstring", "python", ADD, answer) == WITH


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "This code is a Python function that adds numbers. It is slow. It is good.",
            "Adds numbers. It is slow.",
        ),
        ("is designed to add two numbers", "Add two numbers."),
        ("This function adds two numbers.", "Adds two numbers."),
        ("adds two numbers", "Adds two numbers."),
        ("This code is slow.", "This code is slow."),
        ("The sum of a and b.", "The sum of a and b."),
        ("`a` and `b` are added.", "`a` and `b` are added."),
        ('"Your function adds two numbers', "Adds two numbers."),
        ('""Adds two numbers."', "Adds two numbers."),
        ("\u201cAdds two numbers.", "Adds two numbers."),
        ('"one" is added to "two".', "'one' is added to 'two'."),
        ("Don't add the caller's numbers.", "Don't add the caller's numbers."),
        ("is a function that adds.", "Adds."),
        ("The `add` function adds a to b.", "Adds a to b."),
        ("This Python function, named add, takes two numbers.", "Takes two numbers."),
        ("This code snippet defines a function called `add` that adds numbers", "Adds numbers."),
        ("Function to add two numbers", "Add two numbers."),
        ("This code is a simple example of a function that adds two.", "Adds two."),
        ("This method is used to add numbers", "Add numbers."),
        ("add numbers and sums", "Add numbers and sums."),
        ("add(a, b) returns the sum", "Returns the sum."),
        ("The purpose of this function is to add two numbers.", "Add two numbers."),
        ("Returns the sum.\n\nThis function returns the sum.", "Returns the sum."),
        (
            "Returns a sum of two. Returns the sum of the two. The sum is returned.",
            "Returns a sum of two.",
        ),
        ("The sum, e.g. of two. And so on. And on.", "The sum, e.g. of two. And so on."),
    ],
)
def test_a_description_is_a_sentence_or_two_without_self_reference(answer: str, said: str) -> None:
    assert answered("docstring", "python", ADD, answer) == WITH.replace("Add two numbers.", said)


def test_rambling_ends_after_two_paragraphs() -> None:
    after = answered(
        "docstring", "python", ADD, "Add a.\n\nIt is quick.\n\nAnd good.\n\nArgs:\n    a: one"
    )
    assert "It is quick." in after
    assert "And good." not in after
    assert "    Args:\n        a: one\n" in after


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("```python\ndef add(a, b):\n    return a + b\n```", "no description"),
        ("return a + b", "no description"),
        ("x = add(1, 2)\nprint(x)", "no description"),
        ("odot"[::-1].upper() + ": describe", "no description"),
        ("ok", "no description"),
        ("!!! ??? ...", "no description"),
        ("Return the sum of the " + "10" * 150, "no description"),
        ("Return the sum " + "of the numbers " * 20, "no description"),
        ("Sure, here is the docstring:", "no description"),
        ("Add\u202e two numbers.", "nobody can see"),
        ("Add two\u200b numbers.", "nobody can see"),
        ("a b " * 80_000, "too long"),
    ],
)
def test_an_answer_without_words_is_not_read(answer: str, why: str) -> None:
    found = answered("docstring", "python", ADD, answer)
    assert found.startswith("<unreadable:"), found
    assert why in found


# A marked text, an answer, and the text after.
PLACES = {
    "a docstring with a list keeps its lines": (
        "python",
        "def f(a):\n    |return a\n",
        "Return a.\n\nArgs:\n    a: whatever\n",
        'def f(a):\n    """Return a.\n\n    Args:\n        a: whatever\n    """\n    return a\n',
    ),
    "a function on one line gets a body": (
        "python",
        "def f(): |return 1\n",
        "Return one.",
        'def f():\n    """Return one."""\n    return 1\n',
    ),
    "an old docstring is replaced": (
        "python",
        "class A:\n    'old'\n    |x = 1\n",
        "A thing that holds x.",
        'class A:\n    """A thing that holds x."""\n    x = 1\n',
    ),
    "quotes and backslashes end nothing": (
        "python",
        "def f():\n    |return 1\n",
        'Return \\n after """ and then some.',
        'def f():\n    r"""Return \\n after \'\'\' and then some."""\n    return 1\n',
    ),
    "tabs stay tabs": (
        "python",
        "class A:\n\tdef f(self):\n\t\t|return 1\n",
        "Return one.",
        'class A:\n\tdef f(self):\n\t\t"""Return one."""\n\t\treturn 1\n',
    ),
    "line ends stay": (
        "python",
        "def f():\r\n    |return 1\r\n",
        "Return one.\n\nNever two.",
        'def f():\r\n    """Return one.\r\n\r\n    Never two.\r\n    """\r\n    return 1\r\n',
    ),
    "tags of an old comment are kept": (
        "typescript",
        "// note\n/**\n * Old.\n * @param a the a\n */\nexport function f(a: number) {\n  |return a;\n}\n",
        "Returns */ what it is given.",
        "// note\n/**\n * Returns * / what it is given.\n *\n * @param a the a\n */\n"
        "export function f(a: number) {\n  return a;\n}\n",
    ),
    "above a decorator": (
        "typescript",
        "class A {\n  @dec()\n  m() {\n    |return 1;\n  }\n}\n",
        "/** Gives one back. */",
        "class A {\n  /** Gives one back. */\n  @dec()\n  m() {\n    return 1;\n  }\n}\n",
    ),
    "an arrow function": (
        "javascript",
        "const f = (a) => {\n  |return a;\n};\n",
        "Returns what it is given.",
        "/** Returns what it is given. */\nconst f = (a) => {\n  return a;\n};\n",
    ),
    "Go begins with the name and keeps directives": (
        "go",
        "package a\n\n// Old words.\n//go:noinline\nfunc Add(a, b int) int {\n\t|return a + b\n}\n",
        "This function adds two numbers.",
        "package a\n\n// Add adds two numbers.\n//go:noinline\nfunc Add(a, b int) int {\n"
        "\treturn a + b\n}\n",
    ),
    "Go in the imperative": (
        "go",
        "package a\n\nfunc Carry(a int) int {\n\t|return a\n}\n",
        "Carry the number on",
        "package a\n\n// Carry the number on.\nfunc Carry(a int) int {\n\treturn a\n}\n",
    ),
    "Java": (
        "java",
        "class A {\n  @Override\n  public int f(int a) {\n    |return a;\n  }\n}\n",
        "Return the argument.\n\n@param a what comes back",
        "class A {\n  /**\n   * Return the argument.\n   *\n   * @param a what comes back\n   */\n"
        "  @Override\n  public int f(int a) {\n    return a;\n  }\n}\n",
    ),
    "Rust": (
        "rust",
        "#[inline]\npub fn f(a: i32) -> i32 {\n    |a\n}\n",
        "/// Returns what it is given.",
        "/// Returns what it is given.\n#[inline]\npub fn f(a: i32) -> i32 {\n    a\n}\n",
    ),
    "C#": (
        "c-sharp",
        "class A {\n  [X]\n  int F(int a) {\n    |return a;\n  }\n}\n",
        "Returns a if a < 3.",
        "class A {\n  /// <summary>\n  /// Returns a if a &lt; 3.\n  /// </summary>\n  [X]\n"
        "  int F(int a) {\n    return a;\n  }\n}\n",
    ),
    "C": (
        "c",
        "int f(int a) {\n  |return a;\n}\n",
        "Returns what it is given.",
        "/** Returns what it is given. */\nint f(int a) {\n  return a;\n}\n",
    ),
    "PHP": (
        "php",
        "<?php\nfunction f($a) {\n  |return $a;\n}\n",
        "Returns what it is given.",
        "<?php\n/** Returns what it is given. */\nfunction f($a) {\n  return $a;\n}\n",
    ),
    "Lua": (
        "lua",
        "local function f(a)\n  |return a\nend\n",
        "Returns what it is given.",
        "--- Returns what it is given.\nlocal function f(a)\n  return a\nend\n",
    ),
    "Ruby": (
        "ruby",
        "def f(a)\n  |a\nend\n",
        "# Returns what it is given.",
        "# Returns what it is given.\ndef f(a)\n  a\nend\n",
    ),
    "bash": (
        "bash",
        "f() {\n  |echo 1\n}\n",
        "Prints one to the user",
        "# Prints one to the user.\nf() {\n  echo 1\n}\n",
    ),
}


@pytest.mark.parametrize("case", PLACES.values(), ids=PLACES.keys())
def test_words_stand_where_the_language_has_them(case: tuple[str, ...]) -> None:
    language, marked, answer, after = case
    assert answered("docstring", language, marked, answer) == after


def test_long_lines_are_wrapped() -> None:
    found = answered(
        "docstring",
        "python",
        ADD,
        f"Add two numbers {' '.join(f'or {n} others' for n in range(40))} here.",
    )
    assert not found.startswith("<")
    assert max(map(len, found.split("\n"))) <= 88


@pytest.mark.parametrize(
    ("language", "marked", "why"),
    [
        ("python", "x = 1|\n", "no function or class here"),
        ("python", "f = lambda a: |a\n", "no place for a docstring"),
        ("json", '{"a": |1}\n', "no place of their own"),
        ("javascript", "x(); function f() { |return 1; }\n", "code before"),
    ],
)
def test_where_no_description_fits_none_is_asked_for(language: str, marked: str, why: str) -> None:
    found = wanted("docstring", language, marked)
    assert isinstance(found, str)
    assert why in found


def without_docstrings(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                del body[0]
    return ast.dump(tree)


def test_the_library_gets_docstrings_and_keeps_its_code() -> None:
    dice = random.Random(3)
    files = [path for path in library_files() if 2_000 < len(text_of(path)) < 25_000]
    done = 0
    for path in dice.sample(files, 12):
        text = text_of(path)
        for _ in range(4):
            at = dice.randrange(len(text))
            task = EditTask(
                {"a.py": text}, {"a.py": "python"}, "", (Scope("a.py", 0, len(text)),), (at, at)
            )
            if isinstance(described(task), str):
                continue
            found = documented(task, "m", 0, 'Say "what" it is.\n\nAnd \\why it is so.')
            if isinstance(found, Unreadable):
                continue
            after = found.after["a.py"]
            assert without_docstrings(after) == without_docstrings(text), (path, at)
            assert "And \\why it is so." in after
            done += 1
    assert done > 15


PIECES = (
    '"""',
    "'''",
    "*/",
    "/**",
    "#",
    "//",
    "Add ",
    "two numbers",
    ".",
    "\n",
    "\\",
    "\x00",
    "\ud800",
    "`",
    "```",
)
LANGUAGES = ("python", "typescript", "go", "java", "rust")


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([case for case in PLACES.values() if case[0] in LANGUAGES]),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=80),
)
def test_whatever_is_answered_the_code_stays_as_it_was(case: tuple[str, ...], answer: str) -> None:
    language, marked, *_ = case
    found = answered("docstring", language, marked, answer)
    if not found.startswith("<") and language == "python":
        assert without_docstrings(found) == without_docstrings(marked.replace("|", ""))


def test_a_long_answer_is_read_soon() -> None:
    started = time.perf_counter()
    for answer in (
        '"""' * 60_000,
        "/*" * 90_000,
        "a b. " * 39_000,
        "# x\n" * 45_000,
        "*" * 190_000,
    ):
        answered("docstring", "python", ADD, answer)
    assert time.perf_counter() - started < 2.0


def test_a_task_without_a_place_is_an_answer_too() -> None:
    task = EditTask({"a": "((("}, {"a": "python"}, "", (Scope("a", 0, 3),), (1, 1), "docstring")
    assert isinstance(described(task), str)
    assert not isinstance(documented(task, "m", 0, "Add two numbers."), Proposal)
