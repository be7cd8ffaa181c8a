"""Which names of a text nothing binds: those that the scopes of its language say, and members of ``self``."""

import re

from fusionls.core.editing.definitions import Definition, DefinitionKind
from fusionls.core.language import Language
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import reader_of
from fusionls.core.scopes.pieces import Pieces
from fusionls.core.scopes.rules import ScopeRules
from fusionls.core.scopes.sweep import Doubt, Scope, Sweep, TooMuchError, doubt_of
from fusionls.core.syntax import ParsedText

# A table of a larger file takes over half a second to build (core/scopes/binding.py).
MOST_BYTES = 400_000
_MEMBER = re.compile(r"\bself\.([A-Za-z_]\w{0,100})")
# ``self.x = 1``, ``self.x: int = 1``, and ``node.x = 1`` of another object of the class.
_BOUND_MEMBER = re.compile(r"\.([A-Za-z_]\w{0,100})[ \t]{0,8}(?:=(?!=)|:[^=\n]{0,200}=(?!=))")
# What may stand around a member that is one of several targets.
_TARGETS = frozenset(
    (
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
        "parenthesized_expression",
        "tuple",
        "list",
    )
)
_BINDING = frozenset(("assignment", "for_statement", "for_in_clause"))
_IN_CLASS = re.compile(r"^[ \t]{1,40}([A-Za-z_]\w{0,100})[ \t]{0,8}(?::|=(?!=))", re.MULTILINE)
_BASES = re.compile(r"class \w{1,200}\(([^()]{0,500})\)")
_DYNAMIC = ("setattr", "__getattr__", "__slots__", "__dict__", "namedtuple", "getattr(self")


def pieces_for(language: Language, earlier: Pieces | None = None) -> Pieces | None:
    """Return the tables for one text; ``earlier``, those of another version, saves what both share."""
    rules = rules_for(language)
    return None if rules is None else Pieces(rules, reader_of(language, rules), earlier)


def unbound_names(
    parsed: ParsedText, language: Language, pieces: Pieces | None
) -> frozenset[str] | None:
    """Return the names that are used in a text and bound nowhere; None where nothing can be told."""
    rules = rules_for(language)
    if (
        rules is None
        or pieces is None
        or len(parsed.source) > MOST_BYTES
        or parsed.tree.root_node.has_error
    ):
        return None
    reader = reader_of(language, rules)
    behind = ParsedText(parsed.tree, parsed.source, len(parsed.source), len(parsed.source))
    sweep = Sweep(rules.members_seen, behind.low, behind.high)
    try:
        pieces.build(behind)
        pieces.sweep(sweep, behind)
        root = sweep.finish()
    except TooMuchError:
        return None
    if root.open or sweep.unsure:
        return None
    known = pieces.known | reader.words
    return frozenset(_free(root, rules, known))


def _free(root: Scope, rules: ScopeRules, known: frozenset[bytes]) -> set[str]:
    found: set[str] = set()
    for (name, zone, deferred, doubt), at in root.uses.items():
        places = root.bound.get(name)
        settled = doubt if places is None else doubt | doubt_of(places, zone, at, deferred)
        bound = places is not None and doubt_of(places, zone, at, deferred) == Doubt.NONE
        if bound or settled or name in known or (rules.lower_only and not name[:1].islower()):
            continue
        found.add(name.decode("utf-8", "replace"))
    return found


def unbound_members(
    text: str, definitions: tuple[Definition, ...], parsed: ParsedText
) -> frozenset[str]:
    """Return the members of ``self`` that a Python text uses and nothing in it binds.

    ``self.x += 1`` and ``del self.x`` are uses. None are told where a class has a base from elsewhere or
    makes its members as it runs.
    """
    classes = {one.own_name for one in definitions if one.kind is DefinitionKind.CLASS}
    bases = {word.strip() for found in _BASES.findall(text) for word in found.split(",")}
    if not bases - {"", "object"} <= classes or any(word in text for word in _DYNAMIC):
        return frozenset()
    used = set(_MEMBER.findall(text))
    bound = set(_BOUND_MEMBER.findall(text)) | set(_IN_CLASS.findall(text))
    bound |= {one.own_name for one in definitions}
    left = {name for name in used - bound if not name.startswith("__")}
    return frozenset(left - _targets(parsed, left))


def _targets(parsed: ParsedText, names: set[str]) -> set[str]:
    """Return those of ``names`` that are bound as one of several targets, by a loop or by ``with``."""
    found: set[str] = set()
    if not names:
        return found
    words = b"|".join(sorted(re.escape(name.encode()) for name in names))
    for place in re.finditer(rb"\.(" + words + rb")\b", parsed.source):
        name = place[1].decode("utf-8", "replace")
        if name not in found and _is_target(parsed, place.start(1)):
            found.add(name)
    return found


def _is_target(parsed: ParsedText, at: int) -> bool:
    leaf = parsed.tree.root_node.descendant_for_byte_range(at, at + 1)
    node = leaf.parent if leaf is not None else None
    if node is None or node.type != "attribute":
        return False
    while node.parent is not None and node.parent.type in _TARGETS:
        node = node.parent
    around = node.parent
    if around is None:
        return False
    if around.type == "as_pattern_target":
        return True
    return around.type in _BINDING and around.child_by_field_name("left") == node
