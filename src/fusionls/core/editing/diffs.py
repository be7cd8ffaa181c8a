"""Unified diffs as models write them: with wrong line numbers, without headers, with prose around."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fusionls.core.text import split_lines

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_STARTS = (
    "diff --git ",
    "index ",
    "new file",
    "deleted file",
    "similarity ",
    "rename ",
    "old mode",
)
# More hunks than a person could review.
MOST_HUNKS = 2_000
NO_FILE = "/dev/null"


@dataclass(slots=True)
class DiffHunk:
    """Lines before and after, without ends. ``line`` is where they begin (from 0), -1 if nobody said."""

    line: int
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FileDiff:
    """The hunks for one file, by its names before and after ("" where none is given)."""

    old_name: str
    new_name: str
    hunks: list[DiffHunk] = field(default_factory=list)


class TooManyHunksError(ValueError):
    """Over ``MOST_HUNKS``."""


def looks_like_diff(text: str) -> bool:
    """Tell whether ``text`` is a unified diff: it has a line of ``@@``, or both names of a file."""
    if "@@" not in text and "\n+++ " not in text:
        return False
    lines = split_lines(text)
    return any(line.startswith("@@") for line in lines) or any(
        _is_header(lines, at) for at in range(len(lines))
    )


def file_diffs(text: str) -> tuple[FileDiff, ...]:
    """Return what a diff says. Raises TooManyHunksError."""
    found: list[FileDiff] = []
    lines = split_lines(text)
    count = at = 0
    while at < len(lines):
        if _is_header(lines, at):
            found.append(FileDiff(_name(lines[at][4:]), _name(lines[at + 1][4:])))
            at += 2
        elif lines[at].startswith("@@"):
            if not found:
                found.append(FileDiff("", ""))
            count += 1
            if count > MOST_HUNKS:
                raise TooManyHunksError
            hunk, at = _hunk(lines, at)
            found[-1].hunks.append(hunk)
        else:
            at += 1
    return tuple(one for one in found if one.hunks)


def _name(text: str) -> str:
    name = text.partition("\t")[0].strip().strip('"')
    return name[2:] if name[:2] in ("a/", "b/") else name


def _hunk(lines: list[str], at: int) -> tuple[DiffHunk, int]:
    """Read the hunk at ``lines[at]`` by its counts; where they are wrong, up to what is no line of it."""
    head = _HUNK.match(lines[at])
    if head is not None:
        old, new = (int(n) if n is not None else 1 for n in (head[2], head[4]))
        counted = _counted(lines, at + 1, int(head[1]), old, new)
        if counted is not None:
            return counted
    hunk = DiffHunk(int(head[1]) - 1 if head is not None else -1)
    at += 1
    end = at + sum(1 for _ in _body(lines, at))
    while end > at and not lines[end - 1]:
        end -= 1
    for text in lines[at:end]:
        _add(hunk, text)
    return hunk, max(end, at)


def _counted(
    lines: list[str], at: int, first: int, old: int, new: int
) -> tuple[DiffHunk, int] | None:
    """Return the hunk if exactly the counted lines are there, and no more follow."""
    if old + new > 2 * (len(lines) - at) + 2:
        return None
    # `-0,0` and the like stand behind line 0.
    hunk = DiffHunk(first - 1 if old else first)
    while (old > 0 or new > 0) and at < len(lines):
        sign = lines[at][:1]
        if sign not in ("", " ", "-", "+", "\\"):
            return None
        old -= sign in ("", " ", "-")
        new -= sign in ("", " ", "+")
        _add(hunk, lines[at])
        at += 1
    if at < len(lines) and lines[at].startswith("\\"):
        at += 1
    more = at < len(lines) and lines[at][:1] in ("+", "-", " ") and not _is_header(lines, at)
    return None if old or new or (more and lines[at].strip()) else (hunk, at)


def _is_header(lines: list[str], at: int) -> bool:
    if not lines[at].startswith("--- "):
        return False
    return at + 1 < len(lines) and lines[at + 1].startswith("+++ ")


def _body(lines: list[str], at: int) -> Iterator[str]:
    while at < len(lines):
        line = lines[at]
        if line.startswith(("@@", *_STARTS)) or _is_header(lines, at):
            return
        if line and line[0] not in " +-\\":
            return
        yield line
        at += 1


def _add(hunk: DiffHunk, line: str) -> None:
    sign, text = line[:1], line[1:]
    if sign == "\\":
        return
    if sign != "+":
        hunk.old.append(text)
    if sign != "-":
        hunk.new.append(text)
