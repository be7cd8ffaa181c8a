"""The tables of the parts of a document, and the way from its root to the text at the cursor.

Only what lies around the text is read for each text. Beside that way stand whole definitions and
statements, whose summaries are kept by their bytes, and runs of those that are the same for every text.
"""

from contextlib import suppress

import tree_sitter

from fusionls.core.scopes.marks import Mark, Marks, Op, Reader
from fusionls.core.scopes.rules import ScopeRules
from fusionls.core.scopes.sweep import Summary, Sweep, TooMuchError, Zone
from fusionls.core.syntax import ParsedText

# Nodes of the tree that are read anew for one text: about 15 ms. Around an ordinary text are under 1,000.
MOST_NODES_OF_A_TEXT = 8_000
# And for a whole document, about 400 ms.
MOST_NODES = 200_000
# Bodies inside bodies; deeper trees are generated or broken.
MOST_DEPTH = 60
# A query walks up from some nodes to the root of what it reads: 200 steps take as long as one more node.
STEPS_UP_A_NODE = 200
# How deep a part lies is asked at so many places, and not at all in one of so few nodes.
_PROBES = 16
_SMALL = 500

# The kind of node, whether it is broken, and its text.
_Key = tuple[int, bool, bytes]
# Kind of the body, zone, begin and end from the start or the end of the document, kinds of the parts.
_Run = tuple[int, int, int, int, tuple[int, ...]]


class Pieces:
    """What is known of the parts of one version of a document; grows with what is asked.

    The document itself is read by the first sweep. What only a text brings about is kept too, but counts
    again for each text, so that the limits are met by the same texts in any order.
    """

    __slots__ = (
        "_building",
        "_built",
        "_kept",
        "_more",
        "_reader",
        "_rules",
        "_runs",
        "dynamic",
        "known",
    )

    def __init__(self, rules: ScopeRules, reader: Reader, earlier: "Pieces | None" = None) -> None:
        self._rules = rules
        self._reader = reader
        # What the version before did not use is forgotten here.
        self._kept: dict[_Key, Summary] = {}
        self._building = False
        if earlier is not None:
            self._kept = earlier._built | earlier._more
        self._built: dict[_Key, Summary] = {}
        self._more: dict[_Key, Summary] = {}
        self._runs: dict[_Run, tuple[Summary, int]] = {}
        self.known = frozenset(name.encode() for name in rules.known)
        self.dynamic = frozenset(name.encode() for name in rules.dynamic)

    def build(self, parsed: ParsedText) -> None:
        """Read the document without any text. What a limit leaves out is unknown later."""
        sweep = Sweep(self._rules.members_seen, parsed.low, parsed.high)
        self._building = True
        with suppress(TooMuchError):
            _Way(self, sweep, parsed, MOST_NODES).body(parsed.tree.root_node, 0)
        self._building = False
        self._built = self._more
        self._more = {}
        self._kept = {}
        self._runs = {key: (summary, 0) for key, (summary, _cost) in self._runs.items()}

    def sweep(self, sweep: Sweep, parsed: ParsedText) -> None:
        """Feed the document with a text to ``sweep``. Raises TooMuchError when a limit is met."""
        _Way(self, sweep, parsed, MOST_NODES_OF_A_TEXT).body(parsed.tree.root_node, 0)

    def marks(
        self, node: tree_sitter.Node, source: bytes, around: tree_sitter.Node | None = None
    ) -> Marks:
        """Return the marks of a node, without those inside of ``around``."""
        return self._reader.read(node, source, around)

    def is_body(self, node: tree_sitter.Node) -> bool:
        """Tell whether the children of a node are read one by one."""
        return node.type in self._rules.bodies

    def run(
        self, nodes: list[tree_sitter.Node], body: int, parsed: ParsedText, zone: Zone, left: int
    ) -> tuple[Summary, int]:
        """Return the summary of neighbours of which none touches the text, and how many nodes were read.

        ``left`` is how many may be.
        """
        start, end = nodes[0].start_byte, nodes[-1].end_byte
        length = len(parsed.source) if zone is Zone.BEHIND else 0
        key = body, int(zone), start - length, end - length, tuple(n.kind_id for n in nodes)
        sound = not any(node.has_error for node in nodes)
        known = self._runs.get(key) if sound else None
        if known is None:
            cost = 0
            sweep = Sweep(self._rules.members_seen, 0, 0, piece=True)
            for node in nodes:
                summary, read = self._summary(node, parsed.source, left - cost)
                cost += read
                sweep.feed_summary(summary, node.start_byte, Zone.BEFORE)
            known = sweep.summary(start), cost
            if sound:
                self._runs[key] = known
        return known

    def _summary(self, node: tree_sitter.Node, source: bytes, left: int) -> tuple[Summary, int]:
        key = node.kind_id, node.has_error, source[node.start_byte : node.end_byte]
        summary = self._built.get(key)
        if summary is not None:
            return summary, 0
        cost = _cost(node)
        if cost > left:
            raise TooMuchError
        # What is broken may be read otherwise beside another text, though its own bytes are the same.
        sound = not node.has_error
        summary = (self._more.get(key) or self._kept.get(key)) if sound else None
        if summary is None:
            sweep = Sweep(self._rules.members_seen, 0, 0, piece=True)
            sweep.feed(self._reader.read(node, source))
            summary = sweep.summary(node.start_byte)
        if sound or self._building:
            self._more.setdefault(key, summary)
        return summary, cost


