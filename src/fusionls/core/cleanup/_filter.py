"""What a clean-up filter is, and what it knows."""

from collections.abc import Callable
from dataclasses import dataclass

from fusionls.core.cleanup._brackets import surplus_closers
from fusionls.core.language import Language
from fusionls.core.request import Extent


@dataclass(frozen=True, slots=True)
class CleaningContext:
    """Where an answer is to be inserted, and what its prompt was like.

    ``withheld`` are the blanks that stand before the cursor but were kept out of the prompt, and
    ``special_tokens`` those of the family that asked.
    """

    prefix: str
    suffix: str
    extent: Extent = Extent.BLOCK
    withheld: str = ""
    special_tokens: tuple[str, ...] = ()
    language: Language | None = None

    @property
    def partial(self) -> str:
        """The text of the cursor's line before the cursor."""
        start = self.prefix.rfind("\n") + 1
        return self.prefix[max(start, self.prefix.rfind("\r", start) + 1) :]

    @property
    def rest(self) -> str:
        """The text of the cursor's line behind the cursor, without the line end."""
        end = self.suffix.find("\n")
        line = self.suffix if end < 0 else self.suffix[:end]
        return line.partition("\r")[0]

    @property
    def at_seam(self) -> bool:
        """Whether the line before the cursor is over and the line behind it has not begun.

        A line end is missing between them then. ``if (a) {|b}`` is no such place: it closes what it opened.
        """
        partial, rest = self.partial.rstrip()[-_REACH:], self.rest[:_REACH]
        if not partial or not rest.strip():
            return False
        if rest.startswith(("\t", "  ")):
            return True
        if surplus_closers(rest):
            return False
        mark = self.language.line_comment if self.language else ""
        commented = bool(mark) and mark in (partial.lstrip()[: len(mark)], rest[: len(mark)])
        return commented or partial.endswith(_LINE_IS_OVER)


# Only what stands next to the cursor tells; a line may be a megabyte long.
_REACH = 2_000
_LINE_IS_OVER = (";", "{", "}", ":", "*/")


@dataclass(frozen=True, slots=True)
class Filter:
    """One rule of cleaning. ``apply`` returns the text to go on with; ``""`` rejects the answer.

    Filters run in the order of ``position``. Each is total, changes only what its rule is about, and
    finds nothing more to do in what it returns.
    """

    name: str
    position: int
    apply: Callable[[str, CleaningContext], str]
