"""One recorded case through the core: cleaned, judged, fused, as if the members had just answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fusionls.core.candidate import Candidate
from fusionls.core.choice import Choice, choose
from fusionls.core.cleanup import CleaningContext
from fusionls.core.extent import extent_of
from fusionls.core.families import family_for
from fusionls.core.languages import language_for
from fusionls.core.member import Member
from fusionls.core.priors import maker_of, prior_of
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState
from fusionls.core.request import CompletionRequest, Extent, Trigger
from fusionls.core.text import DocumentSnapshot, split_lines
from fusionls.core.validation import Hole, open_hole
from fusionls.core.weights import SHIPPED, Weights


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """A place, and what models said there: for each of them its samples in order, None for no answer."""

    language: str
    prefix: str
    suffix: str
    answers: Mapping[str, Sequence[str | None]]

    @property
    def request(self) -> CompletionRequest:
        """The request by hand that would have asked for it."""
        document = DocumentSnapshot("", self.language, 1, self.prefix + self.suffix)
        return CompletionRequest("recorded", document, len(self.prefix), Trigger.MANUAL)


@dataclass(frozen=True, slots=True)
class FusedCase:
    """What is offered by hand, what an automatic trigger would show, and how likely it is right."""

    text: str | None
    auto_text: str | None
    p: float | None


def candidates_of(case: RecordedCase, hole: Hole, samples: int = 1) -> list[Candidate]:
    """Return the candidates of ``case``, the first ``samples`` answers of each model, in their order."""
    language = language_for(case.language, "")
    extent = _extent_of(case)
    found: list[Candidate] = []
    for name, answers in case.answers.items():
        family = family_for(name)
        member = Member(name, family=family.name, maker=maker_of(name), prior=prior_of(name))
        cleaning = CleaningContext(
            prefix=case.prefix,
            suffix=case.suffix,
            extent=extent,
            special_tokens=family.special_tokens,
            language=language,
        )
        reading = Reading(member, cleaning, hole, RenderedPrompt(), talks=family.chat)
        for number, answer in enumerate(answers[:samples]):
            label = f"{name}#{number + 1}" if number else name
            reply = Reply(label, ReplyState.ANSWERED, answer or "")
            found.append(reading.candidate(reply))
    return found


def _extent_of(case: RecordedCase) -> Extent:
    """Return how much was asked for: a gap before a whole line is wanted filled, not a line only."""
    before_line = not split_lines(case.prefix[-_REACH:])[-1].strip()
    extent = extent_of(case.request)
    return Extent.BLOCK if extent is Extent.LINE and before_line else extent


# Enough to see the cursor's line.
_REACH = 2_000


def hole_of(case: RecordedCase) -> Hole:
    """Return the hole of ``case``; its document is parsed here."""
    return open_hole(language_for(case.language, ""), case.prefix, case.suffix)


def fused(
    case: RecordedCase, weights: Weights = SHIPPED, samples: int = 1, threshold: float = 0.0
) -> FusedCase:
    """Fuse the answers of ``case``; less likely right than ``threshold``, an automatic trigger is silent."""
    hole = hole_of(case)
    candidates = candidates_of(case, hole, samples)
    by_hand = choose(candidates, hole, case.request, weights)
    automatic = replace(case.request, trigger=Trigger.AUTOMATIC)
    shown = choose(candidates, hole, automatic, weights, threshold)
    return FusedCase(_first(by_hand), _first(shown), by_hand.p)


def _first(choice: Choice) -> str | None:
    return choice.offers[0].text if choice.offers else None
