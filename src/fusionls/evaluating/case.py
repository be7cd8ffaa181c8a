"""A place in a document, and what would be right there."""

from dataclasses import dataclass

from fusionls.core.agreement import class_key
from fusionls.core.languages import language_for
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot, fold_blanks, lines_with_ends


@dataclass(frozen=True, slots=True)
class Case:
    """A document with a hole between ``prefix`` and ``suffix``, and the ``gold`` text that stood in it.

    ``group`` is what cases are put together by in the report. ``test`` is a program text that tells whether
    an answer is right, with the name of what it calls in ``entry_point``; without one an answer is right
    if it is ``gold``: of a ``first_line`` case only as far as the first line goes.
    """

    id: str
    group: str
    uri: str
    language: str
    prefix: str
    suffix: str
    gold: str
    test: str = ""
    entry_point: str = ""
    first_line: bool = False

    @property
    def request(self) -> CompletionRequest:
        """What an editor would ask here: by hand where several lines are wanted, else as while typing."""
        language = language_for(self.language, self.uri)
        name = language.ids[0] if language else self.language
        document = DocumentSnapshot(self.uri, name, 1, self.prefix + self.suffix)
        several = len(lines_with_ends(self.gold.strip("\r\n"))) > 1
        trigger = Trigger.MANUAL if several else Trigger.AUTOMATIC
        return CompletionRequest(self.id, document, len(self.prefix), trigger)

    def is_exact(self, text: str | None) -> bool:
        """Tell whether ``text`` is what stood there, white space folded."""
        if text is None:
            return False
        if self.first_line:
            return class_key(text) == class_key(self.gold)
        return fold_blanks(text) == fold_blanks(self.gold)

    def in_lines(self, text: str) -> str:
        """Return ``text`` as it stands in the document: cut out lines have their end, answers lack it."""
        cut_out = self.gold.endswith("\n") and self.prefix.endswith("\n")
        return f"{text}\n" if cut_out and not text.endswith("\n") else text
