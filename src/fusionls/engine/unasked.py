"""Suggestions for which nobody is asked: known ones, and those that say why there is none."""

from dataclasses import replace

from fusionls.core.choice import Choice
from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Offer, Suggestion
from fusionls.engine.completion import Completion
from fusionls.engine.ports import Pool
from fusionls.engine.stopwatch import Stopwatch


def declined(request: CompletionRequest, pool: Pool, stopwatch: Stopwatch) -> Suggestion:
    """Return the suggestion of a pool that is switched off."""
    nothing = Choice((), None, "nobody was asked")
    suggestion = Completion(request, pool, stopwatch).suggestion(nothing, {}, pool.off)
    return replace(suggestion, declined=True)


def recalled(
    request: CompletionRequest, pool: Pool, stopwatch: Stopwatch, offers: tuple[Offer, ...]
) -> Suggestion:
    """Return what is left of an answer that was known before the request came."""
    choice = Choice(offers, None, "it is what is left of it")
    why = "the last suggestion still fits"
    return Completion(request, pool, stopwatch).suggestion(choice, {}, why)


def outrun(request: CompletionRequest, pool: Pool, stopwatch: Stopwatch) -> Suggestion:
    """Return the suggestion of a request whose place a newer one took."""
    nothing = Choice((), None, "nothing was decided")
    why = "a newer request took its place"
    suggestion = Completion(request, pool, stopwatch).suggestion(nothing, {}, why)
    return replace(suggestion, superseded=True)
