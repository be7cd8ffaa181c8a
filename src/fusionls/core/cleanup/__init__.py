"""Clean-up: what a model sent becomes what would be inserted at the cursor.

The filters are the files of this folder, applied in the order of their positions.
"""

import sys
from dataclasses import dataclass
from functools import cache
from typing import cast

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.cleanup.suffix_overlap import SUFFIX_OVERLAP, is_copy
from fusionls.core.cleanup.withheld import WITHHELD
from fusionls.core.registry import discover

__all__ = ["Cleaned", "CleaningContext", "Filter", "clean", "filters"]

# Answers of models are clean after one turn, or they are hostile.
MOST_TURNS = 4


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned answer, and the names of the filters that changed it, in order.

    ``copy`` says that the document holds all of it already, behind the cursor: 3 % of such answers are right
    (22 of 737 recorded ones), so they may be offered where there is nothing else, and are no equal votes.
    """

    text: str
    changed_by: tuple[str, ...] = ()
    copy: bool = False


@cache
def filters() -> tuple[Filter, ...]:
    """Return every filter in the order in which they are applied."""
    found = cast("list[Filter]", list(discover(sys.modules[__name__], "FILTER").values()))
    return tuple(sorted(found, key=lambda f: (f.position, f.name)))


def clean(raw: str, context: CleaningContext) -> Cleaned:
    """Return what ``raw`` comes to after every filter. An empty text means that nothing is left.

    What one filter leaves may be another's business, as a fence in a thought: they are applied again until
    none has anything to do, but for the one that may be applied only once.
    """
    text, copy = raw, False
    changed_by: dict[str, None] = {}
    for turn in range(MOST_TURNS):
        before = text
        for step in filters():
            if turn and step.name == WITHHELD:
                continue
            after = step.apply(text, context)
            if not after and step.name == SUFFIX_OVERLAP and is_copy(text, context):
                copy = True
            elif after != text:
                changed_by[step.name] = None
                text = after
            if not text:
                return Cleaned("", tuple(changed_by))
        if text == before:
            break
    return Cleaned(text, tuple(changed_by), copy)
