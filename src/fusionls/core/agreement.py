"""Which answers say the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from fusionls.core.candidate import Candidate
from fusionls.core.text import first_content_line, fold_blanks


def class_key(text: str) -> str:
    """Return what candidates must share to agree: the first non-blank line, white space folded.

    Keys by token or by the first line of code gained nothing on recorded answers.
    """
    return fold_blanks(first_content_line(text))


@dataclass(frozen=True, slots=True)
class AnswerClass:
    """Candidates that agree on the first line, in the order of the pool."""

    key: str
    candidates: tuple[Candidate, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """The names of the members that support the class, each once."""
        return tuple(dict.fromkeys(candidate.member.name for candidate in self.candidates))

    @property
    def makers(self) -> int:
        """How many different makers support the class: two models of one maker are about one vote."""
        return len(
            {candidate.member.maker or candidate.member.name for candidate in self.candidates}
        )


def classes_of(candidates: Iterable[Candidate]) -> tuple[AnswerClass, ...]:
    """Group candidates that have any text by their key, in the order of first appearance."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.key:
            groups.setdefault(candidate.key, []).append(candidate)
    return tuple(AnswerClass(key, tuple(group)) for key, group in groups.items())
