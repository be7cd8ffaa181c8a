"""Unified diffs that ``git apply`` and ``patch`` take, of texts with any line ends.

For both programs a line ends at a line feed and at nothing else: a carriage return, a form feed or U+2028 is
a character of its line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fusionls.core.editing.alignment import aligned

# As many lines around a change as everybody shows.
CONTEXT = 3
NO_FILE = "/dev/null"
NO_LINE_END = "\\ No newline at end of file"
# What is quoted in names as in C, by git and by GNU patch from 2.7 on.
_QUOTED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after. ``before`` is None for one that does not exist yet.

    ``name`` is its path with slashes, from the folder where the diff is to be applied.
    """

    name: str
    before: str | None
    after: str


def unified_diff(changes: Sequence[FileChange]) -> str:
    """Return the changes as one diff; "" where nothing changes."""
    return "".join(line for change in changes for line in _file_lines(change))


def _file_lines(change: FileChange) -> Iterator[str]:
    before, after = _lines(change.before or ""), _lines(change.after)
    groups = _groups(_changes(before, after))
    if not groups:
        return
    old = NO_FILE if change.before is None else _name(f"a/{change.name}")
    yield f"--- {old}\n"
    yield f"+++ {_name(f'b/{change.name}')}\n"
    for group in groups:
        first, last = group[0], group[-1]
        front = min(first.low, CONTEXT)
        back = min(len(before) - last.high, CONTEXT)
        old_span = _span(first.low - front, last.high + back)
        yield f"@@ -{old_span} +{_span(first.start - front, last.end + back)} @@\n"
        at = first.low - front
        for one in group:
            yield from _marked(" ", before[at : one.low])
            yield from _marked("-", before[one.low : one.high])
            yield from _marked("+", after[one.start : one.end])
            at = one.high
        yield from _marked(" ", before[at : at + back])


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines ``low`` to ``high`` before are ``start`` to ``end`` after."""

    low: int
    high: int
    start: int
    end: int


def _changes(before: list[str], after: list[str]) -> list[_Change]:
    pairs = [(-1, -1), *aligned(before, after), (len(before), len(after))]
    changes = (_Change(i + 1, k, j + 1, m) for (i, j), (k, m) in pairwise(pairs))
    return [one for one in changes if one.low < one.high or one.start < one.end]


def _groups(changes: Iterable[_Change]) -> list[list[_Change]]:
    """Return the changes in groups: those whose lines around them would meet are together."""
    groups: list[list[_Change]] = []
    for one in changes:
        if groups and one.low - groups[-1][-1].high <= 2 * CONTEXT:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _lines(text: str) -> list[str]:
    """Return the lines with their line feeds; the last one may have none."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _span(start: int, end: int) -> str:
    """Return a range of lines as a hunk's header has it: an empty one is named by the line before."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _marked(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line if line.endswith("\n") else f"{sign}{line}\n{NO_LINE_END}\n"


def _name(name: str) -> str:
    """Return a name as a header has it: quoted where it must be, ended where it has blanks."""
    if any(sign in _QUOTED or sign < " " or sign == "\x7f" for sign in name):
        return '"' + "".join(map(_escaped, name)) + '"'
    return f"{name}\t" if " " in name else name


def _escaped(sign: str) -> str:
    if sign in _QUOTED:
        return _QUOTED[sign]
    return f"\\{ord(sign):03o}" if sign < " " or sign == "\x7f" else sign
