"""Is a member asked in the format that its model was trained on?

A model that is asked in another one's format does not fail: it leaks the format's tokens, types what
stands behind the hole again, or goes on and on. A few holes whose middle is certain tell it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.cleanup import CleaningContext, clean
from fusionls.core.cleanup.suffix_overlap import SUFFIX_OVERLAP
from fusionls.core.families import families, family_for
from fusionls.core.languages import languages
from fusionls.core.probes import CONTINUATIONS, FILL_INS, Probe
from fusionls.core.prompt import Family, RenderedPrompt
from fusionls.core.request import Extent
from fusionls.core.text import split_lines

# A model that sees only what stands before a hole cannot know its middle, so one of three may be luck.
ENOUGH_RIGHT = 2
# The middles are one line. A model that has written three, or all that it may, did not see the end.
MOST_LINES = 3
# Four words in a row, with nothing but blanks between them, are no code of these probes.
_PROSE = re.compile(r"[A-Za-z']+(?: [A-Za-z']+){3,}")
_FENCE = re.compile(r"^[ ]{0,3}(?:`{3,}|~{3,}).*$", re.MULTILINE)
_THINKING = ("<think>", "<thinking>", "</think>")
# The families of models that nobody knows.
_UNKNOWN = ("plain", "chat")


class Symptom(StrEnum):
    """What is odd about an answer, in words that follow "its answers"."""

    LEAKS = "hold special tokens"
    REPEATS = "type again what stands behind the hole"
    RAMBLES = "do not end"
    THINKS = "think aloud first"
    TALKS = "have prose around the code"
    FENCED = "have Markdown fences, which are taken off"
    SILENT = "are empty"


# Who talks cannot be kept from the first, and the second is cut off like the first.
_USUAL_IN_CHATS = frozenset({Symptom.FENCED, Symptom.REPEATS})
# Who does not see where the hole ends cannot end there.
_USUAL_UNSEEN = frozenset({Symptom.REPEATS, Symptom.RAMBLES})


@dataclass(frozen=True, slots=True)
class FillIn:
    """What one answer to a probe shows. ``leaked`` are special tokens of any family that stand in it."""

    right: bool
    symptoms: tuple[Symptom, ...] = ()
    leaked: tuple[str, ...] = ()


class Fit(StrEnum):
    """Whether the family is the right one; DOUBTFUL says nothing against it."""

    FITS = "fits"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


def probes_for(family: Family) -> tuple[Probe, ...]:
    """Return the holes that models of ``family`` can be expected to fill."""
    return FILL_INS if _fills_in(family) or family.chat else CONTINUATIONS


def extent_for(family: Family) -> Extent:
    """Return how much to ask for: all that a model will write, if it can know where the hole ends."""
    return Extent.BLOCK if _fills_in(family) else Extent.LINE


def fill_in(
    probe: Probe, family: Family, prompt: RenderedPrompt, raw: str, *, spent: bool
) -> FillIn:
    """Return what the answer ``raw`` to ``prompt`` shows; ``spent`` says that it used all its tokens."""
    cleaning = CleaningContext(
        prefix=probe.prefix,
        suffix=probe.suffix,
        extent=extent_for(family),
        withheld=prompt.withheld,
        special_tokens=family.special_tokens,
        language=languages().get(probe.language),
    )
    cleaned = clean(prompt.given + raw if raw else "", cleaning)
    leaked = leaked_tokens(raw)
    symptoms = []
    if leaked:
        symptoms.append(Symptom.LEAKS)
    repeats = SUFFIX_OVERLAP in cleaned.changed_by and _has_words_of(probe.suffix, raw)
    if repeats:
        symptoms.append(Symptom.REPEATS)
    if any(tag in raw for tag in _THINKING):
        symptoms.append(Symptom.THINKS)
    elif spent or (_is_long(raw) and not repeats):
        symptoms.append(Symptom.RAMBLES)
    symptoms += _manners(raw)
    return FillIn(probe.is_right(cleaned.text), tuple(symptoms), leaked)


def fit_of(family: Family, answers: Sequence[FillIn]) -> Fit:
    """Return what ``answers`` to the probes of ``family`` say together.

    Of models that talk it is asked besides that they answer with code only.
    """
    odd = sum(bool(set(answer.symptoms) - _usual(family)) for answer in answers)
    if sum(answer.right for answer in answers) >= ENOUGH_RIGHT:
        return Fit.DOUBTFUL if family.chat and odd >= ENOUGH_RIGHT else Fit.FITS
    return Fit.WRONG if odd >= ENOUGH_RIGHT else Fit.DOUBTFUL


def other_families(model: str, family: Family, answers: Iterable[FillIn]) -> tuple[Family, ...]:
    """Return the families to try instead of ``family``, the likeliest first.

    The name of the ``model`` may suggest one, and so may the tokens that leaked.
    """
    named = family_for(model)
    # Its own tokens may come back from the prompt.
    leaked = {t for answer in answers for t in answer.leaked} - set(family.special_tokens)
    of_tokens = [f for f in families().values() if f.fills_in and leaked & set(f.special_tokens)]
    likely = ([] if named.name in _UNKNOWN else [named]) + of_tokens[:1]
    return tuple({f.name: f for f in likely if f.name != family.name}.values())


def leaked_tokens(raw: str) -> tuple[str, ...]:
    """Return the special tokens, of whatever family, that stand in ``raw``."""
    known = dict.fromkeys(t.strip() for f in families().values() for t in f.special_tokens)
    return tuple(token for token in known if token in raw)


def _usual(family: Family) -> frozenset[Symptom]:
    """Return the symptoms that say nothing against ``family``."""
    if _fills_in(family):
        return frozenset()
    return _USUAL_IN_CHATS if family.chat else _USUAL_UNSEEN


def _fills_in(family: Family) -> bool:
    return family.fills_in or family.endpoint_fills_in


def _manners(raw: str) -> list[Symptom]:
    if not raw.strip():
        return [Symptom.SILENT]
    fenced = bool(_FENCE.search(raw))
    return [Symptom.TALKS] * bool(_PROSE.search(raw)) + [Symptom.FENCED] * fenced


def _is_long(raw: str) -> bool:
    lines = split_lines(_FENCE.sub("", raw))
    return sum(bool(line.strip()) for line in lines) > MOST_LINES


def _has_words_of(suffix: str, raw: str) -> bool:
    """Tell whether more than closing brackets of ``suffix`` stand in ``raw``."""
    lines = [line.strip() for line in split_lines(suffix)]
    return any(line in raw for line in lines if any(map(str.isalnum, line)))
