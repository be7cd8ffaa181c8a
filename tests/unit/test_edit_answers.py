"""Answers of models, read as edits in any format; text in, text out."""

import argparse
import difflib
import inspect
import textwrap
import time
from json import decoder
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.answers import read_answer
from fusionls.core.editing.definitions import definitions_of
from fusionls.core.editing.edit import EditTask, Format, Proposal, Scope, Unreadable
from fusionls.core.editing.formats import format_for
from fusionls.core.editing.scoping import scope_of
from fusionls.core.languages import languages

PYTHON = languages()["python"]
BEFORE = '''"""Doc."""

import os


# about C
class C:
    def f(self, a):
        return a

    def g(self):
        return 2  # two


def h(x):
    return x + 1
''' + "".join(f"\n\ndef z{n}():\n    return {n}\n" for n in range(20))


def task_of(before: str = BEFORE, mark: str = "return a\n", language: str = "python") -> EditTask:
    at = before.index(mark) if mark else 0
    known = languages().get(language)
    return EditTask(
        {"src/a.py": before},
        {"src/a.py": language},
        "do",
        (scope_of("src/a.py", before, known, at, at),),
    )


def whole(before: str, language: str = "python") -> EditTask:
    return EditTask(
        {"src/a.py": before}, {"src/a.py": language}, "do", (Scope("src/a.py", 0, len(before)),)
    )


def read(answer: str, task: EditTask | None = None) -> str:
    """Return the file after the answer, or the reason why it was refused, in brackets."""
    task = task or task_of()
    found = read_answer(task, "m", 0, answer)
    if isinstance(found, Unreadable):
        return f"[{found.why}]"
    assert set(found.after) <= set(task.files)
    return found.after.get("src/a.py", task.files["src/a.py"])


EDITED = BEFORE.replace("        return a\n", "        return a + 5\n")


@pytest.mark.parametrize(
    "answer",
    [
        "def f(self, a):\n    return a + 5\n",
        "    def f(self, a):\n        return a + 5",
        "Sure! Here it is:\n\n```python\ndef f(self, a):\n    return a + 5\n```\n\nThis adds five.",
        "```\n    def f(self, a):\n        return a + 5\n```",
        "def f(self, a):\n\treturn a + 5\n",
        "def f(self, a):\r\n    return a + 5\r\n",
        "class C:\n    def f(self, a):\n        return a + 5\n",
        "<think>def f</think>\n```python\ndef f(self, a):\n    return a + 5\n```",
        "```python\ndef f(self, a):\n    return a + 5\n```\nRun:\n```bash\npython a.py\n```",
        EDITED,
        f"```python\n{EDITED}```",
        f"src/a.py\n```python\n{EDITED}```\nDone.",
        f"```python:src/a.py\n{EDITED}```",
        "src/a.py\n<<<<<<< SEARCH\n        return a\n=======\n        return a + 5\n>>>>>>> REPLACE\n",
        "```\n<<<<<<< SEARCH\n    def f(self, a):\n        return a\n=======\n"
        "    def f(self, a):\n        return a + 5\n>>>>>>> REPLACE\n```",
        "<<<<<<< SEARCH\ndef f(self, a):\n  return a\n=======\ndef f(self, a):\n  return a + 5\n"
        ">>>>>>> REPLACE",
        "<<<<<<< SEARCH\n\tdef f(self, a):\n\t\treturn a\n=======\n\tdef f(self, a):\n"
        "\t\treturn a + 5\n>>>>>>> REPLACE",
        "<<<<<<< SEARCH\n    def f( self, a):\n        return a\n\n    def g(self):\n"
        "        return 2  # two\n=======\n    def f(self, a):\n        return a + 5\n\n"
        "    def g(self):\n        return 2  # two\n>>>>>>> REPLACE",
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -8,2 +8,2 @@\n     def f(self, a):\n"
        "-        return a\n+        return a + 5\n",
        "```diff\n@@ -1,99 +1,99 @@ class C\n     def f(self, a):\n-        return a\n"
        "+        return a + 5\n```",
        "@@ ... @@\n def f(self, a):\n-    return a\n+    return a + 5\n",
    ],
)
def test_one_edit_in_many_formats(answer: str) -> None:
    assert read(answer) == EDITED


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        ("I cannot do that.", "definition"),
        ("```python\n```", "no code"),
        ("```js\nfunction f() {}\n```", "another language"),
        ("def other():\n    return 1\n\n\ndef third():\n    pass\n", "definition"),
        ("    return a + 5\n", "definition"),
        (
            "def f(self, a):\n    # ... rest of the code unchanged\n    return a\n",
            "leaves code out",
        ),
        ("def f(self, a):\n    # ... existing code ...\n", "leaves code out"),
        ("def f(self, a):\n    return 1\n\n\ndef f(self, a):\n    return 2\n", "twice"),
        ("def f(self, a):\n    return a\u202e\n", "nobody can see"),
        ("def f(self, a):\n    return a\u200b + 1\n", "nobody can see"),
        ("def f(self, a):\n    return '\x0c'\n", "nobody can see"),
        ("src/b.py\n```python\ndef f(self, a):\n    return 1\n```", "not offered"),
        ("../src/a.py\n```python\ndef f(self, a):\n    return 1\n```", "not offered"),
        ("```python:/etc/src/a.py\ndef f(self, a):\n    return 1\n```", "not offered"),
        ("b.py\n<<<<<<< SEARCH\nimport os\n=======\nimport re\n>>>>>>> REPLACE\n", "not offered"),
        ("C:\\src\\a.py\n<<<<<<< SEARCH\nimport os\n=======\n>>>>>>> REPLACE\n", "not offered"),
        ("--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-import os\n+import re\n", "not offered"),
        (
            "--- a/../src/a.py\n+++ b/../src/a.py\n@@ -1 +1 @@\n-import os\n+import re\n",
            "not offered",
        ),
        ("--- /dev/null\n+++ b/src/a.py\n@@ -0,0 +1 @@\n+import re\n", "makes or deletes"),
        (
            "@@ -1,2 +1,2 @@\n def never(x):\n-    return nothing\n+    return 2\n",
            "not in the file",
        ),
        ("<<<<<<< SEARCH\n    never there\n=======\n    x\n>>>>>>> REPLACE", "not in the file"),
        ("<<<<<<< SEARCH\n\n\ndef\n=======\n    x\n", "does not end"),
        ("<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE", "which lines"),
    ],
)
def test_what_is_no_edit_is_refused(answer: str, why: str) -> None:
    assert why in read(answer)
    assert read(answer).startswith("[")


