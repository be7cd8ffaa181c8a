"""The reasoning that some models write before their answer, between ``<think>`` and ``</think>``."""

from fusionls.core.cleanup._filter import CleaningContext, Filter

_OPEN = "<think>"
_CLOSE = "</think>"


def _apply(text: str, context: CleaningContext) -> str:
    """Drop the thoughts at the start; one that never ends leaves no answer behind it.

    Some chat templates write the opening mark into the prompt, so a closing mark alone ends a thought
    too. Marks that the document itself holds are the person's own text.
    """
    if _OPEN not in text and _CLOSE not in text:
        return text
    if _OPEN in context.prefix or _OPEN in context.suffix:
        return text
    at = 0
    while True:
        # Several thoughts are dropped one by one, by their offsets: texts may be hostile.
        start, end = _skip_blanks(text, at), text.find(_CLOSE, at)
        if end < 0:
            return "" if text.startswith(_OPEN, start) else text[start if at else 0 :]
        opened = text.find(_OPEN, at, end)
        if opened > start:
            return text[start if at else 0 :]
        at = end + len(_CLOSE)


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


FILTER = Filter("think", 20, _apply)
