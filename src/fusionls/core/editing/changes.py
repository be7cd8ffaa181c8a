"""Where the children of two mapped nodes differ, and how what differs is divided."""

from dataclasses import dataclass, replace
from itertools import pairwise

from fusionls.core.editing.kinds import is_docs, joins_next
from fusionls.core.editing.trees import Node


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes ``low`` to ``high`` of the one text are ``at`` to ``end`` of the other: children of ``a``."""

    low: int
    high: int
    at: int
    end: int
    a: Node
    left: tuple[Node, ...] = ()
    right: tuple[Node, ...] = ()


def between(
    a: Node, b: Node, kept: list[tuple[int, int]]
) -> tuple[list[tuple[Node, Node]], list[Change]]:
    """Return the kept pairs to be looked into, and what lies between them."""
    old, new = a.children, b.children
    inner = [(old[i], new[j]) for i, j in kept if old[i].text != new[j].text]
    changes = []
    for (i, j), (k, m) in pairwise([(-1, -1), *kept, (len(old), len(new))]):
        low = old[i].end if i >= 0 else a.start
        high = old[k].start if k < len(old) else a.end
        at = new[j].end if j >= 0 else b.start
        end = new[m].start if m < len(new) else b.end
        if a.source[low:high] == b.source[at:end]:
            continue
        change = Change(low, high, at, end, a, tuple(old[i + 1 : k]), tuple(new[j + 1 : m]))
        changes += _without_docs(change)
    return inner, changes


def _without_docs(change: Change) -> list[Change]:
    """Divide a change that also puts a docstring or comments before something new."""
    old, new = change.left, change.right
    first = next((n for n, node in enumerate(new) if not is_docs(node)), len(new))
    if not old or is_docs(old[0]) or first in (0, len(new)):
        return [change]
    middle, cut_at = old[0].start, new[first].start
    return [
        replace(change, high=middle, end=cut_at, left=(), right=new[:first]),
        replace(change, low=middle, at=cut_at, right=new[first:]),
    ]


def trimmed(old: bytes, new: bytes, change: Change) -> tuple[int, int, int, int]:
    """Leave out the layout that both begin and end with."""
    front = 0
    most = min(len(old), len(new))
    while front < most and old[front] == new[front] and old[front] in b" \t\r\n\f":
        front += 1
    back = 0
    while (
        back < most - front and old[-1 - back] == new[-1 - back] and old[-1 - back] in b" \t\r\n\f"
    ):
        back += 1
    return change.low + front, change.high - back, change.at + front, change.end - back


def groups(nodes: tuple[Node, ...]) -> list[list[Node]]:
    """Put comments and decorators to what they stand above, separators to what they follow."""
    found: list[list[Node]] = [[]]
    open_group = True
    for node in nodes:
        if not open_group and node.named:
            found.append([])
        found[-1].append(node)
        open_group = joins_next(node)
    if len(found) > 1 and all(joins_next(node) for node in found[-1]):
        last = found.pop()
        found[-1] += last
    return found


def by_commas(nodes: tuple[Node, ...]) -> list[list[Node]]:
    """Divide ``, b, c`` before and ``b, c,`` behind each comma."""
    leading = nodes[0].kind == ","
    found: list[list[Node]] = [[]]
    for node in nodes:
        if found[-1] and (node.kind == "," if leading else found[-1][-1].kind == ","):
            found.append([])
        found[-1].append(node)
    return found
