"""Places in the standard library of the Python that runs: what would a completion have to say there?

Every evaluation draws the same places from one seed, so that members can be compared place by place.
"""

import io
import keyword
import random
import sysconfig
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Literal

Kind = Literal["inside", "start"]
# A file, the offset of the cursor in it (code points), and whether it stands before an identifier in a line
# or before the first token of a line, behind its indentation.
Place = tuple[Path, int, Kind]

# Tests repeat themselves, tables and help texts are not written by hand, and packages are not the library.
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "lib-dynload"}


@cache
def library_files() -> tuple[Path, ...]:
    """Return the library's files in an order that is the same on every machine."""
    root = Path(sysconfig.get_path("stdlib"))
    found = (p for p in root.rglob("*.py") if not LEFT_OUT & set(p.relative_to(root).parts))
    return tuple(sorted(path for path in found if _readable(path)))


@cache
def text_of(path: Path) -> str:
    """Return the text of a file of the library, with line ends as they are."""
    return path.read_bytes().decode("utf-8")


def places(seed: int, inside: int, starts: int) -> list[Place]:
    """Return so many places of each kind, those inside of lines first. Files are drawn by their size."""
    dice = random.Random(seed)  # places, not secrets
    files = library_files()
    sizes = list(accumulate(len(text_of(path)) for path in files))
    found: list[Place] = []
    kind: Kind
    for kind, count in (("inside", inside), ("start", starts)):
        wanted = len(found) + count
        while len(found) < wanted:
            [path] = dice.choices(files, cum_weights=sizes)
            offsets = _offsets(path)[kind]
            place = (path, dice.choice(offsets), kind) if offsets else None
            if place is not None and place not in found:
                found.append(place)
    return found


def rest_of_line(text: str, offset: int) -> str:
    """Return what stands between ``offset`` and the end of its line."""
    end = text.find("\n", offset)
    return text[offset:].rstrip("\r") if end < 0 else text[offset:end].rstrip("\r")


def is_exact(answer: str, rest: str) -> bool:
    """Tell whether the first line of ``answer`` says the same as ``rest``: blanks and a comment aside."""
    return said(answer.split("\n", 1)[0]) == said(rest)


def said(line: str) -> str:
    """Return ``line`` without a comment at its end and without any blanks."""
    quote = ""
    for at, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#":
            line = line[:at]
            break
    return "".join(line.split())


@cache
def _offsets(path: Path) -> dict[Kind, list[int]]:
    """Return the offsets of the identifiers inside of lines, and of the first tokens of lines."""
    text = text_of(path)
    line_starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    found: dict[Kind, list[int]] = {"inside": [], "start": []}
    seen_line = 0
    for token in _code_tokens(text):
        line, column = token.start
        offset = line_starts[line - 1] + column
        if line > seen_line:
            found["start"].append(offset)
        elif token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            found["inside"].append(offset)
        # What follows a string of several lines on its last line does not begin that line.
        seen_line = max(seen_line, token.end[0])
    return found


_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def _code_tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    # A few files of the library are meant to be no Python.
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in _NO_CODE:
                yield token


def _readable(path: Path) -> bool:
    """Tell whether the file is UTF-8 whose lines Python's tokenizer counts as an editor does."""
    try:
        text = text_of(path)
    except UnicodeDecodeError:
        return False
    return "\f" not in text and "\r" not in text
