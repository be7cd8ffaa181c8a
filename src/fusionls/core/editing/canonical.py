"""When two texts are the same program, whatever they look like.

A text is read as a tree and told again without what does not matter. Two depths: ``PROGRAM`` drops layout,
comments, kinds of quotes, brackets around expressions and commas before a closing bracket; two texts of one
such form do the same, so that an answer with the form of the text before has done nothing. ``MEANING``
also drops doc strings and annotations of parameters and returns, and counts the local names of a function
in the order in which they appear: what members must share to have voted for the same edit (Wang et al.
2023, "Self-Consistency", votes on answers; programs need a form in which they can be equal).

Invariant: total. What the grammar cannot read (too large, no grammar) is its text with white space folded;
a broken part of a tree is told like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fusionls.core.editing.local_names import locals_in
from fusionls.core.language import Language
from fusionls.core.syntax import HoleTree, TooLargeError
from fusionls.core.text import fold_blanks, split_lines

if TYPE_CHECKING:
    import tree_sitter

# Classes in classes in modules; what lies deeper is told as part of the definition around it.
_MOST_DEPTH = 6
# Beyond this many nodes on the way down a text is hostile: 60,000 open brackets take 20 ms and more memory
# than all honest files of a project.
_DEEPEST = 2_000
# Around what they hold, and nothing more.
_TRANSPARENT = {
    "program": frozenset(("parenthesized_expression",)),
    "meaning": frozenset(("parenthesized_expression", "typed_parameter")),
}
# Kinds of definitions that hold others, by a part of the node type.
_HOLDERS = (
    "class",
    "interface",
    "struct",
    "impl",
    "trait",
    "enum",
    "module",
    "namespace",
    "mod_item",
)
# What stands around a definition: decorators, "export", type parameters.
_WRAPPERS = {
    "decorated_definition": "definition",
    "export_statement": "declaration",
    "template_declaration": "",
}
# Where ' and " mean the same.
_QUOTES_ALIKE = frozenset(("python", "javascript", "typescript", "tsx", "lua", "css"))
_CLOSERS = frozenset((")", "]", "}"))
_STRINGS = frozenset(("string", "concatenated_string"))


class Depth(StrEnum):
    """How much is dropped."""

    PROGRAM = "program"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Part:
    """A definition, or a statement outside of all (``name`` is that of what is around it), told again.

    The body of a class is not in the form of the class: its members are parts of their own.
    """

    name: str
    form: str
    is_definition: bool


def canonical(text: str, language: Language | None, depth: Depth = Depth.MEANING) -> str:
    """Return the form of ``text``; equal forms are equal programs as ``depth`` understands it."""
    return form_of(Teller(language, depth).parts(text))


def form_of(parts: tuple[Part, ...]) -> str:
    """Return one text for ``parts`` in their order."""
    return "\n".join(f"{part.name}\t{part.form}" for part in parts)


class Teller:
    """Tells texts of one language again, and remembers parts: versions of a file share nearly all."""

    __slots__ = ("_depth", "_known", "_language", "_quotes", "_transparent")

    def __init__(self, language: Language | None, depth: Depth = Depth.MEANING) -> None:
        self._language = language
        self._depth = depth
        self._known: dict[tuple[str, bytes, int], str] = {}
        self._transparent = _TRANSPARENT[depth.value]
        self._quotes = language is not None and language.name in _QUOTES_ALIKE

    def parts(self, text: str) -> tuple[Part, ...]:
        """Return the parts of ``text`` in their order; one, its folded text, where it cannot be read."""
        if self._language is not None:
            try:
                parsed = HoleTree(self._language, text, "").tree_with("")
            except TooLargeError:
                parsed = None
            if parsed is not None:
                return tuple(self._parts(parsed.tree.root_node, parsed.source, "", 0))
        return (Part("", "\n".join(filter(None, map(fold_blanks, split_lines(text)))), False),)

    def _parts(
        self, around: "tree_sitter.Node", source: bytes, name: str, depth: int
    ) -> Iterator[Part]:
        leads = True
        for node in around.children:
            if _is_comment(node) or (not node.is_named and node.type in _CLOSERS | {"{", ";"}):
                continue
            first, leads = leads, False
            if first and self._depth is Depth.MEANING and _is_docstring(node):
                continue
            inner = _definition_in(node)
            called = _name_of(inner, source)
            full = f"{name}.{called}" if name and called else called or name
            body = inner.child_by_field_name("body")
            holds = body is not None and any(kind in inner.type for kind in _HOLDERS)
            if body is None or not holds or depth >= _MOST_DEPTH:
                yield Part(full, self._told(node, source, None), bool(called))
                continue
            yield Part(full, self._told(node, source, body), True)
            yield from self._parts(body, source, full, depth + 1)

    def _told(
        self, node: "tree_sitter.Node", source: bytes, without: "tree_sitter.Node | None"
    ) -> str:
        """Return the form of ``node``, without the node ``without`` in it."""
        start, end = node.start_byte, node.end_byte
        cut = -1 if without is None else without.start_byte
        key = node.type, source[start:end] if without is None else source[start:cut], cut - start
        form = self._known.get(key)
        if form is None:
            renamed = (
                locals_in(node, source, self._language)
                if self._depth is Depth.MEANING and without is None
                else {}
            )
            form = " ".join(self._words(node, source, cut, renamed))
            self._known[key] = form
        return form

    def _words(
        self, top: "tree_sitter.Node", source: bytes, cut: int, renamed: dict[int, str]
    ) -> Iterator[str]:
        """Yield the words of ``top``: its leaves, and brackets that show the tree."""
        cursor = top.walk()
        kinds: list[str] = []
        while True:
            node, field = cursor.node, cursor.field_name
            if node is None:
                return
            kind = node.type
            entered = False
            if not self._drops(node, kind, field, kinds, cut):
                if node.child_count and len(kinds) < _DEEPEST:
                    entered = cursor.goto_first_child()
                    if kind not in self._transparent:
                        yield "(" + self._kind(kind)
                    kinds.append(kind)
                else:
                    yield self._leaf(node, kind, source, renamed)
            if entered:
                continue
            while not kinds or not cursor.goto_next_sibling():
                if not kinds:
                    return
                cursor.goto_parent()
                kind = kinds.pop()
                if kind not in self._transparent:
                    yield ")"

    def _kind(self, kind: str) -> str:
        if self._depth is Depth.MEANING and kind == "typed_default_parameter":
            return "default_parameter"
        return kind

    def _leaf(
        self, node: "tree_sitter.Node", kind: str, source: bytes, renamed: dict[int, str]
    ) -> str:
        local = renamed.get(node.start_byte)
        if local is not None:
            return local
        text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
        if self._quotes and kind in _QUOTE_MARKS:
            return text.replace("'", '"').lower()
        # A leaf with blanks in it (text of a string) must not look like several.
        return repr(text) if " " in text or "\n" in text else text

    def _drops(
        self, node: "tree_sitter.Node", kind: str, field: str | None, around: list[str], cut: int
    ) -> bool:
        """Tell whether ``node`` in nodes of the kinds ``around`` does not matter."""
        if not node.is_named:
            return _is_punctuation(node, kind, around, self._depth)
        if _is_comment(node) or (cut >= 0 and node.start_byte >= cut and around):
            return True
        if self._depth is Depth.PROGRAM or not around:
            return False
        if field == "return_type" or (field == "type" and around[-1].startswith("typed_")):
            return True
        if kind == "type_annotation" and around[-1].endswith("_parameter"):
            return True
        return kind == "expression_statement" and _leads_a_body(node) and _is_docstring(node)


_QUOTE_MARKS = frozenset(("string_start", "string_end", "'", '"'))
# Between a name and its type.
_OF_TYPES = frozenset((":", "->"))


def _is_punctuation(node: "tree_sitter.Node", kind: str, around: list[str], depth: Depth) -> bool:
    """Tell whether ``node``, a sign, says nothing that the tree does not say."""
    if not around:
        return False
    parent = around[-1]
    if kind in {"(", ")"}:
        return parent == "parenthesized_expression"
    if kind == ",":
        following = node.next_sibling
        return following is not None and following.type in _CLOSERS and parent != "tuple"
    if kind == ";":
        return not parent.startswith("for")
    if kind in _OF_TYPES and depth is Depth.MEANING:
        return parent.startswith("typed_") or (kind == "->" and parent == "function_definition")
    return kind == "\n" or kind == ""


def _is_comment(node: "tree_sitter.Node") -> bool:
    return node.is_extra or "comment" in node.type


def _is_docstring(node: "tree_sitter.Node") -> bool:
    if node.type != "expression_statement" or node.named_child_count != 1:
        return False
    only = node.named_children[0]
    return only.type in _STRINGS


def _leads_a_body(node: "tree_sitter.Node") -> bool:
    """Tell whether ``node`` is the first statement of a function or class (Python)."""
    block = node.parent
    if block is None or block.type != "block" or block.parent is None:
        return False
    if block.parent.type not in {"function_definition", "class_definition"}:
        return False
    first = next((n for n in block.named_children if not _is_comment(n)), None)
    return first == node


def _definition_in(node: "tree_sitter.Node") -> "tree_sitter.Node":
    field = _WRAPPERS.get(node.type)
    if field is None:
        return node
    inner = node.child_by_field_name(field) if field else None
    if inner is None and node.named_child_count:
        inner = node.named_children[-1]
    return inner if inner is not None else node


# How far down a declarator is followed (C: pointers to arrays of functions).
_MOST_DECLARATORS = 8


def _name_of(node: "tree_sitter.Node", source: bytes) -> str:
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
