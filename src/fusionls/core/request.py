"""What an editor asks for."""

from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.text import DocumentSnapshot


class Trigger(StrEnum):
    """Why a completion was asked for."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Extent(StrEnum):
    """How much text a completion may bring.

    The rest of one line; the body of a block that was just opened; or a block of lines, by hand.
    """

    LINE = "line"
    BODY = "body"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """Another document that is open in the editor, as a source of context.

    Of a long document ``text`` is the beginning, as much of it as is ever looked at.
    """

    uri: str
    language_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A completion wanted at ``offset`` (code points) of ``document``.

    ``id`` is unique in one server; ``surface`` says which feature of the editor asked, because a newer
    request supersedes only older ones of the same document and surface.
    """

    id: str
    document: DocumentSnapshot
    offset: int
    trigger: Trigger
    surface: str = "inline"
    open_documents: tuple[OpenDocument, ...] = ()

    @property
    def prefix(self) -> str:
        """All the text before the cursor; ``before`` gives a piece of it for less."""
        return self.document.slice(0, self.offset)

    @property
    def suffix(self) -> str:
        """All the text after the cursor; ``after`` gives a piece of it for less."""
        return self.document.slice(self.offset, self.document.length)

    def before(self, length: int) -> str:
        """Return the last ``length`` code points before the cursor."""
        return self.document.slice(self.offset - length, self.offset)

    def after(self, length: int) -> str:
        """Return the first ``length`` code points after the cursor."""
        return self.document.slice(self.offset, self.offset + length)
