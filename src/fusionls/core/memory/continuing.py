"""The continuations that a memory knows of a place, gathered by what they say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fusionls.core.memory.matching import Matches, Source
from fusionls.core.memory.tokens import BOUNDARY, Ids


@dataclass(frozen=True, slots=True)
class Here:
    """The place to be continued.

    ``context`` are the last tokens before it, ``partial`` is the beginning of a word that the cursor
    stands in or behind, ``indented`` how much deeper the cursor's line is indented than the line before
    (columns) if nothing but that indentation stands there, else None.
    """

    context: Sequence[int]
    partial: str
    indented: int | None


class Occurrence(NamedTuple):
    """One place that continues so.

    ``length`` counts the tokens before it that are the same, ``distance`` those between it and the
    cursor if it stands in the document itself, else it is -1. ``near`` says that its text lies in the
    same folder, ``same_depth`` that its line is indented against the line before as the cursor's is.
    """

    length: int
    distance: int
    near: bool
    same_depth: bool
    source: int
    line: int
    place: int


@dataclass(slots=True)
class Continuation:
    """What may follow up to the end of the line, and where it does so."""

    ids: Ids
    occurrences: list[Occurrence] = field(default_factory=list)


class Found(NamedTuple):
    """The matches in a source, of each whether it is near, and the cursor's place in the source's tokens.

    That is -1 if the cursor stands in another text.
    """

    source: Source
    matches: Matches
    near: Sequence[bool]
    cursor: int


def gather(
    here: Here, found: Sequence[Found], words: Sequence[str], most: int
) -> list[Continuation]:
    """Return at most ``most`` continuations, those with the longest contexts first.

    ``words`` are those of the tokens.
    """
    known: dict[bytes, Continuation] = {}
    for number, one in enumerate(found):
        for ids, occurrence in _occurrences(here, number, one):
            key = ids.tobytes()
            if key not in known:
                known[key] = Continuation(ids)
            known[key].occurrences.append(occurrence)

    def rank(continuation: Continuation) -> tuple[int, int, list[str]]:
        occurrences = continuation.occurrences
        # The words make the order the same, whichever text was read first.
        tokens = [words[token] for token in continuation.ids.tolist()]
        return -max(o.length for o in occurrences), -len(occurrences), tokens

    return sorted(known.values(), key=rank)[:most]


def _occurrences(here: Here, number: int, found: Found) -> Iterator[tuple[Ids, Occurrence]]:
    """Yield what follows each place up to the end of its line."""
    source, (places, lengths), cursor = found.source, found.matches, found.cursor
    if not len(places):
        return
    firsts = source.line_first
    lines = np.searchsorted(firsts, places, side="right") - 1
    following = np.minimum(lines + 1, len(firsts) - 1)
    ends = np.where(lines + 1 < len(firsts), firsts[following], len(source.ids))
    # Behind the last line of a text stands a boundary that is no part of it.
    ends = ends - (source.ids[ends - 1] == BOUNDARY)
    depths = source.indents[lines].astype(np.int64) - source.indents[np.maximum(lines - 1, 0)]
    columns = (lengths, depths, lines, places, ends)
    rows = zip(found.near, *(column.tolist() for column in columns), strict=True)
    for is_near, length, depth, line, place, end in rows:
        # How deep one step is differs from text to text; that it is one does not.
        is_in = here.indented is not None and depth > 0 < here.indented
        # Nothing can be inserted that stands further to the left than the cursor.
        if here.indented is not None and depth < here.indented and not is_in:
            continue
        same_depth = depth == here.indented or is_in
        distance = abs(cursor - place) if cursor >= 0 else -1
        occurrence = Occurrence(length, distance, is_near, same_depth, number, line, place)
        yield source.ids[place:end], occurrence
