"""What a definition is in every language, and which of them are shown around a selection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.editing.definitions import definitions_of
from fusionls.core.editing.readable import MOST_OPEN, tree_of
from fusionls.core.editing.scoping import WHOLE_FILE_LINES, scope_of
from fusionls.core.languages import languages

_NAMES = {
    "bash": ("f() { x; }\nfunction g { y; }", "f g"),
    "c": (
        "struct S { int a; };\n/* d */\nint *f(int a) { return 0; }\n#define M(x) x\nint g(int);",
        "S f M",
    ),
    "cpp": (
        "namespace n { template<class T> class C { int f() { return 1; } }; }\nint C<T>::g() {}",
        "n n.C n.C.f C.g",
    ),
    "c-sharp": (
        "namespace N { class C { int P { get; } ~C() {} int this[int i] => 1; } }",
        "N N.C N.C.P N.C.~C N.C.this[]",
    ),
    "css": (".a { color: red }\n@media x { b { c: d } }", ".a|@media x|@media x.b"),
    "go": (
        "package p\nfunc (r *R[T]) g() {}\ntype (\n A int\n B string\n)\nfunc f() { var z = 1 }",
        "R.g A B f",
    ),
    "html": ('<div id="a"><p>x</p></div>', "div#a div#a.p"),
    "java": (
        "class C<T> { @O int f() { return 1; } C() {} enum E { A; void z(){} } }",
        "C C.f C.C C.E C.E.z",
    ),
    "javascript": (
        "const o = { k() {} };\nexport const g = () => 1;\nA.b = function() {};\n"
        "class C { m() {} }",
        "k g A.b C C.m",
    ),
    "json": ('{"a": {"b": 1}, "c": [1]}', "a a.b c"),
    "lua": ("local function g() end\nfunction M:i() end\nM.j = function() end", "g M.i M.j"),
    "php": ("<?php\nclass C { function f() {} }\nfunction g() {}", "C C.f g"),
    "python": (
        "@d\nclass C:\n  async def f(self):\n    def h(): pass\nx = lambda: 1",
        "C C.f C.f.h x",
    ),
    "ruby": ("module M\nclass C\n def f; end\n def self.g; end\nend\nend", "M M.C M.C.f M.C.g"),
    "rust": (
        "struct S;\nimpl<T> S<T> { fn f() {} }\nimpl D for S { fn g() {} }",
        "S|impl S|S.f|impl D for S|S.g",
    ),
    "tsx": ("const A = () => <p/>;\nexport default class B { render() {} }", "A B B.render"),
    "typescript": (
        "interface I { a(): void }\nnamespace N { export function f() {} }\ntype T = string;",
        "I I.a N N.f T",
    ),
}


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_grammar_tells_its_definitions(language: str) -> None:
    text, names = _NAMES[language]
    found = [one.name for one in definitions_of(text, languages()[language])]
    assert found == (names.split("|") if "|" in names else names.split())


PYTHON = languages()["python"]
_FILE = (
    "é = 1\n\n\n# about C\n@d\nclass C:\n    # e\n    @e\n    def f(self,\n          a):\n"
    "        return a  # last\n\n    def g(self): pass\n"
)


def test_what_is_directly_above_belongs_to_a_definition() -> None:
    cls, f, g = definitions_of(_FILE, PYTHON)
    assert _FILE[cls.start : cls.end].startswith("# about C\n@d\nclass C:")
    assert (
        _FILE[f.start : f.end]
        == "    # e\n    @e\n    def f(self,\n          a):\n        return a  # last"
    )
    assert f.header == "def f(self, a):"
    assert _FILE[f.head :].startswith("def f(self")
    assert _FILE[f.body :].startswith("return a")
    assert (g.name, g.depth, g.ordinal, g.own_name) == ("C.g", 1, 0, "g")


def test_overloads_share_a_name_and_are_counted() -> None:
    text = "function f(a: string): void;\nfunction f(a: any) {}\n"
    found = definitions_of(text, languages()["typescript"])
    assert [(one.name, one.ordinal) for one in found] == [("f", 0), ("f", 1)]


def _shown(text: str, mark: str, language: str = "python") -> tuple[tuple[str, ...], str]:
    start = text.index(mark)
    scope = scope_of("a", text, languages()[language], start, start + len(mark))
    return scope.names, text[scope.start : scope.end]


_LONG = _FILE + "".join(f"\n\ndef z{n}():\n    return {n}\n" for n in range(30))


def test_the_smallest_definition_around_a_selection_is_shown() -> None:
    names, text = _shown(_LONG, "return a")
    assert names == ("C.f",)
    assert text.startswith("    # e\n    @e\n    def f(self")


def test_several_definitions_that_are_touched_are_shown_whole() -> None:
    names, text = _shown(_LONG, "return 3\n\n\ndef z4")
    assert names == ("z3", "z4")
    assert text == "def z3():\n    return 3\n\n\ndef z4():\n    return 4"


def test_a_short_file_and_one_without_grammar_is_shown_whole() -> None:
    assert _shown(_FILE, "return a") == ((), _FILE)
    text = "x\n" * (WHOLE_FILE_LINES + 5)
    scope = scope_of("a.txt", text, None, 3, 4)
    assert (scope.start, scope.end, scope.names) == (0, len(text), ())


def test_between_definitions_of_a_long_file_what_stands_there_is_shown() -> None:
    many = "".join(f"def z{n}():\n    return {n}\n\n\n" for n in range(150))
    names, text = _shown(many + "A = 1\nB = 2\n\n\n" + many.replace("z", "y"), "A = 1")
    assert names == ()
    assert text == "A = 1\nB = 2"


@given(
    st.text(alphabet="def class(x):\n \t{}[]é\r\"'#@=", max_size=300),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_whatever_the_text_a_scope_is_in_it(text: str, start: int, end: int) -> None:
    scope = scope_of("a", text, PYTHON, start, end)
    assert 0 <= scope.start <= scope.end <= len(text)
    for one in definitions_of(text, PYTHON):
        assert 0 <= one.start <= one.head <= one.end <= len(text)
        assert one.head <= one.body <= one.end


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "{a:" * 200_000),
        ("html", "<a>" * 60_000),
        ("bash", "<<a\n" * 200_000),
        ("python", "(" * 60_000),
        ("javascript", '"' * 990_000),
        ("c-sharp", "a{" * 60_000),
        ("python", "x" * 1_100_000),
    ],
)
def test_hostile_texts_have_no_tree(language: str, text: str) -> None:
    assert tree_of(text, languages()[language]) is None
    assert definitions_of(text, languages()[language]) == ()


def test_a_file_of_ordinary_depth_has_a_tree() -> None:
    assert tree_of("x = " + "(" * 100 + ")" * 100 + "\n" * MOST_OPEN, PYTHON) is not None
