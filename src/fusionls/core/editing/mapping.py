"""Which node of the tree before is which of the tree after: GumTree.

J.-R. Falleri, F. Morandat, X. Blanc, M. Martinez, M. Monperrus: Fine-grained and accurate source code
differencing, ASE 2014; its last phase as in J.-R. Falleri, M. Martinez: Fine-grained, accurate and scalable
source differencing, ICSE 2024, which pairs what is left over by order and likeness in place of an optimal
tree edit distance. Before all phases the children of mapped nodes that are equal are paired by a patience
diff and never read, so that two versions of a long text cost little more than what differs.

Near-linear in what differs: each phase sorts, and pairs are tried in small gaps only.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from fusionls.core.editing.alignment import aligned
from fusionls.core.editing.trees import Node

# Subtrees with less text occur everywhere (GumTree's least height of 2).
LEAST_BYTES = 8
# Of one side so many nodes are looked at: about 60 ms. What is more is compared child by child only.
MOST_NODES = 20_000
# GumTree's minDice: so much of two containers must be mapped to one another.
LEAST_DICE = 0.5
# In a gap of more children only neighbours of one kind and name are paired.
MOST_IN_GAP = 40
# Tokens of a longer text are not counted.
MOST_COMPARED = 20_000
_KEPT_FIELDS = ("body", "parameters", "arguments")
_TOKEN = re.compile(rb"\w+|[^\w\s]")


def mapping(before: Node, after: Node) -> None:
    """Map two roots and what is in them to one another: ``twin`` of either node is the other.

    Nodes inside of two that are equal have no twins of their own.
    """
    pairs = [(before, after)]
    _link(before, after)
    _settle(pairs, 0)
    loose = [node for a, _ in pairs for node in a.children if node.twin is None]
    found = [node for _, b in pairs for node in b.children if node.twin is None]
    if loose and found:
        _top_down(loose, found)
        fresh = _bottom_up(loose)
        start = len(pairs)
        pairs += fresh
        _settle(pairs, start)
    _recover(pairs)


def _link(a: Node, b: Node) -> None:
    a.twin, b.twin = b, a


def _settle(pairs: list[tuple[Node, Node]], start: int) -> None:
    """Pair equal children and definitions of one name, from ``pairs[start]`` on; new pairs are appended."""
    at = start
    while at < len(pairs):
        a, b = pairs[at]
        at += 1
        left = [node for node in a.children if node.twin is None]
        right = [node for node in b.children if node.twin is None]
        for i, j in aligned([node.key for node in left], [node.key for node in right]):
            _link(left[i], right[j])
        for x, y in (*_namesakes(left, right), *_bodies(left, right)):
            _link(x, y)
            pairs.append((x, y))


def _namesakes(left: list[Node], right: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield definitions of one kind and name that occur once among the children without a twin."""
    here, there = (_by_name(nodes) for nodes in (left, right))
    for key, found in here.items():
        others = there.get(key, [])
        if len(found) == len(others) == 1:
            yield found[0], others[0]


def _bodies(left: list[Node], right: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield what stays in its place whatever becomes of it: the body of a definition and the like."""
    for x in left:
        if x.twin is None and x.field in _KEPT_FIELDS:
            for y in right:
                if y.twin is None and y.field == x.field and y.kind == x.kind:
                    yield x, y
                    break


def _by_name(nodes: list[Node]) -> dict[tuple[str, bytes], list[Node]]:
    named: dict[tuple[str, bytes], list[Node]] = {}
    for node in nodes:
        if node.twin is None and node.named and node.children:
            name = node.name
            if name:
                named.setdefault((node.kind, name), []).append(node)
    return named


def _below(roots: list[Node]) -> list[Node]:
    """Return nodes with children, parents before children."""
    found: list[Node] = []
    stack = roots[::-1]
    while stack and len(found) < MOST_NODES:
        node = stack.pop()
        if node.children:
            found.append(node)
            stack.extend(reversed(node.children))
    return found


def _top_down(left: list[Node], right: list[Node]) -> None:
    """Map equal subtrees that occur once on either side, the largest first."""
    here: dict[tuple[str, bytes], list[Node]] = {}
    there: dict[tuple[str, bytes], list[Node]] = {}
    for roots, index in ((left, here), (right, there)):
        for node in _below(roots):
            if node.end - node.start >= LEAST_BYTES:
                index.setdefault(node.key, []).append(node)
    covered: set[int] = set()
    for key in sorted((key for key in here if key in there), key=lambda key: -len(key[1])):
        found, others = here[key], there[key]
        if len(found) != 1 or len(others) != 1:
            continue
        a, b = found[0], others[0]
        if a.twin or b.twin or id(a) in covered or id(b) in covered:
            continue
        _link(a, b)
        for node in (*_below([a]), *_below([b])):
            covered.add(id(node))


def _bottom_up(left: list[Node]) -> list[tuple[Node, Node]]:
    """Map containers of which more than half was mapped, the innermost first."""
    fresh: list[tuple[Node, Node]] = []
    shared: dict[int, Counter[int]] = {}
    nodes: dict[int, Node] = {}
    for node in reversed(_below(left)):
        counts = shared.setdefault(id(node), Counter())
        if node.twin is None:
            best = _best_container(node, counts, nodes)
            if best is not None:
                _link(node, best)
                fresh.append((node, best))
        else:
            size = node.end - node.start
            around = node.twin.parent
            counts = Counter()
            while around is not None and around.twin is None:
                nodes[id(around)] = around
                counts[id(around)] += size
                around = around.parent
        if node.parent is not None:
            shared.setdefault(id(node.parent), Counter()).update(counts)
    return fresh


def _best_container(node: Node, counts: "Counter[int]", nodes: dict[int, Node]) -> Node | None:
    best, most = None, LEAST_DICE
    for number, size in counts.items():
        other = nodes[number]
        dice = 2 * size / (node.end - node.start + other.end - other.start)
        if other.twin is None and other.kind == node.kind and dice > most:
            best, most = other, dice
    return best


def _recover(pairs: list[tuple[Node, Node]]) -> None:
    """Pair what is left among the children of mapped nodes, by kind, field and likeness, in order."""
    at = 0
    while at < len(pairs):
        a, b = pairs[at]
        at += 1
        left = [node for node in a.children if node.twin is None]
        right = [node for node in b.children if node.twin is None]
        if not left or not right or max(len(left), len(right)) > MOST_IN_GAP:
            continue
        start = len(pairs)
        alone = sum(n.named for n in left) == sum(n.named for n in right)
        low = 0
        for x in left:
            for number in range(low, len(right)):
                y = right[number]
                if alike(x, y, alone):
                    _link(x, y)
                    low = number + 1
                    pairs.append((x, y))
                    break
        _settle(pairs, start)


def alike(x: Node, y: Node, alone: bool = False) -> bool:
    """Tell whether one node may have become the other. ``alone``: as many are left on either side."""
    if x.kind != y.kind or x.field != y.field:
        return False
    if not x.named:
        return x.text == y.text
    if not x.children or not y.children:
        return alone or bool(x.field)
    name = x.name
    if name and name == y.name:
        return True
    return _dice(x.text, y.text) > LEAST_DICE


def _dice(left: bytes, right: bytes) -> float:
    if len(left) + len(right) > MOST_COMPARED:
        return 0.0
    here, there = _bag(left), _bag(right)
    total = here.total() + there.total()
    return 2 * (here & there).total() / total if total else 0.0


@lru_cache(maxsize=1024)
def _bag(text: bytes) -> "Counter[bytes]":
    return Counter(_TOKEN.findall(text))
