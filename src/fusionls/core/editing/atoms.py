"""Atoms: what an edit does to one place of the text before."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What an atom does. The last four change nothing that runs."""

    INSERT = "insert"
    DELETE = "delete"
    REPLACE = "replace"
    RENAME = "rename"
    IMPORT = "import"
    TYPE = "type"
    COMMENT = "comment"
    DOC = "doc"
    LAYOUT = "layout"


# What stands beside other changes of one function without having to do with them.
INERT = frozenset((Kind.TYPE, Kind.COMMENT, Kind.DOC, Kind.LAYOUT))

Key = tuple[str, ...]
# Nodes whose children are statements.
_BLOCKS = frozenset(
    (
        "block",
        "statement_block",
        "statement_list",
        "constructor_body",
        "compound_statement",
        "body_statement",
    )
)


@dataclass(frozen=True, slots=True)
class Atom:
    """``file`` from ``start`` to ``end`` (code points of the text before) becomes ``text``.

    ``key`` is the same for atoms that do the same, ``shape`` for those that do the same elsewhere, () where
    nothing can be said. ``place`` is the function in which it stands (file, begin), or the atom itself
    where it stands by itself (``alone``). ``slot`` is what an insertion lies between. ``commutes``: the
    insertion may stand beside another one of its slot. ``binds`` are names it gives, ``gone`` names
    whose definition it takes, ``used`` its words, ``fresh`` the names in it that the file did not have,
    ``dropped`` the words that it removes, and ``within`` the names of the definitions around it. ``twin`` is
    the text of a new definition without its own name, and ``moved`` are the tokens of what is only put in or
    only taken away.
    """

    file: str
    start: int
    end: int
    text: str
    kind: Kind
    key: Key
    shape: Key = ()
    place: Key = ()
    alone: bool = False
    slot: tuple[int, int] = (0, 0)
    container: int = -1
    commutes: bool = False
    outer: bool = False
    binds: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    within: tuple[str, ...] = ()
    twin: str = field(default="", compare=False)
    moved: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_statement(self) -> bool:
        """A statement is put into a block."""
        return self.shape[:1] == ("insert",) and self.shape[1] in _BLOCKS

    @property
    def inserts(self) -> bool:
        """Nothing of the text before is taken."""
        return self.start == self.end


_TOKEN = re.compile(r"\w+|[^\w\s]")


def folded(text: str) -> str:
    """Return the tokens of a text: equal for texts that differ in layout only."""
    return " ".join(_TOKEN.findall(text))


def tokens(text: str) -> list[str]:
    """Return words and signs."""
    return _TOKEN.findall(text)


def applied(before: str, atoms: Iterable[Atom]) -> str | None:
    """Return the text with atoms done, None where two of them take the same characters.

    Insertions at one place stand in the order in which they are given.
    """
    parts: list[str] = []
    at = 0
    for atom in sorted(atoms, key=lambda atom: (atom.start, atom.end)):
        if atom.start < at or atom.end > len(before):
            return None
        parts += (before[at : atom.start], atom.text)
        at = atom.end
    return "".join((*parts, before[at:]))


def on_lines(before: str, start: int, end: int, text: str) -> tuple[int, int, str]:
    """Return the same insertion or deletion as whole lines where it can be said so.

    ``a{b\\na}`` and ``{a\\nb}a`` are one change; blanks are moved to its end, or one line end to its front.
    """
    if start != end and text:
        return start, end, text
    low, high, moved = start, end, text or before[start:end]
    while (
        low > 0
        and not _at_line(before, low)
        and moved[-1:] == before[low - 1]
        and moved[-1] in " \t"
    ):
        low, high, moved = low - 1, high - 1, before[low - 1] + moved[:-1]
    if not _at_line(before, low):
        low, high, moved = start, end, text or before[start:end]
        while high < len(before) and not _at_line(before, low) and moved[:1] == before[high]:
            if moved[0] not in " \t\r\n":
                return start, end, text
            low, high, moved = low + 1, high + 1, moved[1:] + moved[0]
    if not _at_line(before, low):
        return start, end, text
    return (low, high, "") if not text else (low, high, moved)


def _at_line(text: str, at: int) -> bool:
    if at == 0:
        return True
    return text[at - 1] == "\n" or (text[at - 1] == "\r" and text[at : at + 1] != "\n")
