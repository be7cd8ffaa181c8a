"""Characters that a person cannot see or read, and a compiler can.

A candidate may not introduce one. Its kind is asked of Unicode's own table, not of a list of ours, so
that nothing is forgotten (Unicode TR 36 and TR 55; "Trojan Source", CVE-2021-42574). Forbidden are

- controls, format characters (bidi controls, tags, what has no width), lone surrogates: they show as nothing;
- line and paragraph separators, and every blank but the ordinary one: they look like what they are not;
- private use and what is not assigned: what they look like, nobody can say beforehand;
- what has a letter's or a mark's kind and yet shows as nothing: fillers, blank signs, variation selectors.

Allowed are the tab and the ends of lines, and a variation selector behind a sign that may be an emoji.
"""

import re
import unicodedata
from functools import lru_cache

from fusionls.core.cleanup._filter import CleaningContext, Filter

_ALLOWED = frozenset("\t\n\r ")
# By Unicode's general category: C are the others, Z the separators.
_FORBIDDEN_KINDS = "CZ"
# Fillers of Hangul, Khmer and Khitan, the blank of Braille and of music, the joiner of graphemes, what
# is to be replaced by an object, what stands for lost text, and the variation selectors.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd"
    "\U00016fe4\U0001d159\U000e0000-\U000e0fff]"
)
# The last two variation selectors say whether a sign is an emoji (emoji-variation-sequences.txt). Behind
# anything else they are as invisible as the others, and part of a name. On a key of a telephone the
# sign of the key stands behind them.
_AFTER_EMOJI = re.compile(
    "(?<=[\u00a9\u00ae\u203c\u2049\u2122\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b"
    "\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f004-\U0001faff])[\ufe0e\ufe0f]"
    "|(?<=[#*0-9])\ufe0f(?=\u20e3)"
)
# Of an answer nearly every character was seen before.
_REMEMBERED = 4096


def hidden_in(text: str) -> set[str]:
    """Return the characters of ``text`` that may not be introduced."""
    if "\ufe0e" in text or "\ufe0f" in text:
        text = _AFTER_EMOJI.sub("", text)
    return {sign for sign in set(text) if _is_hidden(sign)}


@lru_cache(maxsize=_REMEMBERED)
def _is_hidden(sign: str) -> bool:
    if sign in _ALLOWED:
        return False
    return unicodedata.category(sign)[0] in _FORBIDDEN_KINDS or bool(_BLANK.match(sign))


def _apply(text: str, context: CleaningContext) -> str:
    """Reject an answer that brings such a character into a document that does not have this very one."""
    if all(sign in context.prefix or sign in context.suffix for sign in hidden_in(text)):
        return text
    return ""


FILTER = Filter("hidden characters", 100, _apply)
