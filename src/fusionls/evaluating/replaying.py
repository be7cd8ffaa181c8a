"""What the product would have suggested, from what members said: in virtual time, without asking again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fusionls.core.candidate import Gate
from fusionls.core.cleanup import CleaningContext, filters
from fusionls.core.families import family_for
from fusionls.core.languages import language_for
from fusionls.core.member import Caps, Member
from fusionls.core.trace import Trace
from fusionls.core.validation import Hole, open_hole
from fusionls.core.wish import ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from fusionls.engine.virtual_time import run_virtual
from fusionls.evaluating.asking import LIFTED
from fusionls.evaluating.case import Case
from fusionls.evaluating.said import Said, SaidAgain

# What undoes the family's own format; everything else about an answer is the model's.
_FORMAT = ("withheld blanks", "special tokens", "fences")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What would be on the screen: ``text`` (None for nothing), after ``ms``, and ``p`` of its being right.

    ``broken`` says that it adds errors to the document that nothing behind it can mend.
    """

    text: str | None
    ms: float
    p: float | None
    broken: bool
    trace: Trace | None = None


class _OnePool(Deaf):
    """A pool for every document."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool."""
        return self._pool

    def read_wish(self, block: object) -> ReadWish:
        """Take nothing from settings."""
        return ReadWish(None)

    async def aclose(self) -> None:
        """Nothing to close."""


def suggested(
    case: Case,
    pool: Pool,
    said: Sequence[Said],
    *,
    caps: Caps = LIFTED,
    threshold: float | None = 0.0,
) -> Suggested:
    """Return what the members of ``pool`` come to within ``caps``. Our own work takes no time here.

    What is less likely right than ``threshold`` (0 to 1) is not shown while typing.
    """
    played = tuple(PoolMember(m.member, _again(m.member.name, said)) for m in pool.members)
    within = replace(pool, members=played, caps=caps, threshold=threshold)

    async def complete() -> tuple[str | None, Trace]:
        engine = CompletionEngine(_OnePool(within))
        try:
            suggestion = await engine.complete(case.request)
        finally:
            await engine.aclose()
        return (suggestion.offers[0].text if suggestion.offers else None), suggestion.trace

    text, trace = run_virtual(complete())
    broken = text is not None and hole_of(case).check(text).gate is Gate.BROKEN
    return Suggested(text, trace.decision.at_ms, trace.decision.p, broken, trace)


def as_it_came(case: Case, member: Member, said: Said, hole: Hole) -> Suggested:
    """Return a member's answer without our cleaning: only the format of its family is undone."""
    family = family_for("", member.family)
    context = CleaningContext(
        prefix=case.prefix,
        suffix=case.suffix,
        withheld=said.withheld,
        special_tokens=family.special_tokens,
        language=language_for(case.language, case.uri),
    )
    text = said.given + said.text
    for step in filters():
        if step.name in _FORMAT:
            text = step.apply(text, context)
    if said.failure is not None or not text.strip():
        return Suggested(None, said.ended_ms, None, broken=False)
    return Suggested(text, said.ended_ms, None, hole.check(text).gate is Gate.BROKEN)


def hole_of(case: Case) -> Hole:
    """Return the hole of ``case``, whose document is parsed here."""
    return open_hole(language_for(case.language, case.uri), case.prefix, case.suffix)


def _again(member: str, said: Sequence[Said]) -> SaidAgain:
    return SaidAgain({one.shape: one for one in said if one.member == member})
