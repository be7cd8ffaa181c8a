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
from typing import TYPE_CHECKING, NamedTuple

from fusionls.core.editing.local_names import locals_in
from fusionls.core.editing.readable import tree_of
from fusionls.core.editing.trifles import (
    Depth,
    definition_in,
    is_comment,
    is_docstring,
    is_punctuation,
    leads_a_body,
    name_of,
)
from fusionls.core.language import Language
from fusionls.core.text import fold_blanks, split_lines

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Depth", "Part", "Teller", "canonical", "form_of"]

# Classes in classes in modules; what lies deeper is told as part of the definition around it.
_MOST_DEPTH = 6
# Beyond this many nodes on the way down a text is hostile; what is deeper is told as it is written.
_DEEPEST = 2_000
# Around what they hold, and nothing more.
_TRANSPARENT = {
    "program": frozenset(("parenthesized_expression", "parenthesized_statements")),
    "meaning": frozenset(
        ("parenthesized_expression", "parenthesized_statements", "typed_parameter")
    ),
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
# Where ' and " mean the same.
_QUOTES_ALIKE = frozenset(("python", "javascript", "typescript", "tsx", "lua", "css"))


class Part(NamedTuple):
    """A definition, or a statement outside of all (``name`` is that of what is around it), told again.

    The body of a class is not in the form of the class: its members are parts of their own.
    """

    name: str
    form: str


class _Known(NamedTuple):
    """A part of the text before: what stands for it, and where it is."""

    mark: str
    node: "tree_sitter.Node"
    source: bytes
    without: "tree_sitter.Node | None"


def canonical(text: str, language: Language | None, depth: Depth = Depth.MEANING) -> str:
    """Return the form of ``text``; equal forms are equal programs as ``depth`` understands it."""
    return form_of(Teller(language, depth).parts(text))


def form_of(parts: tuple[Part, ...]) -> str:
    """Return one text for ``parts`` in their order."""
    return "\n".join(f"{part.name}\t{part.form}" for part in parts)


class Teller:
    """Tells texts of one language again, and remembers parts: versions of a file share nearly all.

    With the text ``before`` all others are versions of it. A part that is the same in it is not told but
    marked, and so is one that is told as the part of that name is.
    """

    __slots__ = (
        "_before",
        "_depth",
        "_known",
        "_language",
        "_marks",
        "_quotes",
        "_transparent",
        "parts_before",
    )

    def __init__(
        self, language: Language | None, depth: Depth = Depth.MEANING, before: str | None = None
    ) -> None:
        self._language = language
        self._depth = depth
        self._known: dict[_Key, str] = {}
        self._marks: dict[_Key, str] = {}
        self._before: dict[str, list[_Known]] = {}
        self._transparent = _TRANSPARENT[depth.value]
        self._quotes = language is not None and language.name in _QUOTES_ALIKE
        self.parts_before = () if before is None else self._read(before, before_all=True)

    def parts(self, text: str) -> tuple[Part, ...]:
        """Return the parts of ``text`` in their order; one, its folded text, where it cannot be read."""
        return self._read(text, before_all=False)

    def _read(self, text: str, before_all: bool) -> tuple[Part, ...]:
        parsed = tree_of(text, self._language)
        if parsed is not None:
            tell = self._marked if before_all else self._form
            return tuple(
                Part(name, tell(name, node, parsed.source, without))
                for name, node, without in self._cut(parsed.tree.root_node, parsed.source, "", 0)
            )
        return (Part("", "\n".join(filter(None, map(fold_blanks, split_lines(text))))),)

    def _cut(
        self, around: "tree_sitter.Node", source: bytes, name: str, depth: int
    ) -> "Iterator[tuple[str, tree_sitter.Node, tree_sitter.Node | None]]":
        """Yield the name, the node, and what is left out of it for each part in ``around``."""
        leads = True
        for node in around.children:
            kind = node.type
            if is_comment(node) or kind in _SIGNS_AROUND:
                continue
            first, leads = leads, False
            if first and self._depth is Depth.MEANING and is_docstring(node):
                continue
            inner = definition_in(node)
            called = name_of(inner, source)
            full = f"{name}.{called}" if name and called else called or name
            body = inner.child_by_field_name("body") if depth < _MOST_DEPTH else None
            if body is None or not any(kind in inner.type for kind in _HOLDERS):
                yield full, node, None
                continue
            yield full, node, body
            yield from self._cut(body, source, full, depth + 1)

    def _marked(
        self,
        name: str,
        node: "tree_sitter.Node",
        source: bytes,
        without: "tree_sitter.Node | None",
    ) -> str:
        """Return what stands for a part of the text before."""
        mark = self._marks.setdefault(_key(node, source, without), f"={len(self._marks)}")
        self._before.setdefault(name, []).append(_Known(mark, node, source, without))
        return mark

    def _form(
        self,
        name: str,
        node: "tree_sitter.Node",
        source: bytes,
        without: "tree_sitter.Node | None",
    ) -> str:
        """Return the form of a part, or the mark of a part of the text before."""
        mark = self._marks.get(_key(node, source, without))
        if mark is not None:
            return mark
        form = self._told(node, source, without)
        for known in self._before.get(name, ())[:_MOST_OF_ONE_NAME]:
            if form == self._told(known.node, known.source, known.without):
                return known.mark
        return form

    def _told(
        self, node: "tree_sitter.Node", source: bytes, without: "tree_sitter.Node | None"
    ) -> str:
        """Return the form of ``node``, without the node ``without`` in it."""
        key = _key(node, source, without)
        form = self._known.get(key)
        if form is None:
            renamed = (
                locals_in(node, source, self._language)
                if self._depth is Depth.MEANING and without is None
                else {}
            )
            cut = -1 if without is None else without.start_byte
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
            return is_punctuation(node, kind, around, self._depth)
        if is_comment(node) or (cut >= 0 and node.start_byte >= cut and around):
            return True
        if self._depth is Depth.PROGRAM or not around:
            return False
        if field == "return_type" or (field == "type" and around[-1].startswith("typed_")):
            return True
        if kind == "type_annotation" and around[-1].endswith("_parameter"):
            return True
        return kind == "expression_statement" and leads_a_body(node) and is_docstring(node)


# A part of a text: its kind, its bytes, and how many of them are told.
_Key = tuple[str, bytes, int]


def _key(node: "tree_sitter.Node", source: bytes, without: "tree_sitter.Node | None") -> _Key:
    start = node.start_byte
    end = node.end_byte if without is None else without.start_byte
    return node.type, source[start:end], -1 if without is None else end - start


# Overloads of one name, and statements outside of definitions.
_MOST_OF_ONE_NAME = 200
_SIGNS_AROUND = frozenset((")", "]", "}", "{", ";"))
_QUOTE_MARKS = frozenset(("string_start", "string_end", "'", '"'))