def test_lines_at_several_places_are_refused() -> None:
    before = "a = 1\nb = 2\na = 1\nc = 3\n"
    block = "<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE"
    assert "several places" in read(block, whole(before))
    block = "<<<<<<< SEARCH\na = 1\nc = 3\n=======\na = 2\nc = 3\n>>>>>>> REPLACE"
    assert read(block, whole(before)) == "a = 1\nb = 2\na = 2\nc = 3\n"


def test_imports_come_to_the_imports_and_new_definitions_behind_the_edited_one() -> None:
    answer = (
        "import re\nimport os\n\ndef f(self, a):\n    return re.x\n\ndef new(self):\n    return 1\n"
    )
    after = read(answer)
    assert after.count("import os") == 1
    assert "import os\nimport re\n" in after
    assert "        return re.x\n\n    def new(self):\n        return 1\n\n    def g" in after


def test_a_renamed_definition_takes_the_place_of_the_one_asked_for() -> None:
    assert read("def better(self, a):\n    return a\n") == BEFORE.replace("def f(", "def better(")


@pytest.mark.parametrize("heading", ["### ../../etc/passwd", "/etc/cron.d/evil", "~/.ssh/keys"])
def test_code_for_a_file_elsewhere_is_no_edit_of_this_one(heading: str) -> None:
    answer = f"{heading}\n```python\ndef f(x):\n    return 1\n```"
    assert read(answer) == "[the answer edits a file that was not offered]"


def test_code_around_a_definition_stays_where_only_the_definition_is_answered() -> None:
    before = "def add(a, b):\n    return a + b\n\n\nprint(add(1, 2))\n"
    after = read("```python\ndef add(x, y):\n    return x + y\n```", whole(before))
    assert after == "def add(x, y):\n    return x + y\n\n\nprint(add(1, 2))\n"


