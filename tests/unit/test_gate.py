import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.candidate import Gate
from fusionls.core.languages import languages
from fusionls.core.validation import cut_back, open_hole


def hole(language, document):
    """Return the hole at the ``$0`` of ``document``."""
    prefix, _, suffix = document.partition("$0")
    return open_hole(languages().get(language), prefix, suffix)


def check(language, document, text, verdict):
    found = hole(language, document).check(text)
    assert found.gate.value == verdict, found.why


PYTHON = [
    ("x = $0\n", "1", "valid"),
    ("x = $0\n", "foo(", "incomplete"),
    ("x = $0\n", "a +", "incomplete"),
    ("x = $0\n", "1 2", "broken"),
    ("x = foo($0\n", "a, b)", "valid"),
    # One error before and one after, and still: this text adds its own to what was there.
    ("x = foo($0\ny = 1\n", "a, ]]]", "broken"),
    ("x = foo($0\ny = 1\n", "a, b", "valid"),
    ("x = foo($0\ny = 1\n", "a, b)", "valid"),
    ("x = foo($0)\n", "a, b", "valid"),
    ("x = foo($0)\n", "a, (b", "incomplete"),
    ("def f(x):\n    $0\n", "if x:", "incomplete"),
    ("def f(x):\n    $0\n", "if x:\n        return 1", "valid"),
    ("def f(x):\n    $0\n", "return x", "valid"),
    ("def f(x):\n    $0\n", "return x)", "broken"),
    ("def f(x):\n$0\ny = 1\n", "    for a in x:\n", "incomplete"),
    ("class A:\n$0    def f(self):\n        pass\n", '    """\n', "incomplete"),
    ("class A:\n$0    def f(self):\n        pass\n", '    """A thing."""\n', "valid"),
    ("def f():\n    try:\n        $0\n    finally:\n        g()\n", "h()", "valid"),
    ("def f():\n    try:\n        g()\n    $0\n", "except ValueError:", "incomplete"),
    ("$0\ndef f():\n    pass\n", "@wraps(f)", "valid"),
    ("$0\nx = 1\n", "@wraps(f)", "incomplete"),
    # What is wrong elsewhere says nothing against the text.
    ("def (:\n    pass\n\nx = $0\n\nclass ]:\n", "1", "valid"),
    ("def (:\n    pass\n\ndef f():\n    return $0\n", "1 1", "broken"),
    ("$0", "", "valid"),
]


@pytest.mark.parametrize(("document", "text", "verdict"), PYTHON)
def test_python(document, text, verdict):
    check("python", document, text, verdict)


OTHERS = [
    ("javascript", "test('a', () => {\n  $0\n});\n", "it('b', () => {", "incomplete"),
    ("javascript", "test('a', () => {\n  $0\n});\n", "b();\n});", "broken"),
    ("javascript", "function f() {\n  $0\n}\n", "const x = `a ${b", "incomplete"),
    ("javascript", "function f() {\n  $0\n}\n", "try {\n    g();", "incomplete"),
    ("javascript", "function f() {\n  $0\n}\n", "/**", "incomplete"),
    ("typescript", "class A {\n  $0\n}\n", "get(id: string): B {", "incomplete"),
    ("tsx", "const a = $0;\n", "<b>{c}</b>", "valid"),
    ("java", "class A {\n  $0\n}\n", "@Override", "incomplete"),
    ("java", "class A {\n  $0\n}\n", "void f() {\n    g();\n  }", "valid"),
    ("java", "class A {\n  void f() {\n    $0\n  }\n}\n", "g();\n  }", "broken"),
    ("java", "class A {\n  void f() {\n    $0\n  }\n}\n", "do {\n      g();", "incomplete"),
    ("rust", "fn f() {\n    $0\n}\n", "match x {", "incomplete"),
    ("rust", "fn f() {\n    $0\n}\n", "let x = ;", "broken"),
    ("go", "package a\n\nfunc f() {\n\t$0\n}\n", "if x {", "incomplete"),
    ("go", "package a\n\nfunc f() {\n\t$0\n}\n", "x := g()", "valid"),
    ("c", "int f(void) {\n  $0\n}\n", "for (int i = 0; i < 3; i++) {", "incomplete"),
    ("cpp", "int f() {\n  $0\n}\n", "std::vector<int> a;", "valid"),
    ("c-sharp", "class A {\n  void F() {\n    $0\n  }\n}\n", "if (x)", "incomplete"),
    ("ruby", "def f\n  $0\nend\n", "a.each do |b|", "incomplete"),
    ("ruby", "def f\n  $0\nend\n", "puts 1 if a", "valid"),
    ("lua", "local function f(x)\n  $0\nend\n", "return x + 1", "valid"),
    ("lua", "local function f(x)\n  $0\nend\n", "for i = 1, 10 do", "incomplete"),
    ("lua", "local function f(x)\n  $0\nend\n", "if x then", "incomplete"),
    ("lua", "local function f(x)\n  $0\nend\n", "return x + )", "broken"),
    ("php", "<?php\nfunction f() {\n  $0\n}\n", "if ($x) {", "incomplete"),
    ("bash", "f() {\n  $0\n}\n", "if [ -f a ]; then", "incomplete"),
    ("bash", "f() {\n  $0\n}\n", "echo a", "valid"),
    ("json", '{"a": $0}\n', "[1, 2", "incomplete"),
    ("json", '{"a": $0}\n', "[1, 2]]", "broken"),
    ("html", "<body>\n$0\n</body>\n", '<p class="one', "incomplete"),
    ("html", "<body>\n$0\n</body>\n", "<p>one</p>", "valid"),
    ("css", "$0\n", "a {", "incomplete"),
    ("css", "a { $0 }\n", "color: red;", "valid"),
]


