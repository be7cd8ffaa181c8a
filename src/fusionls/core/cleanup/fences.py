"""Markdown fences around code, and the talk around the fences."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import lines_with_ends, strip_line_end

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*\Z")


def _apply(text: str, context: CleaningContext) -> str:
    """Return the content of the first fenced block; without a fence the text as it is.

    A bare fence with code before it closes a block that the prompt seemed to open. In a document that
    has fences itself only an answer that is fenced as a whole is unwrapped.
    """
    if "```" not in text and "~~~" not in text:
        return text
    lines = lines_with_ends(text)
    fences = [(n, m) for n, line in enumerate(lines) if (m := _FENCE.match(strip_line_end(line)))]
    if not fences:
        return text
    first, opening = fences[0]
    closing = next((n for n, m in fences[1:] if _closes(m, opening)), None)
    if _has_fences(context) and not _is_whole(lines, first, closing):
        return text
    if closing is None and first > 0 and not opening[2] and "".join(lines[:first]).strip():
        return strip_line_end("".join(lines[:first]))
    inside = lines[first + 1 : closing]
    # Only one block is taken; a fence of another kind that is left in it would be taken next time.
    kept = next((n for n, line in enumerate(inside) if _FENCE.match(strip_line_end(line))), None)
    return strip_line_end("".join(inside[:kept]))


def _closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """CommonMark 0.31, 4.5: the same character, at least as many, and no word behind it."""
    return not fence[2] and fence[1].startswith(opening[1])


def _has_fences(context: CleaningContext) -> bool:
    return any(mark in part for mark in ("```", "~~~") for part in (context.prefix, context.suffix))


def _is_whole(lines: list[str], first: int, closing: int | None) -> bool:
    before = "".join(lines[:first])
    after = "".join(lines[closing + 1 :]) if closing is not None else "open"
    return not before.strip() and not after.strip()


FILTER = Filter("fences", 30, _apply)
