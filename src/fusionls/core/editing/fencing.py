"""The pieces of code in an answer: what stands between fences, with what is said about it."""

import re
from dataclasses import dataclass

from fusionls.core.text import lines_with_ends, strip_line_end

_FENCE = re.compile(r" {0,3}(`{3,200}|~{3,200})[ \t]{0,20}([^`\r\n]{0,300})\Z")
_NAME = re.compile(
    r"(?:[#*\- ]{0,8}(?:file|path|filename)?[: ]{0,4})[`*\"']{0,4}"
    r"((?:[\w.@+\-~]|[/\\:])+\.\w{1,12}|(?:~|\.{1,2}|[A-Za-z]:)?[/\\](?:[\w.@+\-~]|[/\\]){1,200})"
    r"[`*\"']{0,4}:?[*`]{0,3}\Z",
    re.IGNORECASE,
)
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Piece:
    """Code of an answer. ``language`` and ``file`` are what was said of it, "" where nothing was.

    ``fenced`` is False for an answer without fences, ``closed`` for one that ends within.
    """

    text: str
    language: str = ""
    file: str = ""
    fenced: bool = True
    closed: bool = True


def pieces_of(answer: str, nested: bool = False) -> tuple[Piece, ...]:
    """Return what is between fences, or the answer itself where there are none.

    ``nested``: the files have fences themselves, so that the last one of an answer closes the first.
    """
    if "```" not in answer and "~~~" not in answer:
        return (Piece(answer, fenced=False),)
    lines = lines_with_ends(answer)
    fences = [(n, m) for n, line in enumerate(lines) if (m := _FENCE.match(strip_line_end(line)))]
    found: list[Piece] = []
    at = 0
    while at < len(fences):
        number, opening = fences[at]
        closing = _closing(fences, at, nested)
        end = fences[closing][0] if closing is not None else len(lines)
        language, file = _told(opening[2].strip())
        file = file or _name_above(lines, number)
        text = "".join(lines[number + 1 : end])
        found.append(Piece(text, language, file, closed=closing is not None))
        at = closing + 1 if closing is not None else len(fences)
    return tuple(found) or (Piece(answer, fenced=False),)


def _closing(fences: list[tuple[int, re.Match[str]]], at: int, nested: bool) -> int | None:
    mark = fences[at][1][1]
    order = range(len(fences) - 1, at, -1) if nested else range(at + 1, len(fences))
    for number in order:
        fence = fences[number][1]
        if not fence[2].strip() and fence[1].startswith(mark):
            return number
    return None


def _told(words: str) -> tuple[str, str]:
    """Return language and file of what stands behind a fence: ``python``, ``python:a.py``, ``a.py``."""
    language, _, rest = words.replace("title=", " ").replace(":", " ", 1).partition(" ")
    file = rest.strip(" \"'{}")
    if not file and "." in language.strip("."):
        return "", language
    return language.lower().strip("{}."), file if "." in file and " " not in file else ""


def _name_above(lines: list[str], number: int) -> str:
    for above in range(number - 1, max(-1, number - 3), -1):
        line = lines[above].strip()
        if not line:
            continue
        named = _NAME.match(line) if len(line) <= _LONGEST_NAME else None
        return named[1] if named else ""
    return ""
