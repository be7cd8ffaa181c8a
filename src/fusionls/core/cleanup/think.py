"""The reasoning that some models write before their answer, between ``<think>`` and ``</think>``."""

from fusionls.core.cleanup._filter import CleaningContext, Filter

_OPEN = "<think>"
_CLOSE = "</think>"


def _apply(text: str, context: CleaningContext) -> str:
    """Drop the thoughts at the start; one that never ends leaves no answer behind it.

    Some chat templates write the opening mark into the prompt, so a closing mark alone ends a thought
    too. Marks that the document itself holds are the person's own text.
    """
    if _OPEN in context.prefix + context.suffix or (_OPEN not in text and _CLOSE not in text):
        return text
    before, closed, behind = text.partition(_CLOSE)
    if not closed:
        return "" if before.lstrip().startswith(_OPEN) else text
    if _OPEN in before and not before.lstrip().startswith(_OPEN):
        return text
    at = len(text) - len(behind)
    # Several thoughts in a row are dropped one by one, by their offsets: texts may be hostile.
    while (start := _skip_blanks(text, at)) < len(text) and text.startswith(_OPEN, start):
        end = text.find(_CLOSE, start)
        if end < 0:
            return ""
        at = end + len(_CLOSE)
    return text[_skip_blanks(text, at) :]


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


FILTER = Filter("think", 20, _apply)
