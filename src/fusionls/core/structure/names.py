"""Which names the text behind the missing line uses before anything binds them.

Invariant: a name is reported only where the tree makes it sure. A false one would force a wrong line,
a missing one costs nothing, so every doubt is decided against the name.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import tree_sitter

from fusionls.core.language import Language, Naming

_WORD = re.compile(r"\w+")
# A line that binds more is a signature or an import that was never in the file.
MOST_NAMES = 4
# Deeper trees are generated or broken; Python's own stack is the limit.
MOST_DEPTH = 150


@dataclass(slots=True, eq=False)
class _Scope:
    """Names bound in one scope. ``kind`` is "function", "class" or "block"."""

    kind: str
    outer: "_Scope | None"
    bound: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)

    @property
    def function(self) -> "_Scope":
        """The scope itself or the nearest around it that runs on its own."""
        scope = self
        while scope.kind == "block" and scope.outer is not None:
            scope = scope.outer
        return scope


@dataclass(frozen=True, slots=True)
class _Use:
    row: int
    scope: _Scope


@cache
def _parser_of(language: Language) -> tuple[tree_sitter.Parser, frozenset[str]]:
    """Return the parser and the grammar's words, which a broken tree may show as names."""
    grammar = tree_sitter.Language(language.grammar())
    numbers = (number for number in range(grammar.node_kind_count))
    words = (
        grammar.node_kind_for_id(n) or "" for n in numbers if not grammar.node_kind_is_named(n)
    )
    return tree_sitter.Parser(grammar), frozenset(word for word in words if word.isalpha())


