"""An answer that begins with what stands before the cursor."""

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import lines_with_ends, split_lines

# Models that repeat do so for up to about six lines (measured on recorded answers).
LINES_ECHOED = 6
# A shorter start may well be repeated on purpose, as in `a = a + 1` or `}` under `}`.
LEAST_LETTERS = 4
# The last lines are all that an echo can repeat; a document may be one line of a megabyte.
_REACH = 8_000
# In most documents they are found here.
_NEAR = 800
# An echo repeats itself once or twice; more passes would serve only hostile answers.
_PASSES = 20


def _apply(text: str, context: CleaningContext) -> str:
    """Drop the last lines and the partial line of the prefix from the start of ``text``.

    Whole lines are dropped only if something follows them: a repeated line may be the answer.
    """
    partial = context.partial
    if len(partial) >= _REACH:
        return text
    before = _lines_before(context.prefix)
    for _ in range(_PASSES):
        shorter = _without_partial(_without_lines(text, before, partial), partial)
        if shorter == text:
            return text
        text = shorter
    return text


def _lines_before(prefix: str) -> list[str]:
    """Return the last whole lines before the cursor's, as many as can be echoed if they are near."""
    lines: list[str] = []
    for reach in (_NEAR, _REACH):
        lines = split_lines(prefix[-reach:])[:-1]
        if len(prefix) > reach:
            lines = lines[1:]  # it may be the end of a line only
        if len(lines) >= LINES_ECHOED:
            break
    return lines


def _without_lines(text: str, before: list[str], partial: str) -> str:
    lines = lines_with_ends(text[: 4 * _REACH])
    tail = [line.strip() for line in before[-LINES_ECHOED:]]
    head = [line.strip() for line in lines[: LINES_ECHOED + 1]]
    for count in range(min(len(tail), len(head) - 1), 0, -1):
        echoed = tail[-count:]
        if echoed != head[:count] or _letters("".join(echoed)) < LEAST_LETTERS:
            continue
        following = text[sum(map(len, lines[:count])) :]
        word = partial.strip()
        if following.strip() and following.lstrip().startswith(word):
            return following.lstrip()[len(word) :] if word else following
    return text


def _without_partial(text: str, partial: str) -> str:
    if not partial.strip():
        return _without_indentation(text, partial)
    word = partial.strip()
    start = text.lstrip(" \t")
    if _letters(word) < LEAST_LETTERS or not start.startswith(word):
        return text
    following = start[len(word) :]
    if partial[-1] in " \t":
        return following.lstrip(" \t")
    # `count` before `counter` is the start of a longer word and no echo.
    joined = word[-1].isidentifier() and following[:1].isidentifier()
    return text if joined else following


def _without_indentation(text: str, blanks: str) -> str:
    """Drop the indentation that the cursor's line already has, if the answer has exactly the same.

    An answer that is deeper keeps all of it: it may be meant.
    """
    bare = text.lstrip(" \t")
    return bare if blanks and bare.strip() and text[: len(text) - len(bare)] == blanks else text


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


FILTER = Filter("echo", 60, _apply)
