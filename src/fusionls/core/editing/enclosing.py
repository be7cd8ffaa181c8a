"""The definition that a person means by a place in it."""

from dataclasses import replace

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask, Scope
from fusionls.core.language import Language
from fusionls.core.languages import languages

FUNCTIONS = frozenset((DefinitionKind.FUNCTION,))
FUNCTIONS_AND_CLASSES = frozenset((DefinitionKind.FUNCTION, DefinitionKind.CLASS))


def first_text(task: EditTask) -> tuple[str, str, Language | None]:
    """Return name, text and language of the file that the person asked in; empty if there is none."""
    if not task.scopes or task.scopes[0].file not in task.files:
        return "", "", None
    file = task.scopes[0].file
    return file, task.files[file], languages().get(task.languages.get(file, ""))


def selection_of(task: EditTask) -> tuple[int, int]:
    """Return what is selected in the first file without blanks at its ends (code points, within it).

    A cursor in the indentation of a line is at the first character of its text.
    """
    _, text, _ = first_text(task)
    start, end = task.selected or (task.scopes[0].start, task.scopes[0].start)
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    selected = text[start:end]
    if selected.strip():
        lead = len(selected) - len(selected.lstrip())
        return start + lead, start + len(selected.rstrip())
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    while not text[line:start].strip() and start < len(text) and text[start] in " \t":
        start += 1
    return start, start


def enclosing(task: EditTask, kinds: frozenset[DefinitionKind] = FUNCTIONS) -> Definition | None:
    """Return the innermost definition of ``kinds`` around the selection, None if there is none."""
    if not task.scopes:
        return None
    _, text, language = first_text(task)
    start, end = selection_of(task)
    holding = [
        one
        for one in definitions_of(text, language)
        if one.kind in kinds and one.start <= start and end <= one.end
    ]
    return max(holding, key=lambda one: one.depth, default=None)


def within(task: EditTask, found: Definition) -> EditTask:
    """Return ``task`` with ``found`` as what is edited of the first file."""
    file = task.scopes[0].file
    scope = Scope(file, found.start, found.end, (found.name,))
    return replace(task, scopes=(scope, *(s for s in task.scopes[1:] if s.file != file)))


def in_definition(task: EditTask) -> EditTask | str:
    """Return ``task`` with the function or class around the selection as what is edited, if there is one."""
    found = enclosing(task, FUNCTIONS_AND_CLASSES)
    return task if found is None else within(task, found)
