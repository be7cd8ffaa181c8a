"""What an instructed edit starts from, and what a member makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a file that is to be edited: from ``start`` to ``end`` (code points), whole definitions.

    ``names`` are the definitions in it, outermost first, as ``Class.method``; none is the whole file.
    """

    file: str
    start: int
    end: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditTask:
    """What is to be done. ``files`` are the texts before, by name; only these may be edited.

    ``languages`` are the names of their languages, "" where there is no grammar. ``scopes`` are what was
    shown to the models for editing; the first is where the person asked. ``selected`` is the selection in
    the first one's file (code points).
    """

    files: Mapping[str, str]
    languages: Mapping[str, str]
    instruction: str
    scopes: tuple[Scope, ...]
    selected: tuple[int, int] | None = None
    refactoring: str = "rewrite"


class Format(StrEnum):
    """How a model gave its edit."""

    DEFINITION = "definition"
    FILE = "file"
    BLOCKS = "blocks"
    DIFF = "diff"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The files as ``member`` wants them. Files that stay as they are are not in ``after``.

    ``sample`` counts the answers of one member from 0. ``format`` is how it answered, ``notes`` what had to
    be done to read it, in words.
    """

    member: str
    sample: int
    after: Mapping[str, str]
    format: Format = Format.DEFINITION
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that is no edit, and why in a sentence for people, without code."""

    member: str
    sample: int
    why: str


@dataclass(frozen=True, slots=True)
class EditVerdict:
    """What the gate says. ``why`` names every rule that was broken, ``doubts`` weigh against what passes."""

    passes: bool
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal and its verdict. ``weight`` is the measured pass rate of its member (0 to 1)."""

    proposal: Proposal
    verdict: EditVerdict
    weight: float = 0.5


@dataclass(frozen=True, slots=True)
class EditChoice:
    """What was chosen, and how sure. ``order`` are all that passed, best first; ``why`` is said in words."""

    chosen: Judged | None
    why: str
    order: tuple[Judged, ...] = ()
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Hunk:
    """A change of ``file`` from ``start`` to ``end`` (code points of the text before) to ``text``.

    ``members`` want it, ``unsure`` says that a person should confirm it, and ``why`` for what reason.
    """

    file: str
    start: int
    end: int
    text: str
    members: tuple[str, ...] = ()
    unsure: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """What is offered: hunks in order, none overlapping, and those that were left out and why.

    ``after`` are the files with the hunks applied. ``merged`` says whether anything of another member than
    the chosen one's is in it, ``around`` which candidate it was made around, None where nothing is offered.
    """

    hunks: tuple[Hunk, ...]
    after: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[Hunk, ...] = ()
    merged: bool = False
    around: Judged | None = None
