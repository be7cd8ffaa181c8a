"""Search/replace blocks, as models that were trained on them write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fusionls.core.text import split_lines

_SEARCH = re.compile(r"\s{0,8}<{5,9} ?(?:SEARCH|ORIGINAL|BEFORE|OLD)\b[ >:]{0,4}(.{0,500})\Z")
_MIDDLE = re.compile(r"\s{0,8}={5,9}\s{0,8}\Z")
_REPLACE = re.compile(r"\s{0,8}>{5,9} ?(?:REPLACE|UPDATED|AFTER|NEW)\b.{0,500}\Z")
_PATH = re.compile(r"[\w./\\@+\-~: ]{1,300}\Z")
_FENCE = ("```", "~~~")
# A name stands at most so many lines above its block: a fence and an empty line may be between.
_ABOVE = 3
MOST_BLOCKS = 1_000


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to be found and lines to be put there. ``file`` is what was written above, "" for nothing."""

    file: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


class BrokenBlockError(ValueError):
    """A block does not end, or there are too many."""


def looks_like_blocks(text: str) -> bool:
    """Tell whether ``text`` has the mark that begins a block, on a line of its own."""
    return "<<<<<" in text and any(_SEARCH.match(line) for line in _marked(text))


def _marked(text: str) -> Iterator[str]:
    return (line for line in split_lines(text) if "<<<<<" in line)


def blocks_in(text: str) -> tuple[Block, ...]:
    """Return the blocks in their order. Raises BrokenBlockError."""
    lines = split_lines(text)
    found: list[Block] = []
    file = ""
    at = 0
    while at < len(lines):
        opening = _SEARCH.match(lines[at]) if "<<<<<" in lines[at] else None
        if opening is None:
            at += 1
            continue
        if len(found) >= MOST_BLOCKS:
            raise BrokenBlockError
        file = opening[1].strip() or _name_above(lines, at) or file
        middle = _next(lines, at + 1, _MIDDLE, "=====")
        end = _next(lines, middle + 1, _REPLACE, ">>>>>")
        found.append(Block(file, tuple(lines[at + 1 : middle]), tuple(lines[middle + 1 : end])))
        at = end + 1
    return tuple(found)


def _next(lines: list[str], at: int, mark: re.Pattern[str], sign: str) -> int:
    for number in range(at, len(lines)):
        line = lines[number]
        if "<<<<<" in line and _SEARCH.match(line):
            break
        if sign in line and mark.match(line):
            return number
    raise BrokenBlockError


def _name_above(lines: list[str], at: int) -> str:
    """Return the path that stands above a block, "" if none does."""
    for number in range(at - 1, max(-1, at - 1 - _ABOVE), -1):
        line = lines[number].strip().strip("`*#").strip().removesuffix(":").strip("`* ")
        if not line or lines[number].lstrip().startswith(_FENCE):
            continue
        tail = line.rpartition(" ")[2].strip("`*\"'") if " " in line else line
        return tail if _PATH.match(tail) and ("." in tail or "/" in tail) else ""
    return ""
