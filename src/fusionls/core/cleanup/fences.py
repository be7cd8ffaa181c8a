"""Markdown fences around code, and the talk around the fences."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import indentation, lines_with_ends, strip_line_end

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*\Z")
# CommonMark 0.31, 4.5: more blanks make it a line of code. Models indent a fence like the cursor's line.
_DEEPEST = 3
# Some screens around the cursor tell whether the document has fences.
_REACH = 50_000
_ON_ONE_LINE = re.compile(r"\s*```+([^`\n\r]+)```+\s*\Z")


def _apply(text: str, context: CleaningContext) -> str:
    """Return the first block behind a fence that has a text; without a fence the text as it is.

    A bare fence with code before it closes a block that the prompt seemed to open. In a document that
    has fences itself only an answer that is fenced as a whole is unwrapped. Fences within fences come off.
    """
    while True:
        shorter = _unwrapped(text, context)
        if shorter == text:
            return text
        text = shorter


def _unwrapped(text: str, context: CleaningContext) -> str:
    if "```" not in text and "~~~" not in text:
        return text
    if (short := _ON_ONE_LINE.match(text)) and not _has_fences(context):
        return short[1].strip()
    lines = lines_with_ends(text)
    fences = _fences(lines)
    if not fences:
        return text
    first, opening = fences[0]
    closing = _closing(fences, opening)
    if _has_fences(context) and not _is_whole(lines, first, closing):
        return text
    if closing is None and first > 0 and not opening[2] and "".join(lines[:first]).strip():
        return strip_line_end("".join(lines[:first]))
    ends = [*(number for number, _ in fences[1:]), None]
    blocks = ("".join(lines[n + 1 : end]) for (n, _), end in zip(fences, ends, strict=True))
    return strip_line_end(next((block for block in blocks if block.strip()), ""))


def _closing(fences: list[tuple[int, re.Match[str]]], opening: re.Match[str]) -> int | None:
    return next((number for number, found in fences[1:] if _closes(found, opening)), None)


def _fences(lines: list[str]) -> list[tuple[int, re.Match[str]]]:
    """Return the lines that are fences; none is deeper than the first line with text allows."""
    first = next((line for line in lines if line.strip()), "")
    deepest = max(_DEEPEST, len(indentation(first)))
    found = ((n, _FENCE.match(strip_line_end(line))) for n, line in enumerate(lines))
    return [(n, m) for n, m in found if m and m.start(1) <= deepest]


def _closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """CommonMark 0.31, 4.5: the same character, at least as many, and no word behind it."""
    return not fence[2] and fence[1].startswith(opening[1])


def _has_fences(context: CleaningContext) -> bool:
    near = context.prefix[-_REACH:], context.suffix[:_REACH]
    return any(mark in part for mark in ("```", "~~~") for part in near)


def _is_whole(lines: list[str], first: int, closing: int | None) -> bool:
    before = "".join(lines[:first])
    after = "".join(lines[closing + 1 :]) if closing is not None else "open"
    return not before.strip() and not after.strip()


FILTER = Filter("fences", 30, _apply)
