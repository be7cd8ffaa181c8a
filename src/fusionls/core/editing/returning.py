"""Which functions give something back before an edit and nothing after it."""

import re
from collections.abc import Iterable

import tree_sitter

from fusionls.core.editing.definitions import Definition, DefinitionKind
from fusionls.core.editing.readable import tree_of
from fusionls.core.language import Language

_RETURNS = re.compile(r"\breturn[ \t(\[{\"'\w]")
# A function in a function gives back to somebody else.
_INNER = re.compile(
    r"(?:async_)?(?:generator_)?function(?:_definition|_declaration|_expression)?|method_(?:definition|declaration)"
    r"|lambda\w*|arrow_function|func_literal|anonymous_function\w*|local_function_\w+|class\w*|object_creation\w*"
)
_GIVES = frozenset(("return_statement", "yield", "yield_statement", "yield_expression"))
_ENDS = frozenset(("raise_statement", "throw_statement"))


def lost_returns(
    before: tuple[str, tuple[Definition, ...]],
    after: tuple[str, tuple[Definition, ...]],
    language: Language | None,
) -> tuple[str, ...]:
    """Return the names of functions that gave a value back on some path, and now give none on any.

    One that is made abstract or that ends by raising is meant to. Both texts come with their definitions.
    """
    (old_text, old), (new_text, new) = before, after
    now = {(one.name, one.ordinal): one for one in _functions(new)}
    lost: list[str] = []
    for one in _functions(old):
        later = now.get((one.name, one.ordinal))
        was = old_text[one.body : one.end]
        if later is None or not _RETURNS.search(was) or was == new_text[later.body : later.end]:
            continue
        if "abstract" in new_text[later.start : later.body]:
            continue
        if _gives(old_text, one, language) and not _gives(new_text, later, language, ends=True):
            lost.append(one.name)
    return tuple(dict.fromkeys(lost))


def _functions(definitions: Iterable[Definition]) -> list[Definition]:
    return [one for one in definitions if one.kind is DefinitionKind.FUNCTION]


def _gives(text: str, one: Definition, language: Language | None, ends: bool = False) -> bool:
    """Tell whether a function gives values back; with ``ends``, or has no end to give one at."""
    parsed = tree_of(text, language)
    if parsed is None:
        return ends
    low = len(text[: one.body].encode("utf-8", "surrogatepass"))
    high = low + len(text[one.body : one.end].rstrip(" \t\r\n;").encode("utf-8", "surrogatepass"))
    top = parsed.tree.root_node.descendant_for_byte_range(low, max(low, high - 1))
    if top is None:
        return ends
    stack = [top]
    while stack:
        node = stack.pop()
        inside = node.start_byte > low or node.end_byte < high
        if inside and _INNER.fullmatch(node.type):
            continue
        if node.type in _GIVES and (node.named_child_count or node.type != "return_statement"):
            return True
        stack += node.children
    return ends and _ends_by_raising(top)


def _ends_by_raising(body: tree_sitter.Node) -> bool:
    last = next((node for node in reversed(body.named_children) if not node.is_extra), None)
    return body.type in _ENDS or (last is not None and last.type in _ENDS)
