"""The units in which editors and parsers count characters; our own offsets are code points."""

from enum import StrEnum


class Encoding(StrEnum):
    """The unit of a column: bytes of UTF-8, code units of UTF-16, or code points."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"


def units(text: str, encoding: Encoding) -> int:
    """Return how many units of ``encoding`` ``text`` takes.

    A lone surrogate, which no encoding can carry, counts as one unit of UTF-16 and three of UTF-8.
    """
    if encoding is Encoding.UTF_32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF_16:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def fitting(text: str, room: int, encoding: Encoding) -> int:
    """Return how many whole code points of ``text`` fit into ``room`` units of ``encoding``."""
    if encoding is Encoding.UTF_32 or text.isascii():
        return min(room, len(text))
    low, high = 0, len(text)
    # Halving encodes every code point about once; counting them one by one in Python costs fifty times that.
    while low < high:
        middle = (low + high + 1) // 2
        taken = units(text[low:middle], encoding)
        if taken <= room:
            room -= taken
            low = middle
        else:
            high = middle - 1
    return low