def test_a_remark_above_stays_where_only_the_definition_is_repeated() -> None:
    task = task_of(mark="class C")
    answer = (
        "class C:\n    def f(self, a):\n        return 1\n\n    def g(self):\n        return 2\n"
    )
    assert "# about C\nclass C:\n    def f(self, a):\n        return 1\n" in read(answer, task)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_are_those_of_the_file(end: str) -> None:
    before = BEFORE.replace("\n", end)
    task = whole(before)
    wanted = EDITED.replace("\n", end)
    block = "<<<<<<< SEARCH\n        return a\n=======\n        return a + 5\n>>>>>>> REPLACE"
    assert read(f"```python\n{EDITED}```", task) == wanted
    assert read(block, task) == wanted
    scope = scope_of("src/a.py", before, PYTHON, before.index("return a"), before.index("return a"))
    shown = EditTask(task.files, task.languages, "do", (scope,))
    assert read("def f(self, a):\n    return a + 5\n", shown) == wanted


def test_form_feeds_and_tabs_of_the_file_stay() -> None:
    before = "import os\n\f\ndef f():\n\treturn 1\n\f\ndef g():\n\tif 1:\n\t\treturn 2\n"
    answer = (
        "```python\nimport os\n\n\ndef f():\n    return 3\n\n\ndef g():\n    if 1:\n"
        "        return 2\n```"
    )
    after = read(answer.replace("\n\n\n", "\n\n"), whole(before))
    assert after == before.replace("return 1", "return 3")


def test_a_text_without_a_last_line_end_keeps_none() -> None:
    before = "a = 1\nb = 2"
    assert read("```python\na = 1\nb = 3\n```", whole(before)) == "a = 1\nb = 3"
    assert read("@@ -1,2 +1,2 @@\n a = 1\n-b = 2\n+b = 3\n", whole(before)) == "a = 1\nb = 3"


def test_several_files_are_edited_by_their_names_only() -> None:
    files = {"src/a.py": "a = 1\n", "src/b.py": "b = 1\n"}
    scopes = tuple(Scope(name, 0, len(text)) for name, text in files.items())
    task = EditTask(files, dict.fromkeys(files, "python"), "do", scopes)
    answer = "src/a.py\n```python\na = 2\n```\n\n**b.py**:\n```python\nb = 2\n```\n"
    found = read_answer(task, "m", 0, answer)
    assert isinstance(found, Proposal)
    assert found.after == {"src/a.py": "a = 2\n", "src/b.py": "b = 2\n"}
    block = "<<<<<<< SEARCH\nb = 1\n=======\nb = 3\n>>>>>>> REPLACE"
    found = read_answer(task, "m", 0, block)
    assert isinstance(found, Proposal)
    assert found.after == {"src/b.py": "b = 3\n"}


def test_a_file_without_grammar_is_taken_as_it_is() -> None:
    task = whole("one\ntwo\n", "")
    assert read("```\none\nthree\n```", task) == "one\nthree\n"


def test_blocks_only_for_members_that_are_measured_to_write_them_well() -> None:
    assert format_for({}) is Format.DEFINITION
    assert format_for({Format.BLOCKS: (33, 33)}) is Format.DEFINITION
    assert format_for({Format.BLOCKS: (97, 100)}) is Format.DEFINITION
    assert format_for({Format.BLOCKS: (98, 100)}) is Format.BLOCKS


_LINE = st.text(alphabet="abc =(x):#é\t", max_size=12)
_LINES = st.lists(_LINE, max_size=12)
_FILES = _LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(_FILES, _FILES.filter(lambda text: text.strip()))
def test_the_new_file_word_for_word_gives_its_bytes(before: str, new: str) -> None:
    # Tabs become blanks only in a file that has nothing but blanks.
    new, before = new.replace("\t", " "), before.replace("\t", " ")
    assert read(new, whole(before, "")) == new


@given(_FILES, _FILES)
def test_a_diff_reads_back(before: str, new: str) -> None:
    lines = before.split("\n")[:-1], new.split("\n")[:-1]
    diff = list(difflib.unified_diff(*lines, "a/src/a.py", "b/src/a.py", lineterm=""))
    if diff:
        assert read("\n".join(diff) + "\n", whole(before)) == new
        assert read("Here:\n```diff\n" + "\n".join(diff) + "\n```\nDone.", whole(before)) == new


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True), st.data())
def test_blocks_read_back(numbers: list[int], data: st.DataObject) -> None:
    lines = [f"  x{number} = {number}" for number in numbers]
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    new = data.draw(st.lists(st.sampled_from(("a", "    b", "", "c = 1")), max_size=4))
    answer = "\n".join(["<<<<<<< SEARCH", *lines[start:end], "=======", *new, ">>>>>>> REPLACE"])
    wanted = [*lines[:start], *new, *lines[end:]]
    before = "".join(f"{line}\n" for line in lines)
    assert read(answer, whole(before, "")) == "".join(f"{line}\n" for line in wanted)


