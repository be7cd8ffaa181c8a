"""How a text is put in place: as it is, on lines of its own, or indented like its neighbours.

Models disagree about the line end before their answer and about who brings the indentation. The gate
tells which way the text fits (docs/architecture.md, "Validate").
"""

from collections.abc import Iterator
from itertools import islice

from fusionls.core.candidate import Gate, Verdict
from fusionls.core.text import (
    indentation,
    line_end_of,
    lines_with_ends,
    split_lines,
)
from fusionls.core.validation import Hole

# Of 80 recorded answers that another form helped, 79 were helped by one of the first two.
MOST_FORMS = 2
_OPENERS, _CLOSERS = frozenset("([{"), frozenset(")]}")
_QUOTES = ('"', "'", "`")
# The lines around the cursor that say how deep a text should be; blank ones may lie between.
_REACH = 2_000


def joined(
    hole: Hole, text: str, prefix: str, suffix: str, *, thorough: bool = False
) -> tuple[str, Verdict]:
    """Return ``text`` in the form in which it adds the fewest errors, and the verdict on that form.

    The text as it is stays unless another form is better. Beside it at most ``MOST_FORMS`` are parsed once
    each, and only if it adds errors. A form that only needs more text is looked for where a ``thorough``
    search is worth ten parses more, as for what will be shown.
    """
    verdict = hole.check(text)
    if verdict.gate not in (Gate.INCOMPLETE, Gate.BROKEN) or not text.strip():
        return text, verdict
    others = (f for f in dict.fromkeys(_forms(text, prefix, suffix)) if f != text)
    forms = tuple(islice(others, MOST_FORMS))
    fitting = next((form for form in forms if hole.fits(form)), None)
    if fitting is None and thorough and verdict.gate is Gate.BROKEN:
        fitting = next((f for f in forms[:1] if hole.check(f).gate is not Gate.BROKEN), None)
    return (text, verdict) if fitting is None else (fitting, hole.check(fitting))


def accepted(hole: Hole, text: str, prefix: str, suffix: str) -> str:
    """Return ``text`` in the first form that the language itself takes, as it is if it takes none.

    A grammar may take two statements on one line; the form with a line end is the better one all the same.
    """
    if hole.check(text).gate is not Gate.VALID or hole.accepts(text):
        return text
    forms = (f for f in dict.fromkeys(_forms(text, prefix, suffix)) if f != text)
    fitting = (f for f in forms if hole.fits(f) and hole.accepts(f))
    return next(fitting, text)


def _forms(text: str, prefix: str, suffix: str) -> Iterator[str]:
    before = prefix[-_REACH:]
    lines = split_lines(before)
    partial, rest = lines[-1], split_lines(suffix[:_REACH])[0]
    end = line_end_of(before + suffix[:_REACH])
    ahead = end if partial.strip() and not text.startswith(("\n", "\r")) else ""
    behind = end if rest.strip() and not text.endswith(("\n", "\r")) else ""
    inside = _inside(text, rest)
    if inside:
        yield inside
    if behind:
        yield text + behind
    if ahead:
        yield ahead + text + behind
    if partial.strip() and not ahead:
        return
    neighbours = [line for line in lines if line.strip()][-1:]
    following = [line for line in split_lines(suffix[:_REACH]) if line.strip()][:1]
    margins = [indentation(line) for line in (*following, *neighbours)]
    margins += [margin + "    " for margin in margins[-1:]]
    for margin in dict.fromkeys(margins):
        own = margin if ahead else margin.removeprefix(partial)
        yield ahead + _shifted(text, own, margin) + behind


def _shifted(text: str, first: str, margin: str) -> str:
    """Return ``text`` moved sideways as a whole, so that its first line stands at ``margin``.

    ``first`` is what of the margin the first line must bring itself.
    """
    lines = lines_with_ends(text)
    old = indentation(lines[0])
    moved = [first + lines[0].removeprefix(old)]
    moved += [margin + line.removeprefix(old) if line.strip() else line for line in lines[1:]]
    return "".join(moved)


def _inside(text: str, rest: str) -> str:
    """Return ``text`` up to where it closes what the editor has closed already, else "".

    That is a bracket or a string. What a model writes behind it belongs behind the document's own.
    """
    quote = rest.lstrip()[:1]
    if quote in _QUOTES:
        return text.partition(quote)[0] if quote in text else ""
    depth = 0
    for at, character in enumerate(text):
        if character in _OPENERS:
            depth += 1
        elif character in _CLOSERS:
            depth -= 1
            if depth < 0:
                return text[:at] if rest.lstrip().startswith(character) else ""
    return ""
