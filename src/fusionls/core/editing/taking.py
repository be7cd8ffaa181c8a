"""What was taken of other candidates, and how it stands beside the chosen edit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusionls.core.editing.atoms import Atom, Key, Kind
from fusionls.core.editing.offers import Offer
from fusionls.core.editing.parts import Part


@dataclass(slots=True)
class Taken:
    """What came into the chosen edit by one offer, with all that it needs."""

    offer: Offer
    atoms: tuple[Atom, ...]


def union(chosen: Iterable[Atom], taken: Iterable[Taken]) -> dict[Key, Atom]:
    """Return atoms by what they do; the chosen edit's own come first, and twice where it has them twice."""
    atoms: dict[Key, Atom] = {}
    for number, atom in enumerate(chosen):
        key = atom.key if atom.key not in atoms else (*atom.key, str(number))
        atoms[key] = atom
    for one in taken:
        for atom in one.atoms:
            if atom.kind is not Kind.LAYOUT:
                atoms.setdefault(atom.key, atom)
    return atoms


def in_order(atoms: Iterable[Atom], own: set[int]) -> list[Atom]:
    """Return atoms as they stand in the file.

    At one place the chosen edit's own come first, but for the layout that it ends with.
    """
    found = list(atoms)
    ranks: dict[int, float] = {}
    last: dict[tuple[str, int, int], float] = {}
    for number, atom in enumerate(found):
        if id(atom) in own:
            ranks[id(atom)] = number
            if atom.kind is not Kind.LAYOUT:
                last[atom.file, atom.start, atom.end] = number + 0.5
    return sorted(
        found,
        key=lambda a: (
            a.file,
            a.start,
            a.end,
            ranks.get(id(a), last.get((a.file, a.start, a.end), -1.0)),
            a.text,
        ),
    )


def is_for_others(taken: Taken) -> bool:
    """Tell whether everything in it only serves other atoms of its candidate."""
    donor = taken.offer.donor
    numbers = [donor.by_key[key] for key in taken.offer.keys]
    if not all(donor.atoms[n].outer and donor.atoms[n].binds for n in numbers):
        return False
    return any(
        number in needs
        for number in numbers
        for other, needs in enumerate(donor.needs)
        if other not in numbers
    )


def is_used(taken: Taken, chosen: Part, rest: Sequence[Taken]) -> bool:
    """Tell whether anything else that comes out uses a name that this brings."""
    names = {name for atom in taken.atoms for name in atom.binds}
    keys = taken.offer.keys
    others = [a for a in chosen.atoms if a.key not in keys]
    others += [a for one in rest for a in one.atoms if a.key not in keys]
    return any(names & atom.used for atom in others)
