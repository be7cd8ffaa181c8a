"""What a file does out of habit, and whether a line does as it does.

Half of what recorded pools got wrong said the same in another way. These figures were thought of in
reading such cases; docs/benchmarks.md says what each gained on folds that it was not fitted to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Declarations this near (lines that are not blank) tell how the next one is written.
LINES_OF_DECLARATIONS = 12
# A name that one of so many following lines binds is bound there for the first time.
LINES_BOUND_BELOW = 12
# A file has a habit of quotes if one kind is more than so many times as common as the other.
MUCH_MORE = 2
# A comment of many words is no worse than one of ten.
MOST_NEW_WORDS = 10
# Shorter lines, such as closers, stand everywhere.
LEAST_REPEATED = 4

HABIT_FEATURES = (
    "types",
    "arrows",
    "other_quotes",
    "binds_again",
    "new_words",
    "stands_elsewhere",
)

_WORD = re.compile(r"[^\W\d]\w*")
# `var x =` against `Type x =`, also in the head of a loop.
_DECLARED = re.compile(
    r"(?:using |(?:foreach|for) ?\()*"
    r"(?P<type>var|[A-Za-z][\w.<>,\[\]?]*(?: [\w<>,\[\]?]+>)?) \w+ ?(?:=|:|in\b|;)"
)
_NO_TYPES = frozenset(
    {"return", "throw", "else", "new", "case", "goto", "delete", "await", "yield"}
)
_WITH_TYPES_OR_VAR = frozenset({"c-sharp", "java"})
_ARROW_WITH = re.compile(r"\(\w+\) ?=>")
_ARROW_WITHOUT = re.compile(r"(?<![\w)])\w+ ?=>")
# A name at the start of a folded line that gets a value, with or without words that declare it.
_BOUND = re.compile(r"(?:[\w<>\[\],.:*&?]+ ){0,6}(\w+) ?=(?![=>])")


@dataclass(frozen=True, slots=True)
class Habits:
    """What the text around the cursor does; the numbers are from -1 to 1, 0 where nothing can be told.

    ``types`` is 1 where types are always written and -1 where ``var`` is, ``arrows`` 1 where a lone
    parameter stands in brackets and -1 where it does not. ``rare_quote`` is the kind that is not used, empty
    if both are. ``words`` and ``lines`` are all that stand there, ``bound_below`` the names that the
    following lines bind.
    """

    types: float
    arrows: int
    rare_quote: str
    words: frozenset[str]
    lines: frozenset[str]
    bound_below: frozenset[str]
    has_var: bool


def habits(above: Sequence[str], below: Sequence[str], language: str) -> Habits:
    """Return the habits of the folded lines around the cursor, none of them blank. Total."""
    lines = (*above, *below)
    has_var = language in _WITH_TYPES_OR_VAR
    near = above[-LINES_OF_DECLARATIONS:] if has_var else ()
    written = [typed for line in near if (typed := _writes_type(line)) is not None]
    joined = "\n".join(lines)
    with_brackets = len(_ARROW_WITH.findall(joined))
    without = len(_ARROW_WITHOUT.findall(joined))
    single, double = joined.count("'"), joined.count('"')
    rare = (
        "'" if double > MUCH_MORE * single + 1 else '"' if single > MUCH_MORE * double + 1 else ""
    )
    return Habits(
        types=2 * sum(written) / len(written) - 1 if written else 0.0,
        arrows=(with_brackets > without) - (with_brackets < without),
        rare_quote=rare,
        words=frozenset(_WORD.findall(joined)),
        lines=frozenset(line for line in lines if len(line) >= LEAST_REPEATED),
        bound_below=frozenset(name for line in below[:LINES_BOUND_BELOW] if (name := _bound(line))),
        has_var=has_var,
    )


def habit_figures(line: str, here: Habits) -> dict[str, float]:
    """Return the figures of ``HABIT_FEATURES`` for a folded line; what cannot be told is zero."""
    typed = _writes_type(line) if here.has_var else None
    arrow = bool(_ARROW_WITH.search(line)) - bool(_ARROW_WITHOUT.search(line))
    other = {"'": '"', '"': "'"}.get(here.rare_quote, "")
    return {
        "types": 0.0 if typed is None else here.types if typed else -here.types,
        "arrows": float(arrow * here.arrows),
        "other_quotes": float(bool(other) and here.rare_quote in line and other not in line),
        "binds_again": float(_bound(line) in here.bound_below),
        "new_words": float(min(MOST_NEW_WORDS, len(set(_WORD.findall(line)) - here.words))),
        "stands_elsewhere": float(line in here.lines),
    }


def _writes_type(line: str) -> bool | None:
    """Tell whether ``line`` declares a name with its type; None if it declares none."""
    found = _DECLARED.match(line)
    if found is None or found["type"] in _NO_TYPES:
        return None
    return found["type"] != "var"


def _bound(line: str) -> str:
    found = _BOUND.match(line)
    return found[1] if found else ""
