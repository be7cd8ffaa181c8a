"""Which answers say the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from fusionls.core.candidate import Candidate
from fusionls.core.text import first_content_line, fold_blanks, lines_with_ends


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


def best_text(answers: AnswerClass) -> str:
    """Return the whole text that most supporters give, else that of the highest prior.

    Ties go to the higher prior, then to the order of the pool.
    """
    support: dict[str, float] = {}
    for candidate in answers.candidates:
        support[candidate.text] = support.get(candidate.text, 0) + 1 + candidate.member.prior
    return max(support, key=lambda text: support[text])


def agreed_head(answers: AnswerClass, least_share: float) -> str:
    """Return the class's text as far as enough of its weight follows it, line by line.

    The lines of all candidates form a weighted trie. From the first line on, the branch of ``best_text``
    is followed while it carries at least ``least_share`` (0 to 1) of the class's weight.
    """
    lines = lines_with_ends(best_text(answers))
    weights = [(1 + c.member.prior, lines_with_ends(c.text)) for c in answers.candidates]
    total = sum(weight for weight, _ in weights)
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines) - 1)
    kept = first + 1
    while kept < len(lines):
        folded = [fold_blanks(line) for line in lines[first : kept + 1]]
        following = sum(weight for weight, other in weights if _starts_with(other, folded))
        if following < least_share * total:
            break
        kept += 1
    return "".join(lines[:kept])


def _starts_with(lines: list[str], head: list[str]) -> bool:
    content = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    return [fold_blanks(line) for line in lines[content : content + len(head)]] == head
