"""What an editor asks for."""

from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.text import DocumentSnapshot


class Trigger(StrEnum):
    """Why a completion was asked for."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Extent(StrEnum):
    """How much text a completion may bring: the rest of one line, or a block of lines."""

    LINE = "line"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """Another document that is open in the editor, as a source of context."""

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
        """The text before the cursor."""
        return self.document.text[: self.offset]

    @property
    def suffix(self) -> str:
        """The text after the cursor."""
        return self.document.text[self.offset :]
