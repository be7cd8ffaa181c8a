"""``FILE[:RANGE]``: what people type, and what is meant by it."""

import click
import pytest

from fusionls.cli.selection import offsets, parse_selection
from fusionls.core.text import DocumentSnapshot

TEXT = "def f(a):\r\n    return a\fb\n\n\u20ac\U0001f600x = 1\rend"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(TEXT, encoding="utf-8", newline="")
    return tmp_path


def selected(text):
    selection = parse_selection(text)
    document = DocumentSnapshot("file:///app.py", "python", 0, TEXT)
    start, end = offsets(selection, document)
    return str(selection.file), TEXT[:start], TEXT[start:end]


@pytest.mark.parametrize(
    ("text", "before", "meant"),
    [
        ("app.py", "", TEXT),
        ("app.py:1", "", ""),
        # A cursor at what stands there, not at its indentation.
        ("app.py:2", "def f(a):\r\n    ", ""),
        ("app.py:2-2", "def f(a):\r\n", "    return a\fb"),
        ("app.py:1-2", "", "def f(a):\r\n    return a\fb"),
        ("app.py:2:5", "def f(a):\r\n    ", ""),
        ("app.py:4:3-4:4", "def f(a):\r\n    return a\fb\n\n\u20ac\U0001f600", "x"),
        ("app.py:1:5-2:11", "def ", "f(a):\r\n    return"),
        ("app.py:5:4", TEXT, ""),
        ("app.py:3-3", "def f(a):\r\n    return a\fb\n", ""),
    ],
)
def test_what_is_meant(folder, text, before, meant):
    assert selected(text) == ("app.py", before, meant)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app.py:0", "line 0 is outside app.py, which has 5 lines"),
        ("app.py:6", "line 6 is outside app.py, which has 5 lines"),
        ("app.py:1-9", "line 9 is outside app.py"),
        ("app.py:1:11", "column 11 is outside line 1 of app.py, which has columns 1 to 10"),
        ("app.py:1:0", "column 0 is outside"),
        ("app.py:3-2", "the range in app.py ends before it begins"),
        ("app.py:2:4-2:3", "ends before it begins"),
        ("app.py:", "write FILE"),
        *((f"app.py:{part}", "write FILE") for part in ("1-", "-3", "1:2-3", "1-2:3", "1,5", "L3")),
        *(
            (f"app.py:{part}", "write FILE")
            for part in ("1:2:3", "99999999999", "1 - 2", "1:2-3:4-5")
        ),
    ],
)
def test_what_means_nothing(folder, text, sentence):
    with pytest.raises(click.UsageError, match=sentence.replace("(", r"\(")):
        selected(text)


@pytest.mark.parametrize(
    ("text", "file", "line"),
    [
        ("C:\\code\\app.py", "C:\\code\\app.py", None),
        ("C:\\code\\app.py:12", "C:\\code\\app.py", 12),
        ("C:/code/my app.py:12:3-14:1", "C:/code/my app.py", 12),
        ("absent.py:7", "absent.py", 7),
        ("absent.py:7:1", "absent.py", 7),
        (":7", ":7", None),
        ("a:b:c", "a:b:c", None),
        ("\u0665.py:\u0665", "\u0665.py:\u0665", None),
    ],
)
def test_names_with_colons(folder, text, file, line):
    found = parse_selection(text)
    assert str(found.file) == file
    assert (found.start.line if found.start else None) == line


def test_a_file_that_is_there_wins(folder):
    (folder / "app.py:5").write_text("x")
    assert str(parse_selection("app.py:5").file) == "app.py:5"
    assert str(parse_selection("app.py:5:1").file) == "app.py:5"
    assert str(parse_selection("app.py:5-5").file) == "app.py"
    assert str(parse_selection("app.py:4:1-5:1").file) == "app.py"


@pytest.mark.parametrize("text", ["x" * 5000 + ":1", ":" * 3000, "1:" * 2000, ":1-" * 900, "\n:1"])
def test_strange_names_are_only_names(folder, text):
    parse_selection(text)
