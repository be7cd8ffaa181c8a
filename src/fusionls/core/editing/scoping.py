"""The part of a file that is shown to a model for editing: whole definitions around a selection."""

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import Scope
from fusionls.core.language import Language
from fusionls.core.text import split_lines

# The same open 32B model solves 16.4 % with whole files and 8.0 % with diffs; one screen or two cost a model
# less time than it takes to understand a part without what is around it.
WHOLE_FILE_LINES = 60
# A file without definitions is one piece up to here; in longer ones it is what lies between definitions.
MOST_LINES = 400
# `x = 1` on one line says nothing by itself.
_LEAST_LINES_OF_A_VALUE = 3


def scope_of(file: str, text: str, language: Language | None, start: int, end: int) -> Scope:
    """Return the smallest whole definitions of ``text`` that hold the code points from ``start`` to ``end``.

    The whole file where it is short, has no definitions there and is not long, or where nobody can tell.
    """
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    if len(split_lines(text)) <= WHOLE_FILE_LINES:
        return Scope(file, 0, len(text))
    start, end = _trimmed(text, start, end)
    definitions = [one for one in definitions_of(text, language) if _is_shown(one, text)]
    holders = [one for one in definitions if one.start <= start and end <= one.end]
    inner = max(holders, key=lambda one: one.depth, default=None)
    touched = [
        one
        for one in definitions
        if one.start < end and start < one.end and one is not inner and _is_in(one, inner)
    ]
    top = [one for one in touched if not any(_is_in(one, other) for other in touched)]
    if top and (inner is None or _covers(text, top, start, end)):
        low = min(top[0].start, _line_start(text, start))
        high = max(top[-1].end, _line_end(text, end))
        return Scope(file, low, high, tuple(one.name for one in top))
    if inner is not None:
        return Scope(file, inner.start, inner.end, (inner.name,))
    return _between(file, text, definitions, start, end)


def _is_shown(one: Definition, text: str) -> bool:
    if one.kind is not DefinitionKind.VALUE:
        return True
    return text.count("\n", one.start, one.end) + 1 >= _LEAST_LINES_OF_A_VALUE


def _is_in(one: Definition, outer: Definition | None) -> bool:
    if outer is None:
        return True
    return one is not outer and outer.start <= one.start and one.end <= outer.end


def _covers(text: str, parts: list[Definition], start: int, end: int) -> bool:
    """Tell whether nothing but blanks of the selection lies outside of ``parts``."""
    at = start
    for one in parts:
        if text[at : max(at, one.start)].strip():
            return False
        at = max(at, one.end)
    return not text[at : max(at, end)].strip()


def _between(file: str, text: str, definitions: list[Definition], start: int, end: int) -> Scope:
    if len(split_lines(text)) <= MOST_LINES:
        return Scope(file, 0, len(text))
    low = max((one.end for one in definitions if one.end <= start), default=0)
    high = min((one.start for one in definitions if one.start >= end), default=len(text))
    low = _line_end(text, low) if low else 0
    low = low + 1 if text[low : low + 1] == "\n" else low
    high = _line_start(text, high)
    middle = text[low:high]
    lead = len(middle) - len(middle.lstrip("\r\n"))
    tail = len(middle) - len(middle.rstrip())
    if lead + tail >= len(middle):
        return Scope(file, low, max(low, high))
    return Scope(file, low + lead, high - tail)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the selection without blanks at its ends; an empty one stays where it is."""
    selected = text[start:end]
    if not selected.strip():
        return start, start
    lead = len(selected) - len(selected.lstrip())
    return start + lead, start + len(selected.rstrip())


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_end(text: str, at: int) -> int:
    ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
    return min(ends, default=len(text))
