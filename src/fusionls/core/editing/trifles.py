"""What of a tree does not matter for what a program does, and what its definitions are called."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

# What stands around a definition: decorators, "export", type parameters.
_WRAPPERS = {
    "decorated_definition": "definition",
    "export_statement": "declaration",
    "template_declaration": "",
}
_CLOSERS = frozenset((")", "]", "}"))
_STRINGS = frozenset(("string", "concatenated_string"))


class Depth(StrEnum):
    """How much is dropped."""

    PROGRAM = "program"
    MEANING = "meaning"


# Between a name and its type.
_OF_TYPES = frozenset((":", "->"))


def is_punctuation(node: "tree_sitter.Node", kind: str, around: list[str], depth: Depth) -> bool:
    """Tell whether ``node``, a sign, says nothing that the tree does not say."""
    if not around:
        return False
    parent = around[-1]
    if kind in {"(", ")"}:
        return parent.startswith("parenthesized_")
    if kind == ",":
        following = node.next_sibling
        return following is not None and following.type in _CLOSERS and parent != "tuple"
    if kind == ";":
        return not parent.startswith("for")
    if kind in _OF_TYPES and depth is Depth.MEANING:
        return parent.startswith("typed_") or (kind == "->" and parent == "function_definition")
    return kind == "\n" or kind == ""


def is_comment(node: "tree_sitter.Node") -> bool:
    """Tell whether ``node`` is for people."""
    return node.is_extra or "comment" in node.type


def is_docstring(node: "tree_sitter.Node") -> bool:
    """Tell whether ``node`` is a statement that is nothing but a string (Python)."""
    if node.type != "expression_statement" or node.named_child_count != 1:
        return False
    only = node.named_children[0]
    return only.type in _STRINGS


def leads_a_body(node: "tree_sitter.Node") -> bool:
    """Tell whether ``node`` is the first statement of a function or class (Python)."""
    block = node.parent
    if block is None or block.type != "block" or block.parent is None:
        return False
    if block.parent.type not in {"function_definition", "class_definition"}:
        return False
    first = next((n for n in block.named_children if not is_comment(n)), None)
    return first == node


def definition_in(node: "tree_sitter.Node") -> "tree_sitter.Node":
    """Return the definition in ``node``, a definition with decorators and the like, or ``node`` itself."""
    field = _WRAPPERS.get(node.type)
    if field is None:
        return node
    inner = node.child_by_field_name(field) if field else None
    if inner is None and node.named_child_count:
        inner = node.named_children[-1]
    return inner if inner is not None else node


# How far down a declarator is followed (C: pointers to arrays of functions).
_MOST_DECLARATORS = 8


def name_of(node: "tree_sitter.Node", source: bytes) -> str:
    """Return the name that ``node`` defines, empty for what defines none."""
    if "definition" not in node.type and "declaration" not in node.type and "item" not in node.type:
        return ""
    found = node.child_by_field_name("name")
    if found is None and node.type == "impl_item":
        found = node.child_by_field_name("type")
    if found is None:
        inner = node.child_by_field_name("declarator")
        for _ in range(_MOST_DECLARATORS):
            if inner is None:
                break
            found, inner = inner, inner.child_by_field_name("declarator")
    if found is None:
        return ""
    name = source[found.start_byte : found.end_byte].decode("utf-8", "replace")
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        words = source[receiver.start_byte : receiver.end_byte].decode("utf-8", "replace")
        name = f"{words.strip('()').split(' ')[-1].lstrip('*')}.{name}"
    return name
