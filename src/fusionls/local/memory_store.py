"""The memory with its texts. Importing this loads numpy: it is done when a memory is first used."""

from collections.abc import Generator

from fusionls.core.memory.memory import Answer, Memory, Question
from fusionls.core.memory.open_text import OpenText
from fusionls.core.memory.segment import Segment, SegmentBuilder
from fusionls.core.memory.shelf import Shelf
from fusionls.core.text import DocumentSnapshot

# A segment of so many tokens, some 100,000 lines, is sorted within 60 ms.
FULL = 1_000_000
# Documents up to so many lines are cut into tokens at once, which takes 3 ms, longer ones in steps.
SHORT = 500


class MemoryStore:
    """Everything that is remembered, by name. All methods are quick; the generators in their steps."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._shelf = Shelf(self._memory)

    def opened(self, name: str, snapshot: DocumentSnapshot) -> Generator[None, None, None]:
        """Take in an open document, in steps of two milliseconds."""
        vocabulary = self._memory.vocabulary
        if snapshot.line_count <= SHORT:
            text = OpenText(vocabulary, snapshot)
        else:
            text = yield from OpenText.in_steps(vocabulary, snapshot)
        self._shelf.open(text, name)

    def followed(self, name: str, snapshot: DocumentSnapshot) -> bool:
        """Take in a later version of an open document; False if it was not taken in yet."""
        text = self._memory.open.get(name)
        if text is None:
            return False
        if text.snapshot is not snapshot:
            text.follow(snapshot)
        return True

    def closed(self, name: str) -> None:
        """Let the text count again that was read from the disk."""
        self._shelf.close(name)

    def builder(self) -> SegmentBuilder:
        """Return what takes in texts in steps of two milliseconds.

        When it ``is_full``, and at the end, its ``segment()`` may run in another thread, and what that
        returns is to be given to ``add``.
        """
        return SegmentBuilder(self._memory.vocabulary)

    def is_full(self, builder: SegmentBuilder) -> bool:
        """Tell whether ``builder`` holds enough for a segment."""
        return builder.size >= FULL

    def add(self, segment: Segment) -> None:
        """Let the texts of ``segment`` be found, in the place of earlier ones of their names."""
        self._shelf.add(segment)
        self._shelf.tidy()

    def remove(self, name: str) -> None:
        """Let the text ``name``, or those in a folder of that name, not be found any more."""
        if name in self._shelf:
            self._shelf.remove(name)
        else:
            self._shelf.remove_under(name)

    def remove_under(self, folder: str) -> None:
        """Let no text in ``folder`` be found any more."""
        self._shelf.remove_under(folder)

    def answer(
        self, before: str, name: str, line: int, least: float, *, whole: bool, block: bool
    ) -> Answer | None:
        """Return the best continuation, None if none is right with at least the probability ``least``.

        What the arguments mean is said in ``Question``.
        """
        self._shelf.used(name)
        return self._memory.answer(Question(before, name, line, whole, block), least)
