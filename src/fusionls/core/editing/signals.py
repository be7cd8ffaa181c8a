"""What an edit did to one file: the single signals of the gate.

Each compares the text after with the text before; what was wrong before is nobody's fault. Measured on the
recorded edits by ``tests/eval_edit_gate.py``.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from fusionls.core.cleanup.hidden_characters import hidden_in
from fusionls.core.editing.atoms import tokens
from fusionls.core.editing.canonical import Depth, Teller, form_of
from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_in
from fusionls.core.editing.elisions import elisions_in
from fusionls.core.editing.readable import error_count, tree_of
from fusionls.core.editing.unbound import pieces_for, unbound_members, unbound_names
from fusionls.core.language import Language
from fusionls.core.scopes.pieces import Pieces
from fusionls.core.text import fold_blanks, split_lines

# What leaks from a prompt or its answer's format.
_LEAK = re.compile(
    r"\s{0,40}(?:```|~~~~?\s|<\|[\w/]{1,40}\|>|<(?:file_sep|fim_\w{1,20}|EOT|think)>|</think>"
    r"|#{2,4} ?(?:Instruction|Response|Edit|Input|Output)\b|<{5,9} |>{5,9} (?:REPLACE|UPDATED)|\[/?INST\])"
)
_NAME = re.compile(r"\w+")
_TODO = re.compile(r"\s{0,200}(?:#|//|/\*|--)\s{0,8}(?:TO[D]O|FIX[M]E)\b", re.IGNORECASE)
_DOCSTRING = re.compile(r"\s{0,400}[rRuU]{0,2}(\"\"\"|'''|\"|')")
# A near copy has this share of its tokens in common, and so many of them: two short functions are alike by
# chance. Equal ones are copies whatever their length.
_SHARE_OF_COPY = 0.85
_LEAST_COPY = 20
# An edit with more new definitions is another program.
_MOST_ADDED = 40
# Files of which so many states are asked about at once: the text before, by all members.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class FileState:
    """What is known of one version of a file. ``errors`` is -1 where there is no tree.

    ``accepted`` is what the language itself says, None where it cannot tell.
    """

    has_tree: bool
    errors: int
    accepted: bool | None
    unbound: frozenset[str] | None
    members: frozenset[str]
    definitions: tuple[Definition, ...]
    docstrings: frozenset[str]
    pieces: Pieces | None = field(default=None, compare=False, repr=False)


@lru_cache(maxsize=_KEPT)
def state_before(text: str, language: Language | None) -> FileState:
    """Return what is known of a text before any edit; the last ones are remembered."""
    return state_of(text, language)


def state_of(text: str, language: Language | None, earlier: FileState | None = None) -> FileState:
    """Return what is known of ``text``. ``earlier`` saves what it shares, and changes nothing else."""
    parsed = tree_of(text, language)
    if parsed is None or language is None:
        return FileState(False, -1, None, None, frozenset(), (), frozenset())
    definitions = definitions_in(parsed.tree, parsed.source, language)
    is_python = language.name == "python"
    pieces = pieces_for(language, earlier.pieces if earlier is not None else None)
    return FileState(
        has_tree=True,
        errors=error_count(parsed.tree),
        accepted=language.accepts(text) if language.accepts is not None else None,
        unbound=unbound_names(parsed, language, pieces),
        members=unbound_members(text, definitions, parsed) if is_python else frozenset(),
        definitions=definitions,
        docstrings=_documented(text, definitions) if is_python else frozenset(),
        pieces=pieces,
    )


def _documented(text: str, definitions: tuple[Definition, ...]) -> frozenset[str]:
    return frozenset(
        one.name
        for one in definitions
        if one.body < one.end and _DOCSTRING.match(text, one.body, one.end)
    )


@lru_cache(maxsize=_KEPT)
def _told(text: str, language: Language | None) -> tuple[Teller, str]:
    """Return the form of a text before, and who told it: versions of it share nearly all parts."""
    teller = Teller(language, Depth.PROGRAM)
    return teller, form_of(teller.parts(text))


def does_nothing(before: str, after: str, language: Language | None, remarks: bool) -> bool:
    """Tell whether both are the same program; with ``remarks`` comments count as something."""
    if before == after:
        return True
    teller, form = _told(before, language)
    if form != form_of(teller.parts(after)):
        return False
    return not remarks or _remarks(before) == _remarks(after)


def _remarks(text: str) -> list[str]:
    return [line for line in map(fold_blanks, split_lines(text)) if line]


def breaks(before: FileState, after: FileState) -> bool:
    """Tell whether the text after has errors that the one before did not have."""
    if before.has_tree and not after.has_tree:
        return True
    return after.errors > before.errors or (before.accepted is True and after.accepted is False)


def newly_unbound(before: FileState, after: FileState) -> frozenset[str]:
    """Return the names that nothing binds after the edit and that were not so before."""
    if before.unbound is None or after.unbound is None:
        return frozenset()
    return after.unbound - before.unbound


def lost_docstrings(before: FileState, after: FileState) -> frozenset[str]:
    """Return the definitions that are still there but not documented any more."""
    still = {one.name for one in after.definitions}
    return (before.docstrings & still) - after.docstrings


def lost_definitions(before: FileState, after: FileState) -> tuple[str, ...]:
    """Return the names of functions and classes that are gone."""
    still = {one.name for one in after.definitions}
    kinds = (DefinitionKind.FUNCTION, DefinitionKind.CLASS, DefinitionKind.MODULE)
    gone = [o.name for o in before.definitions if o.kind in kinds and o.name not in still]
    return tuple(dict.fromkeys(gone))


def doubled_definitions(before: FileState, after: FileState) -> tuple[str, ...]:
    """Return the names that are defined more often with one header than before."""
    old = Counter((one.name, one.header) for one in before.definitions)
    new = Counter((one.name, one.header) for one in after.definitions)
    return tuple(sorted({name for (name, head), n in new.items() if n > max(1, old[name, head])}))


def unused_definitions(before: FileState, after: FileState, text: str) -> tuple[str, ...]:
    """Return the names of new functions and classes of ``text`` that stand nowhere else in it.

    Tests, what is decorated and what a language calls by itself are used by others.
    """
    kinds = (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
    known = {one.own_name for one in before.definitions}
    added = [
        one
        for one in after.definitions
        if one.kind in kinds
        and one.own_name not in known
        and not one.own_name.lower().startswith(("__", "test"))
        and "@" not in text[one.start : one.head]
    ]
    # As many less, and they have only got other names.
    if len(added) <= len(lost_definitions(before, after)):
        return ()
    uses = Counter(_NAME.findall(text))
    defined = Counter(one.own_name for one in after.definitions)
    return tuple(
        dict.fromkeys(o.own_name for o in added if uses[o.own_name] <= defined[o.own_name])
    )


def copied_definitions(before: FileState, after: FileState, text: str) -> tuple[str, ...]:
    """Return the names of new functions and classes that are near copies of others that are still there.

    ``text`` is the one after. Of more than ``_MOST_ADDED`` new ones only the first are compared.
    """
    kinds = (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
    known = {one.name for one in before.definitions}
    there = [one for one in after.definitions if one.kind in kinds]
    added = [one for one in there if one.name not in known][:_MOST_ADDED]
    if not added:
        return ()
    old = [(one.kind, _without_name(one, text)) for one in there if one.name in known]
    found: list[str] = []
    for one in added:
        own = _without_name(one, text)
        if any(kind is one.kind and _is_copy(own, other) for kind, other in old):
            found.append(one.own_name)
    return tuple(dict.fromkeys(found))


def _without_name(one: Definition, text: str) -> Counter[str]:
    words = tokens(text[one.head : one.end])
    return Counter("_" if word == one.own_name else word for word in words)


def _is_copy(one: Counter[str], other: Counter[str]) -> bool:
    if one == other:
        return True
    sizes = sorted((one.total(), other.total()))
    if sizes[0] < max(_LEAST_COPY, _SHARE_OF_COPY * sizes[1]):
        return False
    return (one & other).total() >= _SHARE_OF_COPY * sizes[1]


def leaks(before: str, after: str) -> bool:
    """Tell whether marks of a prompt or of Markdown came in."""
    return _new_line(before, after, _LEAK)


def leaves_out(before: str, after: str) -> bool:
    """Tell whether a comment stands for code, or says that it is still to be written."""
    return bool(elisions_in(after, before)) or _new_line(before, after, _TODO)


def _new_line(before: str, after: str, pattern: re.Pattern[str]) -> bool:
    found = [line.strip() for line in split_lines(after) if pattern.match(line)]
    if not found:
        return False
    known = {line.strip() for line in split_lines(before)}
    return any(line not in known for line in found)


def new_hidden(before: str, after: str) -> bool:
    """Tell whether characters came in that nobody can see."""
    return any(sign not in before for sign in hidden_in(after))


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """Return how many lines with text went and came, wherever they stand."""
    old = Counter(line for line in map(fold_blanks, split_lines(before)) if line)
    new = Counter(line for line in map(fold_blanks, split_lines(after)) if line)
    return sum((old - new).values()), sum((new - old).values())


def line_count(text: str) -> int:
    """Return how many lines have text."""
    return sum(1 for line in split_lines(text) if line.strip())
