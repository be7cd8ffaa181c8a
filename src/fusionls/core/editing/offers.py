"""What other candidates offer to the chosen one: atoms that come together, and whether enough want them.

What a candidate does in one function is one offer, because parts of two ways to do one thing make none.
Imports, new definitions, comments, types, new names and arguments are offers of their own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fusionls.core.editing.atoms import Atom, Key, Kind
from fusionls.core.editing.parts import Part, is_free

# At least so many members want what is taken of others, and this share of all. Of five members two, of
# seventeen six: what fewer want is as often a slip as an idea.
MEMBERS_NEEDED = 2
SHARE_NEEDED = 1 / 3
# Shares of members that are closer are equal.
ROUNDING = 1e-9
# Words that are marked as code, and words that can only be code.
_MARKED = re.compile(
    r"[`'\"](?:\w+\.)*(\w+)(?:\(\))?[`'\"]|\b(\w+)\(|\b(\w*_\w+|[a-z]+[A-Z]\w*|[A-Z]\w+[A-Z]\w*)\b"
)
_WORD = re.compile(r"[^\W\d]\w{2,}")
# What an instruction wants to be left alone is not asked for.
_LEFT_ALONE = re.compile(
    r"\b(?:do not|don't|must not|mustn't|should not|shouldn't|never|without)\s+(?:\w+\s+){0,2}"
    r"(?:chang|modif|touch|edit|alter|renam|rewrit|remov|delet)\w*[^.;\n]*",
    re.IGNORECASE,
)
# Of a longer instruction the beginning says what is wanted.
_INSTRUCTION = 20_000


@dataclass(frozen=True, slots=True)
class Offer:
    """Atoms of one place, by what they do. ``members`` want them; ``donor`` has them, the best that does.

    ``why`` says why they are not taken, "" if they may be. ``asked`` says that no quorum wants them but the
    instruction names the place, or the chosen edit does the same elsewhere. ``strength`` counts members; one
    that has it in one of three samples counts a third.
    """

    keys: frozenset[Key]
    members: frozenset[str]
    donor: Part
    why: str = ""
    asked: bool = False
    strength: float = 0.0

    @property
    def atoms(self) -> list[Atom]:
        """The atoms without what they need."""
        return [self.donor.atoms[self.donor.by_key[key]] for key in sorted(self.keys)]

    @property
    def rank(self) -> tuple[float, int, list[Key]]:
        """What more members want comes first; of that what is larger."""
        return -self.strength, -len(self.keys), sorted(self.keys)


def quorum(members: int) -> int:
    """Return how many members must want an atom of others."""
    return max(MEMBERS_NEEDED, -int(-(members * SHARE_NEEDED - ROUNDING) // 1))


def asked_part(instruction: str) -> str:
    """Return an instruction without what it wants to be left alone."""
    return _LEFT_ALONE.sub(" ", instruction[:_INSTRUCTION])


def marked_names(instruction: str) -> frozenset[str]:
    """Return the names that an instruction marks as code, or that can be nothing else."""
    return frozenset(word for groups in _MARKED.findall(instruction) for word in groups if word)


def offers_to(chosen: Part, parts: Sequence[Part], instruction: str) -> list[Offer]:
    """Return the offers of all parts to the chosen one, in an order that does not depend on theirs."""
    needed = quorum(len({part.member for part in parts}))
    asking = _Asking(chosen, parts, instruction, needed)
    sets: dict[frozenset[Key], list[Part]] = {}
    refused: dict[frozenset[Key], list[Part]] = {}
    for part in sorted(parts, key=lambda part: part.rank):
        for keys, fits in _sets(chosen, part):
            (sets if fits else refused).setdefault(keys, []).append(part)
    found = [asking.judged(keys, having[0]) for keys, having in sets.items()]
    found += [
        Offer(
            keys,
            frozenset(part.member for part in having),
            having[0],
            "the chosen edit changes this function otherwise",
            strength=len(having),
        )
        for keys, having in refused.items()
        if keys not in sets
    ]
    return sorted(found, key=lambda offer: offer.rank)


def _sets(chosen: Part, part: Part) -> list[tuple[frozenset[Key], bool]]:
    """Return what a part has that the chosen one has not, and whether it has what that one has there."""
    found: list[tuple[frozenset[Key], bool]] = []
    for place, keys in part.held.items():
        mine = chosen.held.get(place, frozenset())
        more = keys - mine
        if more:
            found.append((more, mine <= keys))
    for atom in part.atoms:
        if is_free(atom) and atom.key not in chosen.by_key:
            found.append((frozenset((atom.key,)), True))
    return found


class _Asking:
    """Who wants an offer, and whether that is enough."""

    def __init__(self, chosen: Part, parts: Sequence[Part], instruction: str, needed: int) -> None:
        self._chosen = chosen
        self._parts = parts
        self._needed = needed
        asked = asked_part(instruction)
        self._marked = marked_names(asked)
        self._words = frozenset(_WORD.findall(asked))
        self._shapes: dict[Key, set[str]] = {}
        for part in parts:
            for atom in part.atoms:
                if atom.shape:
                    self._shapes.setdefault(atom.shape, set()).add(part.member)
        self._names_own = any(_in_named(atom, self._marked) for atom in chosen.atoms)
        self._samples = Counter(part.member for part in parts)
        self._takes = any(a.kind is Kind.DELETE and a.gone for a in chosen.atoms)
        self._gone = frozenset(name for atom in chosen.atoms for name in atom.gone)
        self._own_shapes = {atom.shape for atom in chosen.atoms if atom.shape}

    def judged(self, keys: frozenset[Key], donor: Part) -> Offer:
        atoms = [donor.atoms[donor.by_key[key]] for key in sorted(keys)]
        solid = frozenset(atom.key for atom in atoms if atom.kind is not Kind.LAYOUT)
        if solid and solid != keys:
            return self.judged(solid, donor)
        wanting = [part for part in self._parts if self._wants(part, keys, atoms)]
        members = frozenset(part.member for part in wanting)
        # Summed in one order, so that the sum is the same to the last digit.
        strength = sum(sorted(1 / self._samples[part.member] for part in wanting))
        enough = strength >= self._needed - ROUNDING
        asked = not enough and (self._alike(atoms, donor) or self._is_named(atoms, keys))
        why = ""
        if not solid:
            why = "it changes nothing but layout"
        elif not (enough or asked):
            why = "only one member wants it" if len(members) == 1 else "too few want it"
        else:
            why = next(filter(None, (self._unasked(atom, strength, donor) for atom in atoms)), "")
        return Offer(keys, members, donor, why, asked, strength)

    def _unasked(self, atom: Atom, strength: float, donor: Part) -> str:
        """Return why even a quorum is not enough: it takes what was there away or names it anew."""
        if atom.kind is Kind.RENAME:
            known = atom.shape in self._own_shapes or {*atom.shape[1:3]} & self._words
            return "" if known else "nobody asked for another name"
        if atom.kind is not Kind.DELETE or _is_moved(atom, donor):
            return ""
        if strength * 2 <= len(self._samples):
            return "too few want to take it away"
        if atom.gone and not (atom.gone <= self._words or self._takes):
            return "nobody asked to take it away"
        return ""

    def _wants(self, part: Part, keys: frozenset[Key], atoms: list[Atom]) -> bool:
        if not all(key in part.by_key for key in keys):
            return False
        return all(
            is_free(atom) or self._chosen.held.get(atom.place, frozenset()) <= part.held[atom.place]
            for atom in atoms
        )

    def _alike(self, atoms: list[Atom], donor: Part) -> bool:
        """Tell whether the chosen edit and others do the same at other places."""
        return all(self._is_shape(atom) or self._completes(atom, donor) for atom in atoms)

    def _is_shape(self, atom: Atom) -> bool:
        if atom.is_statement and atom.fresh:
            # Where a flag is set or a counter counts is no pattern.
            return False
        if atom.kind is Kind.TYPE and atom.dropped - atom.used - self._gone:
            # Another type is no pattern as a further one is.
            return False
        wanted = self._shapes.get(atom.shape, ())
        return atom.shape in self._own_shapes and len(wanted) >= self._needed

    def _completes(self, atom: Atom, donor: Part) -> bool:
        """Tell whether a call is changed as the chosen edit's signature wants it."""
        if atom.shape[:1] != ("argument",):
            return False
        changed = [a for a in donor.atoms if a.shape == ("parameter", atom.shape[1])]
        return bool(changed) and all(a.key in self._chosen.by_key for a in changed)

    def _is_named(self, atoms: list[Atom], keys: frozenset[Key]) -> bool:
        """Tell whether the instruction names what is changed, and nobody changes it otherwise.

        That a definition is named says nothing by itself; the chosen edit must have changed another one
        that is named.
        """
        for atom in atoms:
            new = atom.commutes and atom.kind is not Kind.IMPORT and atom.binds & self._words
            old = self._names_own and _in_named(atom, self._marked)
            if not (new or old) or self._chosen.held.get(atom.place):
                return False
        place = atoms[0].place
        rivals = {part.held[place] for part in self._parts if place in part.held} - {keys}
        return not rivals


def _is_moved(atom: Atom, donor: Part) -> bool:
    """Tell whether what an atom takes away is put to another place."""
    needed = donor.with_needs([atom.key])
    return any(other.inserts and other.moved == atom.moved for other in needed)


def _in_named(atom: Atom, names: frozenset[str]) -> bool:
    """Tell whether an atom changes the body of a definition with one of these names."""
    return bool(atom.within) and atom.within[0] in names and not atom.alone
