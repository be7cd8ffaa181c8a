"""Trees of a document with a hole: what is wrong in it, with and without a text in the hole.

Invariant: bytes and points of tree-sitter exist here, in ``core/excerpt.py`` and in ``core/scopes`` only.
Everybody else counts code points.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import tree_sitter

from fusionls.core.language import Language

# A full parse of one megabyte takes about 300 ms, nearly a whole automatic cap.
MAX_BYTES = 1_000_000
# tree-sitter reports progress 15 to 60 times a millisecond. An ordinary re-parse needs under 50 steps, that
# of a whole file of 20,000 lines about 1,000, hostile text (60,000 open brackets) some thousands. Counting
# steps, unlike time, gives the same verdict on every machine.
MAX_STEPS = 1_500
# How many problems are worth counting: a file with more is not being typed in but is not in the
# language.
MAX_PROBLEMS = 400
# A candidate is asked about twice, by the parse gate and for its names; between the two lie probes of others.
KEPT_TREES = 16
# Sizes of the pieces in which text is handed to the parser.
_PIECE = 32_768


class Effort:
    """How many steps of parsing are left; shared by parses that answer one question."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps


class TooLargeError(ValueError):
    """The document is over ``MAX_BYTES``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the grammar could not read. ``start`` and ``end`` are bytes, ``line`` is from 1.

    ``kind`` is "error", "missing" or "empty" (a node that the language wants filled).
    """

    kind: str
    start: int
    end: int
    line: int


@cache
def _grammar_of(language: Language) -> tuple[tree_sitter.Language, frozenset[int]]:
    grammar = tree_sitter.Language(language.grammar())
    kinds = (grammar.id_for_node_kind(name, True) for name in language.never_empty)
    return grammar, frozenset(kind for kind in kinds if kind is not None)


@dataclass(frozen=True, slots=True)
class ParsedText:
    """The tree of ``source``, in which the text that was in the hole is from byte ``low`` to ``high``."""

    tree: tree_sitter.Tree
    source: bytes
    low: int
    high: int


class HoleTree:
    """The tree of ``before + after``, and the trees with a text between the two.

    Effectively immutable. ``problems`` are those of the text without anything in the hole. Raises
    TooLargeError for texts over ``MAX_BYTES``. ``earlier``, the tree of another version of the same
    document, makes the first parse incremental.
    """

    __slots__ = (
        "_after",
        "_before",
        "_cut",
        "_empty_kinds",
        "_language",
        "_parsed",
        "_tree",
        "problems",
    )

    def __init__(
        self, language: Language, before: str, after: str, earlier: "HoleTree | None" = None
    ) -> None:
        self._before = _encoded(before)
        self._after = _encoded(after)
        if len(self._before) + len(self._after) > MAX_BYTES:
            raise TooLargeError
        self._parsed: dict[bytes, tuple[tree_sitter.Tree, int]] = {}
        self._language = language
        self._empty_kinds = _grammar_of(language)[1]
        self._cut = _point_after(self._before)
        source = self._before + self._after
        start = earlier._tree_for(source) if earlier and earlier._language is language else None
        self._tree = _parse(language, source, start)
        self.problems = self._problems_of(self._tree, b"")

    def touches_hole(self, problem: Problem) -> bool:
        """Return whether a problem of the document without a text may be about the hole itself."""
        low, high = self._touched(0)
        return problem.start <= high and problem.end >= low

    def is_behind(self, problem: Problem) -> bool:
        """Return whether a problem of the document with a text reaches into the text or beyond."""
        return problem.end >= len(self._before)

    def tree_with(self, text: str, effort: Effort | None = None) -> ParsedText | None:
        """Return the tree of the document with ``text`` in the hole.

        None means that the parser gave up, on size or because ``effort`` is spent. The last trees are kept
        for whoever asks next, and cost the effort again, so that the answer is the same.
        """
        inserted = _encoded(text)
        low, high = len(self._before), len(self._before) + len(inserted)
        source = b"".join((self._before, inserted, self._after))
        if len(source) > MAX_BYTES:
            return None
        if not inserted:
            return ParsedText(self._tree, source, low, high)
        effort = effort or Effort()
        known = self._parsed.get(inserted)
        if known is not None:
            effort.left -= known[1]
            return None if effort.left < 0 else ParsedText(known[0], source, low, high)
        tree = self._tree.copy()
        _edit(tree, low, self._cut, b"", inserted)
        left = effort.left
        parsed = _parse_within(self._language, source, tree, effort)
        if parsed is None:
            return None
        if len(self._parsed) >= KEPT_TREES:
            self._parsed.pop(next(iter(self._parsed)))
        self._parsed[inserted] = parsed, left - effort.left
        return ParsedText(parsed, source, low, high)

    def problems_with(self, text: str, effort: Effort | None = None) -> tuple[Problem, ...] | None:
        """Return the problems of the document with ``text`` in the hole.

        None means that the parser gave up, on size or because ``effort`` is spent.
        """
        parsed = self.tree_with(text, effort)
        return None if parsed is None else self._problems_of(parsed.tree, _encoded(text))

    def _problems_of(self, tree: tree_sitter.Tree, inserted: bytes) -> tuple[Problem, ...]:
        problems: list[Problem] = []
        low, high = self._touched(len(inserted))
        stack = [tree.root_node]
        while stack and len(problems) < MAX_PROBLEMS:
            node = stack.pop()
            kind = _kind_of(node)
            start, end = node.start_byte, node.end_byte
            near = bool(self._empty_kinds) and start <= high and end >= low
            if not kind and near and start == end and node.kind_id in self._empty_kinds:
                kind = "empty"
            if kind:
                problems.append(Problem(kind, start, end, node.start_point.row + 1))
            if near or node.has_error:
                # Nothing is to be found in the others, which are nearly all.
                stack += [
                    child
                    for child in reversed(node.children)
                    if child.has_error
                    or (self._empty_kinds and child.start_byte <= high and child.end_byte >= low)
                ]
        return tuple(problems)

    def _touched(self, inserted: int) -> tuple[int, int]:
        """From the end of the last line with text before the hole to the next text behind it.

        A node that the hole should fill may begin there, as the body of the line above does.
        """
        low = len(self._before.rstrip())
        blanks = len(self._after) - len(self._after.lstrip())
        return low, len(self._before) + inserted + blanks

    def _tree_for(self, source: bytes) -> tree_sitter.Tree:
        """Return a copy of this tree, edited so that it can start the parse of ``source``."""
        old = self._before + self._after
        start = _common_start(old, source)
        end = _common_end(old[start:], source[start:])
        tree = self._tree.copy()
        removed = old[start : len(old) - end]
        added = source[start : len(source) - end]
        _edit(tree, start, _point_after(old[:start]), removed, added)
        return tree


