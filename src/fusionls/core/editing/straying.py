"""What of others would stray into the chosen edit: enough want it, and yet it belongs to another edit.

The head of a definition that the chosen edit leaves alone, a comment or a type that tells of other code than
what comes out, an import or a name of the file that nothing uses, an example of use that nobody asked for.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from fusionls.core.editing.atoms import INERT, Atom, Key, Kind
from fusionls.core.editing.definitions import Definition, DefinitionKind
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.homes import ABOVE, Homes, runs
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
        self._homes = Homes(task)
        self._before: dict[str, frozenset[str]] = {}
        self._uses: dict[tuple[int, str], Counter[bytes] | None] = {}

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
                self._unused(atom, chosen, rest, texts)
                or self._head(atom, chosen, rest)
                or self._remark(atom, chosen, rest)
            )
            if why:
                return why
        return ""

    def _unused(self, atom: Atom, chosen: Part, rest: Sequence[Taken], texts: Texts) -> str:
        if atom.kind is Kind.IMPORT:
            return UNUSED if self._is_idle_import(atom, chosen, rest) else ""
        if atom.kind is not Kind.INSERT or not atom.alone or not atom.outer or atom.within:
            return ""
        if _EXAMPLE.match(atom.text) and not self._examples:
            return EXAMPLE
        return UNUSED if self._is_idle_value(atom, chosen, texts) else ""

    def _is_idle_import(self, atom: Atom, chosen: Part, rest: Sequence[Taken]) -> bool:
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
        found = self._before.get(file)
        if found is None:
            names = self._verifier.before(file).names
            if names is None:
                found = frozenset(_WORD.findall(self._task.files[file]))
            else:
                found = frozenset(name.decode("utf-8", "replace") for _, name, _ in names.uses)
            self._before[file] = found
        return found

    def _is_idle_value(self, atom: Atom, chosen: Part, texts: Texts) -> bool:
        """Tell whether an insertion only gives names of the file to values, and nothing uses them."""
        language = self._task.languages.get(atom.file, "")
        if not atom.binds or atom.twin or _PUBLIC.match(atom.text):
            return False
        if any(name.startswith("__") for name in atom.binds):
            return False
        if language == "go" and any(name[:1].isupper() for name in atom.binds):
            return False
        uses = self._uses_after(atom.file, chosen, texts)
        if uses is None:
            return False
        own = _WORD.findall(atom.text)
        return all(uses[n.encode("utf-8", "replace")] <= own.count(n) for n in atom.binds)

    def _uses_after(self, file: str, chosen: Part, texts: Texts) -> Counter[bytes] | None:
        """Count the names of the file's own scope with all that is wanted; None where nothing can be told."""
        key = id(chosen), file
        if key not in self._uses:
            language = languages().get(self._task.languages.get(file, ""))
            tree = None if language is None else parsed(language, texts().get(file, ""))
            names = None if tree is None else names_of(tree, {})
            self._uses[key] = (
                None if names is None else Counter(n for _, n, scope in names.uses if scope == FILE)
            )
        return self._uses[key]

    def _head(self, atom: Atom, chosen: Part, rest: Sequence[Taken]) -> str:
        """Tell whether an atom changes the head of a definition that nothing else changes."""
        home = self._homes.home(atom)
        if home is None or not _is_head(atom, home):
            return ""
        own = self._homes.of(chosen)
        alike = bool(atom.shape) and atom.shape in own.shapes
        if alike and (atom.kind is not Kind.TYPE or atom.dropped <= atom.used):
            return ""
        touched = set(own.around.get(id(home), ()))
        if home.kind is DefinitionKind.FUNCTION:
            touched |= self._taken_in(home, rest)
        if touched - {atom.key}:
            return ""
        named = self._words & (atom.used - atom.dropped)
        above = atom.text.strip().startswith(ABOVE)
        if named and (above or home.own_name in self._words):
            return ""
        return "" if atom.kind is Kind.TYPE and self._types else OTHER_HEAD

    def _remark(self, atom: Atom, chosen: Part, rest: Sequence[Taken]) -> str:
        """Tell whether a comment or a type was written for other code than what comes out.

        Where it was asked for, its candidate may have left alone what the others change.
        """
        if atom.kind not in INERT or atom.kind is Kind.LAYOUT:
            return ""
        home = self._homes.home(atom)
        asked = self._types if atom.kind is Kind.TYPE else self._remarks
        if asked and home is None:
            return ""
        here = self._homes.of(chosen).solid(home, atom.file) | self._taken_in(home, rest, atom.file)
        for part in self._parts:
            if atom.key in part.by_key:
                own = self._homes.of(part).solid(home, atom.file)
                if own == here or (asked and own <= here):
                    return ""
        return OTHER_CODE

    def _taken_in(self, home: Definition | None, rest: Sequence[Taken], file: str = "") -> set[Key]:
        """Return what was taken that changes what runs in a definition, or in a file outside of any."""
        found: set[Key] = set()
        for one in rest:
            for atom in one.atoms:
                if not runs(atom):
                    continue
                chain = self._homes.chain(atom)
                if home is None:
                    inside = not chain and atom.file == file
                elif home.kind is DefinitionKind.FUNCTION:
                    inside = any(one is home for one in chain)
                else:
                    inside = chain[:1] == (home,)
                if inside:
                    found.add(atom.key)
        return found


def _is_head(atom: Atom, home: Definition) -> bool:
    """Tell whether an atom changes bases, a type of what is given back, or what stands above."""
    if atom.kind in (Kind.COMMENT, Kind.DOC, Kind.LAYOUT, Kind.RENAME, Kind.IMPORT):
        return False
    if atom.kind is Kind.TYPE:
        return home.kind is DefinitionKind.FUNCTION and atom.start <= home.body
    if atom.alone or atom.start >= home.body:
        return False
    above = atom.end <= home.head and bool(atom.text or home.start < home.head)
    marked = atom.text.strip().startswith(ABOVE)
    return home.kind is DefinitionKind.CLASS or above or marked


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
