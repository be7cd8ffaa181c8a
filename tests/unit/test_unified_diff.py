"""Unified diffs: applied to the text before they give the text after, to the byte."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.cli.unified_diff import FileChange, unified_diff

HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n")


def lines_of(text):
    """Return the lines as ``patch`` sees them."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def applied(diff, before):
    """Apply the diff of one file as ``patch`` does, and refuse everything that is not to the letter."""
    rows = lines_of(diff)
    assert rows[0].startswith("--- ")
    assert rows[1].startswith("+++ ")
    old, new, at, position = lines_of(before), [], 0, 2
    while position < len(rows):
        header = HEADER.fullmatch(rows[position])
        assert header, rows[position]
        start, length, new_start, new_length = (
            int(group) if group else 1 for group in header.groups()
        )
        # An empty range is named by the line before it.
        start, new_start = start - (length > 0), new_start - (new_length > 0)
        new += old[at:start]
        at = start
        assert len(new) == new_start
        position += 1
        while length or new_length:
            sign, line = rows[position][0], rows[position][1:]
            position += 1
            if position < len(rows) and rows[position].startswith("\\ "):
                line = line.removesuffix("\n")
                position += 1
            if sign in " -":
                assert old[at] == line
                at, length = at + 1, length - 1
            if sign in " +":
                new.append(line)
                new_length -= 1
    return "".join(new + old[at:])


PIECES = st.sampled_from(
    ["a", "b", "\n", "\r\n", "\r", "\f", "\u2028", "\x85", "-- x", "+", "@@ -1 +1 @@", " ", "\\ No"]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(before=TEXTS, after=TEXTS)
def test_the_diff_leads_from_before_to_after(before, after):
    diff = unified_diff([FileChange("a.py", before, after)])
    assert (diff == "") is (before == after)
    if diff:
        assert applied(diff, before) == after


@given(text=TEXTS, cuts=st.lists(st.tuples(st.integers(0, 40), TEXTS), min_size=1, max_size=3))
def test_so_does_one_with_long_texts_around(text, cuts):
    around = "".join(f"line {n}\n" for n in range(50))
    before = around + text + around
    after = before
    for at, put in cuts:
        after = after[: at * 13] + put + after[at * 13 + 5 :]
    diff = unified_diff([FileChange("a.py", before, after)])
    assert before == after or applied(diff, before) == after


def test_it_looks_as_everybody_knows_it():
    before = "".join(f"{n}\n" for n in range(1, 21))
    after = before.replace("5\n", "five\n", 1).replace("18\n", "", 1)
    assert unified_diff([FileChange("src/a.py", before, after)]) == (
        "--- a/src/a.py\n+++ b/src/a.py\n"
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        "@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n"
    )


def test_a_new_file_comes_from_nowhere():
    assert unified_diff([FileChange("t/new.py", None, "x = 1")]) == (
        "--- /dev/null\n+++ b/t/new.py\n@@ -0,0 +1 @@\n+x = 1\n\\ No newline at end of file\n"
    )


def test_files_that_stay_are_not_in_it():
    changes = [
        FileChange("a", "x\n", "x\n"),
        FileChange("b", "x\n", "y\n"),
        FileChange("c", "", ""),
    ]
    assert unified_diff(changes) == "--- a/b\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("my file.py", "--- a/my file.py\t"),
        ('say "x".py', '--- "a/say \\"x\\".py"'),
        ("two\nlines\x1b.py", '--- "a/two\\nlines\\033.py"'),
        ("\u20ac.py", "--- a/\u20ac.py"),
    ],
)
def test_names_are_written_so_that_they_are_read_back(name, shown):
    assert unified_diff([FileChange(name, "x\n", "y\n")]).split("\n")[0] == shown


def test_a_long_file_takes_no_time():
    lines = [f"line {n % 50}\n" for n in range(10_000)]
    after = [*lines[:10], "new\n", *lines[12:5000], "other\n", *lines[5000:9990]]
    diff = unified_diff([FileChange("a.py", "".join(lines), "".join(after))])
    assert applied(diff, "".join(lines)) == "".join(after)
