"""What a query marks in a piece of the tree, in the order of the text."""

from collections.abc import Iterable
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import tree_sitter

from fusionls.core.language import Language
from fusionls.core.scopes.rules import Calls, ScopeRules


class Op(IntEnum):
    """What a mark says. Of marks on the same node a smaller one is the outer one."""

    CLOSED = 0
    UNSURE = 1
    FUNCTION = 2
    CLASS = 3
    BLOCK = 4
    OPEN = 5
    LOOP = 6
    AFTER = 7
    DECORATED = 8
    DEFINITION = 9
    CALL = 10
    BINDS = 11
    BINDS_EARLY = 12
    BINDS_FUNCTION = 13
    BINDS_FUNCTION_EARLY = 14
    BINDS_OUTER = 15
    BINDS_OUTER_EARLY = 16
    BINDS_FILE = 17
    USES = 18
    SKIP_SMALL = 19
    SKIP = 20
    NAME = 21
    PIECE = 22
    BODY = 23


_OPS = {
    "scope.function": Op.FUNCTION,
    "scope.class": Op.CLASS,
    "scope.block": Op.BLOCK,
    "definition": Op.DEFINITION,
} | {
    op.name.lower().replace("_", "."): op
    for op in Op
    if op not in (Op.FUNCTION, Op.CLASS, Op.BLOCK)
}


class Mark(NamedTuple):
    """A marked node: bytes from ``start`` to ``end``. Sorted, they are in the order of the text."""

    start: int
    # The longer of two that begin together is the outer one.
    minus_end: int
    op: Op

    @property
    def end(self) -> int:
        """The byte behind the node."""
        return -self.minus_end


class Marks(NamedTuple):
    """Marks in the order of the text, and by (start, end) what definitions and calls say.

    ``arities`` gives the place of the name with the fewest and most arguments, ``calls`` the name with
    the number of arguments.
    """

    source: bytes
    found: list[Mark]
    arities: dict[tuple[int, int], tuple[int, tuple[int, int] | None]]
    calls: dict[tuple[int, int], tuple[bytes, int]]


class Reader:
    """The compiled query of a language."""

    def __init__(self, language: Language, rules: ScopeRules) -> None:
        grammar = tree_sitter.Language(language.grammar())
        self._arity = rules.arity
        text = rules.query
        if rules.arity is not None:
            text += "".join(f"({kind}) @definition\n" for kind, *_ in rules.arity.definitions)
            text += "".join(f"({kind}) @call\n" for kind, *_ in rules.arity.calls)
        self._query = tree_sitter.Query(grammar, text)
        # Words of the grammar, which a broken tree may show as names.
        self.words = frozenset(
            (grammar.node_kind_for_id(n) or "").encode()
            for n in range(grammar.node_kind_count)
            if not grammar.node_kind_is_named(n)
        )

    def read(
        self, node: tree_sitter.Node, source: bytes, around: tree_sitter.Node | None = None
    ) -> Marks:
        """Return the marks of ``node``, without those inside of ``around``, which keeps its own."""
        if around is None:
            found = self._found(tree_sitter.QueryCursor(self._query), node)
        else:
            low, high = around.start_byte, around.end_byte
            found = []
            for start, end in ((node.start_byte, low + 1), (high, node.end_byte)):
                if start < end:
                    cursor = tree_sitter.QueryCursor(self._query)
                    cursor.set_byte_range(start, end)
                    found += self._found(cursor, node)
            found = [
                (n, op)
                for n, op in found
                if n.start_byte < low or n.start_byte >= high or n.end_byte > high or n == around
            ]
        marks = Marks(source, [], {}, {})
        seen = {Mark(n.start_byte, -n.end_byte, op): n for n, op in found}
        for mark, marked in seen.items():
            counts = mark.op is Op.DEFINITION or mark.op is Op.CALL
            if not counts or self._counted(marked, mark, marks):
                marks.found.append(mark)
        marks.found.sort()
        return marks

    def _found(
        self, cursor: tree_sitter.QueryCursor, node: tree_sitter.Node
    ) -> list[tuple[tree_sitter.Node, Op]]:
        captured = cursor.captures(node)
        return [(n, _OPS[name]) for name, nodes in captured.items() for n in nodes]

    def _counted(self, node: tree_sitter.Node, mark: Mark, marks: Marks) -> bool:
        """Note what a definition or a call says of its arguments, if it can be counted."""
        if self._arity is None:
            return False
        is_call = mark.op is Op.CALL
        rows = self._arity.calls if is_call else self._arity.definitions
        name_field, list_field = next((a, b) for kind, a, b in rows if kind == node.type)
        name = node.child_by_field_name(name_field)
        items = node.child_by_field_name(list_field)
        if name is None or items is None or not name.type.endswith("identifier"):
            return False
        start, end = name.start_byte, name.end_byte
        given = [child for child in items.named_children if child.type != "comment"]
        if is_call:
            if items.has_error or any(_is_open(child, self._arity) for child in given):
                return False
            marks.calls[mark.start, mark.end] = marks.source[start:end], len(given)
        else:
            marks.arities[mark.start, mark.end] = start, _arity(given, self._arity, items.has_error)
        return True


def _is_open(node: tree_sitter.Node, rules: Calls) -> bool:
    return node.type in rules.open_ended or any(c.type in rules.open_ended for c in node.children)


def _arity(given: Iterable[tree_sitter.Node], rules: Calls, broken: bool) -> tuple[int, int] | None:
    fewest = most = 0
    for node in given:
        if broken or _is_open(node, rules):
            return None
        count = len(node.children_by_field_name("name")) or 1 if rules.names_each else 1
        most += count
        if node.type in rules.required and node.child_by_field_name("value") is None:
            fewest += count
        elif node.type not in rules.optional and node.type not in rules.required:
            return None
    return fewest, most


@cache
def reader_of(language: Language, rules: ScopeRules) -> Reader:
    """Return the compiled query of a language; compiling takes some milliseconds."""
    return Reader(language, rules)
