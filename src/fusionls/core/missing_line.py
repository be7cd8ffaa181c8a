"""What the line at the cursor must look like, seen from the text around it and without any model."""

import re
from dataclasses import dataclass, replace

from fusionls.core.language import BlockStyle, Language
from fusionls.core.structure.bracketed import bracketed_layout
from fusionls.core.structure.indented import indented_layout
from fusionls.core.structure.layout import Around, Layout, Place, laid_out
from fusionls.core.structure.rows import read_rows, width_of
from fusionls.core.text import first_content_line, indentation, split_lines

# A piece of this size (code points) is read in 2 to 3 ms; what is further away tells little.
MOST_BEFORE = 6_000
MOST_AFTER = 3_000
_PARTIAL = re.compile(r"[^\W\d][\w]*\Z")


@dataclass(frozen=True, slots=True)
class MissingLine:
    """What is known of the line that is being written at the cursor.

    ``indents`` are full indentations of that line, likeliest first, at most 3; only the one that stands
    there if there is text on the line already. ``opens_block`` is True if the line must open a block
    (what follows is deeper, or closes what nothing opened), False if it must not, None if that is not
    known or depends on the indentation; ``opens`` says the same for each of ``indents``. ``needed`` are
    the names that the text behind uses before anything binds them, in order of first use. ``partial`` is
    the identifier that is half typed right before the cursor. ``closers`` are the closing texts behind
    that only this line can have opened, innermost first.
    """

    indents: tuple[str, ...]
    opens_block: bool | None
    needed: tuple[str, ...]
    partial: str
    closers: tuple[str, ...] = ()
    opens: tuple[bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cut:
    """Whole lines above the cursor, its line so far, whole lines below, and what was left out."""

    head: str
    line: str
    tail: str
    above: str
    below: str

    @property
    def left_out(self) -> str:
        """What was cut off above and below."""
        return self.above + self.below


def missing_line(language: Language | None, before: str, after: str) -> MissingLine:
    """Return what is known of the line between ``before`` and ``after``. Total: it never raises."""
    cut = _cut(language, before, after)
    match = _PARTIAL.search(cut.line)
    partial = match.group() if match else ""
    around = _around(language, cut) if language else None
    if language is None or around is None or around.before.quote:
        places = _places(_by_text(language, cut), cut.line)
        return _answer(places, partial)
    layout = _layout_of(language, around)
    places = _places(layout, cut.line)
    if not after.strip():
        # At the end of a file that is being written anything may come next.
        places = tuple(Place(place.indent, place.opens or None) for place in places)
    needed = _needed(language, cut, around, places[0], layout.closers)
    below = around.below
    indented = language.block is BlockStyle.INDENT
    if needed and indented and below and below.width < width_of(places[0].indent):
        # What is used further out is hardly bound further in.
        places = tuple(sorted(places, key=lambda place: place.indent != below.indent))
    return _answer(places, partial, needed, layout.closers)


def _answer(
    places: tuple[Place, ...],
    partial: str,
    needed: tuple[str, ...] = (),
    closers: tuple[str, ...] = (),
) -> MissingLine:
    indents = tuple(place.indent for place in places)
    opens = tuple(place.opens for place in places)
    return MissingLine(indents, Layout(places).opens, needed, partial, closers, opens)


def _around(language: Language, cut: _Cut) -> Around:
    whole = not cut.left_out
    # A text below that begins inside a string tells nothing.
    tail = "" if _starts_inside(language, cut.tail + cut.below) else cut.tail
    return Around(read_rows(language, cut.head), read_rows(language, tail), whole)


def _layout_of(language: Language, around: Around) -> Layout:
    if language.block is not BlockStyle.INDENT:
        return bracketed_layout(language, around)
    if not around.before.stack:
        return indented_layout(language, around)
    layout = bracketed_layout(language, around)
    # A bracket is no block here.
    return replace(layout, places=tuple(Place(p.indent, p.opens and None) for p in layout.places))


def _needed(
    language: Language, cut: _Cut, around: Around, place: Place, closers: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names that the line must bind."""
    stack = around.before.stack
    closer = stack[-1].closer if stack else ""
    indents = language.block is BlockStyle.INDENT
    # Only a statement binds: neither an argument, nor a line that only begins a list of them.
    in_list = bool(closer) and (indents or closer != "}")
    opens_list = bool(closers) and (indents or closers[0] != "}")
    if around.below is None or in_list or opens_list:
        return ()
    # The parser is loaded with the first question, not with the server: start-up time counts.
    from fusionls.core.structure.names import unbound_names

    stand_in = ""
    if indents:
        stand_in = place.indent + ("if 0:" if place.opens else "pass")
    elif place.opens:
        openers = {"}": "{", ")": "(", "]": "["}
        opening = "".join(openers.get(c, "") for c in reversed(closers))
        callback = language.naming.callback if language.naming else ""
        stand_in = place.indent + opening.replace("({", f"x({callback}{{")
    text = f"{cut.head}{stand_in}\n{cut.tail}"
    names = unbound_names(language, text, cut.head.count("\n"), bool(place.opens))
    fitting = (name for name in names if _may_bind(language, cut.line.lstrip(), name))
    return tuple(name for name in fitting if not _elsewhere(name, cut))


def _may_bind(language: Language, begun: str, name: str) -> bool:
    """Tell whether a line that begins with ``begun`` can still bind a name: not once it names another."""
    if not begun:
        return True
    forms = language.block_binders + language.binders
    return any(form.replace("{name}", name).startswith(begun) for form in forms)


def _elsewhere(name: str, cut: _Cut) -> bool:
    """Tell whether a name may be bound in what was cut off, or where the cut left half a statement."""
    if not cut.left_out:
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    at_start = re.compile(rf"^{re.escape(name)}\b", re.MULTILINE)
    left_out = (cut.above, cut.below)
    if any(name in text and word.search(text) for text in left_out):
        return True
    return any(at_start.search(text) for text in (cut.head, cut.tail))


def _cut(language: Language | None, before: str, after: str) -> _Cut:
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    line = before[start:]
    above, head = before[: max(start - MOST_BEFORE, 0)], before[max(start - MOST_BEFORE, 0) : start]
    below, rest = after[MOST_AFTER:], split_lines(after[:MOST_AFTER])
    if below:
        below = rest.pop() + below
    if line or (rest and not rest[0].strip()):
        rest = rest[1:]
    if above:
        begun = head.find("\n") + 1
        above, head = above + head[:begun], head[begun:]
        closed = _end_of_string(language, above, head)
        above, head = above + head[:closed], head[closed:]
    return _Cut("\n".join(split_lines(head)), line, "\n".join(rest), above, below)


def _end_of_string(language: Language | None, above: str, head: str) -> int:
    """Return where the long string or comment ends that ``head`` begins in, 0 if it begins in none.

    Delimiters that come in pairs are counted, which is right except where they are quoted themselves.
    """
    if language is None:
        return 0
    for quote in _long_quotes(language):
        if above.count(quote) % 2:
            end = head.find("\n", head.find(quote) + 1)
            return end + 1 if quote in head and end >= 0 else 0
    for start, end_mark in language.comments:
        if above.rfind(start) > above.rfind(end_mark):
            end = head.find("\n", head.find(end_mark) + 1)
            return end + 1 if end_mark in head and end >= 0 else 0
    return 0


def _starts_inside(language: Language, text: str) -> bool:
    """Tell whether ``text`` begins inside a long string, because it closes one more than it opens."""
    return any(text.count(quote) % 2 for quote in _long_quotes(language))


def _long_quotes(language: Language) -> tuple[str, ...]:
    """Return the delimiters that stand for nothing else: a lone quote may be an apostrophe."""
    return tuple(q for q in language.long_quotes if len(q) > 1 or q == "`")


def _by_text(language: Language | None, cut: _Cut) -> Layout:
    """Text without a grammar, or inside a string or comment: a line like those around it."""
    above = next((row for row in reversed(split_lines(cut.head)) if row.strip()), "")
    nearest = [indentation(above), indentation(first_content_line(cut.tail))]
    comments = language.comments if language else ()
    if any(above.lstrip().startswith(start) for start, _ in comments):
        nearest.reverse()  # stars are aligned with one another
    return laid_out([Place(indent) for indent in nearest])


def _places(layout: Layout, line: str) -> tuple[Place, ...]:
    """Return the places that go on with the line as far as it is typed."""
    typed = indentation(line)
    fitting = tuple(place for place in layout.places if place.indent.startswith(typed))
    if line.strip():
        same = next((place.opens for place in fitting if place.indent == typed), None)
        return (Place(typed, same),)
    return fitting or (Place(typed),)
