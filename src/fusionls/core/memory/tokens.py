"""Text as numbers: words, numbers, marks and line ends, one number for each that is ever met."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]

# Stands before each text, so that no match reaches over from one into another.
BOUNDARY = 0
# The end of a line with all blank lines behind it. How far the next line is indented is no part of it.
LINE_BREAK = 1
# In the place of text that is not to be found for the time being.
HIDDEN = -1
# A token that was never met. It is like no other.
UNKNOWN = -2
_OPENERS, _CLOSERS = "([{", ")]}"
# The first numbers behind those above.
OPENERS = frozenset(range(2, 5))
CLOSERS = frozenset(range(5, 8))

_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\w\s]|\s*[\r\n]\s*")
_TOKEN_IN_LINE = re.compile(r"[^\W\d]\w*|\d[\w.]*|[^\w\s]")
# How much deeper a tab is than nothing: the step of most code that is indented with blanks.
TAB = 4
# The indentation of each line that is not blank.
LINE_START = re.compile(r"(?m)^[^\S\r\n]*(?=\S)")


class Vocabulary(dict[str, int]):
    """The number of each token; one that was never met gets the next number when it is asked for."""

    __slots__ = ("words",)

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = ["", "", *_OPENERS, *_CLOSERS]
        self.update({word: at for at, word in enumerate(self.words) if word})

    def __missing__(self, token: str) -> int:
        if token.isspace():
            number = LINE_BREAK
        else:
            number = len(self.words)
            self.words.append(token)
        self[token] = number
        return number

    def ids(self, text: str) -> list[int]:
        """Return the numbers of the tokens of ``text``, line ends included."""
        return [self[token] for token in _TOKEN.findall(text)]

    def known(self, text: str) -> list[int]:
        """Return what ``ids`` does, without taking in new tokens: UNKNOWN stands for those."""
        return [
            LINE_BREAK if token.isspace() else self.get(token, UNKNOWN)
            for token in _TOKEN.findall(text)
        ]

    def ids_of_lines(self, lines: Iterable[str]) -> list[list[int]]:
        """Return for each line the numbers of its tokens and a line end; nothing for a blank line."""
        found = []
        for line in lines:
            ids = [self[token] for token in _TOKEN_IN_LINE.findall(line)]
            found.append([*ids, LINE_BREAK] if ids else ids)
        return found

    def is_name(self, number: int) -> bool:
        """Tell whether token ``number`` is a word and no number or mark."""
        word = self.words[number] if number >= 0 else ""
        return word[:1].isidentifier()


def columns(blanks: str) -> int:
    """Return how far ``blanks`` indent a line; a tab counts as four blanks."""
    return len(blanks) + (TAB - 1) * blanks.count("\t")


def token_start(line: str, number: int) -> tuple[int, int]:
    """Return where token ``number`` of ``line`` starts, and where the one before it ends (code points)."""
    end = len(line) - len(line.lstrip())
    for at, match in enumerate(_TOKEN_IN_LINE.finditer(line)):
        if at == number:
            return match.start(), end
        end = match.end()
    return len(line), end
