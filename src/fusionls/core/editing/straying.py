"""What of others would stray into the chosen edit: enough want it, and yet it belongs to another edit.

The head of a definition that the chosen edit leaves alone, a comment or a type that tells of other code than
what comes out, an import or a name of the file that nothing uses, an example of use that nobody asked for.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from fusionls.core.editing.atoms import INERT, Atom, Kind
from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.offers import asked_part
from fusionls.core.editing.parts import Part
from fusionls.core.editing.resolving import FILE, names_of
from fusionls.core.editing.taking import Taken
from fusionls.core.editing.trees import parsed
from fusionls.core.editing.verifying import Verifier
from fusionls.core.languages import languages

_WORD = re.compile(r"[^\W\d]\w*")
# Languages in which an import names all that it brings; elsewhere it may bring what is used without its name.
_TELLING = frozenset(("python", "javascript", "typescript", "tsx", "java", "go"))
_NOT_TOLD = re.compile(r"\*|__future__|^\s*import\s*[\"']|(?:^|\s)[_.]\s+\"")
_GO_NAMES = re.compile(r"(\w+)(?:\s+\"[^\"]*)?\"")
_REMARKS = re.compile(
    r"\b(?:comment|docstring|document|docs?\b|\w*doc\b|explain|explanation|licen[cs]e|header)", re.I
)
_TYPES = re.compile(r"\b(?:typ(?:e|es|ed|ing)\b|annotat|hint|signature)", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"\s*(?:(?:#|//|/\*|--)[^\n]{0,40}\b(?:examples?|usage|demo|test(?:s|ing)?)\b|if __name__ ==|"
    r"(?:print|console\.\w+|fmt\.Print\w*|System\.out\.\w+|puts|assert)\b)",
    re.IGNORECASE,
)
_ASKS_EXAMPLE = re.compile(
    r"\b(?:example|usage|demo|main|test|print|show|display|output|log|run|script|assert)", re.I
)
_PUBLIC = re.compile(r"\s*(?:export|pub)\b")
# What stands above a definition or among its modifiers.
_ABOVE = ("@", "#[", "[")

UNUSED = "nothing that was taken needs it"
OTHER_HEAD = "the chosen edit leaves that definition alone"
OTHER_CODE = "it tells of other code than what comes out"
EXAMPLE = "nobody asked for an example"

Texts = Callable[[], Mapping[str, str]]


class Strays:
    """What is known of one task to tell what strays."""

    def __init__(self, task: EditTask, parts: Sequence[Part], verifier: Verifier) -> None:
        self._task = task
        self._parts = parts
        self._verifier = verifier
        asked = asked_part(task.instruction)
        self._words = frozenset(_WORD.findall(asked))
        self._remarks = bool(_REMARKS.search(asked)) or task.refactoring == "docstring"
        self._types = bool(_TYPES.search(asked)) or task.refactoring == "types"
        self._examples = bool(_ASKS_EXAMPLE.search(asked)) or task.refactoring == "test"
        self._definitions: dict[str, list[Definition]] = {}

    def why(self, taken: Taken, chosen: Part, rest: Sequence[Taken], texts: Texts) -> str:
        """Return why ``taken`` may not come in beside ``rest``, "" if it may.

        ``texts`` makes the files with all of it done.
        """
        gone = frozenset(name for atom in chosen.atoms for name in atom.gone)
        for atom in taken.offer.atoms:
            if atom.dropped & gone and atom.kind is not Kind.COMMENT:
                # It follows from a name that the chosen edit takes away.
                continue
            why = (
                self._unused(atom, taken, chosen, rest, texts)
                or self._head(atom, chosen, rest)
                or self._remark(atom, taken, chosen, rest)
            )
            if why:
                return why
        return ""

    def _unused(
        self, atom: Atom, taken: Taken, chosen: Part, rest: Sequence[Taken], texts: Texts
    ) -> str:
        if atom.kind is Kind.IMPORT:
            return UNUSED if self._is_idle_import(atom, taken, chosen, rest) else ""
        if atom.kind is not Kind.INSERT or not atom.alone or not atom.outer or atom.within:
            return ""
        if _EXAMPLE.match(atom.text) and not self._examples:
            return EXAMPLE
        return UNUSED if self._is_idle_value(atom, texts) else ""

    def _is_idle_import(
        self, atom: Atom, taken: Taken, chosen: Part, rest: Sequence[Taken]
    ) -> bool:
        """Tell whether nothing that comes out needs what an import brings.

        What an import brings without its name is needed where anything else of its candidate comes out.
        """
        language = self._task.languages.get(atom.file, "")
        names = _imported(atom.text, language) - atom.dropped
        if not names:
            return False
        others = [a for a in _all(chosen, rest) if a.key != atom.key]
        if any(names & other.used for other in others if other.kind is not Kind.IMPORT):
            return False
        if names & self._used_before(atom.file):
            return False
        if language in _TELLING and not _NOT_TOLD.search(atom.text):
            return True
        wanting = [part for part in self._parts if atom.key in part.by_key]
        return not any(other.key in part.by_key for other in others for part in wanting)

    def _used_before(self, file: str) -> frozenset[str]:
        names = self._verifier.before(file).names
        if names is None:
            return frozenset(_WORD.findall(self._task.files[file]))
        return frozenset(name.decode("utf-8", "replace") for _, name, _ in names.uses)

    def _is_idle_value(self, atom: Atom, texts: Texts) -> bool:
        """Tell whether an insertion only gives names of the file to values, and nothing uses them."""
        language = languages().get(self._task.languages.get(atom.file, ""))
        if language is None or not atom.binds or atom.twin or _PUBLIC.match(atom.text):
            return False
        if any(name.startswith("__") for name in atom.binds):
            return False
        if language.name == "go" and any(name[:1].isupper() for name in atom.binds):
            return False
        tree = parsed(language, texts().get(atom.file, ""))
        names = None if tree is None else names_of(tree, {})
        if names is None:
            return False
        own = _WORD.findall(atom.text)
        for name in atom.binds:
            word = name.encode("utf-8", "replace")
            there = sum(1 for _, used, scope in names.uses if used == word and scope == FILE)
            if there > own.count(name):
                return False
        return True

    def _head(self, atom: Atom, chosen: Part, rest: Sequence[Taken]) -> str:
        """Tell whether an atom changes the head of a definition that nothing else changes."""
        home = self._home(atom)
        if home is None or not _is_head(atom, home):
            return ""
        if any(_is_alike(atom, other) for other in chosen.atoms):
            return ""
        others: Iterable[Atom] = chosen.atoms
        if home.kind is DefinitionKind.FUNCTION:
            others = _all(chosen, rest)
        if any(o.key != atom.key and o.kind not in INERT and self._in(o, home) for o in others):
            return ""
        named = self._words & (atom.used - atom.dropped)
        above = atom.text.strip().startswith(_ABOVE)
        if named and (above or home.own_name in self._words):
            return ""
        return "" if atom.kind is Kind.TYPE and self._types else OTHER_HEAD

    def _remark(self, atom: Atom, taken: Taken, chosen: Part, rest: Sequence[Taken]) -> str:
        """Tell whether a comment or a type was written for other code than what comes out.

        Where it was asked for, its candidate may have left alone what the others change.
        """
        if atom.kind not in INERT or atom.kind is Kind.LAYOUT:
            return ""
        home = self._home(atom)
        asked = self._types if atom.kind is Kind.TYPE else self._remarks
        if asked and home is None:
            return ""
        here = {a.key for a in self._solid(_all(chosen, rest), atom.file, home)}
        for part in self._parts:
            if atom.key in part.by_key:
                own = {a.key for a in self._solid(part.atoms, atom.file, home)}
                if own == here or (asked and own <= here):
                    return ""
        return OTHER_CODE

    def _solid(self, atoms: Iterable[Atom], file: str, home: Definition | None) -> list[Atom]:
        """Return what changes what runs in a function; in a class or a file, outside of their functions."""
        found = (
            a for a in atoms if a.file == file and a.kind not in INERT and a.kind is not Kind.IMPORT
        )
        if home is not None and home.kind is DefinitionKind.FUNCTION:
            return [atom for atom in found if self._in(atom, home)]
        return [atom for atom in found if self._home(atom) == home]

    def _in(self, atom: Atom, home: Definition) -> bool:
        path = ".".join(reversed(atom.within))
        inside = path == home.name or path.startswith(f"{home.name}.")
        return inside or _covers(home, atom)

    def _home(self, atom: Atom) -> Definition | None:
        """Return the innermost function or class around an atom, or above which it stands."""
        known = self._definitions.get(atom.file)
        if known is None:
            language = languages().get(self._task.languages.get(atom.file, ""))
            kinds = (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
            found = definitions_of(self._task.files[atom.file], language)
            known = sorted((d for d in found if d.kind in kinds), key=lambda d: (d.start, -d.end))
            self._definitions[atom.file] = known
        path = ".".join(reversed(atom.within))
        last = bisect_right(known, atom.start, key=lambda d: d.start)
        for one in reversed(known[:last]):
            if _covers(one, atom) or (path and path == one.name):
                return one
            if not one.depth:
                break
        return None


def _covers(one: Definition, atom: Atom) -> bool:
    if atom.inserts:
        above = atom.kind in INERT or atom.text.strip().startswith(_ABOVE)
        return one.start < atom.start < one.end or (above and atom.start == one.start)
    return one.start <= atom.start and atom.end <= one.end


def _is_head(atom: Atom, home: Definition) -> bool:
    """Tell whether an atom changes bases, a type of what is given back, or what stands above."""
    if atom.kind in (Kind.COMMENT, Kind.DOC, Kind.LAYOUT, Kind.RENAME, Kind.IMPORT):
        return False
    if atom.kind is Kind.TYPE:
        return home.kind is DefinitionKind.FUNCTION and atom.start <= home.body
    if atom.alone or atom.start >= home.body:
        return False
    above = atom.end <= home.head and bool(atom.text or home.start < home.head)
    marked = atom.text.strip().startswith(_ABOVE)
    return home.kind is DefinitionKind.CLASS or above or marked


def _is_alike(atom: Atom, other: Atom) -> bool:
    """Tell whether the chosen edit does the same at another definition."""
    if not atom.shape or atom.shape != other.shape:
        return False
    return atom.kind is not Kind.TYPE or adds_only(atom)


def adds_only(atom: Atom) -> bool:
    """Tell whether an atom keeps all words that were there."""
    return atom.dropped <= atom.used


def _all(chosen: Part, rest: Sequence[Taken]) -> Iterator[Atom]:
    yield from chosen.atoms
    for one in rest:
        yield from one.atoms


def _imported(text: str, language: str) -> frozenset[str]:
    """Return the names that an import, or a part of one, brings."""
    if language == "go":
        return frozenset(_GO_NAMES.findall(text))
    if language == "python":
        text = text.rpartition("import ")[2]
    words = _WORD.findall(text.partition(" from ")[0] if language != "python" else text)
    if language == "java":
        return frozenset(words[-1:])
    return frozenset(words) - {"import", "type", "as", "typeof", "static", "require"}
