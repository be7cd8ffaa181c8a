"""What a refactoring is: when it is offered, what models are told, and how their answers are read."""

from collections.abc import Callable
from dataclasses import dataclass

from fusionls.core.editing.edit import EditTask, Proposal, Unreadable


@dataclass(frozen=True, slots=True)
class Where:
    """What is known at a place without parsing: it is asked for with every move of a cursor.

    ``language`` is the name of its language, "" where there is no grammar. ``selected`` is the selected text,
    ``word`` the word around the cursor or the selection if that is one word, ``line`` the line of the
    selection's start, and ``reported`` the messages of the diagnostics there.
    """

    language: str
    selected: str = ""
    word: str = ""
    line: str = ""
    reported: tuple[str, ...] = ()


# Returns why an edit is not what was promised, "" if it is. Total.
Check = Callable[[EditTask, Proposal], str]
# Reads the answer of a member (name, number of the sample from 0, text) to a task. Total.
Read = Callable[[EditTask, str, int, str], Proposal | Unreadable]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a refactoring does with a task and its answers; None for the usual.

    ``prepare`` is told the task with its scopes and returns the task as it is asked with, or why it cannot
    be done here, in a sentence for people; it may parse. ``read`` reads an answer, ``check`` looks at what
    was read.
    """

    prepare: Callable[[EditTask], EditTask | str] | None = None
    read: Read | None = None
    check: Check | None = None


def _no_target(_file: str) -> str:
    return ""


def _no_lead(_where: Where) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, slots=True)
class Refactoring:
    """One way to change code.

    ``kind`` is a code action kind of the protocol. ``title`` returns what a menu shows, "" where it is not
    offered, and ``instruction`` what models are told. Both are cheap and total. ``rules`` returns how it
    is prepared and read, and imports that: a server lists refactorings, and never reads an answer itself.
    ``answer`` says in which form models shall answer, "" for the usual form; ``most_tokens`` is how long
    such an answer may be, 0 for as long as the scopes ask for. ``target`` names a further file that is
    written, from the name of the one asked in; "" for none. ``lead`` serves models that only go on with a
    text: what is said before such an answer, and the beginning of the answer itself. ``gives_way``: what
    it says counts only where the person wrote no instruction. ``at_reports``: what is edited is around the
    diagnostics in the selection, and not all of it.
    """

    name: str
    kind: str
    title: Callable[[Where], str]
    instruction: Callable[[Where], str]
    rules: Callable[[], Rules] = Rules
    answer: str = ""
    most_tokens: int = 0
    target: Callable[[str], str] = _no_target
    lead: Callable[[Where], tuple[str, str]] = _no_lead
    gives_way: bool = False
    at_reports: bool = False
