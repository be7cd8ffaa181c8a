"""A piece of a document as rows: their indentation, their code without strings and comments.

Read by patterns like ``core/openings.py``, because a piece that is being typed in is seldom a program.
"""

import re
from dataclasses import dataclass

from fusionls.core.language import Language
from fusionls.core.openings import VOID, scanning_pattern
from fusionls.core.text import indentation

# How wide a tab counts beside blanks: only a file that mixes both can tell the difference.
TAB_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``code`` is its text with strings emptied and comments left out, stripped.

    ``inside`` tells that it begins inside a string or a comment, ``depth`` how many brackets are open
    at its start, ``written`` that there is something on it, be it a comment.
    """

    indent: str
    code: str
    depth: int
    inside: bool
    written: bool

    @property
    def width(self) -> int:
        """The width of the indentation in columns."""
        return width_of(self.indent)


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket: the text that closes it, the number of its row, and the width of what is before its end.

    ``hangs`` tells that nothing follows it on its row, so that nothing is aligned with it.
    """

    closer: str
    row: int
    end: int = 0
    hangs: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a piece, the brackets left open at its end, and the closers nothing opened.

    ``stack`` is outermost first, ``unmatched`` in order of the text. ``quote`` closes the string or
    comment that the piece ends in, empty if it ends in neither.
    """

    rows: tuple[Row, ...]
    stack: tuple[Bracket, ...]
    unmatched: tuple[Bracket, ...]
    quote: str


def width_of(indent: str) -> int:
    """Return the width of an indentation in columns."""
    return len(indent.expandtabs(TAB_WIDTH))


def read_rows(language: Language, text: str) -> Rows:
    """Return the rows of ``text``, which begins outside strings, comments and brackets.

    Its lines end at ``\\n`` only.
    """
    reader = _Reader(language, text)
    return reader.rows()


class _Reader:
    """One pass over a piece."""

    def __init__(self, language: Language, text: str) -> None:
        self._language = language
        self._text = text
        self._row = 0
        self._masked: list[str] = []
        self._stack: list[Bracket] = []
        self._unmatched: list[Bracket] = []
        self._inside: set[int] = set()
        self._depths: dict[int, int] = {}
        self._quote = ""
        starts = (language.line_comment, *(start for start, _ in language.comments))
        self._comments = tuple(start for start in starts if start)

    def rows(self) -> Rows:
        position = 0
        for match in scanning_pattern(self._language).finditer(self._text):
            self._plain(self._text[position : match.start()])
            group, found = match.lastgroup or "", match.group()
            position = match.end()
            if not group:
                self._hidden(found)
            elif group[0] == "q":
                self._quote = found
                self._hidden(self._text[match.start() :])
                position = len(self._text)
                break
            else:
                self._bracket(group, match)
                self._plain(found)
                self._depths[self._row + 1] = len(self._stack)
        self._plain(self._text[position:])
        codes = "".join(self._masked).split("\n")
        rows = tuple(self._rows_of(codes))
        return Rows(rows, tuple(self._stack), tuple(self._unmatched), self._quote)

    def _rows_of(self, codes: list[str]) -> list[Row]:
        rows: list[Row] = []
        depth = 0
        for number, raw in enumerate(self._text.split("\n")):
            depth = self._depths.get(number, depth)
            indent = indentation(raw)
            code = codes[number].strip() if number < len(codes) else ""
            rows.append(Row(indent, code, depth, number in self._inside, bool(raw.strip())))
        return rows

    def _plain(self, text: str) -> None:
        self._masked.append(text)
        self._row += text.count("\n")

    def _hidden(self, text: str) -> None:
        if not text.startswith(self._comments):
            self._masked.append('""')
        breaks = text.count("\n")
        if breaks:
            self._inside.update(range(self._row + 1, self._row + breaks + 1))
            self._plain("\n" * breaks)

    def _bracket(self, group: str, match: re.Match[str]) -> None:
        closer = found = match.group()
        if group[0] == "o":
            start = self._text.rfind("\n", 0, match.start()) + 1
            stop = self._text.find("\n", match.end())
            rest = self._text[match.end() : stop if stop >= 0 else None]
            end = width_of(self._text[start : match.end()])
            closer = self._language.pairs[int(group[1:])][1]
            self._stack.append(Bracket(closer, self._row, end, not rest.strip()))
            return
        if group == "tag":
            name = re.sub(r"[</]", "", found).lower()
            if name in VOID:
                return
            closer = f"</{name}>"
            if not found.startswith("</"):
                self._stack.append(Bracket(closer, self._row))
                return
        open_closers = [bracket.closer for bracket in self._stack]
        if closer not in open_closers:
            self._unmatched.append(Bracket(closer, self._row))
            return
        while self._stack.pop().closer != closer:
            pass


def step_of(rows: tuple[Row, ...]) -> str:
    """Return one step of indentation: the least by which a row is deeper than the one above it."""
    found: dict[str, int] = {}
    above = ""
    for row in rows:
        if not row.code or row.inside:
            continue
        if row.indent.startswith(above) and len(row.indent) > len(above):
            step = row.indent[len(above) :]
            found[step] = found.get(step, 0) + 1
        above = row.indent
    if not found:
        return "\t" if any(row.indent.startswith("\t") for row in rows) else "    "
    return max(found, key=lambda step: (found[step], -len(step)))
