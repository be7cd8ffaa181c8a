"""What a definition is called, and where its body begins, by the fields of the grammars."""

from dataclasses import dataclass

import tree_sitter

from fusionls.core.language import Language

# Names in a query of a style sheet or a selector may be long; more says nothing.
_LONGEST_NAME = 200
_LONGEST_TEXT = 4 * _LONGEST_NAME
# Declarators in declarators, as in a pointer to a function that returns one.
_MOST_DECLARATORS = 20
# What has a name only if its value is one of these.
_FUNCTIONS = frozenset(
    [
        "arrow_function",
        "function_expression",
        "generator_function",
        "class",
        "function_definition",
        "func_literal",
        "lambda",
        "closure_expression",
        "function_literal",
        "lambda_expression",
    ]
)
_BY_VALUE = {
    "variable_declarator": ("name", "value"),
    "field_definition": ("property", "value"),
    "public_field_definition": ("name", "value"),
    "assignment": ("left", "right"),
    "assignment_expression": ("left", "right"),
}
_DECLARED = frozenset(
    ("function_definition", "type_definition", "preproc_function_def", "preproc_def")
)
# Their names are texts in which a dot parts nothing.
_UNPARTED = frozenset(
    [
        "rule_set",
        "media_statement",
        "keyframes_statement",
        "supports_statement",
        "element",
        "script_element",
        "style_element",
        "pair",
    ]
)
_BODIES = ("body", "accessors", "value")


@dataclass(frozen=True, slots=True)
class NodeName:
    """``text`` names the definition, ``scope`` is before the names inside it, ``body`` a byte or -1.

    ``own`` is the last part of ``text``.
    """

    text: str
    scope: str
    body: int
    own: str


def name_of(node: tree_sitter.Node, source: bytes, language: Language) -> NodeName | None:
    """Return what ``node`` defines, None if it defines nothing that has a name."""
    named = _NAMERS.get(node.type, _by_field)(node, source, language)
    if named is None or not named[0]:
        return None
    text, scope = named[0][:_LONGEST_NAME], named[1][:_LONGEST_NAME]
    own = text if node.type in _UNPARTED else text.rpartition(".")[2] or text
    return NodeName(text, scope, _body_of(node), own)


def is_named_function(node: tree_sitter.Node) -> bool:
    """Tell whether the value of a declaration is a function."""
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if value is not None and value.type == "expression_list":
        value = value.named_child(0)
    return value is not None and value.type in _FUNCTIONS


def _body_of(node: tree_sitter.Node) -> int:
    for field in _BODIES:
        body = node.child_by_field_name(field)
        if body is not None:
            inner = body.child_by_field_name("body") if body.type in _FUNCTIONS else None
            return (inner or body).start_byte
    value = node.child_by_field_name("right")
    inner = value.child_by_field_name("body") if value is not None else None
    return inner.start_byte if inner is not None else -1


def _text(node: tree_sitter.Node | None, source: bytes) -> str:
    # Never `node.text`: of a tree that was parsed in pieces it ends the process (tree-sitter 0.26).
    if node is None:
        return ""
    text = source[node.start_byte : min(node.end_byte, node.start_byte + _LONGEST_TEXT)]
    return " ".join(text.decode("utf-8", "replace").split())


def _base(node: tree_sitter.Node | None, source: bytes) -> str:
    """Return the name of a type without its arguments, pointers and references."""
    for _ in range(_MOST_DECLARATORS):
        inner = node and (node.child_by_field_name("type") or node.child_by_field_name("name"))
        if node is not None and inner is None and node.type == "pointer_type":
            inner = node.named_child(0)
        if not inner:
            break
        node = inner
    return _text(node, source)


def _by_field(node: tree_sitter.Node, source: bytes, _language: Language) -> tuple[str, str] | None:
    by_value = _BY_VALUE.get(node.type)
    if by_value is not None and not is_named_function(node):
        return None
    field = by_value[0] if by_value else "name"
    name = node.child_by_field_name(field)
    if name is None and node.type in _DECLARED:
        name = _declared(node)
    text = _text(name, source).strip("\"'").replace("::", ".").replace(":", ".")
    if name is not None and name.type in ("qualified_identifier", "template_type"):
        text = _without_arguments(text)
    return text, text


def _unnamed(node: tree_sitter.Node, source: bytes, _language: Language) -> tuple[str, str] | None:
    """C#: operators, conversions, indexers and finalizers."""
    kind = node.type.removesuffix("_declaration")
    if kind == "destructor":
        text = "~" + _text(node.child_by_field_name("name"), source)
    elif kind == "indexer":
        text = "this[]"
    else:
        target = node.child_by_field_name("operator") or node.child_by_field_name("type")
        text = "operator " + _text(target, source)
    return text, text


