"""To which scope each name of a file belongs.

Unlike ``core/scopes`` this tells of every single name where it is bound, and not of a text in a hole. A name
belongs to a scope as a whole: where in it the binding stands is not asked.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fusionls.core.editing.atoms import Atom
from fusionls.core.editing.trees import Tree
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import Mark, Op, reader_of
from fusionls.core.scopes.rules import ScopeRules

# A query on more nodes takes over half a second.
MOST_NODES = 250_000
# No scope binds it.
FREE = -1
FILE = 0
# The marks of one statement, from its begin, and what is called and defined in it.
_Calls = dict[tuple[int, int], tuple[bytes, int]]
_Arities = dict[tuple[int, int], tuple[int, tuple[int, int] | None]]
_Piece = tuple[list[Mark], _Calls, _Arities]
Pieces = dict[tuple[str, bytes], _Piece]


@dataclass(slots=True)
class _Scope:
    start: int
    end: int
    op: Op
    outer: "_Scope | None"
    bound: set[bytes] = field(default_factory=set)
    arities: dict[bytes, tuple[int, int] | None] = field(default_factory=dict)

    def function(self) -> "_Scope":
        scope = self
        while scope.op is Op.BLOCK and scope.outer is not None:
            scope = scope.outer
        return scope


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a file. ``uses`` are (byte, name, begin of the scope that binds it, FILE or FREE).

    ``top`` are bound in the file's own scope. ``wrong`` counts calls by name whose number of arguments the
    function of this file does not take; ``arities`` are those of the top, ``calls`` (name, number) of names
    that are not defined in this file. ``open`` says that names may be bound which cannot be seen.
    """

    uses: tuple[tuple[int, bytes, int], ...]
    top: frozenset[bytes]
    free: frozenset[bytes]
    wrong: Counter[bytes]
    arities: dict[bytes, tuple[int, int] | None]
    calls: frozenset[tuple[bytes, int]]
    open: bool


def names_of(tree: Tree, pieces: Pieces) -> Names | None:
    """Return the names of a file, None where there are no scope rules or it is too large.

    ``pieces`` keeps what was read of statements, for the next version of the file.
    """
    rules = rules_for(tree.language)
    if rules is None or tree.parsed.root_node.descendant_count > MOST_NODES:
        return None
    walk = _Walk(rules)
    reader = reader_of(tree.language, rules)
    for child in tree.parsed.root_node.children:
        start = child.start_byte
        key = child.type, tree.source[start : child.end_byte]
        known = None if child.has_error else pieces.get(key)
        if known is None:
            marks = reader.read(child, tree.source)
            known = (
                [Mark(m.start - start, m.minus_end + start, m.op) for m in marks.found],
                {(a - start, b - start): called for (a, b), called in marks.calls.items()},
                {
                    (a - start, b - start): (n - start, x)
                    for (a, b), (n, x) in marks.arities.items()
                },
            )
            if not child.has_error:
                pieces[key] = known
        walk.feed(known, start, tree.source)
    words = reader.words | {name.encode() for name in rules.known}
    return walk.names(words)


