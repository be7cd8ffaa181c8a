"""A document with a hole in it: what a text in the hole adds to its errors.

Made by ``core/validation.py``, which says what the verdicts are for. In a long document everything is asked
of an excerpt around the hole (``core/excerpt.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from fusionls.core.candidate import Gate, Verdict
from fusionls.core.continuations import continuations
from fusionls.core.excerpt import excerpt_of
from fusionls.core.language import Language
from fusionls.core.openings import Openings, missing_closers, openings_after
from fusionls.core.syntax import MAX_PROBLEMS, Effort, HoleTree, Problem
from fusionls.core.text import indentation, line_end_of, split_lines

# Of 456 recorded answers that a continuation saved, 451 were saved by one of the first ten.
MAX_PROBES = 10
# All probes of one text together: 5 to 20 ms of parsing. Those that save a text are nearly always the first.
PROBE_STEPS = 300
# In a long document of which no short excerpt can be made one parse may take that already.
PROBE_STEPS_IN_LONG = 30
# A document of two or three hundred lines is parsed again in half a millisecond: nothing is left out of it.
LEAST_CODE_POINTS = 8_000
# Line ends are looked for this near (code points).
_NEAR = 2_000

_VALID = Verdict(Gate.VALID)
_UNKNOWN = Verdict(Gate.UNCHECKED, "the parser gave up")
_UNFINISHED = Verdict(Gate.INCOMPLETE, "needs more text behind it")


class Ground:
    """A document that can be parsed, with a hole in it. ``whole`` is the tree of all of it.

    Raises TooLargeError. ``earlier`` is that of another version of the same document.
    """

    __slots__ = (
        "_accepted",
        "_best",
        "_is_long",
        "_language",
        "_lines_left_out",
        "_prefix",
        "_sides",
        "_suffix",
        "_tree",
        "whole",
    )

    def __init__(
        self, language: Language, prefix: str, suffix: str, earlier: "Ground | None" = None
    ) -> None:
        self.whole: HoleTree = HoleTree(
            language, prefix, suffix, earlier.whole if earlier else None
        )
        self._language = language
        self._tree = self.whole
        self._prefix = prefix
        self._suffix = suffix
        self._lines_left_out = 0
        self._is_long = len(prefix) + len(suffix) >= LEAST_CODE_POINTS
        self._sides: tuple[Openings, Openings] | None = None
        self._best: int | None = None
        self._accepted: bool | None = None
        self._take_excerpt()

    @property
    def why_not(self) -> str:
        """Why nothing can be said of any text here, empty if it can."""
        # Errors are counted up to a limit, and behind it there are never more with a text than without.
        full = len(self._tree.problems) >= MAX_PROBLEMS
        return "too many errors around" if full else ""

    def _take_excerpt(self) -> None:
        """Go on with what is left of a long document, if it says the same as the document."""
        if not self._is_long:
            return
        best = None
        for fill in self._fills():
            found = excerpt_of(self._language, self.whole, fill)
            if found is not None and (best is None or _length(found) < _length(best)):
                best = found
            if best is not None and _length(best) < LEAST_CODE_POINTS:
                break
        if best is not None:
            lines = self._prefix.count("\n")
            self._prefix, self._suffix, self._tree = best
            self._lines_left_out = lines - self._prefix.count("\n")
            self._is_long = _length(best) >= LEAST_CODE_POINTS
        self._sides = None

    def _fills(self) -> Iterator[str]:
        """Yield texts for the hole with which the document may have a tree that tells its parts.

        What is half typed or half deleted at the cursor may leave no tree at all: the end of a long string
        without its start turns all that follows inside out.
        """
        yield ""
        if not self.whole.problems:
            return
        if any(map(self.whole.touches_hole, self.whole.problems)):
            yield self._continued("", self._around()[0], 0).probe
        before, behind = self._around()
        if behind.quote and not before.quote:
            yield behind.quote

    def look_ahead(self) -> None:
        """Find out now what every ``judge`` will ask."""
        # In a document without problems a good answer leaves none, and nothing more is asked.
        if self._tree.problems and not self.why_not:
            self._fewest_problems()
        self._is_accepted()

    def is_plainly_valid(self, text: str) -> bool:
        """Return whether ``text`` adds no error as it stands, for one parse."""
        if self.why_not:
            return False
        problems = self._tree.problems_with(text)
        return problems is not None and len(problems) <= self._fewest_problems()

    def judge(self, text: str) -> Verdict:
        """Return the verdict on ``text``."""
        if self.why_not:
            return Verdict(Gate.UNCHECKED, self.why_not)
        problems = self._tree.problems_with(text)
        if problems is None:
            return _UNKNOWN
        if not problems or len(problems) <= self._fewest_problems():
            return _VALID
        return self._probed(text, problems)

    def accepts(self, text: str) -> bool:
        """Return False where the language itself takes the document without ``text`` and not with it."""
        ask = self._language.accepts
        if ask is None or not self._is_accepted():
            return True
        return ask(self._prefix + text + self._suffix) is not False

    def _is_accepted(self) -> bool:
        """Return whether the language takes the document as it is."""
        if self._accepted is None:
            ask = None if self._is_long else self._language.accepts
            self._accepted = ask is not None and ask(self._prefix + self._suffix) is True
        return self._accepted

    def endings(self, text: str) -> tuple[str, ...]:
        """Return what ``text`` may lack at its end, at most two guesses: closers on its line or below."""
        if self.why_not:
            return ()
        before, behind = self._around()
        after = openings_after(self._language, text, before)
        # What was open before the text is the document's.
        opened = len(missing_closers(after, behind)) - len(missing_closers(before, behind))
        closers = missing_closers(after, behind)[: max(0, opened)]
        if not (closers or after.quote):
            return ()
        lines = split_lines(text)
        end = line_end_of(self._prefix[-_NEAR:] + text)
        beside = after.quote + "".join(closers)
        if len(lines) == 1:
            return (beside,)
        margins = self._margins(text, len(closers))
        apart = "".join(end + m + c for m, c in zip(margins, closers, strict=True))
        return (after.quote + apart, beside) if closers else (beside,)

    def _margins(self, text: str, count: int) -> list[str]:
        """Return the margins of the lines that opened the last ``count`` brackets, innermost first."""
        partial = self._prefix[max(self._prefix.rfind("\n"), self._prefix.rfind("\r")) + 1 :]
        stack: list[str] = []
        for line in split_lines(partial + text):
            change = openings_after(self._language, line)
            del stack[len(stack) - min(len(change.unmatched), len(stack)) :]
            stack += [indentation(line)] * len(change.stack)
        found = stack[::-1][:count]
        return found + [""] * (count - len(found))

    def _probed(self, text: str, problems: tuple[Problem, ...]) -> Verdict:
        """Judge a text with which the document has more errors than it need have."""
        before, behind = self._around()
        after = openings_after(self._language, text, before)
        if len(after.unmatched) > len(before.unmatched):
            # It closes what nobody opened: nothing behind it mends that.
            return Verdict(Gate.BROKEN, self._complaint(problems))
        found = self._continued(text, after, self._fewest_problems())
        if found.gave_up:
            return _UNKNOWN
        if found.left is None:
            return Verdict(Gate.BROKEN, self._complaint(problems))
        still_open = len(missing_closers(after, behind))
        opened_nothing = not after.quote and still_open <= len(missing_closers(before, behind))
        # What was open before the text, and still is, says nothing against the text.
        return _VALID if found.at_once and opened_nothing and still_open else _UNFINISHED

    def _fewest_problems(self) -> int:
        """Return the fewest problems the document has with any continuation in the hole.

        What is missing at the cursor counts as repaired: otherwise any text could hide its own errors
        behind the one that was there before.
        """
        if self._best is None:
            found = self._tree.problems
            self._best = len(found)
            if any(map(self._tree.touches_hole, found)):
                left = self._continued("", self._around()[0], 0).left
                self._best = min(self._best, len(found) if left is None else left)
        return self._best

    def _continued(self, text: str, after: Openings, goal: int) -> "_Continued":
        """Try the continuations of ``text`` until one leaves ``goal`` problems or fewer.

        For no text at all it is the one that leaves the fewest; for a text none if none reached the goal.
        """
        closers = missing_closers(after, self._around()[1])
        at_line_start = (self._prefix[-2:] + text[-2:]).endswith(("\n", "\r"))
        probes = continuations(
            self._language, after.quote, closers, self._margin(text), at_line_start=at_line_start
        )
        effort = Effort(PROBE_STEPS_IN_LONG if self._is_long else PROBE_STEPS)
        best = _Continued()
        for number, probe in enumerate(islice(probes, MAX_PROBES)):
            found = self._tree.problems_with(text + probe, effort)
            if effort.left < 0:
                return replace(best, gave_up=True)
            if found is not None and len(found) <= goal:
                return _Continued(probe, len(found), at_once=number == 0)
            if found is not None and not text and (best.left is None or len(found) < best.left):
                best = _Continued(probe, len(found))
        return best

    def _around(self) -> tuple[Openings, Openings]:
        """Return what is open at the cursor, and what the text behind the cursor closes."""
        if self._sides is None:
            before = openings_after(self._language, self._prefix)
            inside = Openings(quote=before.quote)
            self._sides = before, openings_after(self._language, self._suffix, inside)
        return self._sides

    def _margin(self, text: str) -> str:
        """Return the indentation of the last line with text, the text's own or the cursor's line.

        On a blank line it is at least that of the line above, which may wait for its body.
        """
        above, _, partial = self._prefix.replace("\r", "\n").rpartition("\n")
        lines = split_lines(partial + text)
        own = next((indentation(line) for line in reversed(lines) if line.strip()), None)
        if own is not None:
            return own
        last = above.rstrip()
        return max(partial, indentation(last[last.rfind("\n") + 1 :]), key=len)

    def _complaint(self, problems: tuple[Problem, ...]) -> str:
        added = max(1, len(problems) - len(self._tree.problems))
        line = next((p.line for p in problems if self._tree.is_behind(p)), problems[0].line)
        line += self._lines_left_out
        return f"adds {added} error{'s' if added > 1 else ''} at line {line}"


def _length(excerpt: tuple[str, str, HoleTree]) -> int:
    return len(excerpt[0]) + len(excerpt[1])


@dataclass(frozen=True, slots=True)
class _Continued:
    """A continuation and the problems that it leaves, None if there is none.

    ``at_once`` says that it was the first one, ``gave_up`` that more might have been found with more effort.
    """

    probe: str = ""
    left: int | None = None
    at_once: bool = False
    gave_up: bool = False
