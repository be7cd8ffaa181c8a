"""A model that went round in circles until its tokens were spent."""

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import lines_with_ends

# Longer blocks that come again are functions that resemble each other.
MOST_LINES_ROUND = 10
# So many equal lines, or blocks of lines, one behind the other up to the very end. Four calls of the same
# function may be meant, and a table of equal rows has something behind it or no letters.
LEAST_EQUAL_LINES = 5
LEAST_EQUAL_BLOCKS = 4
# Within a line: so often, and so much text (code points), for the same up to forty signs.
LEAST_EQUAL_PIECES = 8
LEAST_EQUAL_TEXT = 80
MOST_PIECE = 40


def _apply(text: str, context: CleaningContext) -> str:
    """Cut ``text`` behind the first round, where the same goes on and on until its end.

    A repetition with something else behind it is kept: the model came out of it by itself.
    """
    while True:
        shorter = _without_pieces(_without_rounds(text))
        if shorter == text:
            return text
        text = shorter


def _without_rounds(text: str) -> str:
    lines = lines_with_ends(text)
    if len(lines) < LEAST_EQUAL_LINES:
        return text
    bare = [line.strip() for line in lines]
    while bare and not bare[-1]:
        bare.pop()
    for length in range(1, MOST_LINES_ROUND + 1):
        equal = _equal_at_end(bare, length)
        least = LEAST_EQUAL_LINES if length == 1 else LEAST_EQUAL_BLOCKS
        first = len(bare) - equal
        if equal // length + 1 >= least and _has_letters("".join(bare[first - length : first])):
            return "".join(lines[:first]).rstrip("\r\n")
    return text


def _equal_at_end(lines: list[str], length: int) -> int:
    """Return how many lines at the end equal the line ``length`` before; the last may be cut short."""
    equal = 0
    for number in range(len(lines) - 1, length - 1, -1):
        line, earlier = lines[number], lines[number - length]
        cut_short = not equal and bool(line) and earlier.startswith(line)
        if line != earlier and not cut_short:
            break
        equal += 1
    return equal


def _without_pieces(text: str) -> str:
    start = max(text.rfind("\n"), text.rfind("\r")) + 1
    line = text[start:]
    if len(line) < LEAST_EQUAL_TEXT:
        return text
    for length in range(1, MOST_PIECE + 1):
        if line[-1] != line[-1 - length]:
            continue
        equal = _common_end(line, line[:-length])
        wanted = max(LEAST_EQUAL_PIECES * length, LEAST_EQUAL_TEXT)
        if equal >= wanted and _has_letters(line[-length:]):
            return text[: len(text) - equal]
    return text


def _common_end(a: str, b: str) -> int:
    """Return how many code points two texts share at their end, by bisection on slices."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


FILTER = Filter("repetition", 65, _apply)
