"""A variable or a function put where it is used."""

from fusionls.core.refactorings._offering import name_at
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where


def _title(where: Where) -> str:
    name = name_at(where)
    return f"Inline `{name}`" if name else ""


def _instruction(where: Where) -> str:
    name = name_at(where)
    what = f"`{name}`" if name else "the selected name"
    return (
        f"Inline {what}: put what it stands for in every place where it is used, and remove its "
        "definition. The code must do the same as before. Change nothing else."
    )


def _rules() -> Rules:
    from fusionls.core.editing.checking import inlined
    from fusionls.core.editing.inlining import inlined_at

    return Rules(inlined_at, check=inlined)


REFACTORING = Refactoring("inline", "refactor.inline", _title, _instruction, _rules)
