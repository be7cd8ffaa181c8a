"""Refactorings: one file each, found by discovery."""

import sys
from functools import cache
from typing import cast

from fusionls.core.refactorings._refactoring import Refactoring
from fusionls.core.registry import discover


@cache
def refactorings() -> dict[str, Refactoring]:
    """Return every refactoring by its name, in alphabetical order of their files."""
    found = cast("list[Refactoring]", list(discover(sys.modules[__name__], "REFACTORING").values()))
    return {refactoring.name: refactoring for refactoring in found}
