"""How deep a missing line is and whether it opens a block: what is asked and what is answered."""

import re
from dataclasses import dataclass

from fusionls.core.structure.rows import Row, Rows

MOST_PLACES = 3
_SUBJECT = re.compile(r"([\w.]+)\s*(?:\[.*?\])?\s*(?:[-+*/%|&^@]|//|\*\*|<<|>>)?(?:=(?!=)|\()")
_FIRST_WORD = re.compile(r"[@#]?\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the line may stand, and whether it opens a block if it stands there (None: not known)."""

    indent: str
    opens: bool | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the missing line, likeliest first, at least one.

    ``closers`` are the texts behind that only this line can have opened, innermost first.
    """

    places: tuple[Place, ...]
    closers: tuple[str, ...] = ()

    @property
    def opens(self) -> bool | None:
        """Whether the line opens a block, None if that is not known or depends on its place."""
        first = {place.opens for place in self.places[:2]}
        return first.pop() if len(first) == 1 else None


@dataclass(frozen=True, slots=True)
class Around:
    """The rows around the missing line. ``whole`` tells that nothing of the document was cut off."""

    before: Rows
    after: Rows
    whole: bool

    @property
    def above(self) -> Row | None:
        """The nearest row above with code."""
        return next((row for row in reversed(self.before.rows) if row.code), None)

    @property
    def below(self) -> Row | None:
        """The nearest row below with code."""
        return next((row for row in self.after.rows if row.code), None)

    @property
    def comment(self) -> Row | None:
        """The comment that stands right above, without a blank line between."""
        row = self.before.rows[-2] if len(self.before.rows) > 1 else None
        return row if row and row.written and not row.code and not row.inside else None

    @property
    def gap_above(self) -> int:
        """How many blank lines are right above. The last row is the missing line itself."""
        return _blank_rows(self.before.rows[-2::-1])

    @property
    def gap_below(self) -> int:
        """How many blank lines are right below."""
        return _blank_rows(self.after.rows)


def laid_out(places: list[Place], closers: tuple[str, ...] = ()) -> Layout:
    """Return the layout of these places, without those that were there before."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.indent, place)
    return Layout(tuple(first.values())[:MOST_PLACES] or (Place(""),), closers)


def first_word(code: str) -> str:
    """Return the word that a row begins with, empty if it begins with none."""
    match = _FIRST_WORD.match(code)
    return match.group() if match else ""


def subject(code: str) -> str:
    """Return what a statement is about: the target of an assignment, the callee, or its first word."""
    match = _SUBJECT.match(code)
    return match.group(1) if match else first_word(code)


def _blank_rows(rows: tuple[Row, ...]) -> int:
    return next((count for count, row in enumerate(rows) if row.written), len(rows))
