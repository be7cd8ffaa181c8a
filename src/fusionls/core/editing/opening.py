"""The task that an order makes: what is shown for editing, and what models are told to do with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask, Scope
from fusionls.core.editing.orders import EditOrder
from fusionls.core.editing.place import where_at
from fusionls.core.editing.scoping import scope_of
from fusionls.core.language import Language
from fusionls.core.languages import language_for, languages
from fusionls.core.redaction import redacted_words
from fusionls.core.refactoring import Reported
from fusionls.core.refactorings import refactorings
from fusionls.core.refactorings._refactoring import Refactoring
from fusionls.core.text import split_lines

# A further file that the person named is shown as a whole up to here: about two screens.
MOST_LINES_OF_A_FURTHER_FILE = 150
# Of a longer one what the instruction names; more parts than this are no part of an instruction.
MOST_PARTS = 12
# A menu and an annotation show about so much.
_LONGEST_TITLE = 60
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Work:
    """A task as it is asked with. ``title`` says what is done.

    ``first`` is the file that was asked in, ``reported`` what a compiler says of it, ``lead`` how an answer
    begins where a model only goes on with a text. ``told_far`` is the instruction for members that see no
    secrets.
    """

    task: EditTask
    refactoring: Refactoring
    title: str
    reported: tuple[Reported, ...] = ()
    first: str = ""
    lead: tuple[str, str] = ("", "")
    told_far: str = ""

    @property
    def length(self) -> int:
        """How much code is shown for editing, in code points."""
        return sum(scope.end - scope.start for scope in self.task.scopes)


def work_of(order: EditOrder) -> Work | str:
    """Return what ``order`` wants, or why it cannot be done, in a sentence for people."""
    refactoring = refactorings().get(order.refactoring)
    if refactoring is None:
        return f"there is no refactoring called {order.refactoring}"
    files = {**dict.fromkeys(order.created, ""), **order.files}
    if order.first not in files:
        return f"{order.first} cannot be read"
    known = {name: language_for(order.languages.get(name, ""), name) for name in files}
    names = {name: language.name if language else "" for name, language in known.items()}
    text = files[order.first]
    start = min(max(order.start, 0), len(text))
    end = min(max(order.end, start), len(text))
    here = tuple(one for one in order.diagnostics if one.start <= end and start <= one.end)
    messages = [one.message for one in here]
    where = where_at(text, names[order.first], start, end, messages)
    told = refactoring.gives_way and bool(order.instruction.strip())
    instruction = _joined("" if told else refactoring.instruction(where), order.instruction)
    if not instruction:
        return "say what is to be changed"
    spans = [(one.start, one.end) for one in here] if refactoring.at_reports else []
    first, *more = _shown_at(order.first, text, known[order.first], spans or [(start, end)])
    task = EditTask(
        files=files,
        languages=names,
        instruction=instruction,
        scopes=(first, *more, *_further(files, known, first, instruction)),
        selected=(start, end),
        refactoring=order.refactoring,
    )
    prepare = refactoring.rules().prepare
    prepared = task if prepare is None else prepare(task)
    if isinstance(prepared, str):
        return prepared
    title = _shortened(instruction) if told else refactoring.title(where)
    title = title or _shortened(instruction)
    lead = refactoring.lead(where)
    told_far = prepared.instruction
    if messages and told_far == instruction and not told:
        # A message is made shorter, and then nobody would know a secret that was cut.
        far = replace(where, reported=tuple(map(redacted_words, messages)))
        told_far = _joined(refactoring.instruction(far), order.instruction)
    return Work(prepared, refactoring, title, order.diagnostics, order.first, lead, told_far)


def _shown_at(
    file: str, text: str, language: Language | None, spans: Sequence[tuple[int, int]]
) -> list[Scope]:
    """Return the smallest parts of a file around each of ``spans``, none inside of another."""
    found = {scope_of(file, text, language, start, end) for start, end in spans[:MOST_PARTS]}
    in_order = sorted(found, key=lambda scope: (scope.start, -scope.end))
    parts: list[Scope] = []
    for scope in in_order:
        if not parts or scope.start >= parts[-1].end:
            parts.append(scope)
    if len(parts) > 1 and not all(scope.names for scope in parts):
        low, high = min(start for start, _ in spans), max(end for _, end in spans)
        return [scope_of(file, text, language, low, high)]
    return parts


def _joined(*parts: str) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())


def _shortened(instruction: str) -> str:
    line = instruction.strip().partition("\n")[0].strip()
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1].rstrip() + "\u2026"


def _further(
    files: Mapping[str, str],
    known: Mapping[str, Language | None],
    first: Scope,
    instruction: str,
) -> list[Scope]:
    """Return what is shown of the other files for editing: all of a short one, else what is meant."""
    text = files[first.file]
    wanted = _words(instruction)
    shown = {name.rpartition(".")[2] for name in first.names} or {
        one.own_name for one in definitions_of(text, known[first.file]) if one.depth == 0
    }
    scopes: list[Scope] = []
    for name, other in files.items():
        if name == first.file:
            continue
        if len(split_lines(other)) <= MOST_LINES_OF_A_FURTHER_FILE:
            scopes.append(Scope(name, 0, len(other)))
            continue
        definitions = definitions_of(other, known[name])
        parts = _named(definitions, wanted) or _using(definitions, other, wanted & shown or shown)
        scopes += [Scope(name, one.start, one.end, (one.name,)) for one in parts[:MOST_PARTS]]
    return scopes


def _named(definitions: Sequence[Definition], words: Iterable[str]) -> list[Definition]:
    """Return the definitions that are called by one of ``words``, none inside of another."""
    asked = set(words)
    return _apart(one for one in definitions if one.own_name in asked)


def _using(definitions: Sequence[Definition], text: str, words: Iterable[str]) -> list[Definition]:
    """Return the functions that use one of ``words``."""
    asked = set(words)
    functions = [one for one in definitions if one.kind is DefinitionKind.FUNCTION]
    return _apart(one for one in functions if asked & _words(text[one.start : one.end]))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _apart(definitions: Iterable[Definition]) -> list[Definition]:
    found: list[Definition] = []
    for one in definitions:
        if not found or one.start >= found[-1].end:
            found.append(one)
    return found


def language_of(task: EditTask, name: str) -> Language | None:
    """Return the language of a file, None where there is no grammar."""
    return languages().get(task.languages.get(name, ""))