_NOISE = st.lists(
    st.sampled_from(
        (
            "```",
            "```python",
            "~~~",
            "<<<<<<< SEARCH",
            "=======",
            ">>>>>>> REPLACE",
            "--- a/src/a.py",
            "+++ b/src/a.py",
            "@@ -1,2 +1,2 @@",
            "@@",
            "+x",
            "-import os",
            " import os",
            "\\ No newline",
            "def f(self, a):",
            "    return a",
            "class C:",
            "# ... rest",
            "src/a.py",
            "../x.py",
            "\ud800",
            "\x00",
            "\r",
            "\x0c",
            "\ufeff",
            "<think>",
            "</think>",
            "    def f(self, a):",
            "        return a",
            "import re",
            '"""',
            "(" * 50,
            "\u2028",
            "",
            "\t",
        )
    )
    | st.text(max_size=5),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(_NOISE, st.sampled_from(("python", "", "javascript", "html")))
def test_nothing_ever_raises(noise: list[str], language: str) -> None:
    answer = "\n".join(noise)
    for task in (task_of(language=language), whole(BEFORE, language), whole("", language)):
        first = read_answer(task, "m", 1, answer)
        assert first == read_answer(task, "m", 1, answer)
        assert isinstance(first, Proposal | Unreadable)
    assert isinstance(read_answer(EditTask({}, {}, "", ()), "m", 0, answer), Unreadable)


_HUGE = {
    "eight megabytes": "def f(self, a):\n" + "    x = 1\n" * 800_000,
    "a million hunks": "@@ -1,1 +1,1 @@\n" * 62_000,
    "a diff header of a million lines": "--- a\n+++ b\n@@ -1,1000000 +1,1000000 @@\n"
    + " x\n" * 300_000,
    "headers without end": "--- a\n+++ b\n" * 80_000,
    "blocks without end": "<<<<<<< SEARCH\n" * 60_000,
    "one block of many lines": "<<<<<<< SEARCH\n"
    + "import os\n" * 90_000
    + "=======\n>>>>>>> REPLACE",
    "fences": "```\n" * 240_000,
    "fences with names": "```python\nx\n" * 70_000,
    "ticks": "`" * 990_000,
    "thoughts": "<think>" * 140_000,
    "brackets": "def f(self, a):\n    return " + "(" * 900_000,
    "blanks": "def f(self, a):" + " " * 980_000 + "\n",
    "equal definitions": "def f(self, a):\n    return a\n" * 30_000,
    "comments": "def f(self, a):\n    return a\n" + "# rest " * 140_000,
    "elisions": "# rest of the " * 70_000,
    "dots": "# " + "." * 900_000,
    "imports": "from " + "a" * 900_000 + "\n",
    "const": "const " + "a" * 900_000 + "\ndef f(self, a):\n    return 1\n",
    "one long line": "<<<<<<< SEARCH\n" + "x" * 900_000 + "\n=======\n>>>>>>> REPLACE",
    "arrows": "<" * 990_000,
    "dashes": "--- " * 240_000,
    "a name of a megabyte": "a." * 400_000 + "py\n```\nx\n```",
    "returns": "\r" * 900_000,
}


@pytest.mark.parametrize("name", sorted(_HUGE))
@pytest.mark.parametrize("scoped", [True, False])
def test_huge_answers_are_read_or_refused_at_once(name: str, scoped: bool) -> None:
    task = task_of() if scoped else whole(BEFORE)
    start = time.process_time()
    read_answer(task, "m", 0, _HUGE[name])
    assert time.process_time() - start < 4.0


@pytest.mark.parametrize(
    "module", [argparse, decoder, textwrap], ids=lambda module: module.__name__
)
def test_a_definition_that_is_answered_as_it_stands_changes_nothing(module: ModuleType) -> None:
    text = inspect.getsource(module)
    for one in definitions_of(text, PYTHON):
        scope = scope_of("src/a.py", text, PYTHON, one.head, one.head + 1)
        task = EditTask({"src/a.py": text}, {"src/a.py": "python"}, "do", (scope,))
        shown = text[scope.start : scope.end]
        if scope.names:
            assert read(f"Here:\n```python\n{textwrap.dedent(shown)}\n```\n", task) == text
