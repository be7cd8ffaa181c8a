"""One pass over the marks of a query in the order of the text: which names are bound and used where.

A piece of text that is swept by itself leaves a ``Summary``: what it binds for the scope around it, and
what it uses without binding it. A summary is fed to the sweep of the text around it instead of its marks,
so what did not change between two versions is never read again.

Invariant: linear in the number of marks, times the depth of scopes for names that are bound nowhere.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from fusionls.core.scopes.marks import Mark, Marks, Op

# No place: later than any.
NEVER = 1 << 60
# Bound for the whole of a scope.
EARLY = -1
# Names that are passed from scope to scope in one sweep, about 100 ms. Functions nested by the hundred, each
# with names of its own that nothing binds, would need the square of their number.
MOST_PASSED = 200_000


class TooMuchError(Exception):
    """A document needs more work than its answer is worth."""


class Zone(IntEnum):
    """Which part of the document something stands in."""

    BEFORE = 0
    TEXT = 1
    BEHIND = 2


class Reach(IntEnum):
    """In which scope around a piece something in it binds a name."""

    NEAREST = 0
    FUNCTION = 1
    FILE = 2


class Doubt(IntEnum):
    """Flags of a use that no scope inside has settled."""

    NONE = 0
    LATER = 1  # a scope binds it, but only later
    BY_TEXT = 2  # a scope binds it, but only in the text at the cursor


# name, zone, whether a function lies between, flags
Use = tuple[bytes, int, bool, int]
# name, number of arguments
Call = tuple[bytes, int]
# fewest and most arguments
Arity = tuple[int, int]


@dataclass(slots=True)
class Scope:
    """Names bound in one scope so far, each with its first place by zone, and uses to be settled."""

    end: int
    op: Op
    bound: dict[bytes, list[int]] = field(default_factory=dict)
    uses: dict[Use, int] = field(default_factory=dict)
    calls: set[Call] = field(default_factory=set)
    arities: dict[bytes, Arity | None] = field(default_factory=dict)
    open: bool = False
    # Begin and end of the loop around, outermost in this function.
    loop: tuple[int, int] = (NEVER, -1)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a piece of text does to the scope around it; places are from its start.

    ``bound`` maps (name, reach) to the place. ``uses`` as in ``Scope``, zones left out.
    """

    bound: dict[tuple[bytes, "Reach"], int]
    uses: dict[tuple[bytes, bool, int], int]
    arities: dict[bytes, Arity | None]
    open: bool
    unsure: bool
    closed: bool


