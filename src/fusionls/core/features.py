"""What is seen of a class of answers: the figures that a score is made of.

Whoever adds a figure adds its name to ``FEATURES`` and a weight for it in ``core/weights.py``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fusionls.core.agreement import AnswerClass
from fusionls.core.candidate import Candidate, Gate
from fusionls.core.habits import HABIT_FEATURES, Habits, habit_figures, habits
from fusionls.core.languages import language_for
from fusionls.core.reply import ReplyState
from fusionls.core.request import CompletionRequest
from fusionls.core.scopes.binding import UNKNOWN, Binding
from fusionls.core.text import fold_blanks, indentation, lines_with_ends, split_lines

# An answer whose first line already stands in one of the next four non-blank lines is right in 19 %.
LOOK_AHEAD_LINES = 4
# Models that repeat do so for up to about six lines (measured on recorded answers).
LOOK_BACK_LINES = 6
# Later lines that an answer may write again; shorter ones (closers) say nothing.
REPEATABLE_LINES = 30
LEAST_REPEATED = 4
# A member so far ahead of all others of the pool has the casting vote.
FAR_AHEAD = 0.06
# Where more lines are blank or commented is seen in so many lines before the cursor.
_LINES_FOR_STYLE = 40
# So many lines of code are found in this many code points; longer lines are not re-typed by a model.
_REACH = 4_000
_TAB = 4
# A stream that broke off or has not ended: nobody knows whether what it began would have parsed. Half a vote
# lets a whole answer win a tie, and two beginnings that agree one whole answer.
UNFINISHED_SHARE = 0.5
# A line may be this much deeper than the one that opens its block, or continues its brackets.
_DEEPER = 8
_OPENS = ("{", ":", "(", "[", ",", "=>", "->")
_COMMENTS = ("//", "#", "/*", "*", "--")
_DOCSTRINGS = ('"""', "'''", 'r"""', "/**")

FEATURES = (
    "mass",
    "agreed",
    "makers",
    "casting",
    "strongest",
    "parses",
    "retyped",
    "repeated_above",
    "repeats",
    "too_deep",
    "lines",
    "docstring",
    "comment_after_blank",
    "code_where_comments",
    "valid",
    "unbound",
    "bound_later",
    "binds_needed",
    "leaves_needed",
    *HABIT_FEATURES,
)
# More names than this that nothing binds say no more against an answer.
_MOST_NAMES = 2
_MOST_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Around:
    """What the text around the cursor says of the line that is wanted there.

    ``above`` and ``below`` are folded lines that are not blank, the nearest last and first; ``deepest`` is
    how deep (columns) the line may plausibly stand, ``comments`` the share of commented lines above (0 to 1).
    """

    partial: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    deepest: int
    after_blank: bool
    comments: float
    habits: Habits


def around(request: CompletionRequest) -> Around:
    """Return what is seen around the cursor of ``request``. Total: it never raises.

    Asked before the answers come, it is known when they do.
    """
    return _around(request.before(_REACH), request.after(_REACH), _name_of(request))


# The document's places that are being asked about: an editor has one or two.
@lru_cache(maxsize=4)
def _around(text_before: str, text_behind: str, language: str) -> Around:
    before, behind = split_lines(text_before), split_lines(text_behind)
    partial = before.pop()
    below = [line for line in behind[1:] if line.strip()]
    if behind[0].strip() and not partial.strip():
        below.insert(0, partial + behind[0])
    above = [line for line in before if line.strip()]
    deepest = max([_width(line) for line in (*above[-1:], *below[:1])], default=0)
    if above and above[-1].rstrip().endswith(_OPENS):
        deepest += _DEEPER
    recent = above[-_LINES_FOR_STYLE:]
    commented = sum(line.lstrip().startswith(_COMMENTS) for line in recent)
    return Around(
        partial=partial,
        above=tuple(map(fold_blanks, above[-LOOK_BACK_LINES:])),
        below=tuple(map(fold_blanks, below[:REPEATABLE_LINES])),
        deepest=deepest,
        after_blank=bool(before) and not before[-1].strip() and not partial.strip(),
        comments=commented / len(recent) if recent else 0.0,
        habits=habits(tuple(map(fold_blanks, above)), tuple(map(fold_blanks, below)), language),
    )


