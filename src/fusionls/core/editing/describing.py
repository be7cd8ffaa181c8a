"""What a change of a tree is: its kind, its shape, and the names it gives."""

from fusionls.core.editing.atoms import Key, Kind, folded, tokens
from fusionls.core.editing.changes import Change
from fusionls.core.editing.kinds import (
    adds_type,
    callee,
    core_of,
    in_import,
    is_arguments,
    is_comment,
    is_compound,
    is_container,
    is_definition,
    is_docstring,
    is_function,
    is_import,
    is_name,
    is_parameters,
    is_type,
    joins_next,
    names_bound,
    words,
)
from fusionls.core.editing.trees import Node


def kind_of(change: Change, right: tuple[Node, ...], removed: str, text: str) -> Kind:
    """Return what a change does; ``right`` are those of its new nodes that count."""
    nodes = (*change.left, *right)
    solid = [node for node in nodes if node.named]
    if folded(removed) == folded(text):
        return Kind.LAYOUT
    if solid and all(is_comment(node) for node in solid):
        above = is_container(change.a) and not change.left
        return Kind.DOC if above else Kind.COMMENT
    if solid and all(is_docstring(node) for node in solid):
        return Kind.COMMENT if change.left else Kind.DOC
    if solid and (all(is_import(node) for node in solid) or in_import(change.a)):
        return Kind.IMPORT
    if len(change.left) == len(right) == 1 and adds_type(change.left[0], right[0]):
        return Kind.TYPE
    if solid and all(is_type(node) for node in solid):
        return Kind.TYPE
    if len(change.left) == len(right) == 1 and is_name(change.left[0]) and is_name(right[0]):
        return Kind.RENAME
    if not text:
        return Kind.DELETE
    return Kind.REPLACE if removed else Kind.INSERT


def around(node: Node) -> tuple[Node | None, tuple[str, ...]]:
    """Return the function that counts as one place, and the names of the definitions around a node.

    A function without a name belongs to the named one around it.
    """
    names: list[str] = []
    named: Node | None = None
    nameless: Node | None = None
    at: Node | None = node
    while at is not None:
        name = at.name if at.children else b""
        holder = (
            at.parent.name if not name and at.parent is not None and at.field == "value" else b""
        )
        if (name or holder) and (is_function(at) or is_definition(at)):
            names.append((name or holder).decode("utf-8", "replace"))
        if is_function(at):
            if name or holder:
                named = named or at
            else:
                nameless = at
        at = at.parent
    return named or nameless, tuple(names)


def bound_in(nodes: tuple[Node, ...]) -> frozenset[str]:
    """Return the names that these nodes give."""
    found: set[str] = set()
    for node in nodes:
        if is_name(node) or (node.parent is not None and is_parameters(node.parent)):
            found |= words(node.text)
        elif node.named and not is_comment(node):
            found |= names_bound(node)
    return frozenset(found)


def names_in(nodes: tuple[Node, ...]) -> frozenset[str]:
    """Return the names that are written in these nodes, comments and texts left out."""
    found: set[bytes] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        stack += node.children
        if is_name(node):
            found.add(node.text)
    return frozenset(name.decode("utf-8", "replace") for name in found)


def shape_of(change: Change, right: tuple[Node, ...], kind: Kind, removed: str, text: str) -> Key:
    """Return what the same change has at another place, too, () if nothing can be said."""
    if kind is Kind.RENAME:
        return "rename", removed, text
    if kind in (Kind.DOC, Kind.TYPE):
        return (str(kind),)
    if is_arguments(change.a):
        name = callee(change.a)
        return ("argument", name, folded(text), folded(removed)) if name else ()
    if is_parameters(change.a):
        function = change.a.parent
        name = function.name.decode("utf-8", "replace") if function is not None else ""
        return ("parameter", name) if name else ()
    if kind is Kind.IMPORT or kind is Kind.LAYOUT:
        return ()
    old, new = tokens(removed), tokens(text)
    removed, text = removed.strip(), text.strip()
    solid = [node for node in right if node.named and not is_comment(node)]
    if old and solid and is_compound(solid[-1]) and len(new) > len(old) and _holds(new, old):
        return "wrap", solid[-1].kind
    if not old:
        above = all(joins_next(node) for node in right)
        return ("insert", change.a.kind, *new) if above or not is_container(change.a) else ()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    # Another number or sign is right at one place and wrong at the next, but for the strict comparisons.
    if not any(part.isidentifier() for part in (*old, *new)) and (removed, text) not in _STRICTER:
        return ()
    return "replace", " ".join(old), " ".join(new)


_STRICTER = (("==", "==="), ("!=", "!=="))


def are_members(nodes: tuple[Node, ...]) -> bool:
    """Tell whether these are definitions, with what stands above them."""
    fit = all(is_definition(node) or joins_next(node) for node in nodes)
    return fit and not all(joins_next(node) for node in nodes)


def _holds(longer: list[str], shorter: list[str]) -> bool:
    """Tell whether all tokens stand in a longer text in their order."""
    rest = iter(longer)
    return all(token in rest for token in shorter)


def twin_of(right: tuple[Node, ...], text: str) -> str:
    """Return a new definition with its own name left out."""
    solid = [core_of(node) for node in right if node.named and not joins_next(node)]
    if len(solid) != 1 or is_import(solid[0]):
        return ""
    name = solid[0].name.decode("utf-8", "replace")
    parts = tokens(text)
    return " ".join("_" if part == name else part for part in parts) if name else ""
