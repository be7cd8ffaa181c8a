"""The place of a missing line where indentation makes the blocks, as in Python.

The orders below are counted on 501 holes of one line in small functions and on 1181 in the standard
library of Python: which of the possible levels the line that was there had.
"""

from dataclasses import dataclass, replace

from fusionls.core.language import Language
from fusionls.core.structure.layout import Around, Layout, Place, first_word, laid_out, subject
from fusionls.core.structure.rows import Row, Rows, step_of, width_of


@dataclass(frozen=True, slots=True)
class _Text:
    """What the rules below read: the open rows, innermost first, and how far the text below is in."""

    language: Language
    around: Around
    rows: tuple[Row, ...]
    step: str
    follows: int

    def place(self, indent: str) -> Place:
        """A line at ``indent`` opens a block exactly if what follows is deeper."""
        return Place(indent, self.follows > width_of(indent))


def indented_layout(language: Language, around: Around) -> Layout:
    """Return the places of the missing line: levels that are open above, as the text below allows."""
    opened = around.after.unmatched
    if opened:
        return _with_bracket(language, around)
    rows, below, above = around.before.rows, around.below, around.above
    open_rows = _open_rows(rows)
    step = step_of(rows + around.after.rows)
    text = _Text(language, around, open_rows, step, below.width if below else 0)
    if not open_rows or above is None:
        return laid_out(_at_start(text, below))
    base = open_rows[0].indent
    if above.code.endswith(language.block_end) and not above.inside:
        return laid_out([text.place(base + step)])
    allowed = _allowed(text)
    ranked = _ranked(text, allowed)
    return laid_out([text.place(indent) for indent in ranked] or [text.place(base)])


def _with_bracket(language: Language, around: Around) -> Layout:
    """The line opens a bracket that the text below closes: it stands as the row behind that tells."""
    after = around.after
    rest = Rows(after.rows[after.unmatched[-1].row + 1 :], (), (), after.quote)
    layout = indented_layout(language, replace(around, after=rest))
    closers = tuple(bracket.closer for bracket in after.unmatched)
    return Layout(tuple(Place(place.indent) for place in layout.places), closers)


def _at_start(text: _Text, below: Row | None) -> list[Place]:
    if below is None:
        return [Place("")]
    if not below.indent:
        return [Place("", False)]
    return [Place(below.indent.removesuffix(text.step), True), Place("", True)]


def _allowed(text: _Text) -> list[str]:
    """Return the open levels that the line may have, innermost first.

    What follows is at most one level in from a line that opens a block, and goes on with a statement
    that the line must not part from what it goes on with.
    """
    levels = [row.indent for row in text.rows]
    leaves = _leaves(text)
    below = text.around.below
    level, fits = _continued(text)
    allowed = []
    for number, indent in enumerate(levels):
        width = width_of(indent)
        if number == 0 and leaves and len(levels) > 1 and not _begins_clause(text, below):
            continue  # what follows a `return` in its block never runs
        if text.follows > width and number and text.follows > width_of(levels[number - 1]):
            break  # nothing opens two levels at once
        if level is not None and fits and width <= width_of(level) and text.follows <= width:
            break
        allowed.append(indent)
    if level is not None and not fits and width_of(level) < text.follows <= width_of(levels[0]):
        # The text below goes on with a statement that nothing above began: this line begins it.
        return [level]
    return allowed


def _ranked(text: _Text, allowed: list[str]) -> list[str]:
    """Put the likeliest level first."""
    around, rows = text.around, text.rows
    if not allowed:
        return []
    base = rows[0].indent
    comment = around.comment
    if comment is not None and comment.indent in allowed:
        return _first(allowed, comment.indent)
    unfinished = _unfinished(text)
    if unfinished in allowed and unfinished is not None:
        return _first(allowed, unfinished)
    if text.follows >= width_of(base):
        return _beside(text, allowed)
    ends = _end_of_function(text)
    if ends is not None and ends in allowed:
        return _first(allowed, ends)
    at_next = next((i for i in allowed if width_of(i) == text.follows), None)
    if at_next is not None and around.gap_above and not around.gap_below:
        return _first(allowed, at_next)
    if around.gap_above and len(allowed) > 1 and allowed[0] == base:
        return _first(allowed, allowed[1])
    return allowed


