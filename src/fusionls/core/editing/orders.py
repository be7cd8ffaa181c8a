"""What passes between who asks the members and the desk where their answers are read and fused.

The desk runs in a process of its own: a text that a model wrote to harm may take a parser down, and nobody
who types ever waits for one. Everything here can be written as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.editing.edit import Format, Hunk
from fusionls.core.refactoring import Reported


class Style(StrEnum):
    """How a member is told what to do: in a chat, or by a text whose end it continues."""

    CHAT = "chat"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class EditOrder:
    """What is to be done. ``files`` are the texts by name, ``languages`` the editor's ids of their languages.

    ``start`` and ``end`` are code points of ``first``, the file asked in. ``created`` are files that do not
    exist.
    """

    files: Mapping[str, str]
    languages: Mapping[str, str]
    first: str
    start: int
    end: int
    instruction: str
    refactoring: str = "rewrite"
    diagnostics: tuple[Reported, ...] = ()
    created: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """The task as it is asked with. ``refusal`` is why it cannot be done, in a sentence for people, else "".

    ``title`` says what is done, for a progress bar and for annotations; ``length`` is how much code is
    shown for editing (code points); ``language`` is the name of the first file's language.
    """

    title: str
    language: str
    length: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class PromptOrder:
    """How a member is asked.

    ``tokens`` is how much its model can take, question and answer together, 0 where nobody knows; ``share``
    (0 to 1) is how much of the usual surroundings it is shown. ``redacts``: it is on another machine and
    sees no secrets. ``special_tokens`` are its family's. ``sample`` counts from 0; the first one is its
    likeliest answer.
    """

    style: Style
    format: Format = Format.DEFINITION
    sample: int = 0
    share: float = 1.0
    tokens: int = 0
    redacts: bool = False
    special_tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """An answer of ``member``. ``weight`` is its prior, how often its edits are right (0 to 1).

    ``redacted``: what it was shown had its secrets taken out, and the answer gets them back.
    """

    member: str
    sample: int
    text: str
    weight: float = 0.5
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer is worth. Answers of one ``klass`` do the same; it is "" for one that is no edit.

    ``why`` is what is wrong with it, ``doubts`` what weighs against it, in words without code. ``format``
    is how it came, "" where nobody can tell.
    """

    member: str
    sample: int
    passes: bool
    klass: str = ""
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    format: str = ""
    weight: float = 0.5


@dataclass(frozen=True, slots=True)
class EditClass:
    """Answers that do the same, as (member, sample), and the score that they were chosen by."""

    klass: str
    answers: tuple[tuple[str, int], ...]
    score: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is offered, and why. No hunks: nothing is. ``classes`` are those that passed, best first."""

    hunks: tuple[Hunk, ...]
    dropped: tuple[Hunk, ...] = ()
    why: str = ""
    chosen: tuple[str, int] | None = None
    merged: bool = False
    classes: tuple[EditClass, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebased:
    """The hunks in a newer version of the files. ``refusal`` is why they do not fit there, else ""."""

    hunks: tuple[Hunk, ...]
    refusal: str = ""
