"""How far the answers of one class go together: a weighted trie of their lines.

Models that agree on the first line and part on the second yield the first. Lines are compared folded and
blank ones not at all: they divide nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fusionls.core.agreement import AnswerClass
from fusionls.core.candidate import Candidate
from fusionls.core.reply import ReplyState
from fusionls.core.text import fold_blanks, lines_with_ends

# A line that less than this share of all members has is lone; of up to five members no line is.
LEAST_OF_ALL = 0.2
# Behind so many lines a lone one is not shown. On 738 recorded cases with nine members and a threshold of
# 0.25, 57.1 % of the lines shown were right with 1, 50.1 % with 8 and 45.1 % without a limit, and 23.5, 23.7
# and 23.8 % of those wanted were shown.
LONE_LINES = 8


@dataclass(slots=True)
class _Node:
    """Where answers stand that agree up to here: their weight, who they are, and how it goes on.

    ``unheard`` is the weight of streams that end here and may go on.
    """

    weight: float = 0.0
    members: set[str] = field(default_factory=set)
    unheard: float = 0.0
    next: dict[str, "_Node"] = field(default_factory=dict)


class AnswerTrie:
    """The lines of a class's answers. Effectively immutable.

    Several samples of one member are correlated: together they weigh as much as one answer of it. A stream
    that is still coming votes with the lines that it has finished, and says nothing of those behind.
    """

    __slots__ = ("_answers", "_root", "_weights")

    def __init__(self, answers: AnswerClass) -> None:
        self._answers = answers
        self._weights = _weights(answers.candidates)
        self._root = _Node()
        for candidate, weight in zip(answers.candidates, self._weights, strict=True):
            node = self._root
            node.weight += weight
            for line in _content(candidate.text):
                node = node.next.setdefault(line, _Node())
                node.weight += weight
                node.members.add(candidate.member.name)
            if _is_coming(candidate):
                node.unheard += weight

    def best_text(self) -> str:
        """Return the whole text that most supporters give, else that of the highest prior.

        A stream that is still coming supports the texts that begin as it does. Ties go to the higher prior,
        then to the order of the pool.
        """
        whole = [c for c in self._answers.candidates if not _is_coming(c)]
        support = {c.text: 0.0 for c in whole or self._answers.candidates}
        for candidate, weight in zip(self._answers.candidates, self._weights, strict=True):
            if candidate.text in support:
                support[candidate.text] += weight
                continue
            begun = _content(candidate.text)
            for text in support:
                if _content(text)[: len(begun)] == begun:
                    support[text] += weight
        return max(support, key=lambda text: support[text])

    def agreed_head(self, least_share: float, voters: int = 1) -> str:
        """Return the best text as far as enough go along with it, line by line.

        From the first line on, its branch is followed while it carries at least ``least_share`` (0 to 1) of
        the weight of those who have come so far. ``voters`` is how many members have said anything: behind
        ``LONE_LINES`` the text ends where ``LEAST_OF_ALL`` of them no longer have it.
        """
        text = self.best_text()
        kept: list[str] = []
        node, heard, count = self._root, self._root.weight, 0
        for line in lines_with_ends(text):
            if line.strip():
                heard -= node.unheard
                node = node.next[fold_blanks(line)]
                lone = count >= LONE_LINES and len(node.members) < LEAST_OF_ALL * voters
                if count and (lone or node.weight < least_share * heard):
                    break
                count += 1
            kept.append(line)
        else:
            return text
        while not kept[-1].strip():
            kept.pop()
        return "".join(kept)


def _weights(candidates: Sequence[Candidate]) -> list[float]:
    samples: dict[str, int] = {}
    for candidate in candidates:
        samples[candidate.member.name] = samples.get(candidate.member.name, 0) + 1
    return [(1 + c.member.prior) / samples[c.member.name] for c in candidates]


def _content(text: str) -> list[str]:
    return [fold_blanks(line) for line in lines_with_ends(text) if line.strip()]


def _is_coming(candidate: Candidate) -> bool:
    return candidate.reply.state is not ReplyState.ANSWERED
