"""Whether an answer that a model is giving, or gave, is also the answer to a newer prompt.

A person who types what the model is just writing need not have it asked again. Only texts are compared:
nothing is assumed about tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fusionls.core.prompt import FillIn, RenderedPrompt
from fusionls.core.reply import Chunk


@dataclass(frozen=True, slots=True)
class Fit:
    """How an older answer fits a newer prompt.

    ``sure`` says that all that was typed is known to be the answer's beginning; until then it only may
    be. ``skipped`` is how many code points of the older answer the newer prompt holds already, and
    ``lead`` is text of the older prompt that belongs to the newer answer.
    """

    sure: bool
    skipped: int = 0
    lead: str = ""


def same_kind(older: RenderedPrompt, newer: RenderedPrompt) -> bool:
    """Tell whether two prompts of one member ask for the same sort of text.

    Grammars may differ, as a person who has typed a part of a line has met a part of its grammar; and
    so may the ends of an answer but the first, which tells lines from blocks.
    """
    return (
        not older.messages
        and not newer.messages
        and older.place is newer.place is None
        and older.behind == newer.behind
        and _beside_text(older) == _beside_text(newer)
        and (older.stop[:1], older.max_tokens, older.shape, bool(older.grammar))
        == (newer.stop[:1], newer.max_tokens, newer.shape, bool(newer.grammar))
    )


def fit_of(
    older: RenderedPrompt,
    said: str,
    newer: RenderedPrompt,
    *,
    ended: bool = False,
    cut: bool = False,
) -> Fit | None:
    """Return how the answer ``said`` (so far) to ``older`` fits ``newer``, or None if it does not.

    ``ended`` says that no more will come, ``cut`` that it ended at the limit of tokens: then it serves
    nobody who has typed on, as the end of the line is missing.
    """
    if newer == older:
        return Fit(sure=True)
    if not same_kind(older, newer) or len(_typed(newer)) < len(_typed(older)):
        return None
    if newer.text == older.text and newer.withheld == older.withheld:
        return Fit(sure=True)
    ahead, now_ahead = _ahead(older), _ahead(newer)
    whole, wanted = ahead + said, now_ahead + newer.withheld
    if ended and (cut or len(whole) <= len(wanted)):
        return None
    if whole.startswith(wanted):
        skipped = len(now_ahead) - len(ahead)
        return Fit(len(whole) > len(wanted), max(0, skipped), ahead[len(now_ahead) :])
    return Fit(sure=False) if wanted.startswith(whole) else None


def rest_of(chunks: Sequence[Chunk], fit: Fit) -> list[Chunk]:
    """Return ``chunks`` as the answer to the newer prompt of a sure ``fit``.

    A chunk that is typed in part keeps its log-probability, one that is typed as a whole is left out.
    The counts of the older request's answer are too: they would be counted twice.
    """
    if not fit.skipped and not fit.lead:
        return list(chunks)
    left = fit.skipped
    found = [Chunk(fit.lead, 0)] if fit.lead else []
    for chunk in chunks:
        text = chunk.text[left:]
        left = max(0, left - len(chunk.text))
        if text:
            found.append(replace(chunk, text=text, tokens_in=None, tokens_out=None))
    return found


def _beside_text(prompt: RenderedPrompt) -> FillIn | None:
    """Return what an endpoint is told beside the text before the gap, where it fills one in."""
    return None if prompt.fill_in is None else replace(prompt.fill_in, prefix="")


def _ahead(prompt: RenderedPrompt) -> str:
    """Return the text up to where the answer belongs."""
    return prompt.text.removesuffix(prompt.behind) if prompt.behind else prompt.text


def _typed(prompt: RenderedPrompt) -> str:
    """Return the part of a prompt that the person wrote."""
    return _ahead(prompt).removesuffix(prompt.given) + prompt.withheld
