"""Patterns as git writes them, and no pattern of a project that hangs the server."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from fusionls.core.path_patterns import PathPatterns, folded, pattern_of

PIECES = ["a", "b", "c", "*", "?", "ab", "**", "\\*", ".", "[ab]", "[a-c]", "[]a]", "-", "^"]
SEGMENT = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
PATTERN = st.builds(
    lambda begin, segments, end: begin + "/".join(segments) + end,
    st.sampled_from(["", "", "", "/"]),
    st.lists(SEGMENT | st.just("**"), min_size=1, max_size=4),
    st.sampled_from(["", "", "", "/"]),
)
NAME = st.text(st.sampled_from("abc.*^-"), min_size=1, max_size=4).filter(
    lambda n: n not in (".", "..")
)
PATH = st.lists(NAME, min_size=1, max_size=5).map("/".join)


@settings(max_examples=1500, deadline=None)
@given(PATTERN, PATH)
def test_patterns_mean_what_they_mean_to_git(pattern, path):
    """pathspec is an independent reading of git's rules."""
    if "**/**" in pattern or pattern.endswith("**/"):
        return  # Git and pathspec differ here.
    expected = bool(GitIgnoreSpec.from_lines([pattern]).match_file(path))
    assert PathPatterns([pattern]).match(path) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("hr", "a/hr/x.py", True),
        ("hr/", "hr", False),
        ("hr/", "hr/x", True),
        ("/hr", "a/hr", False),
        ("hr/**", "hr/a/b", True),
        ("a/**/b", "a/b/c", True),
        ("*.SQL", "db/Dump.sql", True),
        ("HR/", "hr/x", True),
        ("stra\u00dfe", "STRASSE/x", True),
        ("caf\u00e9", "cafe\u0301/x", True),
        ("a b\\ ", "a b ", True),
        ("a b ", "a b", True),
        ("\\#x", "#x", True),
        ("\\!x", "!x", True),
        ("[[:upper:]]1", "a1", True),
        ("[!a]x", "bx", True),
        ("[!a]x", "/x", False),
        ("a?c", "a/c", False),
    ],
)
def test_cases(pattern, path, found):
    assert PathPatterns([pattern]).match(folded(path)) is found


@pytest.mark.parametrize("line", ["!x", "[", "a[", "x\\", "a//b", "[[:nothing:]]"])
def test_what_cannot_be_used_is_told(line):
    patterns = PathPatterns([line, "", "# words", "x"])
    assert patterns.unread == (line,)
    assert patterns.match("x")


@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        ("build", "build/", True),
        ("build", "a/build", True),
        ("build/", "build", False),
        ("build", "build/x", False),
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/b/c/", True),
        ("**/c", "c", True),
        ("/A", "a", False),
        ("*a*b*", "xaybz", True),
    ],
)
def test_a_line_of_an_ignore_file_means_the_path_itself(line, path, found):
    regex = pattern_of(line)
    assert regex is not None
    assert bool(regex.match(path)) is found


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 255),
        ("a/**/" * 20 + "b", "a/" * 2000 + "c"),
        ("*a*a*a*b/" * 4 + "x", ("a" * 200 + "/") * 20),
        ("[ab]*" * 60 + "c", "ab" * 127),
        ("**/*a*a*a*a*b/**/c", ("a" * 250 + "/") * 16),
    ],
)
def test_no_pattern_takes_long(pattern, path):
    """With a matcher that tries every way, each of these takes minutes or more."""
    regex = pattern_of(pattern)
    assert regex is not None
    start = time.process_time()
    assert not PathPatterns([pattern]).match(path)
    assert not regex.match(path)
    assert time.process_time() - start < 1
