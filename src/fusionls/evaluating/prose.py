"""Which lines of a program are written for people: nobody foresees them, and no member is judged by them."""

import tree_sitter

from fusionls.core.language import Language

# How grammars call texts; the names of all that are used here have one of these words in them.
_COMMENT, _STRING = "comment", "string"
# A string that is a statement of its own is documentation.
_STATEMENT = "expression_statement"


def prose_rows(text: str, language: Language) -> frozenset[int]:
    """Return the rows (from 0) of comments, of documentation, and inside strings of several lines."""
    parser = tree_sitter.Parser(tree_sitter.Language(language.grammar()))
    rows: set[int] = set()
    left = [parser.parse(text.encode("utf-8", "replace")).root_node]
    while left:
        node = left.pop()
        first, last = node.start_point.row, node.end_point.row
        if _COMMENT in node.type or (_STRING in node.type and (last > first or _is_alone(node))):
            # Beside a comment stands code, as a rule; a row of several lines' text is that text's alone.
            rows.update(range(first, last + 1) if last > first or _begins_its_row(node) else ())
        else:
            left.extend(node.children)
    return frozenset(rows)


def _is_alone(node: tree_sitter.Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == _STATEMENT and parent.child_count == 1


def _begins_its_row(node: tree_sitter.Node) -> bool:
    before = node.prev_sibling
    return before is None or before.end_point.row < node.start_point.row
