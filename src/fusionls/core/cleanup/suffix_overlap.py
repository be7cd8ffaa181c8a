"""An answer whose end types again what already stands behind the cursor."""

import re
from functools import lru_cache

from fusionls.core.cleanup._brackets import MOST_SURPLUS, left_open, surplus_closers
from fusionls.core.cleanup._filter import CleaningContext, Filter
from fusionls.core.text import indentation, lines_with_ends, split_lines

# So many letters and signs in a row like the following lines are no coincidence (measured: answers
# that only copy the suffix are 12 % of all, and right in 4.5 %).
LEAST_COPIED = 8
# An answer that only begins like the next lines is a copy if so much of it stands there, and then none of 27
# was right; of those with less in common 11 of 17.
LEAST_SHARE_COPIED = 0.5
# What is copied is copied from its beginning on; a few screens of it are enough to see that.
LINES_COMPARED = 40
_REACH = 8_000

_BLOCK_OPENERS = ("{", ":", "(", "[")
_BRACKET = re.compile(r"[)\]}]")
_CLOSING = re.compile(r"[ \t)\]}\"'`;:,]*\{?")
_END_WORD = re.compile(r"(?:end|fi|done|esac)\b")


def _apply(text: str, context: CleaningContext) -> str:
    """Cut the lines, and the end of the last line, that the document already has.

    What closes endlessly is no answer.
    """
    following, rest = _behind(context)
    # What the cursor's line leaves open, beyond what stands behind the cursor, may be closed.
    allowed = left_open(context.partial[-_REACH:]) - len(surplus_closers(rest))
    if len(surplus_closers(text)) > MOST_SURPLUS:
        return ""
    while True:
        shorter = _without_rest(_without_lines(text, following, context), rest, allowed)
        if shorter == text:
            return text
        text = shorter


def is_copy(text: str, context: CleaningContext) -> bool:
    """Tell whether ``text`` is nothing but lines that stand behind the cursor already."""
    following, _ = _behind(context)
    return _has_word(text) and not _without_lines(text, following, context)


def _behind(context: CleaningContext) -> tuple[list[str], str]:
    """Return the lines behind the cursor that have text, and the rest of the cursor's line."""
    following = list(_lines_of(context.suffix[:_REACH]))
    rest = context.rest[:_REACH]
    if rest.strip() and (context.at_seam or not context.partial.strip()):
        # A whole line stands behind the cursor, and the answer comes before it.
        following.insert(0, rest if context.at_seam else context.partial + rest)
        rest = "" if _has_word(rest) else rest
    return following, rest


# The next lines are asked for by every answer at this place.
@lru_cache(maxsize=4)
def _lines_of(suffix: str) -> tuple[str, ...]:
    return tuple(line for line in split_lines(suffix)[1:] if line.strip())


def _without_lines(text: str, following: list[str], context: CleaningContext) -> str:
    if not following:
        return text
    copied = following[:LINES_COMPARED]
    lines = lines_with_ends(text)
    content = [number for number, line in enumerate(lines) if line.strip()]
    stripped = [lines[number].strip() for number in content]
    wanted = [line.strip() for line in copied]
    for place, number in enumerate(content):
        if stripped[place] != wanted[0] and not wanted[0].startswith(stripped[place]):
            continue
        telling = _has_word(stripped[place])
        if not telling and len(content) - place > LINES_COMPARED:
            continue  # closers count at the end only
        run, complete = _run(stripped[place : place + LINES_COMPARED + 1], wanted)
        if not run:
            continue
        telling = telling and sum(map(len, stripped[place : place + run])) >= LEAST_COPIED
        if run == 1 and not complete and stripped[place].endswith(_BLOCK_OPENERS):
            continue  # many blocks begin like this one
        margin = context.partial if number == 0 and not context.at_seam else ""
        own, theirs = indentation(margin + lines[number]), indentation(copied[0])
        # The same words deeper inside are another block's; closers tell by their place only.
        if own != theirs and (not telling or (place and len(own) > len(theirs))):
            continue
        if telling or (complete and _is_surplus("".join(lines[number:]), text, place)):
            kept = "".join(lines[:number])
            if not kept.strip():
                if complete or _share(stripped, wanted) >= LEAST_SHARE_COPIED:
                    return ""
                continue
            before_line = context.rest.strip() and (context.at_seam or not context.partial.strip())
            return kept if before_line else kept.rstrip("\r\n")
    return text


def _share(lines: list[str], wanted: list[str]) -> float:
    known = set(wanted)
    return sum(line in known for line in lines) / len(lines)


def _run(lines: list[str], wanted: list[str]) -> tuple[int, bool]:
    """Return how many lines are the same from the start on, and whether ``lines`` ends there.

    The last line of an answer may be cut short, or close what the line behind closes and goes on from.
    """
    count = 0
    for line, other in zip(lines, wanted, strict=False):
        if line == other:
            count += 1
            continue
        last = count == len(lines) - 1
        closers = not _has_word(line) and other.startswith(line)
        if last and (closers or (len(line) >= LEAST_COPIED and other.startswith(line))):
            return count + 1, True
        break
    return count, count == len(lines)


def _has_word(line: str) -> bool:
    return any(map(str.isalnum, line)) and not _END_WORD.fullmatch(line)


def _is_surplus(tail: str, text: str, place: int) -> bool:
    """Return whether a short copy at the end is one closer too many, and not the text's own.

    Without a bracket nothing tells: a lone word is then kept unless it is all there is.
    """
    brackets = len(surplus_closers(tail))
    if brackets:
        return len(surplus_closers(text)) >= brackets
    return place == 0 or bool(_END_WORD.fullmatch(tail.strip()))


def _without_rest(text: str, rest: str, allowed: int) -> str:
    """Cut from the end what stands on the cursor's line behind the cursor.

    Closing signs only as far as the text has too many of them: `f(|)` completed with `g(x)` is right.
    """
    wanted = rest.strip()
    bare = text.rstrip()
    if not wanted or not bare:
        return text
    if _has_word(wanted) and len(wanted) > 1 and bare.endswith(wanted):
        kept = bare.removesuffix(rest.rstrip())
        kept = kept if kept != bare else bare[: -len(wanted)]
        if not (kept[-1:].isidentifier() and wanted[0].isidentifier()):
            return kept
    closing = _CLOSING.match(wanted)
    return _without_signs(bare, closing.group().rstrip() if closing else "", allowed) or text


def _without_signs(bare: str, signs: str, allowed: int) -> str:
    """Return ``bare`` without closing signs at its end, ``""`` if there is nothing to cut."""
    surplus = set(surplus_closers(bare))
    odd = {quote for quote in "\"'`" if bare.count(quote) % 2}
    end = len(bare)
    while len(surplus) > max(allowed, 0) or not _BRACKET.search(signs):
        length = next(
            (n for n in range(min(len(signs), end), 0, -1) if bare.endswith(signs[:n], 0, end)), 0
        )
        places = range(end - length, end)
        cut = [place for place in places if bare[place] in ")]}"]
        quotes = {bare[place] for place in places if bare[place] in "\"'`"}
        if not length or not surplus.issuperset(cut) or not quotes <= odd:
            break
        surplus.difference_update(cut)
        odd -= quotes
        end -= length
    return bare[:end] if end < len(bare) else ""


SUFFIX_OVERLAP = "suffix overlap"
FILTER = Filter(SUFFIX_OVERLAP, 80, _apply)
