"""Rewrite as the person says, in a command or in a comment."""

import re

from fusionls.core.refactorings._offering import LONGEST_MESSAGE, defused
from fusionls.core.refactorings._refactoring import Refactoring, Where

# "# fusionls: ...", and the two words that people leave for later; a name may follow those in brackets.
_ASKED = re.compile(
    r"(?:#|//|/\*|\*|--|<!--|;|%)[ \t]{0,8}(?:@?fusionls|TO[D]O|FIX[M]E)\b"
    r"(?:\([^()\n]{0,60}\))?[ \t]{0,8}[:\-]?[ \t]{0,8}([^\r\n]{1,1000})",
    re.IGNORECASE,
)
_ENDS = ("*/", "-->", "#}")
# So much of a selection is looked at for such a comment.
_LOOKED_AT = 4_000
_SHOWN = 60
_LEAST = 2


def _wanted(where: Where) -> str:
    """Return what a comment at the place asks for, "" if none does."""
    found = _ASKED.search(where.selected[:_LOOKED_AT]) or _ASKED.search(where.line[:_LOOKED_AT])
    if found is None:
        return ""
    text = found[1].strip()
    for end in _ENDS:
        text = text.removesuffix(end).strip()
    text = defused(text, LONGEST_MESSAGE)
    return text if sum(map(str.isalpha, text)) >= _LEAST else ""


def _title(where: Where) -> str:
    text = _wanted(where)
    return f'Do what the comment says: "{defused(text, _SHOWN)}"' if text else ""


def _instruction(where: Where) -> str:
    text = _wanted(where)
    return f"Do what this comment says, and remove the comment: {text}" if text else ""


REFACTORING = Refactoring("rewrite", "refactor.rewrite", _title, _instruction, gives_way=True)
