"""Rename: the model gives a name, the edit is made by rule, and every other name keeps its meaning."""

import random
import re
import symtable
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.edit import EditTask, Proposal, Scope, Unreadable
from fusionls.core.editing.renaming import rename_at, renamed
from tests.support.asked_edits import answered, wanted
from tests.support.stdlib_places import library_files, text_of

SUM = """def total(items, rate):
    r = 0
    for i in items:
        r| += i.r * rate
    # r is the sum
    return {"r": r, **dict(r=r)}
"""
RENAMED = """def total(items, rate):
    running_total = 0
    for i in items:
        running_total += i.r * rate
    # r is the sum
    return {"r": running_total, **dict(r=running_total)}
"""


@pytest.mark.parametrize(
    "answer",
    [
        "running_total",
        "`running_total`",
        "runningTotal",
        "running total",
        "r -> running_total",
        "r => running_total\n",
        "```\nrunning_total\n```",
        "```python\nrunning_total = 0\n```\nThis says what it is.",
        "The new name should be `running_total`.",
        "Sure! A better name is **runningTotal**.",
        '{"name": "running_total"}',
        "New name: running_total",
        "<think>r is a sum. total?</think>running_total",
        "running_total<|im_end|>",
        "A better name is running_total",
        "1. running_total\n2. amount\n3. subtotal",
        # A model that writes the code again has the name where the old one was bound.
        RENAMED,
        f"Here is the code:\n```python\n{RENAMED}```\n",
    ],
)
def test_a_name_is_found_in_whatever_a_model_writes(answer: str) -> None:
    assert answered("rename", "python", SUM, answer) == RENAMED


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (" running total.", "running_total"),
        (" number of elements in a list. It is used", "number_of_elements"),
        (" width of the rectangle", "width"),
        (" names of all users, and", "names_of_users"),
        (" maximum value of the list that is given", "maximum_value"),
        (" URL of a server", "url"),
        ("The variable holds the total price of all items.", "total_price"),
        ("`r` stores a list of user names", "list_of_user_names"),
    ],
)
def test_what_a_name_is_said_to_hold_is_its_name(answer: str, name: str) -> None:
    assert answered("rename", "python", SUM, answer) == RENAMED.replace("running_total", name)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("r", "no new name"),
        ("m", "says no more"),
        ("fs.readFileSync", "no new name"),
        ("I cannot help with that.", "no new name"),
        ("rate", "used already"),
        ("items", "used already"),
        ("sum", "language's own"),
        ("class", "word of the language"),
        ("self", "word of the language"),
        ("run\u200bning", "no new name"),
        ("\u0441ount", "no name that the language takes"),
        ("a" * 60, "no name that the language takes"),
        ("x" * 300_000, "too long"),
        ("total; import os", "no new name"),
    ],
)
def test_an_answer_that_gives_no_name_is_not_read(answer: str, why: str) -> None:
    found = answered("rename", "python", SUM, answer)
    assert found.startswith("<unreadable:"), found
    assert why in found