@cache
def _rules_of(naming: Naming) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return for each node type its steps: what to do, by a sign of ``Naming.rules``, with which field."""
    rules: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, words in naming.rules:
        steps = [(w[0], w[1:]) if w[0] in "=^~+-!%'" else ("", w) for w in words.split()]
        rest = steps if any(name == "*" for _, name in steps) else [*steps, ("+", "*")]
        rules[kind] = tuple(rest)
    return rules


@cache
def _kinds_of(naming: Naming) -> dict[str, str]:
    """Return what a node type is: a scope of a kind, "name", "used" or "unsure"."""
    kinds = dict.fromkeys(naming.blocks, "block")
    kinds |= dict.fromkeys(naming.classes, "class") | dict.fromkeys(naming.functions, "function")
    kinds |= dict.fromkeys(naming.names, "name") | dict.fromkeys(naming.used, "used")
    return kinds | dict.fromkeys(naming.unsure, "unsure")


def unbound_names(language: Language, text: str, row: int, opens: bool) -> tuple[str, ...]:
    """Return the names used behind ``row`` that nothing binds, in order of first use.

    ``text`` has a stand-in for the missing line in its row ``row``, and ``opens`` tells that this opens
    a block. Returns () where the grammar does not make it sure.
    """
    if language.naming is None:
        return ()
    parser, words = _parser_of(language)
    tree = parser.parse(text.encode("utf-8", "replace"))
    walk = _Walk(language.naming, row, _last_row(tree.root_node, row) if opens else 0)
    walk.visit(tree.root_node, None, 0)
    return tuple(name for name in walk.unbound() if name not in words)


def _last_row(root: tree_sitter.Node, row: int) -> int:
    """Return the last row of the statement that begins in ``row``."""
    for child in root.named_children:
        if child.start_point.row == row:
            return child.end_point.row
        if child.start_point.row < row <= child.end_point.row:
            return _last_row(child, row)
    return row


class _Walk:
    """One walk over the tree, in the order in which the program runs."""

    def __init__(self, naming: Naming, row: int, block_end: int) -> None:
        self._naming = naming
        self._rules = _rules_of(naming)
        self._kinds = _kinds_of(naming)
        self._row = row
        self._block_end = block_end
        self._hole: _Scope | None = None
        self._uses: dict[str, list[_Use]] = {}
        self._free: set[str] = set()
        self._unsure = False
        self._broken = False

    def unbound(self) -> tuple[str, ...]:
        """Return the names that nothing binds once everything was visited."""
        if self._unsure or self._broken or self._hole is None:
            return ()
        if self._naming.variables_only and self._hole.function.outer is None:
            return ()
        names = [name for name, uses in self._uses.items() if self._lacks(name, uses)]
        return tuple(names) if len(names) <= MOST_NAMES else ()

    def _lacks(self, name: str, uses: list[_Use]) -> bool:
        if name in self._naming.known or name in self._free:
            return False
        if self._naming.variables_only and not name[0].islower():
            return False
        if self._hole is not None and self._hole.outer is None and uses[0].row <= self._block_end:
            # A block at the top level binds its own name; what is used inside are its parameters.
            return False
        return any(not _bound_in_the_end(name, use.scope) for use in uses)

    def visit(
        self, node: tree_sitter.Node, scope: _Scope | None, depth: int, bind: str = ""
    ) -> None:
        """Read a node: note what it uses and binds. ``bind`` is "=" or "^" in a place that binds."""
        if depth > MOST_DEPTH:
            self._unsure = True
            return
        kind = node.type
        role = self._kinds.get(kind, "")
        if role == "unsure" or (bind and self._kinds.get(f"={kind}") == "unsure"):
            self._unsure = True
            return
        if scope is not None and (
            role == "name" or (bind and not role and kind.endswith("identifier"))
        ):
            self._name(node, scope, bind)
            return
        if role == "used":
            bind = ""
        around = scope
        if scope is None or role in ("function", "class", "block"):
            inner = self._entered(node, role or "function", scope)
            if inner is None:
                self._only_outer(node, around, depth)
                return
            scope = inner
        steps = self._rules.get(kind)
        if steps is None:
            for child in node.named_children:
                self.visit(child, scope, depth + 1, bind)
            return
        self._by_rule(node, steps, scope, around or scope, depth, bind)

    def _by_rule(
        self,
        node: tree_sitter.Node,
        steps: tuple[tuple[str, str], ...],
        scope: _Scope,
        around: _Scope,
        depth: int,
        bind: str,
    ) -> None:
        """Read the fields of a node in the order of its rule."""
        by_field: dict[str, list[tree_sitter.Node]] = {}
        for number, child in enumerate(node.named_children):
            by_field.setdefault(node.field_name_for_named_child(number) or "*", []).append(child)
        named = {name for _, name in steps if name != "*"}
        rest = [c for name, children in by_field.items() if name not in named for c in children]
        for mark, name in steps:
            if mark == "-":
                continue
            if mark == "%" and bind == "^":
                continue
            place = around if mark == "^" else scope
            for child in rest if name == "*" else by_field.get(name, []):
                if mark == "'":
                    place.early.update(
                        _WORD.findall((child.text or b"").decode("utf-8", "replace"))
                    )
                elif mark != "!" or self._kinds.get(child.type) != "name":
                    self.visit(
                        child, place, depth + 1, {"+": bind, "%": "=", "!": ""}.get(mark, mark)
                    )

    def _entered(self, node: tree_sitter.Node, kind: str, scope: _Scope | None) -> _Scope | None:
        """Return the scope that a node begins, or None if the missing line cannot be seen from it."""
        first, last = node.start_point.row, node.end_point.row
        holds = first < self._row <= last or scope is None
        if kind == "function" and not holds and last < self._row:
            return None
        inner = _Scope(kind, scope)
        if holds:
            self._hole = inner
            self._broken = node.has_error
        return inner

    def _only_outer(self, node: tree_sitter.Node, around: _Scope | None, depth: int) -> None:
        """Of a function that ends before the missing line only its own name counts."""
        for mark, name in self._rules.get(node.type, ()):
            child = node.child_by_field_name(name) if mark == "^" else None
            if child is not None:
                self.visit(child, around, depth + 1, "^")

    def _name(self, node: tree_sitter.Node, scope: _Scope, bind: str) -> None:
        name = (node.text or b"").decode("utf-8", "replace")
        if bind:
            place = scope.function if bind == "~" else scope
            (place.early if bind == "^" else place.bound).add(name)
            return
        if name in self._naming.known or _bound_now(name, scope):
            return
        if node.start_point.row <= self._row:
            self._free.add(name)
        elif self._sees_hole(scope):
            self._uses.setdefault(name, []).append(_Use(node.start_point.row, scope))

    def _sees_hole(self, scope: _Scope) -> bool:
        if self._hole is None:
            return False
        wanted = self._hole
        if wanted.kind == "class":
            return False
        walked: _Scope | None = scope
        while walked is not None and walked is not wanted:
            walked = walked.outer
        return walked is wanted


def _bound_now(name: str, scope: _Scope) -> bool:
    """Tell whether a name is bound at this point of the walk."""
    walked: _Scope | None = scope
    seen_from_inside = False
    while walked is not None:
        hidden = walked.kind == "class" and seen_from_inside
        if not hidden and (name in walked.bound or name in walked.early):
            return True
        seen_from_inside = seen_from_inside or walked.kind == "function"
        walked = walked.outer
    return False


def _bound_in_the_end(name: str, scope: _Scope) -> bool:
    """Tell whether a name is bound later in a way that counts for an earlier use.

    Names of functions and classes are bound for the whole of their scope, and everything outside the
    function that uses the name may have run before it does.
    """
    walked: _Scope | None = scope
    inside = True
    while walked is not None:
        if name in walked.early or (not inside and name in walked.bound):
            return True
        inside = inside and walked.kind != "function"
        walked = walked.outer
    return False
