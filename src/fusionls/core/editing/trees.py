"""Trees of two versions of one text, read no further than where they differ.

Invariant: bytes stay inside. ``Tree.point`` gives code points.
"""

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate, pairwise

import tree_sitter

from fusionls.core.editing.alignment import aligned
from fusionls.core.editing.readable import is_too_deep, tree_of
from fusionls.core.language import Language
from fusionls.core.text import lines_with_ends

# A deeper tree is generated or hostile; what lies below is read as one leaf.
MOST_DEPTH = 150
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
# A full parse of one megabyte takes about 300 ms; larger texts are compared by lines.
MOST_BYTES = 1_000_000
# Some million signs on one line take a grammar seconds.
LONGEST_LINE = 100_000
# Grammars whose time is not bounded by the length of a text; they always read it as a whole, with a limit.
_SLOW = frozenset(("html", "bash", "ruby", "php"))


class Node:
    """A node of a tree whose children are read when they are asked for.

    ``twin`` is the node of the other version that it was mapped to. ``field`` is its field in its parent.
    """

    __slots__ = (
        "_children",
        "_key",
        "depth",
        "end",
        "field",
        "kind",
        "named",
        "node",
        "parent",
        "source",
        "start",
        "twin",
    )

    def __init__(
        self, node: tree_sitter.Node, source: bytes, parent: "Node | None", field: str
    ) -> None:
        self.node = node
        self.source = source
        self.parent = parent
        self.field = field
        self.kind: str = node.type
        self.named: bool = node.is_named
        self.start: int = node.start_byte
        self.end: int = node.end_byte
        self.depth: int = parent.depth + 1 if parent else 0
        self.twin: Node | None = None
        self._children: list[Node] | None = None
        self._key: tuple[str, bytes] | None = None

    @property
    def children(self) -> "list[Node]":
        """The children with text; a broken node and one that lies too deep has none."""
        if self._children is None:
            self._children = []
            if self.depth < MOST_DEPTH and not self.node.is_error and self.node.child_count:
                self._children = self._read()
        return self._children

    @property
    def known_children(self) -> "list[Node]":
        """The children, if they were ever asked for."""
        return self._children or []

    def _read(self) -> "list[Node]":
        children = []
        cursor = self.node.walk()
        more = cursor.goto_first_child()
        while more:
            child = cursor.node
            if child is not None:
                low, high = child.start_byte, child.end_byte
                if low < high and (child.is_named or not self.source[low:high].isspace()):
                    children.append(Node(child, self.source, self, cursor.field_name or ""))
            more = cursor.goto_next_sibling()
        return children

    @property
    def text(self) -> bytes:
        """The bytes of the node."""
        return self.source[self.start : self.end]

    @property
    def key(self) -> tuple[str, bytes]:
        """What two nodes have in common that say the same: the kind, and the text without layout."""
        if self._key is None:
            self._key = self.kind, b" ".join(self.text.split())
        return self._key

    def child(self, field: str) -> "Node | None":
        """Return the first child in a field."""
        return next((child for child in self.children if child.field == field), None)

    @property
    def name(self) -> bytes:
        """The name that a definition gives, b"" where there is none. Declarators are looked through."""
        node: Node | None = self
        for _ in range(4):
            if node is None:
                return b""
            found = node.child("name")
            if found is not None:
                return found.text if found.end - found.start <= MOST_NAME else b""
            node = node.child("declarator") or node.child("definition") or node.child("declaration")
        return b""


# No name that a person gave is longer.
MOST_NAME = 120


class Tree:
    """A text and its tree. ``root`` spans the whole text."""

    __slots__ = ("_starts", "language", "parsed", "root", "source", "text")

    def __init__(self, language: Language, text: str, parsed: tree_sitter.Tree) -> None:
        self.language = language
        self.text = text
        self.source = text.encode("utf-8", "surrogatepass")
        self.parsed = parsed
        self.root = Node(parsed.root_node, self.source, None, "")
        self.root.start, self.root.end = 0, len(self.source)
        self._starts: tuple[list[int], list[int]] | None = None

    def point(self, byte: int) -> int:
        """Return the code point that begins at a byte."""
        if len(self.source) == len(self.text):
            return byte
        if self._starts is None:
            self._starts = _line_starts(self.text)
        row = bisect_right(self._starts[0], byte) - 1
        start = self._starts[0][row]
        return self._starts[1][row] + len(self.source[start:byte].decode("utf-8", "surrogatepass"))


def _line_starts(text: str) -> tuple[list[int], list[int]]:
    low, at = [0], [0]
    for line in lines_with_ends(text):
        low.append(low[-1] + len(line.encode("utf-8", "surrogatepass")))
        at.append(at[-1] + len(line))
    return low, at


@cache
def _parser_of(language: Language) -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(language.grammar()))


def parsed(language: Language, text: str, earlier: Tree | None = None) -> Tree | None:
    """Return the tree of a text, None where it is too large or would stall the parser.

    ``earlier`` is the tree of another version; only the lines that differ from it are parsed again.
    """
    source = text.encode("utf-8", "surrogatepass")
    if len(source) > MOST_BYTES:
        return None
    if earlier is None or earlier.language is not language or language.name in _SLOW:
        whole = tree_of(text, language)
        return None if whole is None else Tree(language, text, whole.tree)
    lines = _LINE.findall(source)
    if is_too_deep(text) or max(map(len, lines), default=0) > LONGEST_LINE:
        return None
    old = earlier.parsed.copy()
    _adopt(old, _LINE.findall(earlier.source), lines)
    return Tree(language, text, _parser_of(language).parse(source, old))


def _adopt(tree: tree_sitter.Tree, old: list[bytes], new: list[bytes]) -> None:
    """Tell a tree which lines have changed, from the last to the first."""
    starts = [0, *accumulate(map(len, old))]
    last = len(old)
    end = (last, 0) if not old or old[-1].endswith(b"\n") else (last - 1, len(old[-1]))
    pairs = [(-1, -1), *aligned(old, new), (last, len(new))]
    for (i, j), (k, m) in reversed(list(pairwise(pairs))):
        if i + 1 == k and j + 1 == m:
            continue
        low, high = starts[i + 1], starts[k]
        added = b"".join(new[j + 1 : m])
        point = (i + 1, 0) if i + 1 < last else end
        behind = (k, 0) if k < last else end
        more = added.count(b"\n")
        column = len(added) - (added.rfind(b"\n") + 1)
        new_end = point[0] + more, column if more else point[1] + column
        tree.edit(low, high, low + len(added), point, behind, new_end)