# A marked text, an answer, and the text after.
EVERYWHERE = {
    "a default value is evaluated outside of the lambda": (
        "python",
        "def f(y):\n    x| = y\n    return lambda x=x: x + 1\n",
        "total_price",
        "def f(y):\n    total_price = y\n    return lambda x=total_price: x + 1\n",
    ),
    "an annotation and a default are outside of the function": (
        "python",
        "class x: pass\ndef f(a: x, b=x) -> x:\n    x| = 3\n    return x\n",
        "limit",
        "class x: pass\ndef f(a: x, b=x) -> x:\n    limit = 3\n    return limit\n",
    ),
    "the first list of a comprehension is outside of it": (
        "python",
        "def f(x):\n    return [x for x in x if x] + x|\n",
        "rows",
        "def f(rows):\n    return [x for x in rows if x] + rows\n",
    ),
    "global": (
        "python",
        "x = 1\ndef f():\n    global x\n    x| = 2\n    def g():\n        x = 3\n        return x\n"
        "    return x\n",
        "limit",
        "limit = 1\ndef f():\n    global limit\n    limit = 2\n    def g():\n        x = 3\n"
        "        return x\n"
        "    return limit\n",
    ),
    "nonlocal": (
        "python",
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    g()\n    return x|\n",
        "count",
        "def f():\n    count = 1\n    def g():\n        nonlocal count\n        count += 1\n"
        "    g()\n    return count\n",
    ),
    "a short property keeps its name": (
        "typescript",
        "export function f(a: number): P {\n  const x| = a * 2;\n  const y = { x, z: x };\n"
        "  const { x: q } = y;\n"
        "  return y.x + `${x}`;\n}\n",
        "doubled_value",
        "export function f(a: number): P {\n  const doubledValue = a * 2;\n"
        "  const y = { x: doubledValue, z: doubledValue };\n  const { x: q } = y;\n"
        "  return y.x + `${doubledValue}`;\n}\n",
    ),
    "a pattern keeps the name of the property": (
        "javascript",
        "function f({ a|, b = a }) { return a + b; }\n",
        "first",
        "function f({ a: first, b = first }) { return first + b; }\n",
    ),
    "what is exported keeps its name": (
        "javascript",
        "let n| = 1;\nfunction f() { n = 2; return { n }; }\nexport { n };\nfunction g(n) { return n; }\n",
        "count",
        "let count = 1;\nfunction f() { count = 2; return { n: count }; }\nexport { count as n };\n"
        "function g(n) { return n; }\n",
    ),
    "in Go the right side of n := n is the outer one": (
        "go",
        "package a\n\nfunc F(s []int) int {\n\tn| := len(s)\n\tif n := n * 2; n > 3 {\n\t\treturn n\n\t}\n"
        "\tfmt.Println(n, s.n)\n\treturn n\n}\n",
        "item_count",
        "package a\n\nfunc F(s []int) int {\n\titemCount := len(s)\n"
        "\tif n := itemCount * 2; n > 3 {\n\t\treturn n\n"
        "\t}\n\tfmt.Println(itemCount, s.n)\n\treturn itemCount\n}\n",
    ),
    "a function of Go and its calls": (
        "go",
        "package a\n\nfunc f|(a int) int { return a }\n\nfunc G() int { return f(f(1)) }\n",
        "addOne",
        "package a\n\nfunc addOne(a int) int { return a }\n\nfunc G() int { return addOne(addOne(1)) }\n",
    ),
    "a variable of Java and not the field": (
        "java",
        "class A {\n  int f(int a) {\n    int t| = a;\n    t += this.t + t();\n    return t;\n  }\n}\n",
        "running_total",
        "class A {\n  int f(int a) {\n    int runningTotal = a;\n    runningTotal += this.t + t();\n"
        "    return runningTotal;\n  }\n}\n",
    ),
    "the text of a macro of Rust": (
        "rust",
        "fn f(v: &[i32]) -> P {\n    let mut t| = 0;\n    for x in v {\n        t += x;\n    }\n"
        '    println!("{t} {} t {{t}}", t);\n    P { t }\n}\n',
        "total",
        "fn f(v: &[i32]) -> P {\n    let mut total = 0;\n    for x in v {\n        total += x;\n    }\n"
        '    println!("{total} {} t {{t}}", total);\n    P { t: total }\n}\n',
    ),
    "a variable of C and not the member": (
        "c",
        "int f(int a) {\n    int t| = a;\n    s.t = t;\n    return t;\n}\nint g(int t) { return t; }\n",
        "total",
        "int f(int a) {\n    int total = a;\n    s.t = total;\n    return total;\n}\n"
        "int g(int t) { return t; }\n",
    ),
    "C++": (
        "cpp",
        "int f(int a) {\n  int t| = a;\n  s.t = g(t);\n  return t;\n}\n",
        "total",
        "int f(int a) {\n  int total = a;\n  s.t = g(total);\n  return total;\n}\n",
    ),
    "C#": (
        "c-sharp",
        "class A {\n  int F(int a) {\n    int t| = a;\n    G(t);\n    return this.t + t;\n  }\n}\n",
        "total",
        "class A {\n  int F(int a) {\n    int total = a;\n    G(total);\n"
        "    return this.t + total;\n  }\n}\n",
    ),
    "a variable of Lua and not the key": (
        "lua",
        "local function f(a)\n  local t| = a\n  s.t = t\n  return {t = t}\nend\n",
        "total",
        "local function f(a)\n  local total = a\n  s.t = total\n  return {t = total}\nend\n",
    ),
    "a variable of PHP, in texts, too": (
        "php",
        '<?php\nfunction f($a) {\n  $t| = $a;\n  $this->t = $t;\n  return "$t {$t}";\n}\n',
        "$total_sum",
        "<?php\nfunction f($a) {\n  $total_sum = $a;\n  $this->t = $total_sum;\n"
        '  return "$total_sum {$total_sum}";\n}\n',
    ),
    "a variable of Ruby and not the method": (
        "ruby",
        "def f(a)\n  t| = a\n  t.t + t\nend\n",
        "total",
        "def f(a)\n  total = a\n  total.t + total\nend\n",
    ),
}


@pytest.mark.parametrize("case", EVERYWHERE.values(), ids=EVERYWHERE.keys())
def test_every_place_of_the_binding_is_changed_and_nothing_else(case: tuple[str, ...]) -> None:
    language, marked, answer, after = case
    assert answered("rename", language, marked, answer) == after


