"""Every place where one name stands in a file, and which binding each of them means.

Unlike ``resolving.py`` this asks where in a scope a binding stands: in most languages the right side of
``x := x`` in a block still is the outer one. What cannot be told is said to be unsure, never guessed.
"""

import re
from dataclasses import dataclass

import tree_sitter

from fusionls.core.editing.name_roles import Role, role_of
from fusionls.core.editing.spots import Around, Level, Occurrences, Spot
from fusionls.core.language import Language
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import Mark, Op, reader_of
from fusionls.core.syntax import ParsedText

# A query on more nodes takes over half a second.
MOST_NODES = 250_000
# A name that stands at more places belongs to a generated file.
MOST_PLACES = 5_000
_EARLY = -1
_DEEPEST = 400
_SCRIPTS = frozenset(("javascript", "typescript", "tsx"))
# Where a binding begins to hold: behind the node, or behind its field.
_HOLDS_BEHIND = {
    "go": {
        "range_clause": "",
        "type_switch_statement": "value",
        "short_var_declaration": "",
        "var_spec": "",
        "const_spec": "",
    },
    "rust": {"for_expression": "value", "let_condition": "", "let_declaration": ""},
    "java": {"enhanced_for_statement": "value"},
    "c-sharp": {"foreach_statement": "right"},
    "cpp": {"for_range_loop": "right"},
}
_DEFAULTS = frozenset(("default_parameter", "typed_default_parameter", "typed_parameter"))
# `println!("{x}")`: the only strings of a grammar's tree that name variables.
_MACROS_WITH_FORMATS = re.compile(
    rb"(?:e?print(?:ln)?|format(?:_args)?|write(?:ln)?|panic|assert\w*|debug_assert\w*|todo|unreachable"
    rb"|unimplemented|trace|debug|info|warn|error|bail|anyhow|ensure)\Z"
)


def occurrences_of(name: str, parsed: ParsedText, language: Language) -> Occurrences | None:
    """Return the places of ``name``; None where there are no scope rules or the file is too large."""
    rules = rules_for(language)
    root = parsed.tree.root_node
    if rules is None or root.descendant_count > MOST_NODES:
        return None
    walk = _Walk(name.encode("utf-8", "surrogatepass"), parsed, language, rules.members_seen)
    walk.read(reader_of(language, rules).read(root, parsed.source).found)
    return walk.finish()


@dataclass(slots=True)
class _Scope:
    number: int
    start: int
    end: int
    op: Op
    outer: "_Scope | None"
    # From where on the name is bound here, None if it is not.
    first: int | None = None
    # In Python: `global` or `nonlocal` says that it is bound elsewhere.
    elsewhere: Op | None = None

    def function(self) -> "_Scope":
        scope = self
        while scope.op is Op.BLOCK and scope.outer is not None:
            scope = scope.outer
        return scope


