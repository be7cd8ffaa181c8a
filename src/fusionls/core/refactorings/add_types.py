"""Types where the language lets them be left out."""

from fusionls.core.editing.checking import only_types
from fusionls.core.editing.enclosing import in_definition
from fusionls.core.refactorings._offering import is_code
from fusionls.core.refactorings._refactoring import Refactoring, Where

_WHAT = {
    "python": "type annotations to the parameters and the return value",
    "php": "type declarations to the parameters, the properties and the return value",
    "typescript": "types to the parameters and the return value",
    "tsx": "types to the parameters and the return value",
}


def _title(where: Where) -> str:
    return "Add types" if where.language in _WHAT and is_code(where) else ""


def _instruction(where: Where) -> str:
    what = _WHAT.get(where.language, _WHAT["typescript"])
    return (
        f"Add {what}. Use precise types, and import what they need. "
        "Change nothing else: keep the code, the comments and the docstrings as they are."
    )


REFACTORING = Refactoring(
    "types", "refactor.rewrite.types", _title, _instruction, in_definition, check=only_types
)
