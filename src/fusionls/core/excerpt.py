"""The part of a long document that decides what a text in its hole does to it.

Parsing again what stands thousands of lines away costs most of the time and says nothing. What is left out
are whole statements, members of classes and the like that lie on lines of their own, have no errors and are
not next to the hole; everything that encloses the hole stays. In what is left a text opens, closes and breaks
the same as in the document, so one verdict serves for both (``tests/unit/test_excerpt.py`` compares them).
"""

from collections.abc import Iterator

import tree_sitter

from fusionls.core.language import Language
from fusionls.core.syntax import HoleTree, ParsedText

# On either side of the hole so many neighbours stay, unless they are long themselves.
NEIGHBOURS = 1
LONG_BYTES = 1_000
# A kept part below this size is not looked into.
LEAST_PART = 500
# Of an excerpt that is nearly the document nothing is gained.
MOST_SHARE = 0.7
# What begins further right or ends further left on its line is not alone on it.
_LONGEST_MARGIN = 400


def excerpt_of(
    language: Language, tree: HoleTree, fill: str = ""
) -> tuple[str, str, HoleTree] | None:
    """Return the text before and behind the hole that is left of a document, and its tree.

    ``fill`` is a text for the hole with which the document has a tree at all, where it has none without. None
    where nothing is gained: in a short document, in one whose tree is an error as a whole, and where what is
    left would have other problems than the document.
    """
    parsed = tree.tree_with(fill)
    if parsed is None:
        return None
    before, behind = _left(parsed)
    if len(before) + len(behind) > MOST_SHARE * len(parsed.source):
        return None
    texts = before.decode("utf-8", "surrogatepass"), behind.decode("utf-8", "surrogatepass")
    small = HoleTree(language, *texts)
    if _kinds(small, fill) != _kinds(tree, fill):
        return None
    return *texts, small


def _kinds(tree: HoleTree, text: str) -> list[str] | None:
    problems = tree.problems_with(text)
    return None if problems is None else [problem.kind for problem in problems]


def _left(parsed: ParsedText) -> tuple[bytes, bytes]:
    """Return what stands before and behind the hole without what is left out."""
    source, low, high = parsed.source, parsed.low, parsed.high
    before: list[bytes] = []
    behind: list[bytes] = []
    at, until = 0, high
    for start, end in sorted(_dropped(parsed)):
        if end <= low:
            before.append(source[at:start])
            at = end
        else:
            behind.append(source[until:start])
            until = end
    return b"".join((*before, source[at:low])), b"".join((*behind, source[until:]))


def _dropped(parsed: ParsedText) -> Iterator[tuple[int, int]]:
    """Yield what is left out, in bytes, as whole lines that do not overlap."""
    source = parsed.source
    low = len(source[: parsed.low].rstrip())
    high = len(source) - len(source[parsed.high :].lstrip())
    stack = [parsed.tree.root_node]
    while stack:
        node = stack.pop()
        if node.is_error:
            continue
        children = list(_children(node))
        touching = [n for n, (c, _) in enumerate(children) if _touches(c, low, high)]
        # The ends of what lies beside the hole stay: there a text may reach in.
        nearest = touching or [len(children) - 1 if node.end_byte < low else 0]
        first, last = nearest[0] - NEIGHBOURS, nearest[-1] + NEIGHBOURS
        for number, (child, in_list) in enumerate(children):
            size = child.end_byte - child.start_byte
            stays = first <= number <= last or number in (0, len(children) - 1)
            if in_list and not ((stays and size < LONG_BYTES) or _touches(child, low, high)):
                lines = None if child.has_error else _own_lines(source, child)
                if lines is not None:
                    yield lines
                    continue
            if size >= LEAST_PART:
                stack.append(child)


def _touches(node: tree_sitter.Node, low: int, high: int) -> bool:
    return node.end_byte >= low and node.start_byte <= high


def _children(node: tree_sitter.Node) -> Iterator[tuple[tree_sitter.Node, bool]]:
    """Yield the children of a node, and whether each is one of a list and no part that the node must have."""
    cursor = node.walk()
    more = cursor.goto_first_child()
    while more:
        child = cursor.node
        if child is not None:
            yield child, child.is_named and cursor.field_id is None
        more = cursor.goto_next_sibling()


def _own_lines(source: bytes, node: tree_sitter.Node) -> tuple[int, int] | None:
    """Return the lines that a node has for itself, None if it shares one."""
    start, end = node.start_byte, node.end_byte
    line = source.rfind(b"\n", max(0, start - _LONGEST_MARGIN), start) + 1
    if (line == 0 and start > 0) or source[line:start].strip():
        return None
    over = source.find(b"\n", end, end + _LONGEST_MARGIN)
    if over < 0 or source[end:over].strip():
        return None
    return line, over + 1
