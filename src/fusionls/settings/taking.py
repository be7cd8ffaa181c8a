"""What can be taken from the text of a settings file, and what is wrong with the rest."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from fusionls.settings.checking import checked
from fusionls.settings.names import KnownNames, wrong_names
from fusionls.settings.places import KeyPath, SourceText
from fusionls.settings.problems import Problem
from fusionls.settings.reading import (
    MOST_BYTES,
    MOST_FOREIGN_BYTES,
    UnusableError,
    table_of,
    too_big,
)
from fusionls.settings.schema import (
    Block,
    PolicyFile,
    PrivacyBlock,
    ProjectFile,
    UserFile,
)

B = TypeVar("B", bound=Block, covariant=True)
# Our table in a file of others.
TOOL = ("tool", "fusionls")
# [tool.fusionls], as a header or as a key, or the table [tool] in which it may stand.
NAMES_OUR_TABLE = re.compile(
    r"""^\s*\[?\s*(["']?)tool\1\s*(\]|\.\s*(["']?)fusionls\3\s*[].=])""", re.MULTILINE
)
# What is left after one mistake may show the next; more than this is nobody's mistake.
MOST_LOOKS = 5
USERS_OWN = frozenset(UserFile.model_fields) - frozenset(ProjectFile.model_fields)
ONLY_THE_USER = ": only your own settings file may say this, so it has no effect"
# What it says about privacy cannot be known, so the least is sent.
CLOSED_PROJECT = ProjectFile(privacy=PrivacyBlock(local_only=True))
CLOSED_POLICY = PolicyFile(allowed_hosts=[])
BUILT_IN = "Until this is mended, the built-in settings serve."
LOCAL_ONLY = "Until this is mended, only members on this machine are asked in this project."
NO_HOSTS = "Until this is mended, only members on this machine are asked."
THE_REST = "The rest of it is used."
PROPOSE = "; a project can propose members under [proposed.members]"


@dataclass(frozen=True, slots=True)
class Taken(Generic[B]):
    """What was taken from a text.

    ``block`` is None if the text has no settings at all. If there are problems that are not just refused,
    it holds what could be used beside them, for somebody who has nothing better, and ``instead`` says so.
    """

    block: B | None
    problems: tuple[Problem, ...] = ()
    source: SourceText | None = None
    instead: str = ""

    @property
    def is_good(self) -> bool:
        """Whether there is no mistake in it, beside values that have no effect."""
        return all(problem.refused for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Kind(Generic[B]):
    """A kind of settings file. ``unread`` counts if it cannot be read, and ``instead`` says so."""

    take: Callable[[Path, str], Taken[B]]
    unread: B | None
    instead: str
    most_bytes: int = MOST_BYTES


def user_kind(known: KnownNames) -> Kind[UserFile]:
    """Return what the user's settings file is."""
    return Kind(lambda file, text: take_user(file, text, known), UserFile(), BUILT_IN)


def take_user(file: Path, text: str, known: KnownNames) -> Taken[UserFile]:
    """Take the user's settings: all of them, or none."""
    source = SourceText(file, text)
    try:
        user = checked(UserFile, table_of(text), source)
    except UnusableError as error:
        return Taken(UserFile(), _whole(error), source, BUILT_IN)
    if isinstance(user, list):
        return Taken(UserFile(), tuple(user), source, BUILT_IN)
    problems = tuple(wrong_names(user, known, source))
    return Taken(UserFile() if problems else user, problems, source, BUILT_IN)


def take_policy(file: Path, text: str) -> Taken[PolicyFile]:
    """Take the machine policy. Without a good one, no other machine is allowed."""
    source = SourceText(file, text)
    try:
        policy = checked(PolicyFile, table_of(text), source)
    except UnusableError as error:
        return Taken(CLOSED_POLICY, _whole(error), source, NO_HOSTS)
    if isinstance(policy, list):
        return Taken(CLOSED_POLICY, tuple(policy), source, NO_HOSTS)
    return Taken(policy, (), source)


def take_project(file: Path, text: str) -> Taken[ProjectFile]:
    """Take a project's settings, and leave out what is wrong or not for a project to say."""
    source = SourceText(file, text)
    try:
        return _project(table_of(text), source)
    except UnusableError as error:
        return Taken(CLOSED_PROJECT, _whole(error), source, LOCAL_ONLY)


def take_pyproject(file: Path, text: str) -> Taken[ProjectFile]:
    """Take ``[tool.fusionls]``. A file that has none is not looked at, whatever else may be wrong with it."""
    if "fusionls" not in text or not NAMES_OUR_TABLE.search(text):
        return Taken(None)
    source = SourceText(file, text, TOOL)
    if len(text) > MOST_BYTES:
        return Taken(CLOSED_PROJECT, (Problem(too_big(len(text), MOST_BYTES)),), source, LOCAL_ONLY)
    try:
        tool = table_of(text).get(TOOL[0])
    except UnusableError as error:
        return Taken(CLOSED_PROJECT, _whole(error), source, LOCAL_ONLY)
    if not isinstance(tool, dict) or TOOL[1] not in tool:
        return Taken(None)
    table = tool[TOOL[1]]
    if not isinstance(table, dict):
        said = "tool.fusionls must be a table: write [tool.fusionls]"
        return Taken(CLOSED_PROJECT, (Problem(said),), source, LOCAL_ONLY)
    return _project(table, source)


def _project(table: dict[str, Any], source: SourceText) -> Taken[ProjectFile]:
    problems = []
    for key in [key for key in table if key in USERS_OWN]:
        del table[key]
        said = ONLY_THE_USER + (PROPOSE if key == "members" else "")
        problems.append(Problem(said, (key,), source.line_of((key,)), refused=True))
    for _ in range(MOST_LOOKS):
        project = checked(ProjectFile, table, source)
        if not isinstance(project, list):
            closed = any(problem.path[:1] == ("privacy",) for problem in problems)
            return Taken(project, tuple(problems), source, LOCAL_ONLY if closed else THE_REST)
        # A proposal has no effect anyway: `fusionls adopt` says what is wrong with it.
        problems += [replace(p, refused=p.path[:1] == ("proposed",)) for p in project]
        for problem in reversed(project):
            _leave_out(table, problem.path)
    return Taken(CLOSED_PROJECT, tuple(problems), source, LOCAL_ONLY)


def _leave_out(table: dict[str, Any], path: KeyPath) -> None:
    """Remove what is wrong from a project's ``table``; with a mistake about privacy, little is sent."""
    match path:
        case ("privacy", str(key), int(position)) if isinstance(table["privacy"].get(key), list):
            del table["privacy"][key][position]
            table["privacy"]["local_only"] = True
        case ("privacy", str(key), *_):
            table["privacy"].pop(key, None)
            table["privacy"]["local_only"] = True
        case ("privacy",):
            table["privacy"] = {"local_only": True}
        case (("pools" | "completion" | "refactor" | "languages") as block, str(key), *_):
            table[block].pop(key, None)
        case (str(key), *_):
            table.pop(key, None)


def _whole(error: UnusableError) -> tuple[Problem]:
    return (Problem(str(error), (), error.line),)


PROJECT = Kind(take_project, CLOSED_PROJECT, LOCAL_ONLY)
# What cannot be read may well have nothing to do with us.
PYPROJECT = Kind(take_pyproject, None, "", MOST_FOREIGN_BYTES)
POLICY = Kind(take_policy, CLOSED_POLICY, NO_HOSTS)
