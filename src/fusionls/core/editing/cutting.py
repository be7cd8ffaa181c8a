"""Cut an edit of one file into atoms, along the mapping of its trees.

Invariant: all atoms of an edit done together give its text, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from fusionls.core.editing.alignment import aligned, increasing
from fusionls.core.editing.atoms import Atom, Key, Kind, applied, folded, on_lines, tokens
from fusionls.core.editing.changes import Change, between, by_commas, groups, trimmed
from fusionls.core.editing.describing import (
    are_members,
    around,
    bound_in,
    kind_of,
    names_in,
    shape_of,
    twin_of,
)
from fusionls.core.editing.kinds import (
    binds_here,
    in_import,
    is_arguments,
    is_container,
    is_list,
    is_outer,
    words,
)
from fusionls.core.editing.mapping import mapping
from fusionls.core.editing.trees import Node, Tree, parsed
from fusionls.core.text import lines_with_ends

# More changes than that are no edit but another text, and are compared by lines.
MOST_ATOMS = 2_000
# These stand by themselves wherever they are.
_ALONE = (Kind.IMPORT, Kind.DOC, Kind.COMMENT, Kind.TYPE)


def cut(file: str, before: Tree | None, text: str, after: str) -> tuple[Atom, ...]:
    """Return the atoms that make ``after`` of ``text``. ``before`` is its tree, None where there is none."""
    if text == after:
        return ()
    if before is not None:
        tree = parsed(before.language, after, before)
        if tree is not None:
            _forget(before.root)
            mapping(before.root, tree.root)
            cutter = _Cutter(file, before, tree)
            atoms = cutter.atoms()
            if len(atoms) <= MOST_ATOMS and applied(text, atoms) == after:
                return atoms
    return _by_lines(file, text, after)


def _forget(root: Node) -> None:
    """Take the twins of an earlier mapping away."""
    stack = [root]
    while stack:
        node = stack.pop()
        node.twin = None
        stack += node.known_children


def _by_lines(file: str, text: str, after: str) -> tuple[Atom, ...]:
    old, new = lines_with_ends(text), lines_with_ends(after)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    pairs = [(-1, -1), *aligned(old, new), (len(old), len(new))]
    atoms = []
    for (i, j), (k, m) in pairwise(pairs):
        if i + 1 == k and j + 1 == m:
            continue
        low, high, added = starts[i + 1], starts[k], "".join(new[j + 1 : m])
        kind = _kind_of_text(text[low:high], added)
        key = file, "line", str(low), str(high), folded(added)
        used = words(added.encode("utf-8", "replace"))
        gone = words(text[low:high].encode("utf-8", "replace"))
        atoms.append(
            Atom(file, low, high, added, kind, key, place=key, alone=True, slot=(low, high), used=used,
                 dropped=gone)
        )  # fmt: skip
    return tuple(atoms)


def _kind_of_text(removed: str, added: str) -> Kind:
    if folded(removed) == folded(added):
        return Kind.LAYOUT
    if not added:
        return Kind.DELETE
    return Kind.REPLACE if removed else Kind.INSERT


class _Cutter:
    """The atoms of one edit of one file."""

    def __init__(self, file: str, before: Tree, after: Tree) -> None:
        self._file = file
        self._before = before
        self._after = after

    def atoms(self) -> tuple[Atom, ...]:
        found: list[tuple[int, Atom]] = []
        for change in self._changes():
            found += [(change.at, atom) for atom in self._cut(change)]
            if len(found) > MOST_ATOMS:
                break
        # What is put to one place stands in the order of the text after.
        found.sort(key=lambda one: (one[1].start, one[1].end, one[0]))
        return tuple(atom for _, atom in found)

    def _changes(self) -> Iterator[Change]:
        stack = [(self._before.root, self._after.root)]
        while stack:
            a, b = stack.pop()
            if a.text == b.text:
                continue
            if not (a.children and b.children) or (a.key == b.key and a.parent is not None):
                yield Change(a.start, a.end, b.start, b.end, a.parent or a, (a,), (b,))
                continue
            places = {id(node): number for number, node in enumerate(b.children)}
            kept = [
                (i, places[id(node.twin)])
                for i, node in enumerate(a.children)
                if node.twin is not None and id(node.twin) in places
            ]
            kept = [kept[n] for n in increasing(j for _, j in kept)]
            inner, changes = between(a, b, kept)
            yield from changes
            stack += inner

    def _cut(self, change: Change) -> list[Atom]:
        old = self._before.source[change.low : change.high]
        new = self._after.source[change.at : change.end]
        if old == new:
            return []
        low, high, at, end = trimmed(old, new, change)
        start, stop = self._before.point(low), self._before.point(high)
        text = self._after.source[at:end].decode("utf-8", "surrogatepass")
        where, behind, moved = on_lines(self._before.text, start, stop, text)
        shift = where - start
        if stop == start and len(change.right) > 1:
            begin = self._after.point(at) + shift
            parts = _pieces(change.a, change.right, self._after, begin, begin + len(moved))
            if len(parts) > 1:
                return [
                    self._made(change, where, where, self._after.text[x:y], nodes)
                    for x, y, nodes in parts
                ]
        if not moved and len(change.left) > 1:
            parts = _pieces(change.a, change.left, self._before, where, behind)
            if len(parts) > 1:
                return [self._made(replace(change, left=n), x, y, "", ()) for x, y, n in parts]
        return [self._made(change, where, behind, moved, change.right)]

    def _made(
        self, change: Change, start: int, end: int, text: str, right: tuple[Node, ...]
    ) -> Atom:
        removed = self._before.text[start:end]
        kind = kind_of(change, right, removed, text)
        function, within = around(change.a)
        here = is_container(change.a) or is_list(change.a)
        member = here and not change.left and bool(right) and function is None
        alone = member or kind in _ALONE
        slot = (start, end)
        if start == end:
            slot = self._before.point(change.low), self._before.point(change.high)
        gone, binds = self._bound(change, right, kind)
        commutes = _commutes(change, right, kind)
        container = self._before.point(change.a.start) if here else -1
        key = self._key(kind, slot, text, container if commutes else -1)
        return Atom(
            file=self._file,
            start=start,
            end=end,
            text=text,
            kind=kind,
            key=key,
            shape=shape_of(change, right, kind, removed, text),
            place=key if alone else self._place(change, function),
            alone=alone,
            slot=slot,
            container=container,
            commutes=commutes,
            outer=_is_outer(change, kind, bool(gone)),
            binds=binds,
            gone=gone - binds,
            used=words(text.encode("utf-8", "replace")),
            fresh=names_in(right),
            dropped=words(removed.encode("utf-8", "replace")),
            within=within,
            twin=twin_of(right, text) if here else "",
            moved=() if text and removed else tuple(tokens(text or removed)),
        )

    def _bound(
        self, change: Change, right: tuple[Node, ...], kind: Kind
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names whose definition is taken away, and those that are given."""
        if kind is Kind.RENAME and not binds_here(change.left[0]):
            return frozenset(), frozenset()
        return bound_in(change.left), bound_in(right)

    def _key(self, kind: Kind, slot: tuple[int, int], text: str, container: int) -> Key:
        if kind is Kind.DOC:
            return self._file, kind, *map(str, slot)
        if container >= 0:
            return self._file, "member", str(container), folded(text).strip(" ,;")
        return self._file, *map(str, slot), folded(text)

    def _place(self, change: Change, function: Node | None) -> Key:
        if function is not None:
            return self._file, "in", str(function.start)
        node: Node | None = change.left[0] if change.left else change.a
        while node is not None and node.parent is not None and not is_container(node.parent):
            node = node.parent
        if node is None or node.parent is None:
            return self._file, "at", str(change.low), str(change.high)
        return self._file, "in", str(node.start)


