"""The text of a document, and how it is cut into lines.

Offsets are code points. Lines end at ``\\n``, ``\\r\\n`` or ``\\r`` and at nothing else (Language Server
Protocol 3.17, "Text Documents"): ``str.splitlines()`` also splits at U+2028, form feed and others,
and must not be used.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

_LINE_END = re.compile(r"\r\n|\n|\r")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class DocumentSnapshot:
    """One version of a document. It never changes; an edit makes another one."""

    uri: str
    language_id: str
    version: int
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = (0, *(match.end() for match in _LINE_END.finditer(self.text)))
        object.__setattr__(self, "line_starts", starts)

    def line(self, number: int) -> str:
        """Return line ``number`` (from 0) without its line end. Raises IndexError beyond the last."""
        return strip_line_end(self.text[self.line_starts[number] : self.line_end(number)])

    def line_end(self, number: int) -> int:
        """Return the offset just behind line ``number`` (from 0), its line end included."""
        following = number + 1
        if following < len(self.line_starts):
            return self.line_starts[following]
        return len(self.text)

    def line_at(self, offset: int) -> int:
        """Return the number (from 0) of the line that ``offset`` stands in."""
        return bisect_right(self.line_starts, offset) - 1


def strip_line_end(line: str) -> str:
    """Return ``line`` without one line end."""
    return line.removesuffix("\n").removesuffix("\r")


def split_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without their ends. Empty text has one empty line."""
    return _LINE_END.split(text)


def lines_with_ends(text: str) -> list[str]:
    """Return the lines of ``text``, each with its own line end. ``"".join()`` gives the text back."""
    cuts = [match.end() for match in _LINE_END.finditer(text)]
    bounds = [0, *cuts, len(text)]
    lines = [text[a:b] for a, b in pairwise(bounds)]
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def first_content_line(text: str) -> str:
    """Return the first line of ``text`` that is not blank, or ``""`` if there is none."""
    return next((line for line in split_lines(text) if line.strip()), "")


def fold_blanks(line: str) -> str:
    """Return ``line`` with every run of white space as one blank, and none at the ends."""
    return " ".join(line.split())


def indentation(line: str) -> str:
    """Return the blanks and tabs at the start of ``line``."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def line_end_of(text: str) -> str:
    """Return the line end that ``text`` uses first, ``"\\n"`` if it has none."""
    match = _LINE_END.search(text)
    return match.group() if match else "\n"


def without_lone_surrogates(text: str) -> str:
    """Return ``text`` with lone surrogates, which no encoding can carry, as U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)
