"""What nodes of a tree are, told by how grammars name them. One table for all grammars."""

import re

from fusionls.core.editing.trees import Node

_COMMENT = re.compile(r"comment")
_ATTRIBUTE = re.compile(r"^(attribute_item|attribute_list|decorator|annotation|marker_annotation)$")
_IMPORT = re.compile(
    r"^(import_|use_declaration|using_directive|preproc_include|namespace_use|future_import|package_)"
)
_FUNCTION = re.compile(r"function|method|constructor|closure|lambda|arrow|func_literal")
_CLASS = re.compile(r"^(decorated_)?(class|interface|struct|trait|impl|enum|union|record|object)|module|"
                    r"mod_item|namespace")  # fmt: skip
_DEFINITION = re.compile(
    r"function|method|class|interface|struct|trait|impl|enum|union|record|type_|module|mod_item|"
    r"const_|static_|field|property|constructor|decorated|declaration|namespace|variant|getter|setter"
)
_LISTS = frozenset(
    (
        "field_declaration_list",
        "import_spec_list",
        "named_imports",
        "use_list",
        "object",
        "dictionary",
        "interface_body",
        "object_type",
        "enum_variant_list",
        "export_clause",
        "import_from_statement",
        "field_initializer_list",
    )
)
_PARAMETERS = re.compile(r"parameter")
_ARGUMENTS = re.compile(r"^(argument_list|arguments)$")
_COMPOUND = re.compile(r"^(try|if|with|for|while|match|using|defer|switch|synchronized|lock)_")
_WRAPPERS = (
    "decorated_definition",
    "export_statement",
    "ambient_declaration",
    "template_declaration",
)
_TYPE_FIELDS = ("type", "return_type", "result")
_BODY = "body"


def is_comment(node: Node) -> bool:
    """A comment."""
    return bool(_COMMENT.search(node.kind))


def joins_next(node: Node) -> bool:
    """A comment, decorator or attribute, which belongs to what stands below it."""
    return is_comment(node) or bool(_ATTRIBUTE.match(node.kind))


def is_import(node: Node) -> bool:
    """A statement that brings names of other files in."""
    return node.named and bool(_IMPORT.match(node.kind))


def is_function(node: Node) -> bool:
    """Something with parameters whose body runs later."""
    return node.named and bool(_FUNCTION.search(node.kind)) and node.child(_BODY) is not None


def is_container(node: Node) -> bool:
    """The file, or the body of a class or the like, whose members have no order that matters."""
    parent = node.parent
    if parent is None:
        return True
    return node.field == _BODY and bool(_CLASS.search(parent.kind)) and not is_function(parent)


def is_definition(node: Node) -> bool:
    """A definition that may change places with others: no statement that runs there and then."""
    if node.kind == "expression_statement":
        inner = next((c for c in node.children if c.named), None)
        left = inner.child("left") if inner is not None and inner.kind == "assignment" else None
        return left is not None and left.kind == "identifier"
    return node.named and (is_import(node) or bool(_DEFINITION.search(node.kind)))


def is_list(node: Node) -> bool:
    """A list whose members have no order that matters and are divided by signs or lines."""
    return node.kind in _LISTS


def is_parameters(node: Node) -> bool:
    """The parameters of a definition."""
    return bool(_PARAMETERS.search(node.kind)) and node.field != "type_parameters"


def is_arguments(node: Node) -> bool:
    """The arguments of a call."""
    return bool(_ARGUMENTS.match(node.kind))


def is_compound(node: Node) -> bool:
    """A statement with statements in it."""
    return bool(_COMPOUND.match(node.kind))


def is_type(node: Node) -> bool:
    """A type that is written beside a name."""
    return node.field in _TYPE_FIELDS or node.kind == "type_annotation"


def is_name(node: Node) -> bool:
    """A leaf that is a name."""
    return (
        node.named and not node.children and node.kind.endswith(("identifier", "name", "constant"))
    )


