"""The definitions of a text: what a person would call a function, a class, a type, a rule or an entry.

One table of node types serves all grammars, because they call the same things by the same names. What a
definition is called and where it ends differs, and is read here from the fields of the grammars.

Invariant: total and near-linear. A text that is too large for a tree has no definitions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

import tree_sitter

from fusionls.core.editing.extents import (
    ABOVE,
    code_points,
    end_of,
    line_start,
    with_those_above,
)
from fusionls.core.editing.naming import NodeName, is_named_function, name_of
from fusionls.core.editing.readable import tree_of
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks

# The text before and what an answer makes of it are asked about again and again.
_KEPT = 4
# A signature over more lines than a screen holds is generated.
_LONGEST_HEADER = 2_000


class DefinitionKind(StrEnum):
    """What is defined."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"
    TYPE = "type"
    VALUE = "value"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in a text; all places are code points.

    ``name`` is qualified with the names around it, as ``Class.method``; overloads share one, and
    ``ordinal`` counts them from 0. ``start`` is where its first line begins, comments, decorators and
    attributes directly above included, or the definition itself where something else is before it on its
    line; ``end`` is behind its last character, without the line end. ``head`` is where the definition
    itself begins behind those, ``body`` where its body does (``end`` if it has none), and ``header`` the
    text between the two with blanks folded. ``depth`` counts the definitions around it, and ``own_name`` is
    the name without those.
    """

    name: str
    kind: DefinitionKind
    start: int
    end: int
    header: str
    head: int
    body: int
    depth: int = 0
    ordinal: int = 0
    own_name: str = ""


_KINDS = {
    DefinitionKind.FUNCTION: """
        function_definition function_declaration generator_function_declaration function_signature
        method_definition method_signature abstract_method_signature method_declaration
        constructor_declaration compact_constructor_declaration destructor_declaration operator_declaration
        conversion_operator_declaration indexer_declaration local_function_statement function_item
        function_signature_item macro_definition preproc_function_def method singleton_method
        variable_declarator field_definition public_field_definition assignment assignment_expression
        assignment_statement pair annotation_type_element_declaration""",
    DefinitionKind.CLASS: """
        class_definition class_declaration abstract_class_declaration class singleton_class
        interface_declaration enum_declaration record_declaration record_struct_declaration
        struct_declaration annotation_type_declaration trait_declaration class_specifier struct_specifier
        union_specifier enum_specifier struct_item enum_item union_item impl_item trait_item""",
    DefinitionKind.MODULE: """
        module internal_module namespace_definition namespace_declaration mod_item""",
    DefinitionKind.TYPE: """
        type_spec type_alias type_alias_declaration type_item type_alias_statement type_definition
        alias_declaration delegate_declaration""",
    DefinitionKind.VALUE: """
        const_item static_item const_spec var_spec property_declaration preproc_def
        event_declaration element script_element style_element""",
    DefinitionKind.RULE: "rule_set keyframes_statement media_statement supports_statement",
}
_KIND_OF = {node: kind for kind, nodes in _KINDS.items() for node in nodes.split()}
# Around one definition: what belongs to it, unless there are several in it.
_WRAPPERS = frozenset(
    [
        "decorated_definition",
        "export_statement",
        "template_declaration",
        "ambient_declaration",
        "lexical_declaration",
        "variable_declaration",
        "expression_statement",
        "type_declaration",
        "const_declaration",
        "var_declaration",
    ]
)
_IN_TYPEDEF = frozenset(("struct_specifier", "union_specifier", "enum_specifier"))
# Decorators of one definition; with more children it holds many.
_MOST_WRAPPED = 64
_SEVERAL = frozenset(("variable_declarator", "type_spec", "type_alias", "const_spec", "var_spec"))
# Where a pair is an entry, whatever its value is; elsewhere only functions are told.
_ENTRIES = "json"


@lru_cache(maxsize=_KEPT)
def definitions_of(text: str, language: Language | None) -> tuple[Definition, ...]:
    """Return the definitions of ``text`` in the order of their beginnings, those around others first.

    None where there is no grammar, or the text is too large or too deep for a tree (``readable.py``). A text
    with errors has those that the grammar finds in it.
    """
    parsed = tree_of(text, language)
    if parsed is None or language is None:
        return ()
    return definitions_in(parsed.tree, parsed.source, language)


def definitions_in(
    tree: tree_sitter.Tree, source: bytes, language: Language
) -> tuple[Definition, ...]:
    """Return the definitions of a text of which the tree is known; ``source`` is its text in UTF-8."""
    found = list(_found(_marked(tree, language), source, language))
    places = {at for one in found for at in (one.start, one.head, one.body, one.end)}
    points = code_points(source, places)
    seen: dict[str, int] = {}
    definitions: list[Definition] = []
    for one in found:
        ordinal = seen[one.name] = seen.get(one.name, -1) + 1
        header = source[one.head : min(one.body, one.head + _LONGEST_HEADER)]
        definitions.append(
            Definition(
                name=one.name,
                kind=one.kind,
                start=points[one.start],
                end=points[one.end],
                header=_folded(header, one.body < one.end),
                head=points[one.head],
                body=points[one.body],
                depth=one.depth,
                ordinal=ordinal,
                own_name=one.own_name,
            )
        )
    return tuple(definitions)


@dataclass(slots=True)
class _Found:
    """A definition with places in bytes."""

    name: str
    kind: DefinitionKind
    start: int
    head: int
    body: int
    end: int
    depth: int
    own_name: str


@cache
def _query_of(language: Language) -> tree_sitter.Query:
    grammar = tree_sitter.Language(language.grammar())
    kinds = sorted({*_KIND_OF, *_WRAPPERS, *ABOVE})
    known = [kind for kind in kinds if grammar.id_for_node_kind(kind, True) is not None]
    return tree_sitter.Query(grammar, " ".join(f"({kind}) @one" for kind in known))


def _marked(tree: tree_sitter.Tree, language: Language) -> list[tree_sitter.Node]:
    """Return the nodes of the tables in the order of the text, those around others first."""
    cursor = tree_sitter.QueryCursor(_query_of(language))
    root = tree.root_node
    nodes = [node for node in cursor.captures(root).get("one", []) if node.id != root.id]
    # Of two with the same place the wrapper is outside: `decorated_definition` never has that of its child.
    return sorted(nodes, key=lambda n: (n.start_byte, -n.end_byte, n.type not in _WRAPPERS))


def _found(nodes: list[tree_sitter.Node], source: bytes, language: Language) -> Iterator[_Found]:
    # Ends, names and wrappers of what is open at a place.
    around: list[tuple[int, str]] = []
    wrappers: list[tree_sitter.Node] = []
    above: list[tree_sitter.Node] = []
    for node in nodes:
        start, kind = node.start_byte, node.type
        if kind in ABOVE:
            above.append(node)
            continue
        while around and around[-1][0] <= start:
            around.pop()
        while wrappers and wrappers[-1].end_byte <= start:
            wrappers.pop()
        if kind in _WRAPPERS:
            wrappers.append(node)
            continue
        name = name_of(node, source, language)
        if name is None:
            continue
        outer = _outermost(node, wrappers)
        prefix = around[-1][1] if around else ""
        if node.type in _IN_TYPEDEF and prefix.rpartition(".")[2] == name.own:
            # C: `typedef struct X {...} X;` is one definition.
            continue
        depth = len(around)
        around.append((node.end_byte, _joined(prefix, name.scope)))
        top = with_those_above(outer.start_byte, above, source)
        yield _Found(
            name=_joined(prefix, name.text),
            kind=_kind_of(node, language),
            start=line_start(source, top),
            head=_head_of(node, outer, source),
            body=_body_of(node, name),
            end=end_of(outer, source),
            depth=depth,
            own_name=name.own,
        )


def _kind_of(node: tree_sitter.Node, language: Language) -> DefinitionKind:
    kind = _KIND_OF[node.type]
    if node.type == "pair" and language.name == _ENTRIES:
        return DefinitionKind.VALUE
    if node.type in ("variable_declarator", "const_spec", "var_spec", "assignment_expression"):
        return DefinitionKind.FUNCTION if is_named_function(node) else DefinitionKind.VALUE
    return kind


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix and name else prefix or name


def _outermost(node: tree_sitter.Node, wrappers: list[tree_sitter.Node]) -> tree_sitter.Node:
    """Return the outermost of ``wrappers`` that holds ``node`` and no other definition."""
    outer = node
    for wrapper in reversed(wrappers):
        count = wrapper.named_child_count
        if not 0 < count <= _MOST_WRAPPED or wrapper.named_child(count - 1) != outer:
            break
        if outer.type in _SEVERAL and wrapper.named_children[0].type == outer.type and count > 1:
            break
        outer = wrapper
    return outer


def _head_of(node: tree_sitter.Node, outer: tree_sitter.Node, source: bytes) -> int:
    """Return where the definition itself begins: behind decorators, at `export` or `template`."""
    return node.start_byte if outer.type == "decorated_definition" else outer.start_byte


def _body_of(node: tree_sitter.Node, name: NodeName) -> int:
    return name.body if node.start_byte < name.body <= node.end_byte else node.end_byte


def _folded(header: bytes, has_body: bool) -> str:
    text = header.decode("utf-8", "replace")
    if not has_body:
        text = text.partition("\n")[0]
    return fold_blanks(text)
