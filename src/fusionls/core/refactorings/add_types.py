"""Types where the language lets them be left out."""

from fusionls.core.refactorings._offering import is_code
from fusionls.core.refactorings._refactoring import Refactoring, Rules, Where

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


def _rules() -> Rules:
    from fusionls.core.editing.checking import only_types
    from fusionls.core.editing.edit import EditTask
    from fusionls.core.editing.enclosing import first_text, in_definition

    def prepared(task: EditTask) -> EditTask | str:
        _, _, language = first_text(task)
        if language is None or language.name not in _WHAT:
            return "types cannot be added in this language"
        return in_definition(task)

    return Rules(prepared, check=only_types)


REFACTORING = Refactoring("types", "refactor.rewrite.types", _title, _instruction, _rules)
