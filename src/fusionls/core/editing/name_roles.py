"""What a name means at a place of which the scope rules say nothing, by the node it stands in."""

from enum import Enum

import tree_sitter

# A chain of nodes that is longer is hostile.
_DEEPEST = 60
# Blanks between two tokens of a macro.
_NEAR = 40


class Role(Enum):
    """What a leaf is: ``MEMBER`` is a name of something else, ``BY_NAME`` names an argument in a call."""

    NAME = "name"
    MEMBER = "member"
    BY_NAME = "by name"
    UNSURE = "unsure"


_SCRIPT = """
pair_pattern.key import_specifier.name export_specifier.alias export_statement.source jsx_opening_element.*
jsx_closing_element.* jsx_self_closing_element.* jsx_attribute.* namespace_export.* nested_identifier.*
"""
# Type of the node around and field in it; * is any field, and "in:" asks for any node further out, too.
_MEMBERS = {
    "python": """
        attribute.attribute import_from_statement.* aliased_import.name in:import_statement
        in:import_from_statement keyword_pattern.* in:future_import_statement""",
    "go": "in:import_spec in:package_clause labeled_statement.* goto_statement.*",
    "java": """
        method_invocation.name field_access.field constructor_declaration.name in:scoped_identifier
        marker_annotation.name annotation.name element_value_pair.key break_statement.* continue_statement.*
        labeled_statement.* method_reference.* in:import_declaration in:package_declaration""",
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "rust": "macro_invocation.macro label.* lifetime.* field_expression.field",
    "c-sharp": """
        member_access_expression.name in:member_binding_expression constructor_declaration.name
        in:using_directive in:qualified_name in:generic_name *.type *.returns with_initializer.*
        goto_statement.* labeled_statement.* in:attribute_list in:base_list in:tuple_type""",
    "cpp": "in:qualified_identifier field_expression.field",
}
_NAMES = {
    "go": "call_expression.function selector_expression.operand",
    "javascript": "unary_expression.argument",
    "typescript": "unary_expression.argument",
    "tsx": "unary_expression.argument",
    "c-sharp": "invocation_expression.function",
    "cpp": "call_expression.function",
}
_BY_NAME = {"python": "keyword_argument.name", "c-sharp": "argument.name"}
# Leaves with a name of another kind than that of a variable or a function.
_OTHERS_LISTED = """
property_identifier private_property_identifier field_identifier statement_identifier label_name
type_identifier package_identifier namespace_identifier escape_sequence
"""
_OTHERS = frozenset(_OTHERS_LISTED.split())
_LEAVES = frozenset(("identifier", "name", "variable_name", "constant"))


def role_of(leaf: tree_sitter.Node, source: bytes, language: str) -> Role:
    """Return what ``leaf`` is in a file of ``language``."""
    if leaf.type in _OTHERS or (leaf.type not in _LEAVES and not leaf.type.endswith("identifier")):
        return Role.MEMBER
    if leaf.parent is None:
        return Role.UNSURE
    if language == "rust" and leaf.parent.type == "token_tree":
        return _in_tokens(leaf, source)
    if _is_among(leaf, _MEMBERS.get(language, "")):
        return Role.MEMBER
    if _is_among(leaf, _BY_NAME.get(language, "")):
        return Role.BY_NAME
    return Role.NAME if _is_among(leaf, _NAMES.get(language, "")) else Role.UNSURE


def field_of(node: tree_sitter.Node) -> str:
    """Return the field in which a node stands, "" for none."""
    around = node.parent
    if around is None:
        return ""
    for number in range(around.child_count):
        if around.child(number) == node:
            return around.field_name_for_child(number) or ""
    return ""


def _is_among(leaf: tree_sitter.Node, table: str) -> bool:
    around = leaf.parent
    if not table or around is None:
        return False
    rows = table.split()
    field = field_of(leaf)
    if {f"{around.type}.{field}", f"{around.type}.*", f"*.{field}" if field else ""} & set(rows):
        return True
    further = {row.removeprefix("in:") for row in rows if row.startswith("in:")}
    node: tree_sitter.Node | None = around
    for _ in range(_DEEPEST if further else 0):
        if node is None:
            return False
        if node.type in further:
            return True
        node = node.parent
    return False


def _in_tokens(leaf: tree_sitter.Node, source: bytes) -> Role:
    """Return what an identifier among the tokens of a Rust macro is."""
    before = source[max(0, leaf.start_byte - _NEAR) : leaf.start_byte].rstrip()[-2:]
    behind = source[leaf.end_byte : leaf.end_byte + _NEAR].lstrip()[:2]
    if before.endswith(b".") and before != b"..":
        return Role.MEMBER
    if before == b"::" or behind == b"::" or behind[:1] == b"!":
        return Role.UNSURE
    if behind[:1] in (b":", b"=") and behind not in (b"==", b"=>"):
        return Role.UNSURE
    if before.endswith((b"'", b"$")):
        return Role.UNSURE
    return Role.NAME
