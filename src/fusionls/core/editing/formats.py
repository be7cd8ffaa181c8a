"""In which format a member is asked for an edit, by how well it has kept to each."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusionls.core.editing.edit import Format

# Design 6.1: blocks only for members whose measured well-formed rate is over 97 %.
LEAST_FOR_BLOCKS = 0.97
# With fewer answers a single bad one would take the rate below that, so that they show nothing.
LEAST_ANSWERS = 34
# Older answers are not counted: another model may stand behind the name. Three bad ones of so many are enough
# to be asked for definitions again.
NEWEST_COUNTED = 100
# Blocks with their marks and the lines around take some 500 code points for an ordinary edit. A definition
# of four times that (50 lines) takes four times as long to write, 10 s at 60 tokens a second. Of a shorter
# one too little is saved for what a block that fits nowhere costs.
LEAST_CODE = 2_000
# One further answer in ten is spent on finding out, of members of which it is not known: in long code they
# give 34 such answers in some hundred requests.
TRIED = 0.1


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """An answer that ``member`` was asked for in ``format``; whether it could be read in any form at all."""

    member: str
    format: Format
    well_formed: bool


class FormRates:
    """How well members keep to formats, by the newest answers of each."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, Format], deque[bool]] = {}

    def learn(self, answer: FormAnswer) -> None:
        """Take in one more answer."""
        self._of(answer).append(answer.well_formed)

    def learn_earlier(self, answers: Sequence[FormAnswer]) -> None:
        """Take in ``answers``, the oldest first, that were given before all that was learned so far."""
        for one in reversed(answers):
            known = self._of(one)
            if len(known) < NEWEST_COUNTED:
                known.appendleft(one.well_formed)

    def measured(self, member: str) -> dict[Format, tuple[int, int]]:
        """Return the well-formed answers and all answers of ``member`` per format."""
        found = {form: self._answers.get((member, form), ()) for form in Format}
        return {form: (sum(answers), len(answers)) for form, answers in found.items() if answers}

    def _of(self, answer: FormAnswer) -> deque[bool]:
        key = answer.member, answer.format
        return self._answers.setdefault(key, deque(maxlen=NEWEST_COUNTED))


def format_for(measured: Mapping[Format, tuple[int, int]]) -> Format:
    """Return the format to ask for. ``measured`` has well-formed answers and all answers per format."""
    good, asked = measured.get(Format.BLOCKS, (0, 0))
    if asked >= LEAST_ANSWERS and good > LEAST_FOR_BLOCKS * asked:
        return Format.BLOCKS
    return Format.DEFINITION


def is_unknown(measured: Mapping[Format, tuple[int, int]]) -> bool:
    """Tell whether too few blocks were asked for to know how well they are kept to."""
    return measured.get(Format.BLOCKS, (0, 0))[1] < LEAST_ANSWERS