def _declared(node: tree_sitter.Node) -> tree_sitter.Node | None:
    inner = node.child_by_field_name("declarator")
    for _ in range(_MOST_DECLARATORS):
        deeper = inner and inner.child_by_field_name("declarator")
        if not deeper and inner is not None and inner.type == "reference_declarator":
            deeper = inner.named_child(0)
        if not deeper:
            break
        inner = deeper
    return inner


def _without_arguments(text: str) -> str:
    """Return ``C<T>.g`` as ``C.g``."""
    kept: list[str] = []
    depth = 0
    for sign in text:
        depth += (sign == "<") - (sign == ">")
        if depth == 0 and sign != ">":
            kept.append(sign)
    return "".join(kept)


def _method(node: tree_sitter.Node, source: bytes, language: Language) -> tuple[str, str] | None:
    """Go: a method belongs to the type of its receiver."""
    receiver = node.child_by_field_name("receiver")
    if receiver is None:
        return _by_field(node, source, language)
    parameter = receiver.named_child(0)
    owner = _base(parameter.child_by_field_name("type") if parameter else None, source).lstrip("*")
    name = _text(node.child_by_field_name("name"), source)
    full = f"{owner}.{name}" if owner else name
    return full, full


def _implementation(
    node: tree_sitter.Node, source: bytes, _language: Language
) -> tuple[str, str] | None:
    """Rust: the members of `impl Trait for Type` are those of the type."""
    owner = _base(node.child_by_field_name("type"), source)
    trait = _text(node.child_by_field_name("trait"), source)
    return (f"impl {trait} for {owner}" if trait else f"impl {owner}"), owner


def _with_body(node: tree_sitter.Node, source: bytes, language: Language) -> tuple[str, str] | None:
    """C: `struct S x;` uses a struct, and one with a body defines it."""
    if node.child_by_field_name("body") is None:
        return None
    return _by_field(node, source, language)


def _entry(node: tree_sitter.Node, source: bytes, language: Language) -> tuple[str, str] | None:
    if language.name != "json" and not is_named_function(node):
        return None
    text = _text(node.child_by_field_name("key"), source).strip("\"'")
    return text, text


def _top_value(node: tree_sitter.Node, source: bytes, language: Language) -> tuple[str, str] | None:
    """Go: what a function declares for itself is not a definition of the file."""
    parent = node.parent
    grand = parent.parent if parent is not None else None
    if grand is not None and grand.type == "var_spec_list":
        grand = grand.parent
    if grand is None or grand.type not in ("source_file", "var_declaration"):
        return None
    return _by_field(node, source, language)


def _assigned(node: tree_sitter.Node, source: bytes, _language: Language) -> tuple[str, str] | None:
    """Lua: `M.f = function() ... end`."""
    names, values = node.named_child(0), node.named_child(1)
    value = values.named_child(0) if values is not None else None
    if names is None or value is None or value.type != "function_definition":
        return None
    text = _text(names.named_child(0), source).replace(":", ".")
    return text, text


def _element(node: tree_sitter.Node, source: bytes, _language: Language) -> tuple[str, str] | None:
    """HTML: the tag, with the id where it has one."""
    opening = node.named_child(0)
    tag = _text(opening.named_child(0), source) if opening is not None else ""
    if opening is None or opening.type not in ("start_tag", "self_closing_tag"):
        return None
    for attribute in opening.named_children[1:]:
        if _text(attribute.named_child(0), source) == "id":
            tag += "#" + _text(attribute.named_child(1), source).strip("\"'")
    return tag, tag


def _rule(node: tree_sitter.Node, source: bytes, _language: Language) -> tuple[str, str] | None:
    """CSS: the text before the block; a dot in it would look like a name in a name."""
    block = next((c for c in node.named_children if c.type.endswith("block")), None)
    if block is None:
        return None
    head = source[node.start_byte : block.start_byte][:_LONGEST_TEXT]
    text = " ".join(head.decode("utf-8", "replace").split())
    return text, text


_NAMERS = {
    "method_declaration": _method,
    "impl_item": _implementation,
    "struct_specifier": _with_body,
    "class_specifier": _with_body,
    "union_specifier": _with_body,
    "enum_specifier": _with_body,
    "destructor_declaration": _unnamed,
    "indexer_declaration": _unnamed,
    "operator_declaration": _unnamed,
    "conversion_operator_declaration": _unnamed,
    "pair": _entry,
    "var_spec": _top_value,
    "const_spec": _top_value,
    "assignment_statement": _assigned,
    "element": _element,
    "script_element": _element,
    "style_element": _element,
    "rule_set": _rule,
    "media_statement": _rule,
    "keyframes_statement": _rule,
    "supports_statement": _rule,
}
