"""The local names of functions: those that nobody outside can see, so that their choice says nothing.

Parameters are not among them (a caller may name them), nor what is ``global`` or ``nonlocal``, nor the
names of inner functions. Inner functions share the names of the outermost one.
"""

from typing import TYPE_CHECKING

from fusionls.core.language import Language
from fusionls.core.scopes.languages import rules_for
from fusionls.core.scopes.marks import Mark, Op, reader_of

if TYPE_CHECKING:
    import tree_sitter

_SCOPES = frozenset((Op.FUNCTION, Op.CLASS, Op.BLOCK))
_REGIONS = frozenset(
    (
        Op.BINDS,
        Op.BINDS_EARLY,
        Op.BINDS_FUNCTION,
        Op.BINDS_FUNCTION_EARLY,
        Op.BINDS_OUTER,
        Op.BINDS_OUTER_EARLY,
        Op.BINDS_FILE,
        Op.USES,
        Op.SKIP,
        Op.SKIP_SMALL,
    )
)
_STORES = frozenset((Op.BINDS, Op.BINDS_FUNCTION))
_SKIPS = frozenset((Op.SKIP, Op.SKIP_SMALL))
# Beyond this many bytes a function is generated, and its names are its own.
_MOST_BYTES = 100_000


def locals_in(node: "tree_sitter.Node", source: bytes, language: Language | None) -> dict[int, str]:
    """Return for the place (byte) of every local name in ``node`` what it is called in a canonical form.

    Empty where there are no scope rules for ``language``.
    """
    rules = rules_for(language)
    if language is None or rules is None or node.end_byte - node.start_byte > _MOST_BYTES:
        return {}
    marks = reader_of(language, rules).read(node, source)
    renamed: dict[int, str] = {}
    names: list[tuple[Mark, Op, bool]] = []
    scopes: list[Mark] = []
    regions: list[Mark] = []
    function_end = -1
    for mark in marks.found:
        if mark.start >= function_end and names:
            _count(names, source, renamed)
            names = []
        scopes = [scope for scope in scopes if scope.end > mark.start]
        regions = [region for region in regions if region.end > mark.start]
        if mark.op in _SCOPES:
            if mark.op is Op.FUNCTION and mark.start >= function_end:
                function_end = mark.end
            scopes.append(mark)
        elif mark.op in _REGIONS:
            regions.append(mark)
        elif mark.op is Op.NAME and mark.start < function_end:
            inner = scopes[-1].op is Op.BLOCK if scopes else False
            names.append((mark, regions[-1].op if regions else Op.USES, inner))
    _count(names, source, renamed)
    return renamed


def _count(names: list[tuple[Mark, Op, bool]], source: bytes, renamed: dict[int, str]) -> None:
    """Number the local names among ``names``, which are those of one outermost function."""
    stored: set[bytes] = set()
    others: set[bytes] = set()
    for mark, op, in_block in names:
        word = source[mark.start : mark.end]
        if op in _STORES or (op is Op.BINDS_EARLY and in_block):
            stored.add(word)
        elif op is not Op.USES and op not in _SKIPS:
            others.add(word)
    numbers: dict[bytes, str] = {}
    for mark, op, _ in names:
        word = source[mark.start : mark.end]
        if op not in _SKIPS and word in stored and word not in others:
            renamed[mark.start] = numbers.setdefault(word, f"${len(numbers)}")
