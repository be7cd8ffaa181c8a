"""What a text has opened and not closed: brackets, words such as ``do``, strings and comments.

This reads text by patterns, not by a grammar, because it must answer for text that no grammar
accepts. It is used for guesses only: each of them is parsed afterwards.
"""

import re
from dataclasses import dataclass
from functools import cache

from fusionls.core.language import BlockStyle, Language

_TAG = r"</?[A-Za-z][\w:-]*"
# Elements that have no end tag (HTML Living Standard, 13.1.2 "Elements": void elements).
VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Openings:
    """What is open at the end of a text, and which closers had nothing to close.

    ``stack`` holds the texts that would close it, outermost first. ``quote`` closes the string or
    the comment that the text ends in, empty if it ends in neither.
    """

    stack: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    quote: str = ""


NOTHING = Openings()


def openings_after(language: Language, text: str, at_start: Openings = NOTHING) -> Openings:
    """Return what is open at the end of ``text``, given what was open at its start."""
    stack = list(at_start.stack)
    unmatched = list(at_start.unmatched)
    position = 0
    if at_start.quote:
        end = text.find(at_start.quote)
        if end < 0:
            return Openings(tuple(stack), tuple(unmatched), at_start.quote)
        position = end + len(at_start.quote)
    for match in scanning_pattern(language).finditer(text, position):
        group = match.lastgroup or ""
        if not group:
            continue  # a whole string or comment
        if group[0] == "q":
            return Openings(tuple(stack), tuple(unmatched), _delimiters(language)[int(group[1:])])
        if group[0] == "o":
            stack.append(language.pairs[int(group[1:])][1])
        elif group == "tag":
            _tag(match.group(), stack, unmatched)
        else:
            _close(match.group(), stack, unmatched)
    return Openings(tuple(stack), tuple(unmatched))


def missing_closers(opened: Openings, following: Openings) -> tuple[str, ...]:
    """Return what of ``opened`` the text behind does not close, innermost first.

    ``following`` are the openings of that text; its unmatched closers are matched from the
    outermost, because what a person leaves unfinished is what they typed last.
    """
    closers = list(following.unmatched)
    missing: list[str] = []
    for wanted in opened.stack:
        if wanted in closers:
            # Everything further out than this closer belongs to openings further out.
            position = len(closers) - 1 - closers[::-1].index(wanted)
            del closers[position:]
        else:
            missing.append(wanted)
    return tuple(reversed(missing))


def _close(closer: str, stack: list[str], unmatched: list[str]) -> None:
    """A closer closes the nearest opening of its kind; what lay inside was never closed."""
    if stack and stack[-1] == closer:
        stack.pop()
    elif closer not in stack:
        unmatched.append(closer)
    else:
        while stack.pop() != closer:
            pass


def _tag(tag: str, stack: list[str], unmatched: list[str]) -> None:
    name = tag.lstrip("</").lower()
    if name in VOID:
        return
    if tag.startswith("</"):
        _close(f"</{name}>", stack, unmatched)
    else:
        stack.append(f"</{name}>")


def _delimiters(language: Language) -> tuple[str, ...]:
    """What ends a string or comment that is still open, in the order of the groups ``q0``..."""
    return (
        *(end for _, end in language.comments),
        *language.long_quotes,
        *language.quotes,
    )


@cache
def scanning_pattern(language: Language) -> re.Pattern[str]:
    """One pattern for everything that opens, closes or hides: the first that matches wins."""
    parts: list[str] = []
    for number, (start, end) in enumerate((*language.comments, *_doubled(language.long_quotes))):
        s, e = re.escape(start), re.escape(end)
        escapes = "" if start != end else r"\\.|"
        parts.append(rf"{s}(?s:(?:{escapes}(?!{e}).)*+){e}")
        parts.append(rf"(?P<q{number}>{s})")
    if language.line_comment:
        parts.append(rf"{re.escape(language.line_comment)}[^\n\r]*")
    for number, quote in enumerate(language.quotes, len(language.comments + language.long_quotes)):
        q = re.escape(quote)
        inside = rf"(?:\\.|[^{q}\\\n\r])*+"
        parts.append(f"{q}{inside}{q}")
        parts.append(rf"(?P<q{number}>{q}(?={inside}\Z))")
    parts += [f"(?P<o{number}>{p})" for number, (p, _) in enumerate(language.pairs)]
    closers = sorted({end for _, end in language.pairs}, key=len, reverse=True)
    if closers:
        parts.append(f"(?P<close>{'|'.join(map(_closer_pattern, closers))})")
    if language.block is BlockStyle.TAGS:
        parts.append(f"(?P<tag>{_TAG})")
    return re.compile("|".join(parts))


def _doubled(quotes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((quote, quote) for quote in quotes)


def _closer_pattern(closer: str) -> str:
    return rf"\b{re.escape(closer)}\b" if closer.isalpha() else re.escape(closer)
