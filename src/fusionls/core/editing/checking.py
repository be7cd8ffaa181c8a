"""Whether an edit is what a refactoring promises; who broke the promise is asked again.

Invariant: total. Where a grammar does not tell, nobody is accused.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import tree_sitter

from fusionls.core.editing.definitions import Definition, DefinitionKind, definitions_of
from fusionls.core.editing.edit import EditTask, Proposal
from fusionls.core.editing.enclosing import enclosing, first_text, selection_of
from fusionls.core.editing.inlining import name_at
from fusionls.core.editing.occurrences import occurrences_of
from fusionls.core.editing.readable import tree_of
from fusionls.core.editing.trifles import is_comment
from fusionls.core.language import Language
from fusionls.core.syntax import ParsedText
from fusionls.core.text import fold_blanks, split_lines

_WORD = re.compile(r"\w+")
# What says a type and nothing else, by the fields of the grammars and by node types.
_TYPE_FIELDS = frozenset(("type", "return_type", "type_parameters", "type_arguments"))
_TYPE_NODES_LISTED = """
import_statement import_from_statement future_import_statement namespace_use_declaration
interface_declaration type_alias_declaration type_alias_statement
"""
_TYPE_NODES = frozenset(_TYPE_NODES_LISTED.split())
_TYPE_SIGNS = {"python": frozenset((":", "->")), "php": frozenset((":",))}
_TYPES_ONLY = re.compile(
    rb"if (?:typing\.)?TYPE_CHECKING\b"
    rb"|\w{1,100} = (?:typing\.)?(?:TypeVar|TypeVarTuple|ParamSpec|NewType|TypeAlias)\("
    rb"|export (?:interface|type)\b"
)
_STATEMENTS = frozenset(("if_statement", "expression_statement", "export_statement"))
_CLOSERS = frozenset((")", "]", "}"))


def extracted(task: EditTask, proposal: Proposal) -> str:
    """Return why no statements became a function, "" if they did: there is a new one, and it is called."""
    file, text, language = first_text(task)
    if language is None:
        return ""
    after = proposal.after.get(file, text)
    known = Counter(_functions(text, language))
    new = [name for name in (Counter(_functions(after, language)) - known) if name]
    if not new:
        return "the answer adds no function"
    start, end = selection_of(task)
    lines = _said(text[start:end])
    holder = enclosing(task)
    here, there = _body(text, holder, language, ()), _body(after, holder, language, new)
    if there is None or here is None:
        return "the function around the selection is gone"
    if lines and _count(lines, _said(there)) >= _count(lines, _said(here)):
        return "the selected statements are still where they were"
    if not set(new) & set(_WORD.findall(there)):
        return "the new function is not called where the statements were"
    return ""


def _functions(text: str, language: Language) -> list[str]:
    found = definitions_of(text, language)
    return [one.own_name for one in found if one.kind is DefinitionKind.FUNCTION]


def _body(
    text: str, holder: Definition | None, language: Language, without: Sequence[str]
) -> str | None:
    """Return what is in ``holder``, or in the file, but not in functions called as ``without``."""
    definitions = definitions_of(text, language)
    low, high = 0, len(text)
    if holder is not None:
        found = next((one for one in definitions if one.name == holder.name), None)
        if found is None:
            return None
        low, high = found.start, found.end
    parts = []
    for one in definitions:
        if one.own_name in without and low <= one.start and one.end <= high:
            parts.append(text[low : one.start])
            low = one.end
    return "".join((*parts, text[low:high]))


def _said(text: str) -> list[str]:
    return [line for line in map(fold_blanks, split_lines(text)) if line]


def _count(lines: list[str], text: list[str]) -> int:
    """Return how often ``lines`` stand in ``text`` one behind the other."""
    size = len(lines)
    starts = [at for at, line in enumerate(text) if line == lines[0]]
    return sum(text[at : at + size] == lines for at in starts)


def inlined(task: EditTask, proposal: Proposal) -> str:
    """Return why a name was not inlined, "" if nothing has it any more."""
    file, text, language = first_text(task)
    name = name_at(text, selection_of(task)[0])
    after = proposal.after.get(file, text)
    if not name or language is None:
        return ""
    left = f"`{name}` is still there"
    there = {one.name for one in definitions_of(after, language)}
    gone = [one for one in definitions_of(text, language) if one.name not in there]
    if any(name not in one.name.split(".") for one in gone):
        return "the answer takes other definitions away"
    old, new = tree_of(text, language), tree_of(after, language)
    known = None if old is None else occurrences_of(name, old, language)
    found = None if new is None else occurrences_of(name, new, language)
    if known is None or found is None:
        # Without scopes only words tell, and some of them are comments.
        return left if _words(name, after) >= _words(name, text) else ""
    spot = known.at(len(text[: selection_of(task)[0]].encode("utf-8", "surrogatepass")))
    if spot is None or spot.owner < 0:
        return ""
    others = sum(one.owner >= 0 and one.owner != spot.owner for one in known.spots)
    return left if sum(one.owner >= 0 for one in found.spots) > others else ""


def keeps_names(task: EditTask, proposal: Proposal) -> str:
    """Return why an edit may break what uses its file, "" if all is there that could be used from outside.

    What is inside of a function may go.
    """
    file, text, language = first_text(task)
    there = {one.name for one in definitions_of(proposal.after.get(file, text), language)}
    inside = -1
    for one in definitions_of(text, language):
        if one.start < inside:
            continue
        if one.kind is DefinitionKind.FUNCTION:
            inside = one.end
        if one.name not in there:
            return "the answer renames or removes a definition"
    return ""


def _words(name: str, text: str) -> int:
    return _WORD.findall(text).count(name)


def only_types(task: EditTask, proposal: Proposal) -> str:
    """Return why an edit does more than to add types, "" if without them the programs are the same."""
    file, text, language = first_text(task)
    if language is None:
        return ""
    if any(name != file for name in proposal.after):
        return "the answer changes another file"
    after = proposal.after.get(file, text)
    old, new = tree_of(text, language), tree_of(after, language)
    if old is None or new is None:
        return ""
    signs = _TYPE_SIGNS.get(language.name, frozenset())
    same = list(_untyped(old, signs)) == list(_untyped(new, signs))
    return "" if same else "the answer changes more than types"


def _untyped(parsed: ParsedText, signs: frozenset[str]) -> Iterator[bytes]:
    """Yield the leaves of a program that are neither types nor comments nor imports."""
    cursor = parsed.tree.walk()
    while True:
        node = cursor.node
        if node is None:
            return
        if cursor.field_name not in _TYPE_FIELDS and not _is_for_types(node, parsed.source):
            if cursor.goto_first_child():
                continue
            if node.type not in signs and not _is_trifle(node):
                yield parsed.source[node.start_byte : node.end_byte]
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _is_for_types(node: tree_sitter.Node, source: bytes) -> bool:
    if node.type in _STATEMENTS:
        return bool(_TYPES_ONLY.match(source, node.start_byte))
    return node.type in _TYPE_NODES or is_comment(node)


def _is_trifle(node: tree_sitter.Node) -> bool:
    """Brackets around the only parameter, a comma before a bracket, a mark of an optional parameter."""
    around = node.parent.type if node.parent is not None else ""
    if node.type == ",":
        following = node.next_sibling
        return following is not None and following.type in _CLOSERS
    if node.type == "?":
        return around == "optional_parameter"
    return node.type in ("(", ")") and around == "formal_parameters"
