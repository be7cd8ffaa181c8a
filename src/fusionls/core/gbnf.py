"""Grammars in llama.cpp's GBNF (llama.cpp, "grammars/README.md"), written out of texts."""

from collections.abc import Iterable

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CLASS_ESCAPES = {"\\": "\\\\", "]": "\\]", "[": "\\[", "^": "\\^", "-": "\\-"} | {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def literal(text: str) -> str:
    """Return the rule that matches exactly ``text``, "" for no text."""
    return '"' + "".join(_ESCAPES.get(c, c) for c in text) + '"' if text else ""


def none_of(characters: Iterable[str]) -> str:
    """Return the rule that matches one character that is not among ``characters``."""
    return "[^" + "".join(_CLASS_ESCAPES.get(c, c) for c in characters) + "]"


def either(rules: Iterable[str]) -> str:
    """Return the rule that matches what one of ``rules`` matches."""
    return "(" + " | ".join(rules) + ")"


def sequence(*rules: str) -> str:
    """Return the rule that matches ``rules`` one after the other; empty ones are left out."""
    return " ".join(rule for rule in rules if rule)
