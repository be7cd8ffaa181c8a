"""The parse gate: does a text add errors to the document?

Documents that are being typed in are usually broken, so the question is never "does it parse". The
errors of the document with the text are compared with those of the document without it, and where
they are more, a short list of continuations tells a text that is only unfinished from a broken one
(docs/architecture.md, "Validate").
"""

from itertools import islice

from fusionls.core.candidate import Gate, Verdict
from fusionls.core.continuations import continuations
from fusionls.core.language import Language
from fusionls.core.openings import Openings, missing_closers, openings_after
from fusionls.core.syntax import Effort, HoleTree, Problem, TooLargeError
from fusionls.core.text import indentation, line_end_of, lines_with_ends, split_lines

# The longest list of continuations that a language makes is a little shorter; a bound all the same.
MAX_PROBES = 30
# All probes of one text together: about 15 ms. Those that save a text are nearly always the first.
PROBE_STEPS = 900
# How often a broken text may be cut and parsed again. Most are saved by the first cuts.
MAX_CUTS = 12
# Answers are a few lines. Longer ones are cut before they come here, and a hostile one is not parsed.
MAX_CODE_POINTS = 65_536
# Line ends are looked for this near (code points).
_NEAR = 2_000

_VALID = Verdict(Gate.VALID)
_UNFINISHED = Verdict(Gate.INCOMPLETE, "needs more text behind it")


class Hole:
    """The place where a text would go, with everything that is asked once per document version.

    Effectively immutable: ``check`` answers the same for the same text, and remembers it. ``why`` says
    in words why nothing can be checked here, and is empty if it can. Made by ``open_hole``.
    """

    __slots__ = ("_ground", "_known", "why")

    def __init__(self, ground: "_Ground | None", why: str) -> None:
        self._ground = ground
        self._known: dict[str, Verdict] = {}
        self.why = why

    def check(self, text: str) -> Verdict:
        """Return whether ``text`` adds errors, and if so whether it is only unfinished."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._judged(text)
        return known

    def look_ahead(self) -> None:
        """Find out now what every ``check`` will ask, so that it is known when answers come."""
        if self._ground is not None:
            self._ground.look_ahead()

    def endings(self, text: str) -> tuple[str, ...]:
        """Return what ``text`` may lack at its end, at most two guesses: closers on its line or below."""
        return () if self._ground is None else self._ground.endings(text)

    def _judged(self, text: str) -> Verdict:
        if self._ground is None:
            return Verdict(Gate.UNCHECKED, self.why)
        if len(text) > MAX_CODE_POINTS:
            return Verdict(Gate.UNCHECKED, "answer too long to parse")
        return self._ground.judge(text)


def open_hole(
    language: Language | None, prefix: str, suffix: str, earlier: Hole | None = None
) -> Hole:
    """Return the hole between ``prefix`` and ``suffix``; the document is parsed once, here.

    ``earlier``, a hole of an earlier version of the same document, makes that parse incremental and
    changes nothing else.
    """
    if language is None:
        return Hole(None, "no grammar for this language")
    before = earlier._ground.tree if earlier is not None and earlier._ground is not None else None
    try:
        tree = HoleTree(language, prefix, suffix, before)
    except TooLargeError:
        return Hole(None, "file over 1 MB")
    return Hole(_Ground(language, prefix, suffix, tree), "")


def cut_back(hole: Hole, text: str) -> str:
    """Return the longest start of ``text`` in whole lines that is not broken, ``""`` if there is none.

    The last line end of what is left is dropped with the line behind it. In texts of more lines than
    ``MAX_CUTS`` only every so many lines are tried.
    """
    if hole.check(text).gate is not Gate.BROKEN:
        return text
    lines = lines_with_ends(text)
    step = -(-len(lines) // MAX_CUTS)
    for count in range(len(lines) - 1, 0, -step):
        kept = "".join(lines[:count]).rstrip("\r\n")
        if kept.strip() and hole.check(kept).gate is not Gate.BROKEN:
            return kept
    return ""


class _Ground:
    """A document that can be parsed, with a hole in it."""

    __slots__ = ("_best", "_language", "_prefix", "_sides", "_suffix", "tree")

    def __init__(self, language: Language, prefix: str, suffix: str, tree: HoleTree) -> None:
        self.tree = tree
        self._language = language
        self._prefix = prefix
        self._suffix = suffix
        self._sides: tuple[Openings, Openings] | None = None
        self._best: int | None = None

    def look_ahead(self) -> None:
        # In a document without problems a good answer leaves none, and nothing more is asked.
        if self.tree.problems:
            self._fewest_problems()

    def judge(self, text: str) -> Verdict:
        problems = self.tree.problems_with(text)
        if problems is None:
            return Verdict(Gate.UNCHECKED, "the parser gave up")
        if not problems or len(problems) <= self._fewest_problems():
            return _VALID
        return self._probed(text, problems)

    def endings(self, text: str) -> tuple[str, ...]:
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
        first, number = self._fewest_with_more(text, after, self._fewest_problems())
        if number is None:
            return Verdict(Gate.BROKEN, self._complaint(problems))
        still_open = len(missing_closers(after, behind))
        opened_nothing = not after.quote and still_open <= len(missing_closers(before, behind))
        # What was open before the text, and still is, says nothing against the text.
        return _VALID if first and opened_nothing and still_open else _UNFINISHED

    def _fewest_problems(self) -> int:
        """Return the fewest problems the document has with any continuation in the hole.

        What is missing at the cursor counts as repaired: otherwise any text could hide its own errors
        behind the one that was there before.
        """
        if self._best is None:
            found = self.tree.problems
            self._best = len(found)
            if any(map(self.tree.touches_hole, found)):
                _, repaired = self._fewest_with_more("", self._around()[0], 0)
                self._best = min(self._best, len(found) if repaired is None else repaired)
        return self._best

    def _fewest_with_more(self, text: str, after: Openings, goal: int) -> tuple[bool, int | None]:
        """Try the continuations of ``text`` until one leaves ``goal`` problems or fewer.

        Returns whether the first of them did, and the problems that it left. For no text at all it is
        the fewest seen; for a text it is None if none reached the goal.
        """
        closers = missing_closers(after, self._around()[1])
        at_line_start = (self._prefix[-2:] + text[-2:]).endswith(("\n", "\r"))
        probes = continuations(
            self._language, after.quote, closers, self._margin(text), at_line_start=at_line_start
        )
        effort = Effort(PROBE_STEPS)
        fewest: int | None = None
        for number, probe in enumerate(islice(probes, MAX_PROBES)):
            found = self.tree.problems_with(text + probe, effort)
            if effort.left < 0:
                break
            if found is not None and len(found) <= goal:
                return number == 0, len(found)
            if found is not None and not text:
                fewest = len(found) if fewest is None else min(fewest, len(found))
        return False, fewest

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
        added = max(1, len(problems) - len(self.tree.problems))
        line = next((p.line for p in problems if self.tree.is_behind(p)), problems[0].line)
        return f"adds {added} error{'s' if added > 1 else ''} at line {line}"
