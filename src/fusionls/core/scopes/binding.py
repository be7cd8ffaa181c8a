"""Does a text at the cursor use names that nothing binds, or bind names that the rest needs?

Invariant: total. Whatever the texts are, there is an answer, and it is ``UNKNOWN`` where a limit is met.
Invariant: the same for the same document and text, whatever was asked before.
"""

from dataclasses import dataclass

from fusionls.core.language import Language
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import Reader, reader_of
from fusionls.core.scopes.pieces import Pieces
from fusionls.core.scopes.rules import ScopeRules
from fusionls.core.scopes.sweep import (
    Doubt,
    Scope,
    Sweep,
    TooMuchError,
    Zone,
    doubt_of,
    wrong_calls,
)
from fusionls.core.syntax import Effort, HoleTree, TooLargeError

# A table of a larger file takes over half a second to build, more than an automatic request has.
MOST_BYTES = 400_000
# Answers are a few lines; a hostile one is not parsed.
MOST_CODE_POINTS = 65_536
# Steps of the parser for one text, about 15 ms; an ordinary one needs under 400.
MOST_STEPS = 900


@dataclass(frozen=True, slots=True)
class Binding:
    """What a text at the cursor does to the names of its document; all are numbers of distinct names.

    ``unbound``: used in the text, bound nowhere, and not used so elsewhere. ``needed_bound``: used behind
    the text and bound by nothing but the text. ``needed_missing``: used behind the text and bound nowhere.
    ``later_bound``: used in the text and bound only behind that place. ``arity_wrong``: calls with a number
    of arguments that the function of this file does not take. ``certain``: one of these two is not 0, and
    nothing around is dynamic or broken, so the program would fail. ``known`` is False where nothing could
    be told.
    """

    unbound: int
    needed_bound: int
    needed_missing: int
    arity_wrong: int
    certain: bool
    later_bound: int = 0
    known: bool = True


UNKNOWN = Binding(0, 0, 0, 0, certain=False, known=False)


class ScopedHole:
    """The place of a text in a document, with the tables of its parts. Made by ``open_scopes``.

    Effectively immutable: ``binding_of`` answers the same for the same text, and remembers it.
    """

    __slots__ = ("_answers", "_ground")

    def __init__(self, ground: "_Ground | None") -> None:
        self._ground = ground
        self._answers: dict[str, Binding] = {}

    @property
    def tree(self) -> HoleTree | None:
        """The tree of the document, None where there are no scope rules or the document is too large."""
        return None if self._ground is None else self._ground.tree

    @property
    def pieces(self) -> Pieces | None:
        """The tables of the parts of the document."""
        return None if self._ground is None else self._ground.pieces

    def binding_of(self, text: str) -> Binding:
        """Return what ``text`` uses and binds; ``UNKNOWN`` where a limit is met."""
        if self._ground is None or len(text) > MOST_CODE_POINTS:
            return UNKNOWN
        known = self._answers.get(text)
        if known is None:
            known = self._answers[text] = self._ground.judged(text)
        return known


def open_scopes(
    language: Language | None,
    prefix: str,
    suffix: str,
    tree: HoleTree | None = None,
    earlier: ScopedHole | None = None,
) -> ScopedHole:
    """Return the hole between ``prefix`` and ``suffix``; the tables of the document are built here.

    ``tree`` is that of the same document where the caller has it. ``earlier``, the hole of an earlier
    version of the same document, saves what did not change and changes nothing else; its tree is not taken,
    because where a document is broken, a parse that starts from another tree may end with another one.
    """
    rules = rules_for(language)
    if language is None or rules is None or len(prefix) + len(suffix) > MOST_BYTES:
        return ScopedHole(None)
    try:
        tree = tree or HoleTree(language, prefix, suffix)
    except TooLargeError:
        return ScopedHole(None)
    reader = reader_of(language, rules)
    ground = _Ground(
        rules, reader, tree, Pieces(rules, reader, earlier.pieces if earlier else None)
    )
    parsed = tree.tree_with("")
    if parsed is None:
        return ScopedHole(None)
    ground.pieces.build(parsed)
    return ScopedHole(ground)


# A place of which nothing is known.
NO_SCOPES = ScopedHole(None)


def binding_of(hole: ScopedHole, text: str) -> Binding:
    """Return what ``text`` in the hole uses and binds; ``UNKNOWN`` where a limit is met."""
    return hole.binding_of(text)


class _Ground:
    """A document with scope rules and a hole in it."""

    __slots__ = ("_reader", "_rules", "pieces", "tree")

    def __init__(self, rules: ScopeRules, reader: Reader, tree: HoleTree, pieces: Pieces) -> None:
        self._rules = rules
        self._reader = reader
        self.tree = tree
        self.pieces = pieces

    def judged(self, text: str) -> Binding:
        parsed = self.tree.tree_with(text, Effort(MOST_STEPS))
        if parsed is None:
            return UNKNOWN
        sweep = Sweep(self._rules.members_seen, parsed.low, parsed.high)
        try:
            self.pieces.sweep(sweep, parsed)
            root = sweep.finish()
        except TooMuchError:
            return UNKNOWN
        return self._told(sweep, root, parsed.tree.root_node.has_error)

    def _told(self, sweep: Sweep, root: Scope, broken: bool) -> Binding:
        free: tuple[set[bytes], set[bytes], set[bytes]] = (set(), set(), set())
        later: set[bytes] = set()
        needed: set[bytes] = set()
        certain = (self._rules.closed or sweep.closed) and not (sweep.unsure or broken)
        wrong = sweep.wrong_calls + wrong_calls(root)
        for (name, zone, deferred, doubt), at in root.uses.items():
            places = root.bound.get(name)
            found = doubt
            if places is not None:
                settled = doubt_of(places, zone, at, deferred)
                if settled == Doubt.NONE:
                    continue
                found |= settled
            if not self._judges(name):
                certain = certain and name not in self.pieces.dynamic
            elif found & Doubt.BY_TEXT:
                needed.add(name)
            elif not found:
                free[zone].add(name)
            elif zone == Zone.TEXT:
                later.add(name)
        if root.open:
            return Binding(0, 0, 0, wrong, certain=False)
        unbound = free[Zone.TEXT] - free[Zone.BEFORE] - free[Zone.BEHIND]
        missing = free[Zone.BEHIND] - free[Zone.BEFORE]
        law = self._rules.arity is not None and self._rules.arity.law
        certain = certain and (bool(unbound) or (wrong > 0 and law))
        return Binding(len(unbound), len(needed), len(missing), wrong, certain, len(later))

    def _judges(self, name: bytes) -> bool:
        """Tell whether a name that is bound nowhere says anything."""
        if name in self.pieces.known or name in self._reader.words:
            return False
        return not self._rules.lower_only or name[:1].islower()
