"""Closing brackets and quotes that the editor has typed by itself, and that stand behind the cursor."""

from fusionls.core.cleanup._brackets import left_open, surplus_closers
from fusionls.core.cleanup._filter import CleaningContext, Filter

_CLOSERS = frozenset(")]}")
_QUOTES = frozenset("\"'`")
# Only what stands next to the cursor tells; a line may be a megabyte long.
_REACH = 2_000


def _apply(text: str, context: CleaningContext) -> str:
    """Cut ``text`` where it closes what is closed behind the cursor, if nothing but signs follows there.

    ``f(|)`` takes ``a`` of ``a);``. Words behind the bracket are for the parser to judge: they may belong
    to the document.
    """
    rest = context.rest[:_REACH].strip()
    if not rest:
        return text
    if rest[0] in _CLOSERS:
        return _before_bracket(text, rest, context)
    if rest[0] in _QUOTES:
        return _before_quote(text, rest[0], context)
    return _before_tag_end(text, context) if rest[0] == ">" else text


def _before_tag_end(text: str, context: CleaningContext) -> str:
    """The tag ends where the editor ended it, if it has been begun on the cursor's line."""
    partial, bare = context.partial[-_REACH:], text.rstrip()
    begun = partial.rfind("<") > partial.rfind(">")
    ends = bare.endswith(">") and not bare.endswith(("=>", "->"))
    surplus = bare.count(">") - bare.count("<")
    own = bare.rstrip(">")
    return own + ">" * (len(bare) - len(own) - surplus) if begun and ends and surplus > 0 else text


def _before_bracket(text: str, rest: str, context: CleaningContext) -> str:
    surplus = surplus_closers(text)
    # What the cursor's line leaves open, beyond what stands behind the cursor, may be closed.
    allowed = max(0, left_open(context.partial[-_REACH:]) - len(surplus_closers(rest)))
    if len(surplus) <= allowed:
        return text
    at = surplus[allowed]
    return text[:at] if text[at] == rest[0] and not _has_word(text[at:]) else text


def _before_quote(text: str, quote: str, context: CleaningContext) -> str:
    """The string ends where the editor ended it, if it has been begun on the cursor's line."""
    if context.partial[-_REACH:].count(quote) % 2 == 0 or text.count(quote) != 1:
        return text
    at = text.index(quote)
    return text if _has_word(text[at:]) or text[:at].endswith("\\") else text[:at]


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))


FILTER = Filter("closed already", 85, _apply)
