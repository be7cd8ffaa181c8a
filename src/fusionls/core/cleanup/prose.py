"""Talk around code that has no fence, as models write it that were trained to talk."""

import re

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.openings import openings_after
from fusionls.core.text import lines_with_ends, split_lines

_APOSTROPHE = "['\u2019]"
_ANNOUNCED = re.compile(
    r"(?:Sure|Certainly|Of course|Absolutely|Okay|Ok|Great)\b[^{}();=]*[.!:,][^{}();=]*\Z"
    rf"|(?:Here(?:{_APOSTROPHE}s| is| are)|Below (?:is|are)|The (?:completed|missing|following|rest)\b"
    r"|To complete|(?:You|We) (?:can|should|could)\b"
    rf"|I(?:{_APOSTROPHE}ll| will| have|{_APOSTROPHE}ve)\b)[^{{}}();=]*:\Z"
)
_EXPLAINED = re.compile(
    r"(?:\*\*|#{1,4} )(?:Explanation|Note)\b.*\Z|(?:Explanation|Note):(?: [^;{}=]*[.:])?\Z"
    r"|(?:This|The (?:above )?) ?(?:code|function|method|implementation|completion|line|snippet|change)\b"
    r" [a-z]\w*[^;{}=]*[.:]\Z"
    r"|(?:Let me know|Hope this|I hope|Feel free|In this (?:code|example|implementation)|Note that)\b"
    r"[^;{}=]*[.!:]\Z"
)
# Whole answers in one pair of backticks are Markdown where the language knows no backticks.
_TICK = "`"
_WITHOUT_TICKS = frozenset(("python", "java", "c", "cpp", "c-sharp", "rust"))
# Talk comes before code or behind it; what is longer is not looked through.
_REACH = 8_000


def _apply(text: str, context: CleaningContext) -> str:
    """Drop a first line that announces code, and a last paragraph that explains it.

    Only where the document is in a language with a grammar and the cursor stands neither in a string nor
    in a comment: there the same sentences may be what the person writes.
    """
    language = context.language
    if language is None or len(text) > _REACH:
        return text
    told = _without_ticks(_without_end(_without_start(text)), context)
    if (
        told == text
        or openings_after(language, _near(context.prefix)).quote
        or _is_comment(context)
    ):
        return text
    return told


def _near(prefix: str) -> str:
    """Return the last whole lines of ``prefix``: what is open there is begun there, most likely."""
    near = prefix[-_REACH:]
    return near if near == prefix else near[near.find("\n") + 1 :]


def _without_start(text: str) -> str:
    lines = lines_with_ends(text)
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    while first < len(lines) - 1 and _ANNOUNCED.match(lines[first].strip()):
        first += 1
        while first < len(lines) and not lines[first].strip():
            first += 1
        text = "".join(lines[first:])
    return text


def _without_end(text: str) -> str:
    lines = lines_with_ends(text)
    for number in range(2, len(lines)):
        if not lines[number - 1].strip() and _EXPLAINED.match(lines[number].strip()):
            return "".join(lines[:number]).rstrip()
    return text


def _without_ticks(text: str, context: CleaningContext) -> str:
    bare = text.strip()
    alone = len(bare) > 2 and bare[0] == bare[-1] == _TICK and _TICK not in bare[1:-1]
    known = context.language is not None and context.language.name in _WITHOUT_TICKS
    return bare[1:-1] if alone and known and len(split_lines(bare)) == 1 else text


def _is_comment(context: CleaningContext) -> bool:
    mark = context.language.line_comment if context.language else ""
    return bool(mark) and mark in context.partial


FILTER = Filter("prose", 35, _apply)