def _name_of(request: CompletionRequest) -> str:
    language = language_for(request.document.language_id, request.document.uri)
    return language.name if language else ""


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who answered at all: the mean prior, the members by name with how often each answered."""

    mean_prior: float
    samples: Mapping[str, int]
    far_ahead: str

    @property
    def size(self) -> int:
        """How many members answered."""
        return len(self.samples)


def electorate(candidates: Sequence[Candidate]) -> Electorate:
    """Return who has a vote among ``candidates``, those without any text included."""
    samples: dict[str, int] = {}
    priors: dict[str, float] = {}
    for candidate in candidates:
        name = candidate.member.name
        samples[name] = samples.get(name, 0) + 1
        priors[name] = candidate.member.prior
    best = max(priors, key=lambda name: priors[name], default="")
    others = [prior for name, prior in priors.items() if name != best]
    ahead = bool(others) and priors[best] >= max(others) + FAR_AHEAD
    mean = sum(priors.values()) / len(priors) if priors else 0.0
    return Electorate(mean or 1.0, samples, best if ahead else "")


def features_of(
    answers: AnswerClass, voters: Electorate, here: Around, names: Binding = UNKNOWN
) -> dict[str, float]:
    """Return the figures of ``FEATURES`` for one class; what is not there is zero.

    Several answers of one member are correlated: together they are one vote, split among its classes.
    ``names`` is what the best text of the class does to the names of the document.
    """
    votes: dict[str, float] = {}
    for candidate in answers.candidates:
        name = candidate.member.name
        portion = candidate.member.prior / max(1, voters.samples.get(name, 1))
        if candidate.reply.state is not ReplyState.ANSWERED:
            portion *= UNFINISHED_SHARE
        votes[name] = votes.get(name, 0.0) + portion
    texts = [candidate.text for candidate in answers.candidates]
    rows = [[line for line in lines_with_ends(text) if line.strip()] for text in texts]
    comment = answers.key.startswith(_COMMENTS)
    docstring = answers.key.startswith(_DOCSTRINGS)
    return {
        "mass": math.log(sum(votes.values()) / voters.mean_prior + 0.2),
        "agreed": float(len(votes) > 1),
        "makers": float(answers.makers),
        "strongest": max(c.member.prior for c in answers.candidates) / voters.mean_prior,
        "casting": float(bool(voters.far_ahead) and voters.far_ahead in votes),
        "parses": _mean([c.verdict.gate is not Gate.BROKEN for c in answers.candidates]),
        "retyped": float(answers.key in here.below[:LOOK_AHEAD_LINES]),
        "repeated_above": float(answers.key in here.above),
        "repeats": _mean([_repeated(lines, here) for lines in rows]),
        "too_deep": _mean([_is_too_deep(text, here) for text in texts]),
        "lines": math.log(1 + _mean([len(lines) for lines in rows])),
        "docstring": float(docstring),
        "comment_after_blank": float(comment and here.after_blank),
        "code_where_comments": here.comments * (here.after_blank and not comment and not docstring),
        "valid": _mean([c.verdict.gate is Gate.VALID for c in answers.candidates]),
        "unbound": float(min(names.unbound, _MOST_NAMES)),
        "bound_later": float(min(names.later_bound, _MOST_NAMES)),
        "binds_needed": float(names.needed_bound > 0),
        "leaves_needed": float(min(names.needed_missing, _MOST_NEEDED)),
        **habit_figures(answers.key, here.habits),
    }


def _repeated(lines: Sequence[str], here: Around) -> float:
    """Return the share of an answer's lines that stand below already."""
    if not lines:
        return 0.0
    telling = (fold_blanks(line) for line in lines)
    return sum(len(t) >= LEAST_REPEATED and t in here.below for t in telling) / len(lines)


def _is_too_deep(text: str, here: Around) -> bool:
    """Tell whether the first line stands deeper than the lines around make plausible."""
    if here.partial.strip() and not text.startswith(("\n", "\r")):
        return False
    lines = split_lines(text if here.partial.strip() else here.partial + text)
    first = next((line for line in lines if line.strip()), "")
    return _width(first) > here.deepest


def _width(line: str) -> int:
    return len(indentation(line).expandtabs(_TAB))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
