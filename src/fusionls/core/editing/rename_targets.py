"""Which binding a person means by a place, and every place in the file that means it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter

from fusionls.core.editing.occurrences import occurrences_of
from fusionls.core.editing.plain_names import plain_places
from fusionls.core.editing.readable import tree_of
from fusionls.core.editing.spots import Level, Occurrences, Spot
from fusionls.core.language import Language
from fusionls.core.languages import languages
from fusionls.core.scopes.languages import rules_for
from fusionls.core.syntax import ParsedText

_WORD = re.compile(r"[^\W\d]\w*")
# Files that are asked about at once: the text before, by all members.
_KEPT = 8
# Where the rules bind more than is bound: the name must be bound once around a place to be sure.
_LOOSE = frozenset(("cpp", "c-sharp", "rust"))
_CLASSES_ALONE = frozenset(("java", "c-sharp"))
FIXED = frozenset(("self", "cls", "this", "_", "main", "init"))
# With these in reach a name may be used as a text.
_DYNAMIC = {
    "python": rb"\b(?:eval|exec|locals|vars|globals)\s{0,8}\(",
    "javascript": rb"\beval\s{0,8}\(",
    "typescript": rb"\beval\s{0,8}\(",
    "tsx": rb"\beval\s{0,8}\(",
}
_IMPORTS = ("import", "use_declaration", "use_list", "using_directive", "extern_crate")
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Target:
    """The binding that is renamed. ``places`` are bytes and what stands before and behind the new name.

    ``reach`` are the bytes in which the name is seen. ``owner`` is its scope, -1 where there are no rules.
    ``local`` says that a function around it is all that sees it.
    """

    name: str
    places: tuple[tuple[int, int, str, str], ...]
    reach: tuple[int, int]
    owner: int
    local: bool
    first: int


@lru_cache(maxsize=_KEPT)
def target_in(text: str, language_name: str, start: int, end: int) -> Target | str:
    """Return what is renamed at ``start`` to ``end`` (code points), or why it cannot be."""
    language = languages()[language_name]
    word = next(
        (m for m in _WORD.finditer(text, _word_start(text, start)) if m.end() >= start), None
    )
    if word is None or word.start() > start or end > word.end():
        return "there is no name here: put the cursor into one"
    name = word.group()
    parsed = tree_of(text, language)
    if parsed is None:
        return "this file cannot be read by a grammar"
    if name in FIXED or (name.startswith("__") and name.endswith("__")):
        return f"`{name}` has a meaning of its own"
    at = len(text[: word.start()].encode("utf-8", "surrogatepass"))
    if rules_for(language) is None:
        found = plain_places(name, at, parsed, text, language)
        if isinstance(found, str):
            return found
        size = len(name.encode())
        places = tuple((place, place + size, "", "") for place in found.places)
        return Target(name, places, found.reach, -1, found.local, found.places[0])
    known = occurrences_of(name, parsed, language)
    if known is None:
        return "the file is too large to find every place of a name"
    return _of_scopes(name, at, parsed, language, known)


def _word_start(text: str, at: int) -> int:
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at -= 1
    return at


def _of_scopes(
    name: str, at: int, parsed: ParsedText, language: Language, known: Occurrences
) -> Target | str:
    spot = known.at(at)
    if spot is None or spot.owner < 0:
        return f"`{name}` is no name that this file binds"
    scope = known.scopes[spot.owner]
    if scope.level is Level.CLASS or (
        scope.level is Level.FILE and language.name in _CLASSES_ALONE
    ):
        return f"`{name}` belongs to a class: who else uses it cannot be told from this file"
    mine = [one for one in known.spots if one.owner == spot.owner]
    why = _why_not(name, parsed, language, known, mine)
    if why:
        return why
    places = []
    for one in mine:
        form = _form(one, name)
        if form is None:
            return f"`{name}` is used in a way that cannot be renamed by a rule"
        places.append((one.start, one.end, *form))
    first = next((one.start for one in mine if one.binds), mine[0].start)
    local = scope.level is not Level.FILE
    return Target(name, tuple(places), (scope.start, scope.end), spot.owner, local, first)


def _why_not(
    name: str, parsed: ParsedText, language: Language, known: Occurrences, mine: Sequence[Spot]
) -> str:
    """Return why the name of these places cannot be changed in this file alone, "" if it can."""
    owner = mine[0].owner
    scope = known.scopes[owner]
    source = parsed.source
    for one in mine:
        if one.node is not None and one.binds:
            if one.node.type in ("type_identifier", "package_identifier", "namespace_identifier"):
                return f"`{name}` is a type or a package: not every use of it can be found"
            if any(kind.startswith(_IMPORTS) for kind in _kinds_around(one.node)):
                return f"`{name}` is imported: its name is chosen elsewhere"
    if any(scope.start <= leaf.start_byte < scope.end for leaf in known.unsure):
        return f"`{name}` is used where nobody can tell which one is meant"
    others = (known.scopes[number] for number in known.binders if number != owner)
    if language.name in _LOOSE and any(o.start < scope.end and scope.start < o.end for o in others):
        return f"several things are called `{name}` here"
    if known.by_name and any(
        _is_passed(one, leaf, source) for one in mine for leaf in known.by_name
    ):
        return f"`{name}` is passed by its name in a call"
    dynamic = _DYNAMIC.get(language.name)
    if dynamic and re.search(dynamic, source[scope.start : scope.end]):
        return f"`{name}` may be used by code that is made as the program runs"
    exported = rb"[\"']" + re.escape(name.encode()) + rb"[\"']"
    if scope.level is Level.FILE and b"__all__" in source and re.search(exported, source):
        return f"`{name}` is exported by its name"
    return ""


def _kinds_around(node: tree_sitter.Node) -> list[str]:
    kinds: list[str] = []
    around = node.parent
    while around is not None and len(kinds) < _DEEPEST and not around.type.endswith("block"):
        kinds.append(around.type)
        around = around.parent
    return kinds


def _is_passed(one: Spot, leaf: tree_sitter.Node, source: bytes) -> bool:
    """Tell whether ``leaf``, which names an argument, may be about the parameter bound at a place."""
    if one.node is None or not one.binds:
        return False
    node = one.node.parent
    while node is not None and "parameter" not in node.type:
        if node.type.endswith(("block", "body")):
            return False
        node = node.parent
    function = node
    while function is not None and "parameter" in function.type:
        function = function.parent
    named = function.child_by_field_name("name") if function is not None else None
    if named is None:
        return True
    own = source[named.start_byte : named.end_byte]
    call = leaf.parent
    while call is not None and "argument" in call.type:
        call = call.parent
    callee = call.child_by_field_name("function") if call is not None else None
    if callee is None or own.startswith(b"__"):
        return True
    called = re.findall(rb"\w+", source[callee.start_byte : callee.end_byte])
    return not called or called[-1] == own


def _form(one: Spot, name: str) -> tuple[str, str] | None:
    """Return what a new name has before and behind it at a place, None if there is no such form."""
    node = one.node
    around = node.parent if node is not None else None
    if node is None or around is None:
        return "", ""
    if node.type.startswith("shorthand_property_identifier"):
        return f"{name}: ", ""
    if around.type == "shorthand_field_initializer":
        return f"{name}: ", ""
    if node.type == "shorthand_field_identifier":
        return (f"{name}: ", "") if around.named_child_count == 1 else None
    if around.type == "export_specifier" and around.named_child_count == 1:
        return "", f" as {name}"
    return "", ""
