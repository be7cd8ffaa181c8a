"""What is known of all texts, and the answer to one question about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fusionls.core.memory.continuing import Continuation, Found, Here, gather
from fusionls.core.memory.judging import Surroundings, probabilities, traits
from fusionls.core.memory.matching import (
    LONGEST,
    Fits,
    Matches,
    Source,
    anything,
    in_segment,
    in_text,
)
from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.segment import Segment
from fusionls.core.memory.tokens import (
    BOUNDARY,
    CLOSERS,
    LINE_BREAK,
    OPENERS,
    Ids,
    Vocabulary,
    columns,
)
from fusionls.core.memory.weights import Kind
from fusionls.core.memory.writing import blanks, following_lines, rest_of_line
from fusionls.core.text import indentation, split_lines

_PARTIAL = re.compile(r"[^\W\d]\w*$")
# Enough text for the longest context; lines of tables are longer than that, and then it is shorter.
MOST_TEXT = 800
# More continuations than this of one place are guesses.
MOST_JUDGED = 20
# What directly follows the cursor is not to be written a second time: so many lines of it.
LINES_BEHIND = 3
# Names count as used recently, and nearby, among so many last tokens: some forty lines, and ten.
RECENT, NEARBY = 300, 80
# So many tokens before the cursor, some hundred lines, tell which names a document uses.
MUCH_READ = 1000
# Other open documents that are searched, the last used ones first.
MOST_OTHERS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A place to be continued.

    ``before`` is the text before the cursor, or the end of it; ``whole`` says that nothing stands before
    it. ``line`` is the number of the cursor's line, ``name`` that of the document among the texts, and
    ``block`` asks for more than a line.
    """

    before: str
    name: str
    line: int
    whole: bool = False
    block: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The text to insert, and how likely the rest of its first line is right (0 to 1)."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prospects:
    """What may follow a place, and what is counted of that. For the evaluation, too."""

    kind: Kind
    here: Here
    sources: Sequence[Source]
    continuations: list[Continuation]
    rows: npt.NDArray[np.float64]
    place: npt.NDArray[np.float64]


