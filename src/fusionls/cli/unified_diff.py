"""Unified diffs that ``git apply`` and ``patch`` take, of texts with any line ends.

For both programs a line ends at a line feed and at nothing else: a carriage return, a form feed or U+2028 is
a character of its line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

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
    groups = _groups(before, after)
    if not groups:
        return
    old = NO_FILE if change.before is None else _name(f"a/{change.name}")
    yield f"--- {old}\n"
    yield f"+++ {_name(f'b/{change.name}')}\n"
    for group in groups:
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@\n"
        for tag, low, high, start, end in group:
            if tag == "equal":
                yield from _marked(" ", before[low:high])
            else:
                yield from _marked("-", before[low:high])
                yield from _marked("+", after[start:end])


_Opcode = tuple[str, int, int, int, int]


def _groups(before: list[str], after: list[str]) -> list[list[_Opcode]]:
    """Return what is the same and what is not, in groups with some lines around them.

    What both begin and end with is left out first: comparing takes long in long files.
    """
    most = min(len(before), len(after))
    head = next((n for n in range(most) if before[n] != after[n]), most)
    most -= head
    tail = next((n for n in range(most) if before[-1 - n] != after[-1 - n]), most)
    front, back = max(head - CONTEXT, 0), max(tail - CONTEXT, 0)
    if head == len(before) == len(after):
        return []
    matcher = SequenceMatcher(
        None, before[front : len(before) - back], after[front : len(after) - back]
    )
    return [
        [(tag, a + front, b + front, c + front, d + front) for tag, a, b, c, d in group]
        for group in matcher.get_grouped_opcodes(CONTEXT)
    ]


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
