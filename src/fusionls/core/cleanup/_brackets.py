"""Brackets that close something which was opened elsewhere."""

import re

_PAIRS = {")": "(", "]": "[", "}": "{"}
_BRACKETS = re.compile(r"[()\[\]{}]")


def surplus_closers(text: str) -> list[int]:
    """Return where ``text`` closes what it did not open. Brackets in strings count like others."""
    return _unmatched(text)[0]


def left_open(text: str) -> int:
    """Return how many brackets ``text`` opens and does not close."""
    return _unmatched(text)[1]


def _unmatched(text: str) -> tuple[list[int], int]:
    stack: list[str] = []
    surplus: list[int] = []
    for match in _BRACKETS.finditer(text):
        sign = match.group()
        if sign not in _PAIRS:
            stack.append(sign)
        elif stack and stack[-1] == _PAIRS[sign]:
            stack.pop()
        else:
            surplus.append(match.start())
    return surplus, len(stack)
