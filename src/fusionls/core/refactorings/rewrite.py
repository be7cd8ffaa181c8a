"""Rewrite as the person says."""

from fusionls.core.refactorings._refactoring import Refactoring, Where


def _title(where: Where) -> str:
    return ""


def _instruction(where: Where) -> str:
    return ""


REFACTORING = Refactoring("rewrite", "refactor.rewrite", _title, _instruction)
