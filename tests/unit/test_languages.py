import sys

import pytest
import tree_sitter

from fusionls.core.languages import language_for, languages
from fusionls.core.syntax import HoleTree

# One complete document of each language: also the proof that the grammar's wheel is installed.
DOCUMENTS = {
    "bash": "for f in *.txt; do\n  if [ -f $f ]; then\n    echo ok\n  fi\ndone\n",
    "c": "int main(void) {\n  return 0;\n}\n",
    "c-sharp": "class A {\n  void F() { G(1); }\n}\n",
    "cpp": "namespace a {\nclass B { int c; };\n}\n",
    "css": "a { color: red; }\n",
    "go": "package a\n\nfunc f() int {\n\treturn 1\n}\n",
    "html": "<p>one<br>two</p>\n",
    "java": "class A {\n  void f() { g(1); }\n}\n",
    "javascript": "const f = (a) => <b>{a}</b>;\n",
    "json": '{"a": [1, 2]}\n',
    "php": "<?php\nfunction f($x) { return $x; }\n",
    "python": "def f(x):\n    return x\n",
    "lua": "local function f(x)\n  return x + 1\nend\n",
    "ruby": "def f(x)\n  x.each do |y|\n    puts y\n  end\nend\n",
    "rust": "fn f(x: &'static str) -> i32 { 1 }\n",
    "tsx": "const f = (a: string) => <b>{a}</b>;\n",
    "typescript": "const f = (a: string): number => 1;\n",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_grammar_reads_its_language(name):
    language = languages()[name]
    assert HoleTree(language, DOCUMENTS[name], "").problems == ()
    assert tree_sitter.Language(language.grammar()).abi_version >= 13


def test_every_language_has_a_document_here_or_comes_with_its_own_test():
    assert set(DOCUMENTS) <= set(languages())


@pytest.mark.parametrize(
    ("language_id", "path", "name"),
    [
        ("python", "anything.txt", "python"),
        ("javascriptreact", "", "javascript"),
        ("typescriptreact", "a.ts", "tsx"),
        ("csharp", "", "c-sharp"),
        ("shellscript", "", "bash"),
        ("", "src/Main.JAVA", "java"),
        ("", "C:\\src\\a.hpp", "cpp"),
        ("unknown-to-us", "a.rb", "ruby"),
        ("plaintext", "notes.txt", None),
        ("", "Makefile", None),
        ("", "", None),
    ],
)
def test_a_document_finds_its_language(language_id, path, name):
    found = language_for(language_id, path)
    assert (found.name if found else None) == name


def test_no_id_and_no_extension_belongs_to_two_languages():
    for field in ("ids", "extensions"):
        owned = [value for language in languages().values() for value in getattr(language, field)]
        assert len(owned) == len(set(owned))


def test_importing_a_language_imports_no_grammar():
    languages()
    for name, module in list(sys.modules.items()):
        if name.startswith("fusionls.core.languages."):
            assert not [word for word in vars(module) if word.startswith("tree_sitter")], name
