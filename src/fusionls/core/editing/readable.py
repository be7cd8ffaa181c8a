"""The tree of a text that a model may have written to harm: always within bounds.

Measured with the grammars of 2026: 600 KB of ``{a:`` end the process in the JavaScript grammar, 60,000 open
tags take the HTML one 22 s, and a query on a broken tree costs the square of the children of its error node.
"""

import re
from functools import lru_cache

import tree_sitter

from fusionls.core.language import BlockStyle, Language
from fusionls.core.syntax import Effort, HoleTree, ParsedText, TooLargeError

# Steps of the parser, 15 to 60 a millisecond. A file of 20,000 lines needs about 1,000.
MOST_STEPS = 6_000
# Brackets in brackets. The standard library of Python has 14 at most, bundled JavaScript some hundred.
MOST_OPEN = 2_000
# Children of one error node; 10,000 cost a query 160 ms, 60,000 take it 5.7 s.
_WIDEST_ERROR = 5_000
# Nodes around errors that are looked at: what is broken in more places is not in this language.
_MOST_BROKEN = 5_000
# Marks that the scanner of a grammar walks back over each time, and how many are bearable: open tags, and
# texts that are announced to follow.
_MOST_TAGS = 5_000
_MOST_HEREDOCS = 500
_WITH_HEREDOCS = frozenset(("bash", "ruby", "php"))
# A million quotes on one line take the JavaScript grammar 5 s.
_LONGEST_LINE = 100_000
_LONE_RETURN = re.compile(r"\r(?!\n)")
_BRACKET = re.compile(r"[(\[{]|[)\]}]")
# Below this a text cannot be nested too deep.
_SHORT = MOST_OPEN


# An answer is read in several steps: as code, put into the file, judged, compared. They ask for the same
# trees.
_KEPT = 4


@lru_cache(maxsize=_KEPT)
def tree_of(text: str, language: Language | None) -> ParsedText | None:
    """Return the tree of ``text``, None where there is no grammar or reading would take too long.

    The last trees are kept, so nobody may edit one without a copy.
    """
    if language is None or is_too_deep(text) or _is_slow(text, language):
        return None
    if "\r" in text:
        # Grammars know no lines that end at \r alone; the places stay the same.
        text = _LONE_RETURN.sub("\n", text)
    try:
        parsed = _blank(language).tree_with(text, Effort(MOST_STEPS))
    except TooLargeError:
        return None
    return None if parsed is None or _is_too_broken(parsed.tree) else parsed


def is_too_deep(text: str) -> bool:
    """Tell whether more brackets are open in ``text`` at one place than people nest."""
    return len(text) >= _SHORT and _is_nested_too_deep(text)


# The texts of one request are asked about several times each, 1 ms for a thousand lines.
@lru_cache(maxsize=16)
def _is_nested_too_deep(text: str) -> bool:
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket.group() in "([{" else max(0, depth - 1)
        if depth > MOST_OPEN:
            return True
    return False


def _is_slow(text: str, language: Language) -> bool:
    if max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return True
    if language.block is BlockStyle.TAGS:
        return text.count("<") - 2 * text.count("</") > _MOST_TAGS
    return language.name in _WITH_HEREDOCS and text.count("<<") > _MOST_HEREDOCS


def error_count(tree: tree_sitter.Tree) -> int:
    """Return how many nodes the grammar could not read or had to make up; at most ``_MOST_BROKEN``."""
    count = seen = 0
    stack = [tree.root_node] if tree.root_node.has_error else []
    while stack and seen < _MOST_BROKEN:
        node = stack.pop()
        seen += 1
        count += node.is_error or node.is_missing
        stack += [child for child in node.children if child.has_error]
    return count


def _blank(language: Language) -> HoleTree:
    return HoleTree(language, "", "")


def _is_too_broken(tree: tree_sitter.Tree) -> bool:
    seen = 0
    stack = [tree.root_node] if tree.root_node.has_error else []
    while stack:
        node = stack.pop()
        seen += 1
        if seen > _MOST_BROKEN or (node.is_error and node.child_count > _WIDEST_ERROR):
            return True
        stack += [child for child in node.children if child.has_error]
    return False