@pytest.mark.parametrize(("language", "document", "text", "verdict"), OTHERS)
def test_other_languages(language, document, text, verdict):
    check(language, document, text, verdict)


def test_the_reason_is_in_words():
    assert hole("python", "x = 1\ny = $0\n").check("1 2").why == "adds 1 error at line 2"
    assert hole("none", "$0").check("x").why == "no grammar for this language"
    assert open_hole(languages()["json"], "", " " * 1_000_001).check("1").why == "file over 1 MB"
    assert hole("json", "$0").check(" " * 100_000).why == "answer too long to parse"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a()\n    b()\n    c(]", "a()\n    b()"),
        ("a()\n    if b:\n        c(]", "a()\n    if b:"),
        ("a()\n    b()", "a()\n    b()"),
        ("a(]\n    b()", ""),
        ("", ""),
    ],
)
def test_a_broken_text_is_cut_back_to_whole_lines(text, kept):
    assert cut_back(hole("python", "def f():\n    $0\n"), text) == kept


def test_what_is_cut_back_is_never_broken():
    place = hole("javascript", "function f() {\n  $0\n}\n")
    text = "".join(f"g({n});\n  " for n in range(300)) + ")]}"
    kept = cut_back(place, text)
    assert kept
    assert place.check(kept).gate is not Gate.BROKEN


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(languages())),
    st.text(st.sampled_from("ab01 \n\t(){}[]<>:;,.'\"`#/*=\\\0\r\ud800é🙂"), max_size=40),
    st.text(st.sampled_from("ab01 \n\t(){}[]<>:;,.'\"`#/*=\\\0\r\ud800é🙂"), max_size=40),
    st.text(max_size=20),
)
def test_any_text_gets_a_verdict_and_always_the_same(language, prefix, suffix, text):
    first = open_hole(languages()[language], prefix, suffix)
    again = open_hole(languages()[language], prefix, suffix)
    assert first.check(text) == first.check(text) == again.check(text)
    cut_back(first, text)


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from("ab(): \n'é"), max_size=30),
    st.text(st.sampled_from("ab(): \n'é"), max_size=30),
    st.text(st.sampled_from("ab(): \n'é"), max_size=12),
    st.text(st.sampled_from("ab(): \n'é"), max_size=12),
)
def test_an_earlier_version_changes_the_time_and_not_the_verdict(prefix, suffix, typed, text):
    python = languages()["python"]
    earlier = open_hole(python, prefix, suffix)
    fresh = open_hole(python, prefix + typed, suffix)
    assert open_hole(python, prefix + typed, suffix, earlier).check(text) == fresh.check(text)


def test_hostile_text_costs_bounded_work():
    place = hole("python", "x = 1\n$0\n")
    for text in ("(" * 60_000, "if x:\n" * 10_000, "'" * 60_000, "a." * 30_000):
        assert place.check(text).gate in Gate
