"""Where the lines that a model wants to replace stand in a text.

A ladder of four rungs, as design 6.1 has it: the lines as they are, with other white space, shifted to
another indentation, and one place that is similar by more than 0.9. On each rung there must be one place
only; the first rung with any place decides. Near-linear in the text.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from fusionls.core.text import fold_blanks, indentation

# Design 6.1: one unique match with similarity over 0.9.
LEAST_SIMILARITY = 0.9
# Lines that stand in a text more often than this (blank ones, closing brackets) tell no place.
_COMMON = 20
# Places that are compared character by character.
_MOST_PLACES = 8
# A block of more lines is a whole file, for which there is another format.
MOST_LINES = 2_000
_LONGEST_LINE = 1_000
_TAB = 8


class Rung(StrEnum):
    """How lines were found."""

    EXACT = "as they are"
    BLANKS = "with other white space"
    SHIFTED = "with another indentation"
    SIMILAR = "as similar lines"


@dataclass(frozen=True, slots=True)
class Place:
    """Lines ``start`` to ``end`` of a text.

    ``given`` and ``found`` are the indentations of the first line, for new lines, and ``margins`` all that
    are known.
    """

    start: int
    end: int
    rung: Rung
    given: str = ""
    found: str = ""
    margins: tuple[tuple[str, str], ...] = ()


class Miss(StrEnum):
    """Why there is no place."""

    NOWHERE = "the lines to be replaced are not in the file"
    SEVERAL = "the lines to be replaced stand at several places"


def place_of(
    lines: Sequence[str], wanted: Sequence[str], low: int = 0, high: int | None = None
) -> Place | Miss:
    """Return where ``wanted`` stands in ``lines``, both without line ends, between ``low`` and ``high``.

    ``wanted`` has at least one line with text; blank lines at its ends are part of it.
    """
    high = len(lines) if high is None else high
    if not any(line.strip() for line in wanted) or len(wanted) > MOST_LINES:
        return Miss.NOWHERE
    ladder: tuple[tuple[Rung, Callable[[str], str]], ...] = (
        (Rung.EXACT, lambda line: line),
        (Rung.BLANKS, _with_blanks_folded),
        (Rung.SHIFTED, fold_blanks),
    )
    for rung, form in ladder:
        starts = _starts([form(line) for line in lines[low:high]], [form(w) for w in wanted])
        if rung is Rung.SHIFTED:
            starts = [s for s in starts if _is_shifted(lines[low + s :], wanted)]
        if len(starts) > 1:
            return Miss.SEVERAL
        if starts:
            return _place(lines, wanted, low + starts[0], low + starts[0] + len(wanted), rung)
    return _similar(lines, wanted, low, high)


def _place(lines: Sequence[str], wanted: Sequence[str], start: int, end: int, rung: Rung) -> Place:
    given = next((indentation(line) for line in wanted if line.strip()), "")
    found = next((indentation(line) for line in lines[start:end] if line.strip()), "")
    margins: dict[str, str] = {}
    if end - start == len(wanted):
        for old, asked in zip(lines[start:end], wanted, strict=True):
            if asked.strip():
                margins.setdefault(indentation(asked), indentation(old))
    return Place(start, end, rung, given, found, tuple(margins.items()))


def _starts(lines: list[str], wanted: list[str]) -> list[int]:
    """Return the first two places; by Knuth, Morris and Pratt (1977), so that repetition costs nothing."""
    back = [0] * len(wanted)
    at = 0
    for n in range(1, len(wanted)):
        while at and wanted[n] != wanted[at]:
            at = back[at - 1]
        at += wanted[n] == wanted[at]
        back[n] = at
    found: list[int] = []
    at = 0
    for n, line in enumerate(lines):
        while at and line != wanted[at]:
            at = back[at - 1]
        at += line == wanted[at]
        if at == len(wanted):
            found.append(n - at + 1)
            at = back[at - 1]
            if len(found) > 1:
                break
    return found


def _with_blanks_folded(line: str) -> str:
    """Return the line with its indentation in columns, and other blanks folded."""
    return f"{len(indentation(line).expandtabs(_TAB))}:{fold_blanks(line)}" if line.strip() else ""


def _is_shifted(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether all lines are indented deeper or less deep by the same."""
    shifts = {
        len(indentation(a).expandtabs(_TAB)) - len(indentation(b).expandtabs(_TAB))
        for a, b in zip(lines, wanted, strict=False)
        if b.strip()
    }
    # A unit of indentation may be another one: then the depths of the lines come in the same order.
    return len(shifts) == 1 or _same_order(lines, wanted)


def _same_order(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    pairs = {
        (len(indentation(b).expandtabs(_TAB)), len(indentation(a).expandtabs(_TAB)))
        for a, b in zip(lines, wanted, strict=False)
        if b.strip()
    }
    ordered = sorted(pairs)
    return all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(ordered))


def _similar(lines: Sequence[str], wanted: Sequence[str], low: int, high: int) -> Place | Miss:
    """Return the one place whose lines are similar enough.

    Places are found by lines that both have: each votes for where the block would begin.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for n in range(low, high):
        folded = fold_blanks(lines[n])
        if folded and len(places[folded]) <= _COMMON:
            places[folded].append(n)
    votes: Counter[int] = Counter()
    for n, line in enumerate(wanted):
        at = places.get(fold_blanks(line), [])
        if len(at) <= _COMMON:
            votes.update(max(low, place - n) for place in at)
    good: list[tuple[float, int, int]] = []
    for start, _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:_MOST_PLACES]:
        end = min(high, start + len(wanted))
        likeness = _similarity(lines[start:end], wanted)
        if likeness > LEAST_SIMILARITY:
            good.append((likeness, start, end))
    if not good:
        return Miss.NOWHERE
    best = max(good)
    if any(abs(start - best[1]) >= len(wanted) for _, start, _ in good):
        return Miss.SEVERAL
    return _place(lines, wanted, best[1], best[2], Rung.SIMILAR)


def _similarity(lines: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the share of characters that both have, line by line; equal lines cost nothing."""
    if len(lines) != len(wanted):
        return 0.0
    same = total = 0.0
    for given, asked in zip(lines, wanted, strict=True):
        a, b = fold_blanks(given), fold_blanks(asked)
        size = len(a) + len(b)
        total += size
        if a == b:
            same += size
        elif size <= _LONGEST_LINE:
            same += size * SequenceMatcher(None, a, b, autojunk=False).ratio()
    return same / total if total else 0.0


def reindented(new: Sequence[str], place: Place) -> list[str]:
    """Return the lines of a replacement at the indentation of the place that was found."""
    given, found = place.given, place.found
    margins = dict(place.margins)
    if all(a == b for a, b in margins.items()) and given == found:
        return list(new)
    if all(indentation(line) in margins for line in new if line.strip()):
        return [_at(line, margins) if line.strip() else line for line in new]
    if not given:
        return [found + line if line.strip() else line for line in new]
    if given.startswith(found):
        surplus = given[len(found) :]
        return [found + _without(line, found, surplus) if line.strip() else line for line in new]
    return [
        found + line[len(given) :] if line.startswith(given) and line.strip() else line
        for line in new
    ]


def _at(line: str, margins: dict[str, str]) -> str:
    margin = indentation(line)
    return margins[margin] + line[len(margin) :]


def _without(line: str, kept: str, surplus: str) -> str:
    rest = line.removeprefix(kept) if line.startswith(kept) else line
    return rest.removeprefix(surplus)
