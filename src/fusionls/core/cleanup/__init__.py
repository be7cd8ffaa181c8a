"""Clean-up: what a model sent becomes what would be inserted at the cursor.

The filters are the files of this folder, applied in the order of their positions.
"""

import sys
from dataclasses import dataclass
from functools import cache
from typing import cast

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.registry import discover

__all__ = ["Cleaned", "CleaningContext", "Filter", "clean", "filters"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned answer, and the names of the filters that changed it, in order."""

    text: str
    changed_by: tuple[str, ...] = ()


@cache
def filters() -> tuple[Filter, ...]:
    """Return every filter in the order in which they are applied."""
    found = cast("list[Filter]", list(discover(sys.modules[__name__], "FILTER").values()))
    return tuple(sorted(found, key=lambda f: (f.position, f.name)))


def clean(raw: str, context: CleaningContext) -> Cleaned:
    """Return what ``raw`` comes to after every filter. An empty text means that nothing is left."""
    text = raw
    changed_by: list[str] = []
    for step in filters():
        after = step.apply(text, context)
        if after != text:
            changed_by.append(step.name)
            text = after
        if not text:
            break
    return Cleaned(text, tuple(changed_by))
