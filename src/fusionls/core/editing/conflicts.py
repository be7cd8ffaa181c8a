"""Which atoms of different candidates can be done together."""

from collections.abc import Iterable, Sequence

from fusionls.core.editing.atoms import INERT, Atom, Key, Kind
from fusionls.core.editing.parts import Part, is_free

# Two new definitions that are the same but for their names are one thing under two names, if they have so
# many tokens: shorter ones (``def a(self): pass``) may well be two.
LEAST_TWIN = 9
# Kinds that bring new names without making use of them.
_NO_IDEAS = INERT | {Kind.IMPORT, Kind.RENAME}


def conflict(new: Atom, old: Atom) -> str:
    """Return why ``new`` can never be done beside ``old``, "" if it may be."""
    if new.kind is Kind.RENAME and old.kind is Kind.RENAME:
        if new.shape[1:2] + new.shape[3:] == old.shape[1:2] + old.shape[3:] and (
            new.shape[2] != old.shape[2]
        ):
            return f"`{new.shape[1]}` gets another name"
        if new.shape[2] == old.shape[2] and new.shape[1] != old.shape[1] and new.gone and old.gone:
            return f"`{new.shape[2]}` would be the name of two things"
    if new.file == old.file and new.key != old.key and _overlap(new, old):
        return "it changes what the chosen edit changes"
    return ""


def nearness(new: Atom, old: Atom) -> str:
    """Return why ``new`` may be done beside ``old`` only if one candidate did both, "" if it needs none."""
    if new.file != old.file or new.key == old.key:
        return ""
    return _twice(new, old) or _beside(new, old) or _same_idea(new, old)


def why_not(new: Atom, there: Iterable[Atom], parts: Sequence[Part]) -> str:
    """Return why an atom cannot be added to others, "" if it can.

    ``parts`` are all candidates. What is near to the new atom must all have been done with it by one of them.
    """
    near: list[Key] = []
    first = ""
    for old in there:
        why = conflict(new, old)
        if why:
            return why
        why = nearness(new, old)
        if why:
            first = first or why
            near.append(old.key)
    if any(new.key in part.by_key and all(key in part.by_key for key in near) for part in parts):
        return ""
    return first


def _overlap(new: Atom, old: Atom) -> bool:
    if new.inserts and old.inserts:
        return False
    if new.inserts:
        return old.start < new.start < old.end
    if old.inserts:
        return new.start < old.start < new.end
    return new.start < old.end and old.start < new.end


def _twice(new: Atom, old: Atom) -> str:
    """Tell whether both bring the same thing."""
    if new.kind is Kind.IMPORT or old.kind is Kind.IMPORT:
        return ""
    members = new.container >= 0 and new.container == old.container
    if members and new.inserts and old.inserts and new.binds & old.binds:
        return f"`{min(new.binds & old.binds)}` is defined otherwise"
    if new.twin and new.twin == old.twin and len(new.twin.split()) >= LEAST_TWIN:
        return f"`{min(new.binds, default='')}` has another name there"
    if new.inserts and old.inserts and new.moved and new.moved == old.moved:
        same_place = new.place == old.place or (new.alone and old.alone and not new.shape)
        if same_place and new.kind not in INERT and new.shape[:1] != ("argument",):
            return "the same is put to another place"
    return ""


def _beside(new: Atom, old: Atom) -> str:
    """Tell whether both are too near to be done together."""
    if new.inserts and old.inserts and (new.slot == old.slot or new.start == old.start):
        if new.commutes and old.commutes:
            return ""
        return "something else is put there"
    if new.place == old.place and not (is_free(new) or is_free(old)):
        return "the same function is changed otherwise, and nobody made both changes"
    return ""


def _same_idea(new: Atom, old: Atom) -> str:
    """Tell whether both bring the same new name into places of their own.

    Then they are parts of two ways to do one thing (a flag that one sets and the other asks for), and only
    parts of one way make a whole. The same change at several places is one way.
    """
    shared = new.fresh & old.fresh
    alike = bool(new.shape) and new.shape == old.shape
    # A statement with a new name that is put to several places is no pattern: who counts where matters.
    if not shared or (alike and not new.is_statement):
        return ""
    if any(atom.kind in _NO_IDEAS or atom.shape[:1] == ("argument",) for atom in (new, old)):
        return ""
    return f"`{min(shared)}` is new in both, and nobody made both changes"
