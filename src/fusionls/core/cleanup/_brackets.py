"""Brackets that close something which was opened elsewhere."""

import re
from functools import lru_cache

_PAIRS = {")": "(", "]": "[", "}": "{"}
_BRACKETS = re.compile(r"[()\[\]{}]")


# No code closes more than it opened elsewhere; what is left of a text that does is not looked at.
MOST_SURPLUS = 100
# An answer of 500 lines has a tenth of that. One that has more counts as one that closes too much.
MOST_BRACKETS = 10_000
# Several filters ask about the same text.
_REMEMBERED = 16


def surplus_closers(text: str) -> tuple[int, ...]:
    """Return where ``text`` closes what it did not open. Brackets in strings count like others.

    Of more than ``MOST_SURPLUS`` only the first are told.
    """
    return _unmatched(text)[0]


def left_open(text: str) -> int:
    """Return how many brackets ``text`` opens and does not close."""
    return _unmatched(text)[1]


@lru_cache(maxsize=_REMEMBERED)
def _unmatched(text: str) -> tuple[tuple[int, ...], int]:
    stack: list[str] = []
    surplus: list[int] = []
    for count, match in enumerate(_BRACKETS.finditer(text)):
        if count == MOST_BRACKETS:
            return tuple(range(MOST_SURPLUS + 1)), 0
        sign = match.group()
        if sign not in _PAIRS:
            stack.append(sign)
        elif stack and stack[-1] == _PAIRS[sign]:
            stack.pop()
        else:
            surplus.append(match.start())
            if len(surplus) > MOST_SURPLUS:
                break
    return tuple(surplus), len(stack)
