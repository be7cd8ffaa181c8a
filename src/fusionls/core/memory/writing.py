"""Continuations as text that can be inserted."""

from collections.abc import Iterator, Sequence

from fusionls.core.memory.matching import Source
from fusionls.core.memory.tokens import BOUNDARY, LINE_BREAK, TAB, token_start
from fusionls.core.text import indentation, split_lines

# A block that is longer than this is read rather than typed.
MOST_LINES = 8
# A further line needs so many occurrences that agree, out of all that agreed so far.
AGREED = 0.67


def rest_of_line(line: str, number: int, before: str, typed: int) -> str:
    """Return what stands in ``line`` from token ``number`` on.

    ``before`` is the text before the cursor, which already holds ``typed`` code points of the token. The
    blanks between two tokens are taken from ``line``, unless there are some before the cursor.
    """
    start, end_before = token_start(line, number)
    rest = line[start:].rstrip()
    if typed:
        return rest[typed:]
    return rest if before[-1:].isspace() or number == 0 else line[end_before:start] + rest


def blanks(deeper: int, before: str) -> str:
    """Return what indents by ``deeper`` columns: tabs if the last indented line ``before`` has them."""
    indented = next((line for line in reversed(split_lines(before)) if indentation(line)), "")
    return "\t" * (deeper // TAB) if indented[:1] == "\t" else " " * deeper


def following_lines(places: Sequence[tuple[Source, int, int]]) -> Iterator[tuple[int, str]]:
    """Yield the lines that follow all over ``places``, and how much deeper than the first (columns).

    A place is a source, the index of the first line, and the token at which to stop (-1: at none). It
    ends with the block, or where the places do not agree any more.
    """
    left = list(places)
    for further in range(1, MOST_LINES):
        found: dict[tuple[int, bytes], list[tuple[Source, int, int]]] = {}
        for source, line, stop in left:
            read = _line(source, line, further, stop)
            if read is not None:
                found.setdefault(read, []).append((source, line, stop))
        if not found:
            return
        best = max(found, key=lambda key: len(found[key]))
        deeper = best[0]
        if deeper < 0 or len(found[best]) < AGREED * len(left):
            return
        left = found[best]
        source, line, _ = left[0]
        yield deeper, source.line_text(line + further).strip()


def _line(source: Source, line: int, further: int, stop: int) -> tuple[int, bytes] | None:
    """Return how much deeper line ``line + further`` is, and its tokens; None behind the text's end."""
    wanted = line + further
    firsts = source.line_first
    if wanted >= len(firsts) or int(firsts[wanted]) == stop:
        return None
    first = int(firsts[wanted])
    if int(source.ids[first - 1]) != LINE_BREAK:
        return None
    end = int(firsts[wanted + 1]) if wanted + 1 < len(firsts) else len(source.ids)
    deeper = int(source.indents[wanted]) - int(source.indents[line])
    # Behind the last line of a text stands a boundary that is no part of it.
    end -= int(source.ids[end - 1]) == BOUNDARY
    return deeper, source.ids[first:end].tobytes()
