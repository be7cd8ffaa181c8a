"""Indentation: the document's own kind, tabs or blanks."""

import re
from collections.abc import Callable
from functools import lru_cache
from math import gcd

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import indentation, lines_with_ends

# A page before the cursor and half of one behind tell how a document is indented.
_BEFORE, _AFTER = 4_000, 2_000
_TABBED = re.compile(r"(?m)^\t++(?=[^\s])")
_BLANKED = re.compile(r"(?m)^ {2,}+(?=[^\s*])")
# By how many blanks people indent, the usual first.
_STEPS = (4, 2, 8)
_USUAL_STEP = 4


def _apply(text: str, context: CleaningContext) -> str:
    """Return ``text`` with its lines indented by what the document uses, if it uses only one kind."""
    tabs, blanks = bool(_TABBED.search("\n" + text)), bool(_BLANKED.search("\n" + text))
    if not (tabs or blanks):
        return text
    has_tabs, widths = _used(context.prefix[-_BEFORE:] + "\n" + context.suffix[:_AFTER])
    if has_tabs and not widths and blanks:
        return _with_tabs(text, context)
    if tabs and widths and not has_tabs:
        step = next((s for s in _STEPS if gcd(*widths) % s == 0), _USUAL_STEP)
        return _shifted(text, context, lambda margin: margin.replace("\t", " " * step))
    return text


# Every answer at this place asks for it.
@lru_cache(maxsize=4)
def _used(around: str) -> tuple[bool, frozenset[int]]:
    """Return whether lines are indented by tabs, and the widths of those that are by blanks."""
    return bool(_TABBED.search(around)), frozenset(map(len, _BLANKED.findall(around)))


def _with_tabs(text: str, context: CleaningContext) -> str:
    """Return ``text`` with tabs for blanks, if all of its margins are multiples of one step."""
    widths = {len(found) for found in _BLANKED.findall("\n" + text)}
    step = next((s for s in _STEPS if gcd(*widths) % s == 0), 0)
    if not step:
        return text
    return _shifted(text, context, lambda margin: _tabbed(margin, step))


def _tabbed(margin: str, step: int) -> str:
    count = len(margin) - len(margin.lstrip(" "))
    return "\t" * (count // step) + " " * (count % step) + margin[count:]


def _shifted(text: str, context: CleaningContext, change: Callable[[str], str]) -> str:
    """Return ``text`` with every line's margin changed, but for the end of a line that was begun."""
    lines = lines_with_ends(text)
    begun = 1 if context.partial.strip() else 0
    changed = lines[:begun]
    for line in lines[begun:]:
        margin = indentation(line)
        changed.append(change(margin) + line[len(margin) :])
    return "".join(changed)


FILTER = Filter("indentation", 45, _apply)
