"""Where a name stands in a language without scope rules: told only where it is certain.

A name that is bound in a function and nowhere at the level of the file is the same everywhere in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import tree_sitter

from fusionls.core.editing.definitions import DefinitionKind, definitions_of
from fusionls.core.editing.name_roles import field_of
from fusionls.core.language import Language
from fusionls.core.syntax import ParsedText

_MOST_PLACES = 5_000
_DEEPEST = 12
# What binds a name, by the nodes around it up to a statement; `field` narrows it, "" is any.
_BINDS = {
    "c": (("parameter_declaration", "declarator"), ("declaration", "declarator")),
    "lua": (
        ("parameters", ""),
        ("variable_declaration", ""),
        ("for_generic_clause", ""),
        ("for_numeric_clause", "name"),
    ),
    "php": (
        ("simple_parameter", "name"),
        ("assignment_expression", "left"),
        ("foreach_statement", ""),
    ),
    "ruby": (("method_parameters", ""), ("assignment", "left"), ("block_parameters", "")),
}
_THROUGH_LISTED = """
identifier variable_name name init_declarator pointer_declarator array_declarator variable_list
assignment_statement optional_parameter keyword_parameter left_assignment_list pair
"""
_THROUGH = frozenset(_THROUGH_LISTED.split())
# Names of something else: of members, of labels, of keys.
_MEMBERS = {
    "c": (),
    "lua": (
        ("dot_index_expression", "field"),
        ("method_index_expression", "method"),
        ("field", "name"),
    ),
    "php": (("property_element", ""), ("scoped_property_access_expression", "")),
    "ruby": (),
}
# What is the name of more than a variable in places that cannot be told.
_UNSURE = {
    "c": ("preproc_def", "preproc_function_def", "preproc_call"),
    "lua": (),
    "php": ("global_declaration", "function_static_declaration", "dynamic_variable_name"),
    "ruby": ("keyword_parameter", "alias", "undef"),
}


@dataclass(frozen=True, slots=True)
class PlainPlaces:
    """Bytes where a name begins, and the bytes in which it is seen."""

    places: tuple[int, ...]
    reach: tuple[int, int]
    local: bool


def plain_places(
    name: str, at: int, parsed: ParsedText, text: str, language: Language
) -> PlainPlaces | str:
    """Return the places of the name at byte ``at``, or why they cannot be told."""
    if language.name not in _BINDS:
        return "names cannot be told apart in this language"
    leaves = _leaves(name, parsed, language)
    if len(leaves) > _MOST_PLACES:
        return f"`{name}` stands at too many places"
    if not any(leaf.start_byte == at for leaf in leaves):
        return f"`{name}` is no name that this file binds"
    functions = _functions(text, language)
    own = _holder(at, functions)
    if any(one.depth == 0 and one.own_name == name for one in definitions_of(text, language)):
        if language.name not in ("c", "lua"):
            return f"`{name}` may be used by other files"
        if any(_binds(leaf, language) for leaf in leaves):
            return f"several things are called `{name}` here"
        places = tuple(leaf.start_byte for leaf in leaves)
        return PlainPlaces(places, (0, len(parsed.source)), local=False)
    if own is None:
        if language.name in ("php", "ruby"):
            return f"`{name}` may be used by other files"
        mine = leaves
    else:
        mine = [leaf for leaf in leaves if own[0] <= leaf.start_byte < own[1]]
        outside = [leaf for leaf in leaves if _holder(leaf.start_byte, functions) is None]
        if outside and language.name != "php":
            return f"several things are called `{name}` here"
    if not any(_binds(leaf, language) for leaf in mine):
        return f"`{name}` is no name that this file binds"
    if any(_is_in(leaf, _UNSURE[language.name]) for leaf in leaves):
        return f"`{name}` is used where nobody can tell which one is meant"
    reach = own or (0, len(parsed.source))
    return PlainPlaces(tuple(leaf.start_byte for leaf in mine), reach, own is not None)


def _leaves(name: str, parsed: ParsedText, language: Language) -> list[tree_sitter.Node]:
    source, word = parsed.source, name.encode("utf-8", "surrogatepass")
    found: list[tree_sitter.Node] = []
    at = source.find(word)
    while at >= 0 and len(found) <= _MOST_PLACES:
        leaf = parsed.tree.root_node.descendant_for_byte_range(at, at + len(word))
        whole = leaf is not None and (leaf.start_byte, leaf.end_byte) == (at, at + len(word))
        if leaf is not None and whole and _is_name(leaf, language):
            found.append(leaf)
        at = source.find(word, at + len(word))
    return found


def _is_name(leaf: tree_sitter.Node, language: Language) -> bool:
    around = leaf.parent
    if around is None:
        return False
    if language.name == "php":
        outer = around.parent
        if leaf.type != "name" or around.type != "variable_name" or outer is None:
            return False
        return not _among(around, _MEMBERS["php"])
    if language.name == "ruby" and around.type == "call" and field_of(leaf) == "method":
        return False
    return leaf.type == "identifier" and not _among(leaf, _MEMBERS[language.name])


def _among(node: tree_sitter.Node, rows: Sequence[tuple[str, str]]) -> bool:
    around = node.parent
    if around is None:
        return False
    return any(around.type == kind and field in ("", field_of(node)) for kind, field in rows)


def _binds(leaf: tree_sitter.Node, language: Language) -> bool:
    node = leaf
    for _ in range(_DEEPEST):
        if _among(node, _BINDS[language.name]):
            return True
        if node.parent is None or node.parent.type not in _THROUGH:
            return False
        if (
            node.parent.type in ("init_declarator", "array_declarator")
            and field_of(node) != "declarator"
        ):
            return False
        if node.parent.type == "assignment_statement" and node.type != "variable_list":
            return False
        node = node.parent
    return False


def _is_in(leaf: tree_sitter.Node, kinds: Sequence[str]) -> bool:
    node = leaf.parent
    for _ in range(_DEEPEST):
        if node is None:
            return False
        if node.type in kinds:
            return True
        node = node.parent
    return False


def _functions(text: str, language: Language) -> list[tuple[int, int]]:
    """Return the bytes of the functions that are in no other function."""
    found: list[tuple[int, int]] = []
    end = at = size = 0
    for one in definitions_of(text, language):
        if one.kind is DefinitionKind.FUNCTION and one.head >= end:
            low = size + len(text[at : one.head].encode("utf-8", "surrogatepass"))
            size = low + len(text[one.head : one.end].encode("utf-8", "surrogatepass"))
            at = end = one.end
            found.append((low, size))
    return found


def _holder(at: int, functions: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    return next((one for one in functions if one[0] <= at < one[1]), None)
