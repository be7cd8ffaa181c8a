"""A project's proposed members, and the way into the user's own settings file.

What is shown is what is copied: the project's file is read once. What it says later has no effect.
"""

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusionls.settings.names import KnownNames, wrong_names_of
from fusionls.settings.places import SourceText
from fusionls.settings.problems import Problem, SettingsError, few
from fusionls.settings.project_folder import ProjectFolder
from fusionls.settings.reading import UnusableError, text_of
from fusionls.settings.resolving import folder_of
from fusionls.settings.schema import MemberBlock, UserFile
from fusionls.settings.taking import take_user

# The file may name keys; nobody else needs to read it.
MODE = 0o600
YOURSELF = "write it into your own settings file yourself, if you want it"
# What a project may not even propose: it runs a program here, reads a file, or changes whom you trust.
NOT_PROPOSED = {
    ("key", "command"): "a project cannot propose a program that runs here",
    ("key", "file"): "a project cannot propose a file of yours as a key",
    ("network",): "a project cannot propose a way into the network",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the project in ``folder`` proposes in ``file``."""

    folder: Path
    file: Path
    members: Mapping[str, MemberBlock]


class AdoptError(Exception):
    """The user's file cannot be changed. The message is a sentence that says what to do."""


def proposal_of(place: Path, known: KnownNames) -> Proposal | None:
    """Return what the project around ``place`` proposes, None if nothing. Raises SettingsError."""
    for folder in (place.absolute(), *place.absolute().parents):
        watched = ProjectFolder(str(folder)).file
        if watched is None:
            continue
        problems = [p for p in watched.problems if p.path[:1] == ("proposed",) or not p.path]
        members = watched.block.proposed.members if watched.block else {}
        if watched.source:
            problems += _refused(members, known, watched.source)
        if problems:
            raise SettingsError(watched.file, few(problems))
        return Proposal(folder, watched.file, members) if members else None
    return None


def _refused(
    members: Mapping[str, MemberBlock], known: KnownNames, source: SourceText
) -> Iterator[Problem]:
    for name, member in members.items():
        at = ("proposed", "members", name)
        yield from wrong_names_of(member, known, source, at)
        written = member.model_dump(exclude_unset=True)
        for path, said in NOT_PROPOSED.items():
            if _has(written, path):
                yield Problem(f": {said}: {YOURSELF}", (*at, *path), source.line_of((*at, *path)))


def _has(table: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return bool(table)


def adopted_before(
    user_file: Path, proposal: Proposal, known: KnownNames
) -> dict[str, MemberBlock]:
    """Return the members that the user's file has for the project already. Raises SettingsError."""
    user = _user(user_file, _text(user_file), known)
    blocks = (b for name, b in user.projects.items() if _is_for(name, proposal.folder))
    return {name: member for block in blocks for name, member in block.members.items()}


def adopt(user_file: Path, proposal: Proposal, known: KnownNames) -> Path:
    """Copy the proposed members into the user's file, and return the file that was written.

    Everything else in it stays as it is, comments too; it is replaced in one step, with the mode it had.
    Raises SettingsError if the file is broken already, AdoptError if it cannot be changed.
    """
    before = _text(user_file)
    _user(user_file, before, known)
    after = _with_members(before, proposal)
    try:
        _user(user_file, after, known)
    except SettingsError as error:
        raise AdoptError(
            f"nothing was changed, it would not be right afterwards: {error}"
        ) from error
    target = Path(os.path.realpath(user_file))
    try:
        _replace(target, after)
    except OSError as error:
        raise AdoptError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _text(file: Path) -> str:
    try:
        return text_of(file) or ""
    except UnusableError as error:
        raise SettingsError(file, [str(error)]) from error


def _user(file: Path, text: str, known: KnownNames) -> UserFile:
    taken = take_user(file, text, known)
    if taken.block is None or not taken.is_good:
        raise SettingsError(file, few(taken.problems))
    return taken.block


def _is_for(name: str, folder: Path) -> bool:
    return os.path.realpath(folder_of(name)) == os.path.realpath(folder)


def _with_members(text: str, proposal: Proposal) -> str:
    """Return the text of the user's file with the proposed members. Raises AdoptError."""
    table = tomllib.loads(text)
    projects = table.setdefault("projects", {})
    name = next((n for n in projects if _is_for(n, proposal.folder)), str(proposal.folder))
    members = {
        member: block.model_dump(mode="json", exclude_unset=True)
        for member, block in proposal.members.items()
    }
    old = projects.setdefault(name, {}).setdefault("members", {})
    old.update(members)
    for write in (_changed, _appended):
        with contextlib.suppress(Exception):
            after = write(text, name, members)
            # A library that writes TOML may have its own mind about odd files: what counts is what is read.
            if tomllib.loads(after) == table:
                return after
    raise AdoptError(
        f'the tables of your settings file do not allow another [projects."{name}".members]:'
        " write each of them under a header of its own"
    )


def _changed(text: str, name: str, members: Mapping[str, Any]) -> str:
    """Return ``text`` with the members put where the project's others are."""
    import tomlkit

    document = tomlkit.parse(text)
    at: Any = document
    for key in ("projects", name, "members"):
        if key not in at:
            at[key] = tomlkit.table(is_super_table=True)
        at = at[key]
    for member, block in members.items():
        at[member] = _table(block)
    return _with_line_ends(tomlkit.dumps(document), text)


def _appended(text: str, name: str, members: Mapping[str, Any]) -> str:
    """Return ``text`` with the members at its end."""
    import tomlkit

    added = tomlkit.document()
    inner = tomlkit.table(is_super_table=True)
    for member, block in members.items():
        inner[member] = _table(block)
    around = tomlkit.table(is_super_table=True)
    around[name] = tomlkit.table(is_super_table=True)
    around[name]["members"] = inner
    added["projects"] = around
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return _with_line_ends(text + gap + tomlkit.dumps(added), text)


def _table(block: Mapping[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.table()
    for key, value in block.items():
        if isinstance(value, dict):
            inline = tomlkit.inline_table()
            inline.update(value)
            table[key] = inline
        else:
            table[key] = value
    return table


def _with_line_ends(text: str, like: str) -> str:
    """Return ``text`` with the line ends of ``like``."""
    text = text.replace("\r\n", "\n")
    return text.replace("\n", "\r\n") if "\r\n" in like else text


def _replace(target: Path, text: str) -> None:
    """Put ``text`` in the place of ``target`` in one step, with the mode that it had. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = target.stat().st_mode & 0o777 if target.exists() else MODE
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".config-", suffix=".toml")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(descriptor)
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
