"""The parse gate: does a text add errors to the document?

Documents that are being typed in are usually broken, so the question is never "does it parse". The
errors of the document with the text are compared with those of the document without it, and where
they are more, a short list of continuations tells a text that is only unfinished from a broken one
(docs/architecture.md, "Validate").
"""

from collections.abc import Callable

from fusionls.core.candidate import Gate, Verdict
from fusionls.core.ground import Ground
from fusionls.core.language import Language
from fusionls.core.scopes.binding import NO_SCOPES, ScopedHole, open_scopes
from fusionls.core.syntax import TooLargeError
from fusionls.core.text import lines_with_ends

# Answers are a few lines. Longer ones are cut before they come here, and a hostile one is not parsed.
MAX_CODE_POINTS = 65_536
# In 2,000 lines the names of five answers cost 10 ms, twice as much as judging and choosing them otherwise.
# 99 in 100 recorded cases are shorter than this.
MOST_FOR_SCOPES = 16_000


class Hole:
    """The place where a text would go, with everything that is asked once per document version.

    Effectively immutable: ``check`` answers the same for the same text, and remembers it. ``why`` says
    in words why nothing can be checked here, and is empty if it can. Made by ``open_hole``.
    """

    __slots__ = ("_ground", "_known", "_open_scopes", "_scopes", "why")

    def __init__(
        self,
        ground: Ground | None,
        why: str,
        open_scopes: Callable[[], ScopedHole] = lambda: NO_SCOPES,
    ) -> None:
        self._ground = ground
        self._known: dict[str, Verdict] = {}
        self._open_scopes = open_scopes
        self._scopes: ScopedHole | None = None
        self.why = why

    @property
    def scopes(self) -> ScopedHole:
        """The names of the document; the tables are built when somebody asks for the first time."""
        if self._scopes is None:
            self._scopes = self._open_scopes()
        return self._scopes

    def check(self, text: str) -> Verdict:
        """Return whether ``text`` adds errors, and if so whether it is only unfinished."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._judged(text)
        return known

    def fits(self, text: str) -> bool:
        """Return whether ``check`` says valid, for at most one parse."""
        known = self._known.get(text)
        if known is not None:
            return known.gate is Gate.VALID
        return self._ground is not None and self._ground.is_plainly_valid(text)

    def accepts(self, text: str) -> bool:
        """Return False where the language itself takes the document without ``text`` and not with it.

        It is asked about what will be shown. As a vote it says nothing: 54 % of the valid answers that Python
        does not take are right but for a line end or a margin, and 52 % of the others.
        """
        return self._ground is None or self._ground.accepts(text)

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
    try:
        ground = Ground(language, prefix, suffix, earlier._ground if earlier else None)
    except TooLargeError:
        return Hole(None, "file over 1 MB")
    if len(prefix) + len(suffix) > MOST_FOR_SCOPES:
        return Hole(ground, "")
    before = earlier._scopes if earlier else None
    return Hole(ground, "", lambda: open_scopes(language, prefix, suffix, ground.whole, before))


def cut_back(hole: Hole, text: str) -> str:
    """Return the longest start of ``text`` in whole lines that is not broken, ``""`` if there is none.

    The last line end of what is left is dropped with the line behind it. It is looked for by halves, as if
    every text behind a broken one were broken: so a text of 500 lines costs nine verdicts.
    """
    if hole.check(text).gate is not Gate.BROKEN:
        return text
    lines = lines_with_ends(text)
    good, broken = 0, len(lines)
    while broken - good > 1:
        middle = (good + broken) // 2
        if hole.check(_head(lines, middle)).gate is Gate.BROKEN:
            broken = middle
        else:
            good = middle
    kept = _head(lines, good)
    return kept if kept.strip() else ""


def _head(lines: list[str], count: int) -> str:
    return "".join(lines[:count]).rstrip("\r\n")
