"""One candidate cut into atoms, and which of them need which."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from fusionls.core.editing.atoms import INERT, Atom, Key, Kind
from fusionls.core.editing.cutting import cut
from fusionls.core.editing.edit import EditTask, Judged
from fusionls.core.editing.trees import Tree
from fusionls.core.languages import languages
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import reader_of

# A text that was moved has at least so many tokens; shorter ones occur everywhere.
LEAST_MOVED = 4
_WORD = re.compile(r"[^\W\d]\w*")
# A member of the object itself that is used, and one that is given a value.
_MEMBER = re.compile(r"\b(?:self|this)\.(\w+)")
_GIVEN = re.compile(r"\b(?:self|this)\.(\w+)[ \t]{0,8}(?::[^=\n]{0,200})?=(?![=>])")


@dataclass(frozen=True, slots=True)
class Part:
    """The atoms of one candidate. ``needs`` says for each which others must come with it, by number.

    ``by_key`` are the numbers by what the atoms do, and ``held`` the keys of each place that belong together.
    """

    judged: Judged
    atoms: tuple[Atom, ...]
    needs: tuple[frozenset[int], ...]
    by_key: Mapping[Key, int]
    held: Mapping[Key, frozenset[Key]]

    @property
    def member(self) -> str:
        """Who wrote it."""
        return self.judged.proposal.member

    @property
    def rank(self) -> tuple[float, str, int]:
        """The best first."""
        proposal = self.judged.proposal
        return -self.judged.weight, proposal.member, proposal.sample

    def with_needs(self, keys: Iterable[Key]) -> list[Atom]:
        """Return the atoms with these keys and all that they need."""
        found: set[int] = set()
        stack = [self.by_key[key] for key in keys]
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += self.needs[number]
        return [self.atoms[number] for number in sorted(found)]


def is_free(atom: Atom) -> bool:
    """Tell whether an atom may stand beside other changes of its function."""
    return (
        atom.alone
        or atom.kind in INERT
        or atom.kind is Kind.RENAME
        or atom.shape[:1] == ("argument",)
    )


def known_words(task: EditTask) -> dict[str, frozenset[str]]:
    """Return the words of each file before, and those that every file of its language knows."""
    return {
        name: frozenset(_WORD.findall(text)) | _common_words(task.languages.get(name, ""))
        for name, text in task.files.items()
    }


@cache
def _common_words(name: str) -> frozenset[str]:
    language = languages().get(name)
    rules = rules_for(language)
    if language is None or rules is None:
        return frozenset()
    words = (word.decode("utf-8", "replace") for word in reader_of(language, rules).words)
    return rules.known | frozenset(words)


def part_of(
    task: EditTask,
    judged: Judged,
    trees: Mapping[str, Tree | None],
    known: Mapping[str, frozenset[str]],
    home: Callable[[str, int], str],
) -> Part:
    """Cut a candidate. ``trees`` are those of the texts before, ``known`` their words.

    ``home`` tells the function to which the name at a place of a file belongs, "" for what all may see.
    """
    atoms: list[Atom] = []
    for name in sorted(task.files):
        after = judged.proposal.after.get(name)
        if after is not None:
            atoms += cut(name, trees.get(name), task.files[name], after)
    atoms = [_finished(atom, known[atom.file], home) for atom in _named(atoms, known)]
    held: dict[Key, set[Key]] = {}
    for atom in atoms:
        if not is_free(atom):
            held.setdefault(atom.place, set()).add(atom.key)
    by_key: dict[Key, int] = {}
    for number, atom in enumerate(atoms):
        by_key.setdefault(atom.key, number)
    return Part(
        judged,
        tuple(atoms),
        tuple(_needs(atoms, known)),
        by_key,
        {place: frozenset(keys) for place, keys in held.items()},
    )


def _named(atoms: list[Atom], known: Mapping[str, frozenset[str]]) -> list[Atom]:
    """Tell new names for old things from other things that are put there.

    Another name that was there before and that nobody gives is another thing. One new name in the place of
    anything is a name for it, as a constant's for a number.
    """
    given = {(old, new) for atom in atoms for old in atom.gone for new in atom.binds}
    signatures = {atom.shape[1] for atom in atoms if atom.shape[:1] == ("parameter",)}
    return [_named_one(atom, known[atom.file], given, signatures) for atom in atoms]


def _named_one(
    atom: Atom, known: frozenset[str], given: set[tuple[str, str]], signatures: set[str]
) -> Atom:
    if atom.kind is Kind.RENAME:
        old, new = atom.shape[1:3]
        if new in known and (old, new) not in given:
            return replace(atom, kind=Kind.REPLACE, shape=("replace", old, new))
    elif atom.shape[:1] == ("argument",) and _is_new_name(atom, atom.shape[2], known):
        return replace(atom, kind=Kind.RENAME, shape=("rename", atom.shape[3], atom.shape[2]))
    elif atom.shape[:1] == ("argument",) and atom.shape[1] not in signatures:
        # Without a new signature it is a change like any other.
        return replace(atom, shape=("call", *atom.shape[1:]))
    elif atom.shape[:1] == ("replace",) and _is_new_name(atom, atom.shape[2], known):
        return replace(atom, kind=Kind.RENAME, shape=("rename", *atom.shape[1:]))
    return atom


def _is_new_name(atom: Atom, new: str, known: frozenset[str]) -> bool:
    return (
        atom.kind is Kind.REPLACE and new.isidentifier() and new not in known and new in atom.used
    )


def _finished(atom: Atom, known: frozenset[str], home: Callable[[str, int], str]) -> Atom:
    atom = replace(atom, fresh=atom.fresh - known)
    if atom.kind is not Kind.RENAME:
        return atom
    return replace(atom, shape=(*atom.shape, _home(atom, home)))


def _home(atom: Atom, home: Callable[[str, int], str]) -> str:
    return "" if atom.outer else home(atom.file, atom.start)


def _needs(atoms: list[Atom], known: Mapping[str, frozenset[str]]) -> list[frozenset[int]]:
    needs: list[set[int]] = [set() for _ in atoms]
    givers: dict[str, list[int]] = {}
    users: dict[str, list[int]] = {}
    for number, atom in enumerate(atoms):
        for name in atom.binds:
            givers.setdefault(name, []).append(number)
        for name in atom.dropped - atom.used:
            users.setdefault(name, []).append(number)
    for number, atom in enumerate(atoms):
        for name in atom.used - known[atom.file]:
            for giver in givers.get(name, ()):
                other = atoms[giver]
                if giver != number and (other.outer or other.place == atom.place):
                    needs[number].add(giver)
        if atom.outer:
            for name in atom.gone:
                needs[number].update(n for n in users.get(name, ()) if n != number)
    _link_members(atoms, needs)
    _link_signatures(atoms, needs)
    _link_moves(atoms, needs)
    return [frozenset(numbers) for numbers in needs]


def _link_members(atoms: list[Atom], needs: list[set[int]]) -> None:
    """A new member that is used, as in ``self.n += 1``, needs what gives it its value, in any method."""
    givers: dict[tuple[str, str], list[int]] = {}
    for number, atom in enumerate(atoms):
        for name in atom.fresh.intersection(_GIVEN.findall(atom.text)):
            givers.setdefault((atom.file, name), []).append(number)
    for number, atom in enumerate(atoms) if givers else ():
        for name in atom.fresh.intersection(_MEMBER.findall(atom.text)):
            found = givers.get((atom.file, name), [])
            if number not in found:
                needs[number].update(found)


def _link_signatures(atoms: list[Atom], needs: list[set[int]]) -> None:
    """A changed signature needs every call, and a changed call the signature."""
    changed: dict[str, list[int]] = {}
    calls: dict[str, list[int]] = {}
    for number, atom in enumerate(atoms):
        if atom.kind is Kind.TYPE:
            continue
        if atom.shape[:1] == ("parameter",):
            changed.setdefault(atom.shape[1], []).append(number)
        elif atom.shape[:1] == ("argument",):
            calls.setdefault(atom.shape[1], []).append(number)
    for name in changed.keys() & calls.keys():
        for a in changed[name]:
            for b in calls[name]:
                needs[a].add(b)
                needs[b].add(a)


def _link_moves(atoms: list[Atom], needs: list[set[int]]) -> None:
    """What is taken from one place and put to another comes with both or not at all."""
    taken = {}
    for number, atom in enumerate(atoms):
        if not atom.text and len(atom.moved) >= LEAST_MOVED:
            taken[atom.moved] = number
    for number, atom in enumerate(atoms):
        other = taken.get(atom.moved) if atom.inserts else None
        if other is not None:
            needs[number].add(other)
            needs[other].add(number)
