"""What a clean-up filter is, and what it knows."""

from collections.abc import Callable
from dataclasses import dataclass

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
        return self.prefix[max(self.prefix.rfind("\n"), self.prefix.rfind("\r")) + 1 :]

    @property
    def rest(self) -> str:
        """The text of the cursor's line behind the cursor, without the line end."""
        ends = [at for at in (self.suffix.find("\n"), self.suffix.find("\r")) if at >= 0]
        return self.suffix[: min(ends)] if ends else self.suffix


@dataclass(frozen=True, slots=True)
class Filter:
    """One rule of cleaning. ``apply`` returns the text to go on with; ``""`` rejects the answer.

    Filters run in the order of ``position``. Each is total, changes only what its rule is about, and
    finds nothing more to do in what it returns.
    """

    name: str
    position: int
    apply: Callable[[str, CleaningContext], str]