def _commutes(change: Change, right: tuple[Node, ...], kind: Kind) -> bool:
    """Tell whether what is put in may stand before or behind what others put there."""
    if change.left:
        return False
    members = is_container(change.a) and are_members(right)
    return members or is_list(change.a) or (kind is Kind.IMPORT and in_import(change.a))


def _is_outer(change: Change, kind: Kind, takes: bool) -> bool:
    """Tell whether the whole file, or every user of a class, may see what is changed."""
    if kind is Kind.RENAME:
        return takes and is_outer(change.left[0])
    return kind is Kind.IMPORT or is_container(change.a)


def _pieces(
    a: Node, nodes: tuple[Node, ...], tree: Tree, start: int, end: int
) -> list[tuple[int, int, tuple[Node, ...]]]:
    """Divide several members of a list that are put in or taken away.

    ``start`` to ``end`` (code points of their ``tree``) is all of it; [] where nothing can be told.
    """
    members = groups(nodes)
    text = tree.text[start:end]
    lines = text.endswith(("\n", "\r")) or text.startswith(("\n", "\r"))
    if lines and (is_container(a) or is_list(a)):
        cuts = _line_cuts(members, tree, start, text[:1] in "\r\n")
    elif is_list(a) or is_arguments(a):
        members = by_commas(nodes)
        cuts = [tree.point(group[0].start) for group in members[1:]]
    else:
        return []
    ends = [start, *cuts, end]
    if ends != sorted(set(ends)):
        return []
    return [
        (low, high, tuple(group))
        for (low, high), group in zip(pairwise(ends), members, strict=True)
    ]


def _line_cuts(members: list[list[Node]], tree: Tree, start: int, leading: bool) -> list[int]:
    """Return where members but the first begin; ``leading``: blank lines belong to what follows."""
    whole = tree.text
    cuts = []
    for group, following in pairwise(members):
        if leading:
            cut = tree.point(group[-1].end)
            while cut < len(whole) and whole[cut] not in "\r\n":
                cut += 1
            cuts.append(cut + 1 if whole[cut : cut + 2] != "\r\n" else cut + 2)
        else:
            cut = tree.point(following[0].start)
            while cut > start and whole[cut - 1] not in "\r\n":
                cut -= 1
            cuts.append(cut)
    return cuts
