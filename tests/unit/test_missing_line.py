"""What a person's text around the cursor says of the line at it: ‸ is the cursor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.bindings import binders_for, bindings
from fusionls.core.languages import languages
from fusionls.core.missing_line import MOST_BEFORE, MissingLine, missing_line


def seen(language: str, text: str) -> MissingLine:
    before, _, after = text.partition("‸")
    return missing_line(languages().get(language), before, after)


def place(language: str, text: str) -> tuple[str, bool | None]:
    """The likeliest indentation of the line, and whether the line opens a block if it stands there."""
    found = seen(language, text)
    return found.indents[0], found.opens[0]


LOOP = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n"


@pytest.mark.parametrize(
    ("text", "indent", "opens"),
    [
        # The row above opens a block: the line is in it.
        ("def f(a):\n‸\n    return a\n", "    ", False),
        ("for a in b:\n‸\n    print(a)\n", "    ", False),
        ("def f(b):\n    for a in b:\n‸\n            print(a)\n", "        ", True),
        # What follows is deeper than what is above.
        ("x = 1\n‸\n    print(x)\n", "", True),
        # What follows a `return` in its block never runs.
        ("def f(a):\n    if a:\n        return 1\n‸\n        return 2\n", "    ", True),
        # Both branches of an `if` are about the same name.
        ("if a:\n    out.append(1)\n‸\n    out.append(2)\n", "", True),
        ("if a:\n    out.append(1)\n‸\nelif b:\n    out.append(2)\n", "    ", False),
        # The `elif` below needs an `if` that is not there.
        (
            "def f(s):\n    while s:\n        s.pop()\n‸\n        g(s)\n    elif s:\n        h(s)\n",
            "    ",
            True,
        ),
        # A `try` that nothing ends.
        ("try:\n    a()\n‸\n    b()\nc()\n", "", True),
        ("try:\n    a()\n‸\n    b()\nexcept E:\n    c()\n", "    ", False),
        # The last line of a function stands where its body does.
        (LOOP + "‸\n\n\ndef g():\n    pass\n", "    ", False),
        # At the end of what is written so far anything may come.
        (LOOP + "‸", "    ", None),
        # A comment right above is about the line below it.
        ("class A:\n    def f(self):\n        self.g()\n\n# Make one\n‸\na.f()\n", "", False),
        # After a method that is over comes the next one.
        ("class A:\n    def f(self):\n        return 1\n\n‸\n        return 2\n", "    ", True),
        # Inside brackets: like the rows before, or aligned with what follows the bracket.
        ("f(\n    a,\n‸\n    c,\n)\n", "    ", False),
        ("x = f(a,\n‸\n      c)\n", "      ", False),
        # The rows of a docstring are no code.
        (
            'def f():\n    """Text\n  with if x:\n    """\n    a = 1\n‸\n    return a\n',
            "    ",
            False,
        ),
        ("‸\n    pass\n", "", True),
        ("", "", None),
    ],
)
def test_where_a_line_of_python_stands(text, indent, opens):
    assert place("python", text) == (indent, opens)


@pytest.mark.parametrize(
    ("language", "text", "indent", "opens"),
    [
        ("javascript", "function f() {\n‸\n  return 1;\n}\n", "  ", False),
        ("javascript", "function f() {\n  g();\n‸\n    h();\n  }\n}\n", "  ", True),
        ("javascript", "xs.map(x => {\n  f(x);\n‸\n", "  ", None),
        ("javascript", "if (a) {\n  return 1;\n‸\n  return 2;\n}\n", "", True),
        ("javascript", "if (a) {\n  out.push(1);\n‸\n  out.push(2);\n}\n", "", True),
        ("javascript", "function f() {\n  if (a) {\n    g();\n‸\n}\n", "  ", False),
        ("javascript", "if (a)\n‸\nb();\n", "    ", False),
        ("typescript", "const a = b\n‸\n    .map(f)\n    .sort();\n", "    ", False),
        ("java", "void f() {\n    try {\n        g();\n‸\n        h();\n    }\n}\n", "    ", True),
        ("java", "class A {\n    /**\n‸\n     * Text\n     */\n}\n", "     ", None),
        ("go", "func f() {\n\tif a {\n‸\n\t}\n}\n", "\t\t", False),
        ("rust", "fn f() {\n    for a in b {\n‸\n    }\n}\n", "        ", False),
        ("rust", "fn f() {\n‸\n        g();\n    }\n}\n", "    ", True),
        ("c", "int f(void) {\n\tg(a,\n‸\n\t  c);\n}\n", "      ", False),
        ("lua", "if a then\n‸\nend\n", "    ", False),
        ("lua", "local a = 1\n‸\n  b()\nend\n", "", True),
        ("html", "<ul>\n‸\n  <li>a</li>\n</ul>\n", "  ", False),
        ("html", "<div>\n‸\n    <li>a</li>\n  </ul>\n</div>\n", "  ", True),
        ("json", '{\n  "a": 1,\n‸\n  "b": 2\n}\n', "  ", False),
        ("css", "a {\n  color: red;\n}\n‸\n  color: blue;\n}\n", "", True),
    ],
)
def test_where_a_line_of_other_languages_stands(language, text, indent, opens):
    assert place(language, text) == (indent, opens)


def test_a_bracket_that_only_this_line_can_have_opened_is_told():
    found = seen("javascript", "a();\n‸\n  b();\n});\n")
    assert (found.opens_block, found.closers) == (True, ("}", ")"))
    found = seen("python", "a()\n‸\n    b,\n)\nc()\n")
    assert (found.indents[0], found.opens_block, found.closers) == ("", None, (")",))


def test_doubt_about_the_place_is_doubt_about_the_block():
    found = seen("python", "for a in b:\n    x = 1\n‸\n    c(x)\n")
    assert dict(zip(found.indents, found.opens, strict=True)) == {"    ": False, "": True}
    assert found.opens_block is None


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("def f(xs):\n‸\n    for x in xs:\n        total += x\n    return total\n", ("total",)),
        ("def f(xs):\n‸\n        print(i, x)\n", ("i", "x")),
        ("‸\nprint(path.join(a))\na = 1\n", ("path", "a")),
        ("def f():\n‸\n    g = lambda: later\n    later = 1\n", ()),
        # What is no name in use, or is bound where it stands.
        ("def f(a, *b, c=1, **d):\n‸\n    return a, b, c, d, len(a)\n", ()),
        ("def f(a):\n‸\n    return [x.y for x in a if x], a.z, g(key=1)\n\ndef g(**k): pass\n", ()),
        ("import os.path as p, sys\nfrom a import b as c\n‸\nprint(p, sys, c)\n", ()),
        ("def f(o):\n‸\n    with o as (g, h):\n        return g, h, __file__\n", ()),
        ("def f(o):\n‸\n    if (n := o) and [m := 1]:\n        return n, m\n", ()),
        ("def f(o):\n‸\n    match o:\n        case [a, *b]:\n            return a, b\n", ()),
        ("def f():\n‸\n    try:\n        g()\n    except E as e:\n        print(e)\n", ("g", "E")),
        ("def f():\n    if q: pass\n‸\n    return q\n", ()),
        ("class A:\n    x = 1\n‸\n    def f(self):\n        return self.y + y\n", ()),
        # A file that imports what cannot be seen tells nothing.
        ("from a import *\n‸\nprint(b)\n", ()),
        # The parameters of a function are no names to bind, its own name is.
        ("‸\n    return a + b\n\nprint(add(1, 2))\n", ("add",)),
        # Inside brackets nothing is bound.
        ("x = [\n‸\n    b,\n]\n", ()),
    ],
)
def test_names_that_the_text_behind_needs_in_python(text, needed):
    assert seen("python", text).needed == needed


@pytest.mark.parametrize(
    ("language", "text", "needed"),
    [
        ("javascript", "function f(a) {\n‸\n  return a + b;\n}\n", ("b",)),
        ("javascript", "function f(a) {\n‸\n    g[i] = a;\n  }\n}\nvar g = {};\n", ("i",)),
        (
            "javascript",
            "function f(a) {\n  for (let i = 0; i < 3; i++) {}\n‸\n  a(i);\n}\n",
            ("i",),
        ),
        ("javascript", "function f(a) {\n  for (var i = 0; i < 3; i++) {}\n‸\n  a(i);\n}\n", ()),
        ("javascript", "function f({a, b: [c], ...d}) {\n‸\n  return {a, b: c, d};\n}\n", ()),
        (
            "javascript",
            "function f(a) {\n‸\n  return a.b(x => x, y) && h();\n}\nfunction h() {}\n",
            ("y",),
        ),
        ("javascript", "function f() {\n‸\n  console.log(Math.max(1), undefined);\n}\n", ()),
        ("javascript", "‸\n  it.each(a);\n});\n", ()),
        ("typescript", "function f(a: number): T {\n‸\n  return a as U + b;\n}\n", ("b",)),
        ("tsx", "function F() {\n‸\n  return <p title={a}>{b}</p>;\n}\n", ("a", "b")),
        (
            "java",
            "class A {\n  int c;\n  int f(int a) {\n‸\n    return a + b + c + g(Q.R);\n  }\n}\n",
            ("b",),
        ),
        ("java", "class A extends B {\n  int f(int a) {\n‸\n    return a + b;\n  }\n}\n", ()),
        (
            "go",
            'package a\n\nimport "x/y"\n\nfunc f(a int) int {\n‸\n\treturn y.Z(a, b)\n}\n',
            ("b",),
        ),
        ("rust", "fn f(a: i32) -> i32 {\n‸\n    if let Some(c) = a { c } else { b }\n}\n", ("b",)),
        ("c", "#define N 3\nint f(int a) {\n‸\n  return g(a, N, b);\n}\n", ("b",)),
        ("cpp", "int f(int a) {\n‸\n  for (auto& x : xs) { g(x, a); }\n  return 1;\n}\n", ("xs",)),
        ("cpp", "int A::f(int a) {\n‸\n  return a + b;\n}\n", ()),
        (
            "c-sharp",
            "class A {\n  int F(int a) {\n‸\n    return a + b + G(out var c) + c;\n  }\n}\n",
            ("b",),
        ),
        ("lua", "local a = 1\n‸\nprint(b)\n", ()),
    ],
)
def test_names_that_the_text_behind_needs(language, text, needed):
    assert seen(language, text).needed == needed


def test_a_name_that_may_be_bound_far_away_is_not_needed():
    far = "".join(f"a{n} = {n}\n" for n in range(MOST_BEFORE))
    text = "def f():\n‸\n    return a1 + missing\n"
    assert seen("python", far + text).needed == ("missing",)


def test_a_line_that_has_begun_keeps_its_place():
    found = seen("python", "def f(xs):\n    res‸\n    return result\n")
    assert found.indents == ("    ",)
    assert (found.partial, found.needed) == ("res", ("result",))
    assert seen("python", "def f(xs):\n    x = y‸\n    return result\n").needed == ()
    assert seen("python", "f(a.b‸)\n").partial == "b"
    assert seen("python", "f(1‸)\n").partial == ""


def test_blanks_that_are_typed_stay():
    assert seen("python", LOOP + "        ‸\n\n\n").indents == ("        ",)
    assert seen("python", "if a:\n  ‸\n").indents == ("    ",)


def test_text_without_a_grammar_goes_on_like_its_neighbours():
    assert seen("none", "  a\n‸\n    b\n") == MissingLine(
        ("  ", "    "), None, (), "", opens=(None, None)
    )


def test_any_line_end_will_do():
    text = "def f(xs):\n    a = 1\n‸\n    return a + b\n"
    with_unix = seen("python", text)
    for end in ("\r\n", "\r"):
        assert seen("python", text.replace("\n", end)) == with_unix
    assert with_unix.needed == ("b",)


def test_a_binding_is_written_as_the_file_writes_it():
    javascript = languages()["javascript"]
    assert binders_for(javascript, "")[0] == "const {name} = "
    assert binders_for(javascript, "var a = 1;\nvar b = 2;\nlet c = 3;\n")[:2] == (
        "var {name} = ",
        "let {name} = ",
    )
    loop = "for (var i = 0; i < 3; i++) {}\n"
    assert binders_for(javascript, loop, opens=True)[0] == "for (var {name} = "
    assert binders_for(None, "a = 1") == ()


@pytest.mark.parametrize(
    ("language", "text", "first"),
    [
        ("python", "def f(q):\n‸\n    while i < j:\n        i += 1\n", "i, j = "),
        ("python", "def f(q):\n‸\n    return math.sqrt(q)\n", "import math"),
        (
            "python",
            "def f(q):\n    q()\n‸\n        if p > 1: return p\n    return is_prime(3)\n",
            "def is_prime(p",
        ),
        ("python", "def f(q):\n    q()\n‸\n        print(x)\n", "for x in "),
        (
            "javascript",
            "function f(xs) {\n  g();\n‸\n    xs[i]++;\n  }\n}\nfunction g() {}\n",
            "for (let i = ",
        ),
        (
            "javascript",
            "function f(xs) {\n  g();\n‸\n    g(x);\n  }\n}\nfunction g() {}\n",
            "for (const x of ",
        ),
        ("javascript", "var a = 1;\nfunction f() {\n‸\n  return b;\n}\n", "var b = "),
        ("go", "package a\n\nfunc f() int {\n‸\n\treturn b\n}\n", "b := "),
        ("python", "a = 1\n‸\nb = a\n", None),
    ],
)
def test_how_a_line_begins_that_binds_what_is_needed(language, text, first):
    before, _, after = text.partition("‸")
    found = bindings(languages()[language], before, after, seen(language, text))
    assert (found[0] if found else None) == first


PIECES = st.sampled_from(
    [
        "if a:",
        "else:",
        "return b",
        "{",
        "}",
        "(",
        ")",
        "'''",
        '"""',
        "'",
        "`",
        "/*",
        "*/",
        "end",
        "<p>",
        "</p>",
        "x = y",
        "for i in z:",
        "\n",
        "\n    ",
        "\n\t",
        " ",
        "é",
        "\ud800",
        "\u2028",
        ";",
        "#",
        "//",
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join)


@pytest.mark.parametrize("name", sorted(languages()))
@settings(max_examples=25, deadline=None)
@given(before=TEXTS, after=TEXTS)
def test_whatever_stands_around_there_is_an_answer(name, before, after):
    found = missing_line(languages()[name], before, after)
    assert 1 <= len(found.indents) <= 3
    assert all(not indent.strip(" \t") for indent in found.indents)
    assert all(needed in after for needed in found.needed)
