"""What an editor asks to have changed, and what it gets."""

from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.editing.edit import Hunk
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import Trace


class EditTrigger(StrEnum):
    """How an edit was asked for."""

    COMMAND = "command"
    ACTION = "code action"
    SHELL = "command line"


@dataclass(frozen=True, slots=True)
class Reported:
    """A diagnostic that the client sent: where (code points of the first file), and its message."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class EditFile:
    """A file that the person named, as it is now; only such files are ever edited.

    ``name`` is what models and people read: its path in the workspace folder. ``exists`` is False for one
    that the edit may create; its text is empty.
    """

    name: str
    document: DocumentSnapshot
    exists: bool = True


@dataclass(frozen=True, slots=True)
class RefactorRequest:
    """An edit wanted at ``start`` to ``end`` (code points) of the first of ``files``.

    ``id`` is unique in one server. ``instruction`` is what the person wrote, "" where ``refactoring``, the
    name of one of ``core/refactorings``, says it all.
    """

    id: str
    files: tuple[EditFile, ...]
    start: int
    end: int
    instruction: str = ""
    refactoring: str = "rewrite"
    trigger: EditTrigger = EditTrigger.COMMAND
    diagnostics: tuple[Reported, ...] = ()

    @property
    def first(self) -> EditFile:
        """The file that the person asked in."""
        return self.files[0]


@dataclass(frozen=True, slots=True)
class EditSuggestion:
    """The answer: hunks in order, none overlapping, in code points of ``files``.

    ``files`` are the request's, or newer versions of them where they changed meanwhile.

    ``dropped`` are hunks that were left out, each with its reason. ``refusal`` is why nothing is offered,
    in a sentence for people, "" where something is. ``title`` says in a few words what is done. ``failed``
    says that every member that was asked failed, or that there was no time to ask one, ``declined`` that
    nobody was to be asked.
    """

    request: RefactorRequest
    trace: Trace
    files: tuple[EditFile, ...] = ()
    hunks: tuple[Hunk, ...] = ()
    dropped: tuple[Hunk, ...] = ()
    title: str = ""
    refusal: str = ""
    failed: bool = False
    declined: bool = False
