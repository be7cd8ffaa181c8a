"""Show atoms as hunks: who wants each, and what a person should look at."""

from collections.abc import Collection, Iterable, Sequence

from fusionls.core.editing.atoms import Atom, Key, Kind
from fusionls.core.editing.edit import EditTask, Hunk
from fusionls.core.editing.offers import Offer
from fusionls.core.editing.parts import Part
from fusionls.core.editing.verifying import Verifier
from fusionls.core.editing.votes import TELLING_NOTHING

# Of what was left out a person reads no more.
MOST_DROPPED = 200


def plain(atoms: Iterable[Atom]) -> list[Atom]:
    """Return the atoms that change anything, in order."""
    return [atom for atom in atoms if atom.start != atom.end or atom.text]


def hunks_of(
    task: EditTask,
    atoms: Sequence[Atom],
    parts: Sequence[Part],
    verifier: Verifier,
    unasked: Collection[Key],
    doubts: Sequence[str] = (),
) -> tuple[Hunk, ...]:
    """Return a hunk for each atom.

    Unsure is one that only one member wants where several were heard, and one that changes a public name;
    and all are where the gate has one of its ``doubts`` about what comes out.
    """
    doubtful = are_doubtful(doubts)
    heard = {part.member for part in parts}
    hunks = []
    for atom in atoms:
        members = tuple(sorted({part.member for part in parts if atom.key in part.by_key}))
        public = _public(atom, task, verifier)
        why = [f"{atom.kind}: wanted by {len(members)} of {len(heard)}"]
        if atom.key in unasked:
            why.append("taken because it is named or done alike elsewhere")
        if public:
            why.append(f"it changes the public name `{public}`")
        why += doubts
        alone = len(members) == 1 and len(heard) > 1
        hunks.append(
            Hunk(
                atom.file,
                atom.start,
                atom.end,
                atom.text,
                members,
                alone or bool(public) or doubtful,
                "; ".join(why),
            )
        )
    return tuple(hunks)


def are_doubtful(doubts: Iterable[str]) -> bool:
    """Tell whether a person should look at an edit that passes the gate with these doubts."""
    return any(doubt not in TELLING_NOTHING for doubt in doubts)


def _public(atom: Atom, task: EditTask, verifier: Verifier) -> str:
    """Return a name that others may use and that an atom takes away, "" if there is none."""
    if not atom.gone or not (atom.outer or atom.kind is Kind.DELETE):
        return ""
    facts = verifier.before(atom.file)
    top = facts.names.top if facts.names is not None else frozenset()
    language = task.languages.get(atom.file, "")
    for name in sorted(atom.gone):
        if (name.encode() in top or name in facts.members) and _is_public(
            name, language, task.files[atom.file], atom
        ):
            return name
    return ""


_EXPORTS = {"javascript": "export", "typescript": "export", "tsx": "export", "rust": "pub"}
_VISIBLE = {"java": ("private",), "c-sharp": ("private",)}


def _is_public(name: str, language: str, text: str, atom: Atom) -> bool:
    line = text[text.rfind("\n", 0, atom.start) + 1 : max(atom.end, atom.start)]
    if language == "go":
        return name[:1].isupper()
    if language in _EXPORTS:
        word = _EXPORTS[language]
        return word in line.split("(")[0].split() or line.strip().startswith(f"{word}(")
    if language in _VISIBLE:
        return not any(word in line.split() for word in _VISIBLE[language])
    return not name.startswith("_")


def left_out(dropped: Iterable[tuple[Offer, str]], taken: Collection[Key]) -> tuple[Hunk, ...]:
    """Return the hunks that did not come in, each once, with the reason."""
    hunks: dict[Key, Hunk] = {}
    for offer, why in dropped:
        for atom in offer.atoms:
            if atom.key not in taken and atom.key not in hunks:
                members = tuple(sorted(offer.members))
                hunks[atom.key] = Hunk(
                    atom.file, atom.start, atom.end, atom.text, members, True, why
                )
    ordered = sorted(hunks.values(), key=lambda hunk: (hunk.file, hunk.start, hunk.end, hunk.text))
    return tuple(ordered[:MOST_DROPPED])