class _Walk:
    def __init__(self, rules: ScopeRules) -> None:
        self._rules = rules
        self._file = _Scope(FILE, 1 << 60, Op.FUNCTION, None)
        self._scopes = [self._file]
        self._regions: list[tuple[int, Op]] = []
        self._uses: list[tuple[int, bytes, _Scope]] = []
        self._calls: list[tuple[bytes, int, _Scope]] = []
        self._arities: dict[int, tuple[int, int] | None] = {}
        self._decorated: set[int] = set()
        self._open = False

    def feed(self, piece: _Piece, shift: int, source: bytes) -> None:
        marks, calls, arities = piece
        for mark in marks:
            start, end, op = mark.start + shift, mark.end + shift, mark.op
            while self._scopes[-1].end <= start:
                self._scopes.pop()
            while self._regions and self._regions[-1][0] <= start:
                self._regions.pop()
            if op is Op.NAME:
                self._name(start, source[start:end])
            elif op in (Op.FUNCTION, Op.BLOCK, Op.CLASS):
                # The file's own scope begins where its first function may begin, too.
                self._scopes.append(_Scope(start + 1, end, op, self._scopes[-1]))
            elif op is Op.DECORATED:
                self._decorated.add(start)
            elif op is Op.DEFINITION:
                at, arity = arities[mark.start, mark.end]
                self._arities[at + shift] = None if start in self._decorated else arity
            elif op is Op.CALL:
                name, count = calls[mark.start, mark.end]
                self._calls.append((name, count, self._scopes[-1]))
            elif op in (Op.OPEN, Op.UNSURE):
                self._open = True
            elif op not in (Op.AFTER, Op.LOOP, Op.CLOSED, Op.BODY, Op.PIECE):
                self._regions.append((end, op))

    def _name(self, start: int, name: bytes) -> None:
        op = self._regions[-1][1] if self._regions else Op.USES
        if op is Op.SKIP or (op is Op.SKIP_SMALL and name[:1].islower()):
            return
        scope = self._scopes[-1]
        if op not in (Op.USES, Op.SKIP_SMALL):
            scope = self._binding(op, scope)
            arity = self._arities.get(start)
            scope.arities[name] = None if name in scope.bound else arity
            scope.bound.add(name)
        self._uses.append(
            (start, name, self._scopes[-1] if op in (Op.USES, Op.SKIP_SMALL) else scope)
        )

    def _binding(self, op: Op, scope: _Scope) -> _Scope:
        if op in (Op.BINDS_OUTER, Op.BINDS_OUTER_EARLY):
            return scope.outer or scope
        if op in (Op.BINDS_FUNCTION, Op.BINDS_FUNCTION_EARLY):
            return scope.function()
        return self._file if op is Op.BINDS_FILE else scope

    def _found(self, name: bytes, scope: _Scope) -> _Scope | None:
        at: _Scope | None = scope
        crossed = False
        while at is not None:
            seen = at.op is not Op.CLASS or not crossed or self._rules.members_seen
            if seen and name in at.bound:
                return at
            crossed = crossed or at.op is Op.FUNCTION
            at = at.outer
        return None

    def names(self, known: frozenset[bytes]) -> Names:
        uses: list[tuple[int, bytes, int]] = []
        free: set[bytes] = set()
        for start, name, scope in self._uses:
            found = self._found(name, scope)
            uses.append((start, name, FREE if found is None else found.start))
            if found is None and name not in known and self._judges(name):
                free.add(name)
        wrong: Counter[bytes] = Counter()
        outside: set[tuple[bytes, int]] = set()
        for name, count, scope in self._calls:
            found = self._found(name, scope)
            arity = None if found is None else found.arities.get(name)
            if arity is not None and not arity[0] <= count <= arity[1]:
                wrong[name] += 1
            if arity is None and (found is None or found is self._file):
                outside.add((name, count))
        top = frozenset(self._file.bound)
        return Names(
            tuple(uses), top, frozenset(free), wrong, self._file.arities, frozenset(outside), self._open
        )  # fmt: skip

    def _judges(self, name: bytes) -> bool:
        return not self._rules.lower_only or name[:1].islower()


class Moves:
    """Where a place of the text before is in the text after."""

    __slots__ = ("_atoms", "_ends", "_shifts")

    def __init__(self, atoms: Iterable[Atom]) -> None:
        self._atoms: Sequence[Atom] = sorted(atoms, key=lambda atom: (atom.end, atom.start))
        self._ends = [atom.end for atom in self._atoms]
        self._shifts = [0]
        for atom in self._atoms:
            self._shifts.append(self._shifts[-1] + len(atom.text) - (atom.end - atom.start))

    def place(self, at: int) -> int | None:
        """Return it, None where an atom has taken the place."""
        number = bisect_right(self._ends, at)
        if number < len(self._atoms) and self._atoms[number].start <= at:
            return None
        return at + self._shifts[number]
