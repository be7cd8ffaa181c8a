"""Which names a text at the cursor uses that nothing binds, or binds that the rest needs."""

import pytest

from fusionls.core.languages import languages
from fusionls.core.scopes import UNKNOWN, Binding, binding_of, open_scopes
from fusionls.core.scopes.languages import scope_rules


def binding(language: str, marked: str) -> Binding:
    """Return what is told of the text between ``├`` and ``┤``."""
    prefix, _, rest = marked.partition("├")
    text, _, suffix = rest.partition("┤")
    return binding_of(open_scopes(languages()[language], prefix, suffix), text)


def told(found: Binding) -> str:
    """Return in words what is not as it should be."""
    numbers = {
        "unbound": found.unbound,
        "later": found.later_bound,
        "binds": found.needed_bound,
        "misses": found.needed_missing,
        "arity": found.arity_wrong,
    }
    words = [f"{word} {number}" for word, number in numbers.items() if number]
    return ", ".join([*words, *(["certain"] if found.certain else [])]) or "fine"


def check(language: str, marked: str, expected: str) -> None:
    found = binding(language, marked)
    assert found.known
    assert told(found) == expected


PYTHON = [
    ("def f(a, *b, c=1, **d):\n    ├return a, b, c, d┤\n", "fine"),
    ("def f(a):\n    ├return b┤\n", "unbound 1, certain"),
    ("import os.path, sys as system\n├print(os, system, len)\n┤", "fine"),
    ("import sys as system\n├print(sys)\n┤", "unbound 1, certain"),
    ("from a import b as c\n├print(c)\n┤", "fine"),
    ("from a import *\n├print(anything)\n┤", "fine"),
    ("├print(eval('x'), y)\n┤", "unbound 1"),
    ("a, (b, *c) = d = [1, (2, 3)]\n├print(a, b, c, d)\n┤", "fine"),
    ("├print([x for x in range(3) for y in range(x) if y])\n┤", "fine"),
    ("squares = [x for x in range(3)]\n├print(x)\n┤", "unbound 1, certain"),
    ("with open('f') as g, h() as (i, j):\n    ├print(g, i, j)┤\n", "fine"),
    ("try:\n    pass\nexcept OSError as e:\n    ├print(e)┤\n", "fine"),
    (
        "def f(a):\n    match a:\n        case [b, *c] | {'k': b, **c}:\n            ├print(b, c)┤\n",
        "fine",
    ),
    (
        "def f(a):\n    match a:\n        case str(value=b) as c:\n            ├print(b, c)┤\n",
        "fine",
    ),
    ("if (n := 3) > 2:\n    ├print(n)┤\n", "fine"),
    ("class C:\n    size = 1\n    def m(self):\n        ├return size┤\n", "unbound 1, certain"),
    ("class C:\n    size = 1\n    ├other = size┤\n", "fine"),
    ("def f():\n    ├return g()┤\n\ndef g():\n    pass\n", "fine"),
    ("├g()\n┤\ndef g():\n    pass\n", "later 1"),
    ("def f():\n    ├print(total)\n┤    total = 1\n    return total\n", "later 1"),
    ("def f(xs):\n    for x in xs:\n        ├print(last)┤\n        last = x\n", "fine"),
    ("def f(a):\n    ├total = 0\n┤    return total\n", "binds 1"),
    ("def f(a):\n    ├count = 0\n┤    return total\n", "misses 1"),
    ("total = 1\ndef f(a):\n    ├total = 0\n┤    return total\n", "fine"),
    ("def f(a, b=1):\n    pass\n├f(1, 2, 3)\n┤", "arity 1, certain"),
    ("def f(a, b=1):\n    pass\n├f()\n┤", "arity 1, certain"),
    ("def f(a, b=1):\n    pass\n├f(1, b=2)\n┤", "fine"),
    ("def f(a, b=1):\n    pass\n├f(*range(9))\n┤", "fine"),
    ("@wrapped_by(f)\ndef f(a):\n    pass\n├f()\n┤", "fine"),
    ("def f(a):\n    pass\ndef f(a, b):\n    pass\n├f()\n┤", "fine"),
    (
        "if 1:\n    def f(a):\n        pass\nelse:\n    def f(a, b):\n        pass\n├f()\n┤",
        "fine",
    ),
    ("print(ambient)\n├ambient()\n┤", "fine"),
    ("def f():\n    global g\n    g = 1\ndef h():\n    ├return g┤\n", "fine"),
    ("├x = x + 1\n┤", "later 1"),
    ("o.attribute = 1\n├print(o.other, k)\n┤", "unbound 1, certain"),
]
JAVASCRIPT = [
    ("function f(a, {b, c: [d], ...e}, ...g) { ├return a + b + d + e + g;┤ }", "fine"),
    ("function f(a, {c: d}) { ├return c;┤ }", "unbound 1"),
    ("import x, {y as z} from 'm';\n├x(z);┤", "fine"),
    ("import x, {y as z} from 'm';\n├x(y);┤", "unbound 1, certain"),
    ("import * as all from 'm';\n├all(document, process);┤", "fine"),
    ("function f() { if (1) { var a = 1; } ├return a;┤ }", "fine"),
    ("function f() { if (1) { let a = 1; } ├return a;┤ }", "unbound 1"),
    ("├later();┤ function later() {}", "fine"),
    ("├use(K);┤ const use = 1, K = 2;", "later 2"),
    ("for (const [k, v] of m()) { ├log(k, v);┤ } function m() {} function log(...xs) {}", "fine"),
    ("try {} catch ({message}) { ├alert(message);┤ }", "fine"),
    ("function f() { ├const a = 1;┤ return a; }", "binds 1"),
    ("function f() { ├const b = 1;┤ return a; }", "misses 1"),
    ("function f(a, b = 1) {} ├f(1, 2, 3);┤", "arity 1"),
    ("const o = {a: 1}; ├alert(o.nothing, {key: o});┤", "fine"),
    ("if (├typeof missing === 'undefined'┤) {}", "fine"),
]
TYPESCRIPT = [
    (
        "import a from 'a';\nclass User { }\nfunction f(x: number, y?: string) { ├return new User(x, y);┤ }",
        "fine",
    ),
    ("enum E { A } namespace N { }\n├alert(E.A, N);┤", "fine"),
    (
        "interface I { a: Missing }\nfunction f(x: I) { ├const y: Other = x; return y as Third;┤ }",
        "fine",
    ),
    ("import a from 'a';\nfunction f(x: number) { ├return a(z);┤ }", "unbound 1, certain"),
    ("import a from 'a';\nfunction f(x: number, y?: number) {}\n├a(f());┤", "arity 1, certain"),
    ("import a from 'a';\nfunction f(x: number, y = 1) {}\n├a(f(1));┤", "fine"),
    ("function f() { ├const a = 1;┤ return a; }", "binds 1"),
]
TSX = [
    ("import R from 'r';\nfunction A(p: P) { return ├<div onClick={p.go}><R /></div>┤; }", "fine"),
    ("import R from 'r';\nfunction A(p: P) { return ├<Missing {...p} />┤; }", "unbound 1, certain"),
]
JAVA = [
    ("class A { int size; int f(int a) { ├return a + size;┤ } }", "fine"),
    ("class A { int f(int a) { ├return b;┤ } }", "unbound 1, certain"),
    ("class A extends B { int f(int a) { ├return inherited;┤ } }", "fine"),
    ("class A { int f() { ├return later;┤ } int later; }", "fine"),
    (
        "class A { void f(Object o) { if (o instanceof String s) { ├System.out.println(s);┤ } } }",
        "fine",
    ),
    ("class A { void f(List<X> xs) { for (X x : xs) { ├x.go(Other.thing);┤ } } }", "fine"),
    ("class A { void f() { try (R r = open()) { ├r.go();┤ } catch (E e) { } } }", "fine"),
    ("class A { void f() { ├g((x, y) -> x + y, z -> z);┤ } }", "fine"),
    ("class A { int f() { ├int n = 1;┤ return n; } }", "binds 1"),
    ("class A { int f() { ├int m = 1;┤ return n; } }", "misses 1"),
    ("class A { void f() { { int n = 1; } ├go(n);┤ } }", "unbound 1, certain"),
    ("enum E { ONE; int f(E e) { ├return switch (e) { case ONE -> 1; };┤ } }", "fine"),
]
GO = [
    (
        "package a\nfunc f(a, b int, c ...string) (n int, err error) { ├return a + b + len(c) + n, err┤ }",
        "fine",
    ),
    ("package a\nfunc f(a int) int { ├return missing┤ }", "unbound 1"),
    ("package a\nfunc f(m map[int]int) { if v, ok := m[1]; ok { ├print(v)┤ } }", "fine"),
    ("package a\nfunc f(xs []int) { for i, x := range xs { ├print(i, x)┤ } }", "fine"),
    ("package a\nfunc f(v any) { switch t := v.(type) { case int: ├print(t)┤ } }", "fine"),
    ("package a\nfunc f(a, b int) {}\nfunc g() { ├f(1)┤ }", "arity 1"),
    ("package a\nfunc f(a, b int) {}\nfunc g() { ├f(pair())┤ }", "fine"),
    ("package a\nfunc f() int { ├n := 1┤\n return n }", "binds 1"),
    ("package a\nfunc f() int { ├m := 1┤\n return n }", "misses 1"),
    ("package a\nfunc f() P { ├return P{name: pkg.Value}┤ }", "fine"),
]
RUST = [
    ("fn f(x: i32, (p, q): (i32, i32)) -> i32 { ├x + p + q┤ }", "fine"),
    ("fn f(x: i32) -> i32 { ├y┤ }", "unbound 1, certain"),
    ("fn f(x: Option<i32>) { if let Some(y) = x { ├drop(y)┤ } }", "fine"),
    (
        "fn f(x: A) { match x { A { b, c: d } => ├g(b, d)┤, _ => {} } } fn g(b: i32, d: i32) {}",
        "fine",
    ),
    ("use a::{b, c as d};\nfn f() { ├b(d)┤ }", "fine"),
    ("use a::*;\nfn f() { ├b(d)┤ }", "fine"),
    ('fn f() { ├println!("{}", anything);┤ }', "fine"),
    ("fn f() { ├let g = |a, b| a + b;┤ g(1, 2); }", "binds 1"),
    ("fn f(a: i32) {} fn g() { ├f()┤ }", "arity 1, certain"),
    ("fn f() { { let n = 1; } ├drop(n);┤ }", "unbound 1, certain"),
    ("fn f(x: i32) { ├let x = x + 1;┤ }", "fine"),
]
C_SHARP = [
    ("class A { int size; int F(int a) { ├return a + size;┤ } }", "fine"),
    ("class A { int F(int a) { ├return b;┤ } }", "unbound 1, certain"),
    ("class A : B { int F(int a) { ├return inherited;┤ } }", "fine"),
    ("class A { int P { get; set; } void F() { ├Console.WriteLine(P + Other);┤ } }", "fine"),
    ("class A { void F(object o) { if (o is int n && D(out var k)) { ├G(n, k);┤ } } }", "fine"),
    ("class A { void F() { var (q, w) = G(); ├G(q, w);┤ } }", "fine"),
    ("class A { void F() { foreach (var x in new[] {1}) { ├G(y => x + y, name: x);┤ } } }", "fine"),
    ("class A { int F() { ├var n = 1;┤ return n; } }", "binds 1"),
    ("class A { int F() { ├var m = 1;┤ return n; } }", "misses 1"),
    ("class A { void F() { int L(int a) => a; ├L();┤ } }", "arity 1, certain"),
    ("class A { int v; int P { set { ├v = value;┤ } } }", "fine"),
]
CPP = [
    ("int f(int a, int *b, int c = 2) { ├return a + *b + c;┤ }", "fine"),
    ("int f(int a) { ├return b;┤ }", "unbound 1"),
    ("struct S { int n; int f() { ├return n + m;┤ } int m; };", "fine"),
    ("struct S : B { int f() { ├return inherited;┤ } };", "fine"),
    ("int S::f() { ├return field;┤ }", "fine"),
    ('#include "own.h"\nint f() { ├return anything;┤ }', "fine"),
    ("void f(M m) { for (auto& [k, v] : m) { ├g(k, v);┤ } }", "fine"),
    ("void f(M m) { if (auto it = m.find(1); it != m.end()) { ├g(it->second);┤ } }", "fine"),
    ("void f() { ├auto g = [n = 1](int u) { return u + n; };┤ g(1); }", "fine"),
    ("int f() { ├int n = 1;┤ return n; }", "binds 1"),
    ("int f() { ├int m = 1;┤ return n; }", "misses 1"),
    ("void f(int a) { } void g() { ├f();┤ }", "arity 1"),
    ("void f(int a, int b = 1) { } void g() { ├f(1); f(1, 2);┤ }", "fine"),
]
CASES = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "typescript": TYPESCRIPT,
    "tsx": TSX,
    "java": JAVA,
    "go": GO,
    "rust": RUST,
    "c-sharp": C_SHARP,
    "cpp": CPP,
}


@pytest.mark.parametrize(
    ("language", "marked", "expected"),
    [(language, *case) for language, cases in CASES.items() for case in cases],
)
def test_what_a_text_does_to_the_names(language, marked, expected):
    check(language, marked, expected)


def test_every_language_with_rules_is_shown_here_and_says_where_its_names_come_from():
    assert set(CASES) == set(scope_rules())
    assert all(rules.known and rules.known_source for rules in scope_rules().values())


def test_a_language_without_rules_is_unknown():
    assert binding("bash", "├echo $x┤") == UNKNOWN
    assert binding_of(open_scopes(None, "a", "b"), "c") == UNKNOWN