def is_docstring(node: Node) -> bool:
    """A text that stands by itself where a definition or a file begins."""
    if node.kind != "expression_statement" or len(node.children) != 1 or node.parent is None:
        return False
    first = next((c for c in node.parent.children if c.named and not is_comment(c)), None)
    return (
        node.children[0].kind == "string"
        and first is node
        and node.parent.kind in ("block", "module")
    )


def is_docs(node: Node) -> bool:
    """A comment or a docstring."""
    return is_comment(node) or is_docstring(node)


def adds_type(before: Node, after: Node) -> bool:
    """Tell whether a parameter is the same one with a type beside it."""
    typed = after.kind in ("typed_parameter", "typed_default_parameter")
    return typed and words(before.text) <= words(after.text)


def callee(arguments: Node) -> str:
    """Return the last name of what is called with these arguments, "" if there is none."""
    call = arguments.parent
    if call is None:
        return ""
    found = call.child("function") or call.child("name") or call.child("constructor")
    words = re.findall(rb"\w+", found.text) if found is not None else []
    return words[-1].decode("utf-8", "replace") if words else ""


def core_of(node: Node) -> Node:
    """Return the definition in a decorated or exported one."""
    for _ in range(3):
        if node.kind not in _WRAPPERS:
            return node
        inner = next((c for c in node.children if is_definition(c) and not joins_next(c)), None)
        if inner is None:
            return node
        node = inner
    return node


def names_bound(node: Node) -> frozenset[str]:
    """Return the names that a statement or definition gives to what is around it."""
    node = core_of(node)
    if is_import(node) or (node.parent is not None and in_import(node.parent)):
        return words(node.text) - _IMPORT_WORDS
    if node.kind == "expression_statement" and node.children:
        node = node.children[0]
    left = node.child("left") or node.child("pattern")
    if left is not None and node.kind in _ASSIGNMENTS:
        return words(left.text)
    if node.name and node.kind not in _NAMED_ELSEWHERE:
        return words(node.name)
    found: set[str] = set()
    for child in node.children:
        if child.kind in _DECLARATORS:
            found |= names_bound(child)
    return frozenset(found)


_IMPORT_WORDS = frozenset(
    (
        "import",
        "from",
        "as",
        "use",
        "using",
        "type",
        "static",
        "pub",
        "crate",
        "self",
        "super",
        "default",
    )
)
_ASSIGNMENTS = frozenset(
    (
        "assignment",
        "short_var_declaration",
        "let_declaration",
        "assignment_expression",
    )
)
_DECLARATORS = frozenset(
    (
        "variable_declarator",
        "const_spec",
        "var_spec",
        "type_spec",
        "init_declarator",
        "const_element",
    )
)
_NAMED_ELSEWHERE = frozenset(
    (
        "method_invocation",
        "keyword_argument",
        "named_argument",
        "scoped_identifier",
        "jsx_attribute",
        "field_access",
        "method_reference",
        "macro_invocation",
        "attribute",
    )
)
_WORD = re.compile(rb"[^\W\d]\w*|[^\x00-\x7f]+")


def words(text: bytes) -> frozenset[str]:
    """Return the words of a text that may be names."""
    return frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(text))


def in_import(node: Node | None) -> bool:
    """Tell whether a node lies in an import."""
    while node is not None:
        if is_import(node):
            return True
        node = node.parent
    return False


def binds_here(leaf: Node) -> bool:
    """Tell whether a name is given where it stands, not used."""
    node, parent = leaf, leaf.parent
    for _ in range(3):
        if parent is None:
            return False
        if is_import(parent):
            return True
        if node.field in ("name", "declarator") and parent.kind not in _NAMED_ELSEWHERE:
            return True
        if node.field in ("left", "pattern") and parent.kind in (*_ASSIGNMENTS, "parameter"):
            return node is leaf
        if is_parameters(parent):
            return True
        if node.field:
            return False
        node, parent = parent, parent.parent
    return False


def is_outer(node: Node) -> bool:
    """Tell whether a definition, or the name of one, stands in a container."""
    at: Node | None = node
    for _ in range(4):
        if at is None or at.parent is None:
            return False
        if is_container(at.parent):
            return True
        if at.field not in ("", "name", "definition", "declaration", "declarator"):
            return False
        at = at.parent
    return False
