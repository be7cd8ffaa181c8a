"""Scope rules: one language, one file, found by discovery, named like the file in ``core/languages``."""

import sys
from functools import cache
from typing import cast

from fusionls.core.language import Language
from fusionls.core.registry import discover
from fusionls.core.scopes.rules import ScopeRules


@cache
def scope_rules() -> dict[str, ScopeRules]:
    """Return the rules by the name of the language, in alphabetical order of their files."""
    found = cast("dict[str, ScopeRules]", discover(sys.modules[__name__], "SCOPES"))
    return {name.replace("_", "-"): rules for name, rules in found.items()}


def rules_for(language: Language | None) -> ScopeRules | None:
    """Return the rules of a language, or None if it has none."""
    return None if language is None else scope_rules().get(language.name)
