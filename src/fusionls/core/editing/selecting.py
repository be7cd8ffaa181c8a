"""Whole statements around a selection."""

from dataclasses import replace

import tree_sitter

from fusionls.core.editing.definitions import definitions_of
from fusionls.core.editing.edit import EditTask
from fusionls.core.editing.enclosing import enclosing, first_text, selection_of, within
from fusionls.core.editing.readable import tree_of

# Node types whose children are statements.
_BODIES_LISTED = """
module program source_file chunk translation_unit compilation_unit block statement_block
statement_list compound_statement body_statement block_body then else do do_group switch_body
switch_block_statement_group switch_case switch_default expression_case default_case case_statement
constructor_body
"""
_BODIES = frozenset(_BODIES_LISTED.split())
_DEEPEST = 500


def statements_at(task: EditTask) -> EditTask | str:
    """Return ``task`` with the selection widened to whole statements, or why there are none.

    What is edited is the function around them, or the statements' file where there is none.
    """
    _, text, language = first_text(task)
    start, end = selection_of(task)
    if start == end:
        return "select the statements first"
    parsed = tree_of(text, language)
    if parsed is None:
        return "this file cannot be read by a grammar, so nobody can tell its statements"
    low = len(text[:start].encode("utf-8", "surrogatepass"))
    high = low + len(text[start:end].encode("utf-8", "surrogatepass"))
    found = _statements(parsed.tree.root_node, low, high)
    if not found or found[0].has_error or any(node.is_error for node in found):
        return "the selection holds no whole statements"
    first, last = found[0].start_byte, found[-1].end_byte
    source = parsed.source
    selected = (
        len(source[:first].decode("utf-8", "surrogatepass")),
        len(source[:last].decode("utf-8", "surrogatepass")),
    )
    if any(
        selected[0] <= one.head and one.end <= selected[1] for one in definitions_of(text, language)
    ):
        return "the selection holds a whole definition: select statements within one"
    task = replace(task, selected=selected)
    holder = enclosing(task)
    return task if holder is None else within(task, holder)


def _statements(root: tree_sitter.Node, low: int, high: int) -> list[tree_sitter.Node]:
    """Return the neighbours of the innermost body that hold the bytes ``low`` to ``high``."""
    body, node = root, root
    for _ in range(_DEEPEST):
        inner = next((c for c in node.children if c.start_byte <= low and high <= c.end_byte), None)
        if inner is None:
            break
        node = inner
        if node.type in _BODIES:
            body = node
    return [c for c in body.children if c.is_named and c.start_byte < high and low < c.end_byte]
