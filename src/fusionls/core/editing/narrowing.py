"""Hunks without what they leave as it is: of a statement with a new name only the name is changed.

Invariant: the text with the hunks is the same as before they were narrowed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from fusionls.core.editing.edit import Hunk

# Names stay whole, line ends are told apart from other blanks, and all else is by itself.
_TOKENS = re.compile(r"\w+|\r\n|[\r\n]|[^\S\r\n]+|[^\w\s]")
# Beyond this a hunk is a new text, and nobody looks for what stayed in it.
_LONGEST = 200_000


def narrowed(
    hunks: Sequence[Hunk], files: Mapping[str, str], apart: bool = False
) -> tuple[Hunk, ...]:
    """Return ``hunks`` of ``files`` without the tokens at their ends that stay.

    ``apart``: where as many tokens come as go, each run of others becomes a hunk of its own, as with names.
    """
    made: list[Hunk] = []
    for hunk in hunks:
        old = files.get(hunk.file, "")[hunk.start : hunk.end]
        if not old or len(old) + len(hunk.text) > _LONGEST or old == hunk.text:
            made.append(hunk)
            continue
        gone, come = _TOKENS.findall(old), _TOKENS.findall(hunk.text)
        if apart and len(gone) == len(come):
            made += _each(hunk, gone, come)
        else:
            made.append(_trimmed(hunk, gone, come))
    return tuple(made)


def _each(hunk: Hunk, gone: Sequence[str], come: Sequence[str]) -> list[Hunk]:
    """Return a hunk for each token that becomes another one."""
    starts = accumulate(map(len, gone), initial=hunk.start)
    return [
        replace(hunk, start=at, end=at + len(old), text=new)
        for at, old, new in zip(starts, gone, come, strict=False)
        if old != new
    ]


def _trimmed(hunk: Hunk, gone: Sequence[str], come: Sequence[str]) -> Hunk:
    most = min(len(gone), len(come))
    low = 0
    while low < most and gone[low] == come[low]:
        low += 1
    high = 0
    while high < most - low and gone[-1 - high] == come[-1 - high]:
        high += 1
    start = hunk.start + sum(map(len, gone[:low]))
    end = start + sum(map(len, gone[low : len(gone) - high]))
    return replace(hunk, start=start, end=end, text="".join(come[low : len(come) - high]))