def _beside(text: _Text, allowed: list[str]) -> list[str]:
    """Order the levels where the row below is as deep as the row above, or deeper."""
    rows, below = text.rows, text.around.below
    if len(rows) < 2 or len(allowed) < 2 or below is None or text.follows != rows[0].width:
        return allowed
    word = first_word(rows[1].code)
    branches = word in {first for _, begun in text.language.continued for first in begun}
    if branches and not _begins_clause(text, below):
        same = subject(below.code) in _subjects_of_block(text)
        if same or word != "try":
            return _first(allowed, rows[1].indent)
    far = text.around.gap_above > (0 if rows[1].indent else 1)
    if far and _begins_function(text.language, rows[1]):
        return _first(allowed, rows[1].indent)
    return allowed


def _end_of_function(text: _Text) -> str | None:
    """Return the likeliest level where the function around ends below: that of its last statement."""
    for number, row in enumerate(text.rows[1:], 1):
        if not _begins_function(text.language, row):
            continue
        if text.follows > row.width:
            return None
        body = text.rows[number - 1].indent
        if number > 1:
            return None if _all_return(text, number) else body
        ended = _leaves(text) or (text.around.gap_above and row.indent)
        return row.indent if ended else body
    return None


def _all_return(text: _Text, number: int) -> bool:
    """Tell whether the block ends in ``else: return``, so that nothing in its function follows."""
    returned = first_word(text.rows[0].code) in ("return", "raise")
    return returned and number == 2 and first_word(text.rows[1].code) == "else"


def _unfinished(text: _Text) -> str | None:
    """Return the level of a ``try`` that has no ``except`` above or below."""
    below = text.around.after.rows
    for row in text.rows[1:]:
        if first_word(row.code) != "try":
            continue
        level, _ = _continued(text)
        if level == row.indent:
            return None
        return row.indent if below else None
    return None


def _continued(text: _Text) -> tuple[str | None, bool]:
    """Return the level of the statement that the text below goes on with, and whether it is open.

    None where the text below goes on with nothing that began above it.
    """
    least: int | None = None
    for row in text.around.after.rows:
        if not row.code or row.inside or row.depth or (least is not None and row.width >= least):
            continue
        least = row.width
        word = first_word(row.code)
        if word in text.language.continuers:
            head = next((other for other in text.rows[1:] if other.width == least), None)
            begun = dict(text.language.continued).get(word, ())
            return row.indent, head is None or not begun or first_word(head.code) in begun
    return None, False


def _open_rows(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the last row of each block that is open at the end of ``rows``, innermost first."""
    found: list[Row] = []
    for row in reversed(rows):
        if not row.code or row.inside or row.depth:
            continue
        if not found or row.width < found[-1].width:
            found.append(row)
            if not row.indent:
                break
    return tuple(found)


def _subjects_of_block(text: _Text) -> set[str]:
    """Return what the statements of the block that the row above ends are about."""
    head, found = text.rows[1], set[str]()
    for row in reversed(text.around.before.rows):
        if row is head:
            break
        if row.code and row.width == text.rows[0].width:
            found.add(subject(row.code))
    return found - {""}


def _leaves(text: _Text) -> bool:
    return first_word(text.rows[0].code) in text.language.leavers


def _begins_clause(text: _Text, row: Row | None) -> bool:
    return row is not None and first_word(row.code) in text.language.continuers


def _begins_function(language: Language, row: Row) -> bool:
    return any(row.code.startswith(word) for word in language.function_openers)


def _first(levels: list[str], level: str) -> list[str]:
    return [level, *(other for other in levels if other != level)]