def _kind_of(node: tree_sitter.Node) -> str:
    if node.is_error:
        return "error"
    return "missing" if node.is_missing else ""


def _encoded(text: str) -> bytes:
    """Lone surrogates become three bytes that no grammar accepts, so that nothing raises."""
    return text.encode("utf-8", "surrogatepass")


def _point_after(text: bytes) -> tuple[int, int]:
    return text.count(b"\n"), len(text) - (text.rfind(b"\n") + 1)


def _moved(point: tuple[int, int], text: bytes) -> tuple[int, int]:
    rows, column = _point_after(text)
    return point[0] + rows, column if rows else point[1] + column


def _edit(
    tree: tree_sitter.Tree, at: int, point: tuple[int, int], removed: bytes, added: bytes
) -> None:
    old, new = at + len(removed), at + len(added)
    tree.edit(at, old, new, point, _moved(point, removed), _moved(point, added))


_Reader = tuple[tree_sitter.Parser, bytearray]


@cache
def _idle(language: Language) -> list[_Reader]:
    """Return the parsers that nobody uses, each with the buffer through which it reads.

    Whoever parses takes one out, so that two threads never share one. They come back, because tree-sitter
    (0.26) never lets go of what its reading function returns: a fresh buffer each time would keep the text of
    every parse for good.
    """
    return []


@contextmanager
def _reader_of(language: Language) -> Iterator[_Reader]:
    idle = _idle(language)
    try:
        reader = idle.pop()
    except IndexError:
        reader = tree_sitter.Parser(_grammar_of(language)[0]), bytearray()
    try:
        yield reader
    finally:
        idle.append(reader)


def _parse(language: Language, source: bytes, start: tree_sitter.Tree | None) -> tree_sitter.Tree:
    with _reader_of(language) as (parser, _):
        return parser.parse(source) if start is None else parser.parse(source, start)


def _parse_within(
    language: Language, source: bytes, start: tree_sitter.Tree, effort: Effort
) -> tree_sitter.Tree | None:
    """Return the tree, or None when the effort is spent."""

    def spent(_at: int, _has_error: bool) -> bool:
        effort.left -= 1
        return effort.left < 0

    with _reader_of(language) as (parser, window):

        def piece(at: int, _point: object) -> bytearray:
            window[:] = source[at : at + _PIECE]
            return window

        try:
            return parser.parse(piece, start, progress_callback=spent)
        except ValueError:  # "Parsing failed": the callback stopped it
            parser.reset()
            return None


def _common_start(a: bytes, b: bytes) -> int:
    """Return how many bytes two texts share at their start, by bisection on slices."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(a: bytes, b: bytes) -> int:
    return _common_start(a[::-1], b[::-1])