class _Way:
    """One way from the root to the text."""

    __slots__ = ("_left", "_parsed", "_pieces", "_sweep")

    def __init__(self, pieces: Pieces, sweep: Sweep, parsed: ParsedText, left: int) -> None:
        self._pieces = pieces
        self._sweep = sweep
        self._parsed = parsed
        self._left = left

    def body(self, node: tree_sitter.Node, depth: int) -> None:
        """Feed the children of a body."""
        if depth > MOST_DEPTH:
            raise TooMuchError
        low, high = self._parsed.low, self._parsed.high
        before: list[tree_sitter.Node] = []
        behind: list[tree_sitter.Node] = []
        touched: list[tree_sitter.Node] = []
        for child in node.children:
            if child.end_byte <= low:
                before.append(child)
            elif child.start_byte >= high:
                behind.append(child)
            else:
                touched.append(child)
        self._run(before, node, Zone.BEFORE)
        for child in touched:
            self._touched(child, depth)
        self._run(behind, node, Zone.BEHIND)

    def _run(self, nodes: list[tree_sitter.Node], body: tree_sitter.Node, zone: Zone) -> None:
        if nodes:
            summary, cost = self._pieces.run(nodes, body.kind_id, self._parsed, zone, self._left)
            self._spend(cost)
            self._sweep.feed_summary(summary, nodes[0].start_byte, zone)

    def _touched(self, node: tree_sitter.Node, depth: int) -> None:
        """Feed a node that the text is a part of, or that is a part of the text."""
        around, levels = self._body_inside(node)
        if around is None:
            self._spend(_cost(node))
        else:
            levels += _levels_at_start(around)
            self._spend(levels * levels // STEPS_UP_A_NODE)
            self._spend(node.descendant_count - around.descendant_count)
        marks = self._pieces.marks(node, self._parsed.source, around)
        if around is None:
            self._sweep.feed(marks)
            return
        edge = Mark(around.start_byte, -around.end_byte, Op.BODY)
        self._sweep.feed(marks._replace(found=[mark for mark in marks.found if mark <= edge]))
        self.body(around, depth + 1)
        self._sweep.feed(marks._replace(found=[mark for mark in marks.found if mark > edge]))

    def _spend(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise TooMuchError

    def _body_inside(self, node: tree_sitter.Node) -> tuple[tree_sitter.Node | None, int]:
        """Return the outermost body in ``node`` that holds the whole text, if any, and how deep it lies."""
        low, high = self._parsed.low, self._parsed.high
        inner: tree_sitter.Node | None = node
        levels = 0
        while inner is not None and not self._pieces.is_body(inner):
            levels += 1
            inner = next(
                (c for c in inner.children if c.start_byte <= low and c.end_byte >= high), None
            )
        return inner, levels


def _cost(node: tree_sitter.Node) -> int:
    """Return what reading a node costs, in nodes: those inside, and more where they lie very deep.

    A chain of ten thousand calls is as deep as it is long, and would cost the square of its length.
    """
    count = node.descendant_count
    if count <= _SMALL:
        return count
    cursor = node.walk()
    depths = 0
    for probe in range(_PROBES):
        cursor.goto_descendant((count - 1) * probe // _PROBES)
        depths += cursor.depth
    return count + count * depths // (_PROBES * STEPS_UP_A_NODE)


def _levels_at_start(node: tree_sitter.Node) -> int:
    """Return how many nodes inside of one begin where it begins: a query reads all of them."""
    cursor = node.walk()
    levels = 0
    while cursor.goto_first_child():
        levels += 1
    return levels