class Memory:
    """Texts of a workspace in segments, and open documents, which count in their place."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.segments: list[Segment] = []
        self.open: dict[str, OpenText] = {}

    def answer(self, question: Question, least: float) -> Answer | None:
        """Return the best continuation, if it is right with at least the probability ``least``."""
        prospects = self.prospects(question)
        if prospects is None:
            return None
        chances = probabilities(prospects.rows, prospects.place, prospects.kind)
        best = int(chances.argmax())
        chance = float(chances[best])
        chosen = prospects.continuations[best]
        # Where the line most likely ends here there is nothing to insert.
        if chance < least or int(chosen.ids[0]) == LINE_BREAK:
            return None
        text = self._written(question, prospects, chosen)
        return Answer(text, chance) if text.strip() else None

    def prospects(self, question: Question) -> Prospects | None:
        """Return what may follow the place of ``question``, None if nothing is known of it."""
        here = self._here(question)
        if len(here.context) < 2:
            return None
        own = self.open.get(question.name)
        found = self._found(question, here, own)
        continuations = gather(here, found, self.vocabulary.words, MOST_JUDGED)
        if not continuations:
            return None
        around = self._surroundings(question, here, own)
        rows, place = traits(continuations, around, len(here.partial))
        kind: Kind = "partial" if here.partial else "inside" if here.indented is None else "start"
        return Prospects(kind, here, [one.source for one in found], continuations, rows, place)

    def _here(self, question: Question) -> Here:
        before = question.before[-MOST_TEXT:]
        partial = _PARTIAL.search(before)
        typed = partial.group() if partial else ""
        context = self.vocabulary.known(before[: len(before) - len(typed)])
        if question.whole and len(before) == len(question.before):
            if context[:1] == [LINE_BREAK]:
                del context[0]
            context.insert(0, BOUNDARY)
        else:
            # The first one may be cut in the middle.
            del context[:1]
        lines = split_lines(before)
        indented = None
        if not lines[-1].strip():
            above = next((line for line in reversed(lines[:-1]) if line.strip()), "")
            indented = columns(lines[-1]) - columns(indentation(above))
        return Here(context[-LONGEST:], typed, indented)

    def _found(self, question: Question, here: Here, own: OpenText | None) -> list[Found]:
        fits = self._fits(here.partial)
        folder = question.name.rpartition("/")[0]
        found: list[Found] = []
        for segment in self.segments:
            matches = in_segment(segment, here.context, fits).longest()
            found.append(Found(segment, matches, segment.are_in(folder, matches.places), -1))
        for name, text in list(reversed(self.open.items()))[: MOST_OTHERS + 1]:
            if text is own:
                continue
            matches = in_text(text.ids, here.context, fits).longest()
            is_near = name.rpartition("/")[0] == folder
            found.append(Found(text, matches, [is_near] * len(matches.places), -1))
        if own is not None:
            start, end = _around_cursor(own, question.line)
            matches = in_text(own.ids, here.context, fits)
            apart = (matches.places < start) | (matches.places >= end)
            matches = Matches(matches.places[apart], matches.lengths[apart]).longest()
            found.append(Found(own, matches, [False] * len(matches.places), start))
        return found

    def _fits(self, partial: str) -> Fits:
        if not partial:
            return anything
        words = self.vocabulary.words

        def begin_so(tokens: Ids) -> npt.NDArray[np.bool_]:
            different, at = np.unique(tokens, return_inverse=True)
            fitting = [t >= 0 and words[t].startswith(partial) for t in different.tolist()]
            return np.array(fitting, np.bool_)[at]

        return begin_so

    def _surroundings(self, question: Question, here: Here, own: OpenText | None) -> Surroundings:
        if own is None:
            ids = np.array(here.context, np.int32)
            start = len(ids)
        else:
            ids = own.ids
            start = _around_cursor(own, question.line)[0]
        known = np.zeros(len(self.vocabulary.words), np.bool_)
        known[ids[ids >= 0]] = True
        line = self._line_so_far(here)
        return Surroundings(
            known=lambda token: bool(known[token]),
            recent=frozenset(ids[max(start - RECENT, 0) : start].tolist()) | {*line},
            nearby=frozenset(ids[max(start - NEARBY, 0) : start].tolist()) | {*line},
            open_brackets=sum((t in OPENERS) - (t in CLOSERS) for t in line),
            is_name=self.vocabulary.is_name,
            read=min(start / MUCH_READ, 1.0),
        )

    def _line_so_far(self, here: Here) -> list[int]:
        """Return the tokens of the context that stand on the cursor's line."""
        tokens = list(here.context)
        for at in range(len(tokens) - 1, -1, -1):
            if tokens[at] in (LINE_BREAK, BOUNDARY):
                return tokens[at + 1 :]
        return tokens

    def _written(self, question: Question, prospects: Prospects, chosen: Continuation) -> str:
        here = prospects.here
        best = max(chosen.occurrences)
        source = prospects.sources[best.source]
        line = source.line_text(best.line)
        number = best.place - int(source.line_first[best.line])
        if here.indented is None:
            text = rest_of_line(line, number, question.before, len(here.partial))
            base = indentation(split_lines(question.before)[-1])
        else:
            depth = int(source.indents[best.line]) - int(source.indents[max(best.line - 1, 0)])
            deeper = 0 if best.same_depth else depth - here.indented
            text = blanks(deeper, question.before) + line.strip()
            base = split_lines(question.before)[-1] + indentation(text)
        if not question.block or here.indented is None:
            return text
        own = self.open.get(question.name)
        stop = _around_cursor(own, question.line)[0] if own is not None else -1
        places = [
            (
                prospects.sources[o.source],
                o.line,
                stop if prospects.sources[o.source] is own else -1,
            )
            for o in chosen.occurrences
        ]
        following = following_lines(places)
        return text + "".join(
            f"\n{base}{blanks(deeper, question.before)}{more}" for deeper, more in following
        )


def _around_cursor(own: OpenText, line: int) -> tuple[int, int]:
    """Return the tokens that are not to be looked at: the cursor's line and what directly follows."""
    first = int(np.searchsorted(own.numbers, line))
    at = own.line_first
    after = int(np.searchsorted(own.numbers, line, side="right")) + LINES_BEHIND
    size = len(own.ids)
    return (
        int(at[first]) if first < len(at) else size,
        int(at[after]) if after < len(at) else size,
    )