@pytest.mark.parametrize(
    ("language", "marked", "why"),
    [
        ("python", "import os as o|\no.getcwd()\n", "is imported"),
        ("python", "class A:\n    def m|(self):\n        return 1\n", "belongs to a class"),
        ("python", "class A:\n    def m(self):\n        return sel|f\n", "a meaning of its own"),
        ("python", "def f(x|, y):\n    return x + y\nf(x=3)\n", "passed by its name"),
        ("python", "def f(x|, y):\n    return x + eval('x')\n", "as the program runs"),
        ("python", "__all__ = ['f']\ndef f|(): pass\n", "exported by its name"),
        ("python", "print(a.nam|e)\n", "no name that this file binds"),
        ("python", "x = 1  # a com|ment\n", "no name that this file binds"),
        ("python", "x = |  1\n", "no name here"),
        ("java", "class A {\n  int t|;\n}\n", "belongs to a class"),
        ("typescript", "class A| {}\nconst a: A = new A();\n", "type or a package"),
        ("go", "package a\n\nfunc F(k| string) T { return T{k: 1} }\n", "nobody can tell"),
        ("c", "int i;\nint f(int a) { int i| = a; return i; }\n", "several things"),
        ("bash", "f() { local x|=1; echo $x; }\n", "cannot be told apart"),
        ("json", '{"a|": 1}\n', "cannot be told apart"),
    ],
)
def test_what_cannot_be_renamed_for_sure_is_refused(language: str, marked: str, why: str) -> None:
    found = wanted("rename", language, marked)
    assert isinstance(found, str)
    assert why in found


@pytest.mark.parametrize(
    ("old", "answer", "new"),
    [
        ("t", "runningTotal", "running_total"),
        ("_t", "total", "_total"),
        ("MAX", "upper limit", "UPPER_LIMIT"),
        ("tmpValue", "parsed_row", "parsedRow"),
        ("Thing", "price_list", "PriceList"),
        ("t_", "HTTPCode", "http_code_"),
        ("x2", "point2d", "point2d"),
    ],
)
def test_a_name_is_written_as_the_old_one_was(old: str, answer: str, new: str) -> None:
    text = f"def f():\n    {old}| = 1\n    return {old}\n"
    after = f"def f():\n    {new} = 1\n    return {new}\n"
    assert answered("rename", "python", text, answer) == after


def symbols(text: str, back: dict[str, str] | None = None) -> list[object]:
    """Return what Python itself says of every name of every scope, with the names of ``back`` put back."""
    found: list[object] = []
    names = back or {}

    def put_back(name: str) -> str:
        # A private name of a class is mangled.
        return next((name.replace(new, old) for new, old in names.items() if new in name), name)

    def walk(table: symtable.SymbolTable) -> None:
        told = sorted(
            (put_back(s.get_name()), s.is_local(), s.is_global(), s.is_free(), s.is_parameter())
            for s in table.get_symbols()
        )
        found.append((table.get_type(), table.get_lineno(), told))
        for child in table.get_children():
            walk(child)

    walk(symtable.symtable(text, "file", "exec"))
    return found


def test_names_of_the_library_mean_the_same_after_a_rename_and_get_their_bytes_back() -> None:
    """Python's own symbol tables are the witness: no other name belongs to another scope than before."""
    dice = random.Random(5)
    files = [path for path in library_files() if 2_000 < len(text_of(path)) < 25_000]
    done = 0
    for path in dice.sample(files, 20):
        text = text_of(path)
        for match in dice.sample(list(re.finditer(r"\b[a-z_]\w*\b", text)), 6):
            after = new_text(text, match.start(), "zzq_new")
            if after is None:
                continue
            new = re.search(r"_*(?i:zzq_?new)_*", after)
            assert new is not None
            assert symbols(text) == symbols(after, {new.group(): match.group()}), (path, match)
            back = new_text(after, new.start(), match.group())
            # Names of the language that a file binds anew are never given by a rename.
            assert back in (None, text), (path, match)
            done += back == text
    assert done > 10


def new_text(text: str, at: int, answer: str) -> str | None:
    task = EditTask(
        {"a.py": text}, {"a.py": "python"}, "", (Scope("a.py", 0, len(text)),), (at, at), "rename"
    )
    if isinstance(rename_at(task), str):
        return None
    found = renamed(task, "member", 0, answer)
    return found.after["a.py"] if isinstance(found, Proposal) else None


PIECES = (
    "r",
    "->",
    "`",
    "```",
    "\n",
    "name: ",
    "total",
    "is ",
    "\x00",
    "\ud800",
    "_",
    "é",
    "{",
    '"',
    "r = 0",
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=80))
def test_whatever_is_answered_the_file_parses_or_nothing_is_offered(answer: str) -> None:
    found = answered("rename", "python", SUM, answer)
    if not found.startswith("<"):
        compile(found, "file", "exec")
        assert found != SUM


def test_an_answer_of_many_names_is_read_soon() -> None:
    started = time.perf_counter()
    for answer in (
        "name: " * 30_000,
        "`a" * 60_000,
        "a -> " * 40_000,
        "r " * 90_000,
        "_" * 190_000,
    ):
        answered("rename", "python", SUM, answer)
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize("language", ["python", "typescript", "go", "java", "rust", "json", ""])
def test_a_broken_file_is_an_answer_too(language: str) -> None:
    task = EditTask(
        {"a": "((( x = \x00"}, {"a": language}, "", (Scope("a", 0, 8),), (4, 4), "rename"
    )
    assert isinstance(rename_at(task), str)
    assert isinstance(renamed(task, "m", 0, "y"), Unreadable)