class _Walk:
    def __init__(
        self, name: bytes, parsed: ParsedText, language: Language, members_seen: bool
    ) -> None:
        self._name = name
        self._root = parsed.tree.root_node
        self._source = parsed.source
        self._language = language.name
        self._members_seen = members_seen
        self._file = _Scope(0, 0, len(parsed.source) + 1, Op.FUNCTION, None)
        self._all = [self._file]
        self._uses: list[tuple[int, _Scope, tree_sitter.Node | None]] = []
        self._bound: list[tuple[int, _Scope, tree_sitter.Node]] = []
        self._told: set[int] = set()
        self._outers: dict[int, _Scope] = {}

    def read(self, marks: list[Mark]) -> None:
        scopes = [self._file]
        regions: list[tuple[int, Op]] = []
        for mark in marks:
            while scopes[-1].end <= mark.start:
                scopes.pop()
            while regions and regions[-1][0] <= mark.start:
                regions.pop()
            op = mark.op
            if op in (Op.FUNCTION, Op.BLOCK, Op.CLASS):
                scopes.append(_Scope(len(self._all), mark.start, mark.end, op, scopes[-1]))
                self._all.append(scopes[-1])
            elif op is Op.NAME and self._source[mark.start : mark.end] == self._name:
                self._found(mark, regions[-1][1] if regions else Op.USES, scopes[-1])
            elif Op.BINDS <= op <= Op.SKIP:
                regions.append((mark.end, op))

    def _found(self, mark: Mark, op: Op, scope: _Scope) -> None:
        if op is Op.SKIP or op is Op.SKIP_SMALL:
            return
        leaf = self._root.descendant_for_byte_range(mark.start, mark.end)
        if leaf is None:
            return
        self._told.add(mark.start)
        python = self._language == "python"
        if python and (op is Op.BINDS_FILE or op is Op.BINDS_FUNCTION_EARLY):
            scope.function().elsewhere = op
            self._uses.append((mark.start, scope, leaf))
        elif op is Op.USES or op is Op.BINDS_FILE:
            self._uses.append((mark.start, scope, leaf))
        else:
            home = self._binding(op, scope)
            if home.elsewhere is not None:
                self._uses.append((mark.start, scope, leaf))
                return
            first = self._first(op, leaf, home)
            home.first = first if home.first is None else min(first, home.first)
            self._bound.append((mark.start, home, leaf))

    @staticmethod
    def _binding(op: Op, scope: _Scope) -> _Scope:
        if op in (Op.BINDS_OUTER, Op.BINDS_OUTER_EARLY):
            return scope.outer or scope
        if op in (Op.BINDS_FUNCTION, Op.BINDS_FUNCTION_EARLY):
            return scope.function()
        return scope

    def _first(self, op: Op, leaf: tree_sitter.Node, home: _Scope) -> int:
        """Return from where on a binding holds."""
        behind = _HOLDS_BEHIND.get(self._language, {})
        node: tree_sitter.Node | None = leaf
        for _ in range(_DEEPEST):
            if node is None or node.start_byte < home.start or node.end_byte > home.end:
                break
            field = behind.get(node.type)
            if field is not None and home.number:
                inner = node.child_by_field_name(field) if field else node
                return (inner or node).end_byte
            node = node.parent
        early = op in (Op.BINDS_EARLY, Op.BINDS_FUNCTION_EARLY, Op.BINDS_OUTER_EARLY)
        return _EARLY if early else leaf.start_byte

    def finish(self) -> Occurrences | None:
        unsure, by_name = self._leaves()
        if len(self._told) > MOST_PLACES:
            return None
        size = len(self._name)
        spots = [Spot(at, at + size, home.number, True, leaf) for at, home, leaf in self._bound]
        for at, scope, leaf in self._uses:
            owner = self._owner(at, self._home(leaf, scope))
            spots.append(Spot(at, at + size, -1 if owner is None else owner.number, False, leaf))
        return Occurrences(
            tuple(sorted(spots, key=lambda spot: spot.start)),
            tuple(unsure),
            tuple(by_name),
            tuple(Around(one.start, one.end, _level(one)) for one in self._all),
            frozenset(one.number for one in self._all if one.first is not None),
        )

    def _leaves(self) -> tuple[list[tree_sitter.Node], list[tree_sitter.Node]]:
        """Look at the places that no mark has told of."""
        unsure: list[tree_sitter.Node] = []
        by_name: list[tree_sitter.Node] = []
        for match in re.finditer(
            rb"(?<![\w$])" + re.escape(self._name) + rb"(?![\w$])", self._source
        ):
            at = match.start()
            if at in self._told:
                continue
            leaf = self._root.descendant_for_byte_range(at, match.end())
            if leaf is None or (leaf.start_byte, leaf.end_byte) != (at, match.end()):
                if leaf is not None and self._is_format(leaf, at):
                    self._told.add(at)
                    self._uses.append((at, self._scope_at(at), None))
                continue
            role = role_of(leaf, self._source, self._language)
            if role is Role.NAME:
                self._told.add(at)
                self._uses.append((at, self._scope_at(at), leaf))
            elif role is Role.UNSURE:
                unsure.append(leaf)
            elif role is Role.BY_NAME:
                by_name.append(leaf)
        return unsure, by_name

    def _is_format(self, leaf: tree_sitter.Node, at: int) -> bool:
        """Tell whether a place in a string of Rust names a variable."""
        if self._language != "rust" or leaf.type not in ("string_content", "string_literal"):
            return False
        behind = self._source[at + len(self._name) : at + len(self._name) + 1]
        if (
            self._source[at - 1 : at] != b"{"
            or self._source[at - 2 : at] == b"{{"
            or behind not in b":}"
        ):
            return False
        node = leaf.parent
        while node is not None and node.type in ("string_literal", "token_tree"):
            node = node.parent
        macro = node.child_by_field_name("macro") if node is not None else None
        if macro is None:
            return False
        return bool(_MACROS_WITH_FORMATS.match(self._source[macro.start_byte : macro.end_byte]))

    def _scope_at(self, at: int) -> _Scope:
        inner = [scope for scope in self._all if scope.start <= at < scope.end]
        return max(inner, key=lambda scope: (scope.start, -scope.end, scope.number))

    def _home(self, node: tree_sitter.Node | None, scope: _Scope) -> _Scope:
        """Return the scope in which a node is evaluated: in Python a default value is outside."""
        if self._language != "python":
            return scope
        while node is not None and scope.outer is not None:
            outside = False
            around = node.parent
            while (
                around is not None
                and scope.start <= around.start_byte <= around.end_byte <= scope.end
            ):
                outside = outside or _is_outside(node, around)
                node, around = around, around.parent
            if not outside:
                break
            scope = scope.outer
        return scope

    def _outer(self, scope: _Scope) -> _Scope | None:
        """Return the scope around another one, as its own place there says."""
        if scope.outer is None or self._language != "python":
            return scope.outer
        known = self._outers.get(scope.number)
        if known is None:
            node = self._root.descendant_for_byte_range(scope.start, scope.end)
            known = self._outers[scope.number] = self._home(node, scope.outer)
        return known

    def _owner(self, at: int, home: _Scope) -> _Scope | None:
        ordered = self._language not in _SCRIPTS
        python = self._language == "python"
        scope: _Scope | None = home
        later: _Scope | None = None
        crossed = False
        if home.function().elsewhere is Op.BINDS_FILE:
            return self._file
        while scope is not None:
            seen = scope.op is not Op.CLASS or not crossed or self._members_seen
            if scope.first is not None and seen:
                waits = ordered and scope.op is not Op.FUNCTION and scope.first > at
                if not waits:
                    return scope
                later = later or scope
            crossed = crossed or scope.op is Op.FUNCTION or (python and scope.op is Op.BLOCK)
            scope = self._outer(scope)
        return later


def _level(scope: _Scope) -> Level:
    if scope.outer is None:
        return Level.FILE
    if scope.op is Op.CLASS:
        return Level.CLASS
    return Level.FUNCTION if scope.op is Op.FUNCTION else Level.BLOCK


def _is_outside(node: tree_sitter.Node, around: tree_sitter.Node) -> bool:
    """Tell whether a child of a node of Python is evaluated outside of the scope that they stand in."""
    kind = around.type
    if kind in _DEFAULTS:
        return node != around.child_by_field_name("name") and node != around.named_child(0)
    if kind == "class_definition":
        return node == around.child_by_field_name("superclasses")
    if kind == "function_definition":
        return node == around.child_by_field_name("return_type")
    if kind == "for_in_clause" and node == around.child_by_field_name("right"):
        clauses = around.parent.named_children if around.parent is not None else []
        return next((one for one in clauses if one.type == "for_in_clause"), None) == around
    return False
