"""In which definitions of the text before atoms stand."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from fusionls.core.editing.atoms import INERT, Atom, Key, Kind
from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.parts import Part
from fusionls.core.languages import languages

# What stands above a definition or among its modifiers.
ABOVE = ("@", "#[", "[")
# So many definitions before a place are looked at for those around it: no class of people has more members.
_MOST_PASSED = 500


class Homes:
    """The functions and classes of one task. Atoms and parts are remembered by identity: they must live."""

    def __init__(self, task: EditTask) -> None:
        self._task = task
        self._definitions: dict[str, list[Definition]] = {}
        self._chains: dict[int, tuple[Definition, ...]] = {}
        self._by_home: dict[int, ByHome] = {}

    def of(self, part: Part) -> "ByHome":
        """Return what a candidate does, by the definitions around it."""
        found = self._by_home.get(id(part))
        if found is None:
            found = self._by_home[id(part)] = ByHome()
            for atom in part.atoms:
                found.add(atom, self.chain(atom))
        return found

    def home(self, atom: Atom) -> Definition | None:
        """Return the innermost function or class around an atom, or above which it stands."""
        chain = self.chain(atom)
        return chain[0] if chain else None

    def chain(self, atom: Atom) -> tuple[Definition, ...]:
        """Return the functions and classes around an atom, the innermost first."""
        found = self._chains.get(id(atom))
        if found is None:
            found = self._chains[id(atom)] = tuple(self._around(atom))
        return found

    def _around(self, atom: Atom) -> Iterator[Definition]:
        known = self._definitions.get(atom.file)
        if known is None:
            language = languages().get(self._task.languages.get(atom.file, ""))
            kinds = (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
            found = definitions_of(self._task.files[atom.file], language)
            known = sorted((d for d in found if d.kind in kinds), key=lambda d: (d.start, -d.end))
            self._definitions[atom.file] = known
        path = ".".join(reversed(atom.within))
        last = bisect_right(known, atom.start, key=lambda d: d.start)
        for one in reversed(known[max(0, last - _MOST_PASSED) : last]):
            if _covers(one, atom) or path == one.name or path.startswith(f"{one.name}."):
                yield one
            if not one.depth:
                break


@dataclass(slots=True)
class ByHome:
    """What the atoms of one part do that runs, by the definitions around them.

    ``around`` are the keys in a definition, by its identity, ``innermost`` those that are in no function in
    it, ``outside`` those of a file in none, and ``shapes`` those of all atoms.
    """

    around: dict[int, set[Key]] = field(default_factory=dict)
    innermost: dict[int, set[Key]] = field(default_factory=dict)
    outside: dict[str, set[Key]] = field(default_factory=dict)
    shapes: set[Key] = field(default_factory=set)

    def add(self, atom: Atom, chain: tuple[Definition, ...]) -> None:
        """Take in an atom. ``chain`` are the definitions around it, the innermost first."""
        self.shapes.add(atom.shape)
        if not runs(atom):
            return
        for one in chain:
            self.around.setdefault(id(one), set()).add(atom.key)
        if chain:
            self.innermost.setdefault(id(chain[0]), set()).add(atom.key)
        else:
            self.outside.setdefault(atom.file, set()).add(atom.key)

    def solid(self, home: Definition | None, file: str) -> set[Key]:
        """Return what changes what runs in a function; in a class or a file, outside of their functions."""
        if home is None:
            return self.outside.get(file, set())
        is_function = home.kind is DefinitionKind.FUNCTION
        return (self.around if is_function else self.innermost).get(id(home), set())


def runs(atom: Atom) -> bool:
    """Tell whether an atom changes what runs."""
    return atom.kind not in INERT and atom.kind is not Kind.IMPORT


def _covers(one: Definition, atom: Atom) -> bool:
    if atom.inserts:
        above = atom.kind in INERT or atom.text.strip().startswith(ABOVE)
        return one.start < atom.start < one.end or (above and atom.start == one.start)
    return one.start <= atom.start and atom.end <= one.end
