"""What diagnostics complain about, mended."""

from fusionls.core.refactorings._offering import LONGEST_MESSAGE, defused
from fusionls.core.refactorings._refactoring import Refactoring, Where

_SHOWN = 60
# One mistake is often reported several times, and a model mends a few at once.
_MOST_MESSAGES = 5


def _messages(where: Where) -> list[str]:
    found = (defused(message, LONGEST_MESSAGE) for message in where.reported[: 4 * _MOST_MESSAGES])
    return list(dict.fromkeys(message for message in found if message))[:_MOST_MESSAGES]


def _title(where: Where) -> str:
    messages = _messages(where) if where.language else []
    if not messages:
        return ""
    if len(messages) > 1:
        return f"Fix {len(messages)} problems"
    return f"Fix: {defused(messages[0], _SHOWN)}"


def _instruction(where: Where) -> str:
    messages = _messages(where)
    if not messages:
        return "Find the mistake in this code and fix it. Change nothing else."
    listed = "\n".join(f'- "{message}"' for message in messages)
    return f"Fix what these messages complain about. Change nothing else.\n{listed}"


REFACTORING = Refactoring("fix", "quickfix", _title, _instruction, at_reports=True)