class Sweep:
    """The scopes that are open at one place of the text. Feed it in the order of the text."""

    def __init__(self, members_seen: bool, low: int, high: int, piece: bool = False) -> None:
        """``low`` to ``high`` is the text at the cursor. ``piece``: the outermost scope is not the file's."""
        self.root = Scope(NEVER, Op.PIECE if piece else Op.FUNCTION)
        self.unsure = False
        self.closed = False
        self.wrong_calls = 0
        self._members_seen = members_seen
        self._low, self._high = low, high
        self._scopes = [self.root]
        self._regions: list[tuple[int, Op]] = []
        self._afters: list[int] = []
        self._functions = [self.root]
        self._left = MOST_PASSED
        self._escaping: dict[tuple[bytes, Reach], int] = {}
        self._arities: dict[int, Arity | None] = {}
        self._decorated: set[int] = set()

    def feed(self, marks: Marks) -> None:
        """Read marks that stand behind everything read before. Raises TooMuchError."""
        for mark in marks.found:
            self._close(mark.start)
            op = mark.op
            if op is Op.NAME:
                self._name(mark, marks.source[mark.start : mark.end])
            elif op in (Op.FUNCTION, Op.BLOCK, Op.CLASS):
                self._scopes.append(Scope(mark.end, op))
                if op is not Op.BLOCK:
                    self._functions.append(self._scopes[-1])
            elif op is Op.AFTER:
                self._afters.append(mark.end)
            elif op is Op.LOOP:
                function = self._functions[-1]
                if function.loop[1] <= mark.start:
                    function.loop = mark.start, mark.end
            elif op is Op.OPEN:
                self._scopes[-1].open = True
            elif op is Op.UNSURE:
                self.unsure = True
            elif op is Op.CLOSED:
                self.closed = True
            elif op is Op.DECORATED:
                self._decorated.add(mark.start)
            elif op is Op.DEFINITION:
                at, arity = marks.arities[mark.start, mark.end]
                self._arities[at] = None if mark.start in self._decorated else arity
            elif op is Op.CALL:
                if mark.end > self._low and mark.start < self._high:
                    self._scopes[-1].calls.add(marks.calls[mark.start, mark.end])
            else:
                self._regions.append((mark.end, op))

    def feed_summary(self, summary: Summary, start: int, zone: Zone) -> None:
        """Read a piece that was swept before and begins at ``start``."""
        self._close(start)
        scope = self._scopes[-1]
        function = self._functions[-1]
        scopes = {Reach.NEAREST: scope, Reach.FUNCTION: function, Reach.FILE: self.root}
        for (name, reach), place in summary.bound.items():
            at = place if place == EARLY else self._in_loops(place + start)
            if reach is Reach.NEAREST:
                _bind(scope, name, zone, at)
            else:
                self._bind_around(name, reach, scopes[reach], zone, at)
        for (name, deferred, doubt), place in summary.uses.items():
            key = name, int(zone), deferred, doubt
            at = place + start
            if at < scope.uses.get(key, NEVER):
                scope.uses[key] = at
        for name, arity in summary.arities.items():
            scope.arities[name] = None if name in scope.arities else arity
        scope.open = scope.open or summary.open
        self.unsure = self.unsure or summary.unsure
        self.closed = self.closed or summary.closed

    def finish(self) -> Scope:
        """Leave every scope but the outermost, and return that one. Its own uses are not settled."""
        self._close(NEVER - 1)
        return self.root

    def summary(self, start: int) -> Summary:
        """Finish a piece that begins at ``start``."""
        root = self.finish()
        bound = {
            (name, Reach.NEAREST): _relative(min(at), start) for name, at in root.bound.items()
        }
        for key_of_bound, at in self._escaping.items():
            bound[key_of_bound] = _relative(at, start)
        uses: dict[tuple[bytes, bool, int], int] = {}
        for (name, _zone, deferred, doubt), at in root.uses.items():
            key = name, deferred, doubt
            uses[key] = min(at - start, uses.get(key, NEVER))
        return Summary(bound, uses, root.arities, root.open, self.unsure, self.closed)

    def _close(self, start: int) -> None:
        """Leave what ends before ``start``."""
        while self._scopes[-1].end <= start:
            inner = self._scopes.pop()
            if inner.op is not Op.BLOCK:
                self._functions.pop()
            self._left -= len(inner.uses)
            if self._left < 0:
                raise TooMuchError
            self.wrong_calls += settle(inner, self._scopes[-1], self._members_seen)
        while self._regions and self._regions[-1][0] <= start:
            self._regions.pop()
        while self._afters and self._afters[-1] <= start:
            self._afters.pop()

    def _name(self, mark: Mark, name: bytes) -> None:
        op = self._regions[-1][1] if self._regions else Op.USES
        if op is Op.SKIP or (op is Op.SKIP_SMALL and name[:1].islower()):
            return
        touches = mark.end > self._low and mark.start < self._high
        zone = Zone.TEXT if touches else Zone.BEFORE if mark.start < self._low else Zone.BEHIND
        if op is Op.USES or op is Op.SKIP_SMALL:
            key = name, int(zone), False, int(Doubt.NONE)
            self._scopes[-1].uses.setdefault(key, mark.start)
            return
        early = op in (Op.BINDS_EARLY, Op.BINDS_FUNCTION_EARLY, Op.BINDS_OUTER_EARLY)
        at = EARLY if early else self._in_loops(self._afters[-1] if self._afters else mark.start)
        scope = self._scopes[-1]
        if op in (Op.BINDS_OUTER, Op.BINDS_OUTER_EARLY):
            scope = self._scopes[-2] if len(self._scopes) > 1 else scope
        elif op in (Op.BINDS_FUNCTION, Op.BINDS_FUNCTION_EARLY):
            scope = self._functions[-1]
            self._bind_around(name, Reach.FUNCTION, scope, zone, at)
            return
        if op is Op.BINDS_FILE:
            self._bind_around(name, Reach.FILE, self.root, zone, EARLY)
            return
        arity = self._arities.get(mark.start)
        scope.arities[name] = None if name in scope.bound else arity
        _bind(scope, name, zone, at)

    def _bind_around(self, name: bytes, reach: Reach, scope: Scope, zone: Zone, at: int) -> None:
        """Bind a name in ``scope``, which a piece does not know."""
        if scope.op is Op.PIECE:
            key = name, reach
            self._escaping[key] = min(at, self._escaping.get(key, NEVER))
        else:
            _bind(scope, name, zone, at)
            scope.arities[name] = None

    def _in_loops(self, at: int) -> int:
        """Return from where on a name is bound that a loop may have bound in its round before."""
        start, end = self._functions[-1].loop
        return start if start <= at <= end else at


def settle(inner: Scope, outer: Scope, members_seen: bool) -> int:
    """Settle the uses of a scope that ends; what it does not bind is a use of ``outer``.

    Returns how many calls have a wrong number of arguments.
    """
    wrong = 0
    if inner.calls:
        unseen = inner.op is Op.CLASS and not members_seen
        outer.calls.update(c for c in inner.calls if unseen or c[0] not in inner.bound)
        wrong = 0 if unseen else wrong_calls(inner)
    if inner.open:
        outer.calls.clear()
        return wrong
    crosses = inner.op is Op.FUNCTION
    for (name, zone, deferred, doubt), at in inner.uses.items():
        places = inner.bound.get(name)
        flags = doubt
        if places is not None and (members_seen or not deferred or inner.op is not Op.CLASS):
            found = doubt_of(places, zone, at, deferred)
            if found == Doubt.NONE:
                continue
            flags |= found
        key = name, zone, deferred or crosses, flags
        if at < outer.uses.get(key, NEVER):
            outer.uses[key] = at
    return wrong


def wrong_calls(scope: Scope) -> int:
    """Return how many calls of what is defined in this very scope have a wrong number of arguments."""
    wrong = 0
    for name, count in scope.calls:
        arity = scope.arities.get(name)
        wrong += arity is not None and not arity[0] <= count <= arity[1]
    return wrong


def doubt_of(places: list[int], zone: int, at: int, deferred: bool) -> int:
    """Tell whether a name with these first places is bound for a use, and if not quite, why."""
    limit = NEVER - 1 if deferred else at
    before, text, behind = places
    if before <= limit or behind <= limit or (text <= limit and zone != Zone.BEHIND):
        return Doubt.NONE
    return Doubt.BY_TEXT if text <= limit else Doubt.LATER


def _bind(scope: Scope, name: bytes, zone: int, at: int) -> None:
    places = scope.bound.get(name)
    if places is None:
        places = scope.bound[name] = [NEVER, NEVER, NEVER]
    if at < places[zone]:
        places[zone] = at


def _relative(at: int, start: int) -> int:
    return at if at == EARLY else at - start
