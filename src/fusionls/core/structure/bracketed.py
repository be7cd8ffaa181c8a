"""The place of a missing line where brackets, words such as ``end`` or tags make the blocks."""

import re
from dataclasses import dataclass

from fusionls.core.language import Language
from fusionls.core.structure.layout import Around, Layout, Place, first_word, laid_out, subject
from fusionls.core.structure.rows import Bracket, Row, Rows, step_of, width_of

_CLOSER = re.compile(r"[}\])]|</|(?:end|fi|done|esac|until)\b")
_BODILESS = re.compile(r"(?:[}\s]*else\s+)?(?:if|for|while)\b.*\)$|[}\s]*else$")
_HANDLER = re.compile(r"\b(?:catch|finally)\b")
_BRANCH = re.compile(r"(?:[}\s]*else\s+)?(?:if|elsif|elif|unless)\b")


@dataclass(frozen=True, slots=True)
class _Text:
    """What the rules read: the innermost open bracket, the indentation of the row with it (``outer``),
    that of the rows inside it (``level``), and how many brackets the line must open (``extra``)."""

    language: Language
    around: Around
    inner: Bracket | None
    outer: str
    level: str
    step: str
    extra: int | None


def bracketed_layout(language: Language, around: Around) -> Layout:
    """Return the places of the missing line and what it must open."""
    before = around.before
    step = step_of(before.rows + around.after.rows)
    inner = before.stack[-1] if before.stack else None
    outer = before.rows[inner.row].indent if inner else ""
    level = _level_inside(around, inner, step)
    text = _Text(language, around, inner, outer, level, step, _unbalanced(around))
    if text.extra is not None and text.extra > 0:
        return _opening(text, text.extra)
    if text.extra is not None and text.extra < 0:
        # A bracket that has text behind it is usually closed at the end of the last row inside.
        own = (
            [outer, level]
            if inner is None or inner.hangs or inner.closer == "}"
            else [level, outer]
        )
        return laid_out([Place(indent, False) for indent in own])
    return laid_out(_balanced(text))


def _opening(text: _Text, extra: int) -> Layout:
    """The text below closes more than the text above has opened."""
    after, below = text.around.after, text.around.below
    closers = tuple(bracket.closer for bracket in after.unmatched[:extra])
    row = after.rows[after.unmatched[extra - 1].row]
    # Parentheses alone hold arguments: the line opens them, but no block.
    opens = None if set(closers) <= {")", "]"} else True
    indents = [row.indent, text.level] if _closes(row.code) else [text.level, row.indent]
    if below is not None:
        indents.append(below.indent.removesuffix(text.step))
    return laid_out([Place(indent, opens) for indent in indents], closers)


def _balanced(text: _Text) -> list[Place]:
    """Every bracket is closed: an ordinary line, one of a chain, or one such as ``} else {``."""
    above, below = text.around.above, text.around.below
    known = False if text.extra == 0 else None
    here = Place(text.level, known)
    if above is None or below is None:
        return [here] if text.inner is None else [here, Place(text.outer)]
    for rule in (_of_chain, _between_branches):
        places = rule(text, above, below, here)
        if places:
            return places
    if text.language.block_end == "{" and _BODILESS.match(above.code):
        return [Place(above.indent + text.step, False), here]
    if text.extra == 0 and below.width > width_of(text.level) and not below.inside:
        return [Place(text.level, None), Place(below.indent, False)]
    further = [row for row in (above, below) if row.width >= width_of(text.level)]
    hanging = [] if text.inner is None else [Place(text.outer + text.step, known)]
    return [here, *(Place(row.indent, known) for row in further), *hanging]


def _of_chain(text: _Text, above: Row, below: Row, here: Place) -> list[Place]:
    """Calls that are chained, one on a line and deeper than what they begin with."""
    if below.code.startswith("."):
        inside = below.width > width_of(text.level)
        link = Place(below.indent if inside else text.level + text.step, False)
        ended = above.code.endswith((";", "{", "}"))
        return [here, link] if ended and not above.code.startswith(".") else [link, here]
    if above.code.startswith(".") and not above.code.endswith((";", ",")):
        return [Place(above.indent, here.opens), here]
    return []


def _between_branches(text: _Text, above: Row, below: Row, here: Place) -> list[Place]:
    """A line such as ``} else {``, which closes a block and opens another."""
    beside = below.width == width_of(text.level) and not _closes(below.code)
    if text.inner is None or not beside or above.width != below.width:
        return []
    between = Place(text.outer, True if text.extra == 0 else None)
    head = text.around.before.rows[text.inner.row]
    if first_word(above.code) in text.language.leavers:
        # What follows would never run: a line between must end this branch and begin another.
        goes_on = first_word(below.code) in text.language.continuers
        return [] if goes_on else [between, here]
    if first_word(head.code) == "try" and not _is_caught(text.around.after):
        return [between, here]
    if not _BRANCH.match(head.code):
        return []
    rows = text.around.before.rows[text.inner.row + 1 :]
    same = subject(below.code) in {subject(row.code) for row in rows if row.width == below.width}
    return [between, here] if same else [here, between]


def _is_caught(after: Rows) -> bool:
    """Tell whether the block that the text below closes first is followed by ``catch`` or its like."""
    if not after.unmatched:
        return True
    number = after.unmatched[0].row
    code = " ".join(row.code for row in after.rows[number : number + 2])
    return _HANDLER.search(code) is not None


def _level_inside(around: Around, inner: Bracket | None, step: str) -> str:
    """Return the indentation of the rows directly inside the innermost open bracket."""
    rows = around.before.rows
    if inner is None:
        return ""
    depth = len(around.before.stack)
    for row in rows[inner.row + 1 :]:
        if row.code and row.depth == depth and not row.inside and not _closes(row.code):
            return row.indent
    below = around.below
    opened = rows[inner.row].indent
    if not inner.hangs and inner.closer in (")", "]"):
        return " " * inner.end
    if below is not None and not _closes(below.code):
        room = range(width_of(opened) + 1, width_of(opened + step) + 1)
        if below.width in room:
            return below.indent
    return opened + step


def _unbalanced(around: Around) -> int | None:
    """Return how many brackets the missing line must open; below 0, how many it must close.

    None means that the text does not tell: there is none behind, or it does not fit.
    """
    stack, unmatched = around.before.stack, around.after.unmatched
    if around.below is None:
        return None
    extra = len(unmatched) - len(stack)
    if not around.whole:
        return _by_width_of_closers(around)
    below, above = unmatched[max(extra, 0) :], stack[: len(unmatched)]
    fits = [b.closer for b in below] == [b.closer for b in reversed(above)]
    return extra if fits else None


def _by_width_of_closers(around: Around) -> int | None:
    """Match the innermost bracket with the first closer by the indentation of their rows."""
    stack, unmatched, below = around.before.stack, around.after.unmatched, around.below
    if not stack or below is None:
        return None
    beyond = below.width <= around.before.rows[stack[-1].row].width and not _closes(below.code)
    if beyond and stack[-1].closer == "}" and not below.code.startswith("#"):
        return -1
    if not unmatched:
        return None
    opened = around.before.rows[stack[-1].row].width
    closed = around.after.rows[unmatched[0].row]
    if unmatched[0].closer == stack[-1].closer and closed.width == opened:
        return 0
    if closed.width > opened and _closes(closed.code):
        return 1
    return -1 if closed.width < opened and _closes(closed.code) else None


def _closes(code: str) -> bool:
    return _CLOSER.match(code) is not None
