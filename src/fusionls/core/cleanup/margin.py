"""Lines that were written as if the cursor stood at the edge of the page."""

from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import indentation, lines_with_ends

_BRACKETS = ("{", "(", "[")
_BLOCK_OPENERS = (*_BRACKETS, ":")
_CLOSERS = frozenset(")]}")


def _apply(text: str, context: CleaningContext) -> str:
    """Put the cursor's margin before the later lines, if they were written without it.

    They were if the first line opens a block and the next one, deeper than the edge, is not deeper than it.
    """
    partial = context.partial
    if not partial or partial.strip() or text[:1] in ("", " ", "\t", "\n", "\r"):
        return text
    lines = lines_with_ends(text)
    following = next((line for line in lines[1:] if line.strip()), "")
    openers = (
        _BLOCK_OPENERS if context.language and context.language.block_end == ":" else _BRACKETS
    )
    if not lines[0].rstrip().endswith(openers) or following.lstrip()[:1] in _CLOSERS:
        return text
    margin = indentation(following)
    if not margin or len(margin.expandtabs()) > len(partial.expandtabs()):
        return text
    return lines[0] + "".join(partial + line if line.strip() else line for line in lines[1:])


FILTER = Filter("margin", 62, _apply)
