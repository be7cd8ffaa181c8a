"""Reads the user's settings file into values; every mistake in it becomes one clear sentence."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from fusionls.settings.schema import UserFile


class SettingsError(Exception):
    """The settings cannot be used. ``problems`` are sentences: what, where, what to do."""

    def __init__(self, file: Path, problems: list[str]) -> None:
        super().__init__(f"{file}: " + "; ".join(problems))
        self.file = file
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's settings and the file they came from (None if there is none)."""

    user: UserFile
    file: Path | None

    @classmethod
    def built_in(cls) -> Self:
        """Return the settings of somebody who has written none."""
        return cls(UserFile(), None)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that settings may point at beside their own: registries and installed models."""

    wires: frozenset[str]
    families: frozenset[str]
    models: frozenset[str]


def load(file: Path, known: KnownNames) -> Settings:
    """Return the settings in ``file``; the built-in ones if it does not exist.

    Raises SettingsError for a file that cannot be read or is not right.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings.built_in()
    except UnicodeDecodeError as error:
        raise SettingsError(file, ["it is not UTF-8 text: save it as UTF-8"]) from error
    except OSError as error:
        raise SettingsError(file, [f"it cannot be read: {error.strerror}"]) from error
    try:
        user = UserFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file, [f"it is not valid TOML: {error}"]) from error
    except ValidationError as error:
        raise SettingsError(file, [_sentence(dict(e), text) for e in error.errors()]) from error
    problems = list(_wrong_names(user, known, text))
    if problems:
        raise SettingsError(file, problems)
    return Settings(user, file)


def key_of(env: str) -> str:
    """Return the key in the environment variable ``env``, or "" if it is not set."""
    return os.environ.get(env, "").strip()


def _wrong_names(user: UserFile, known: KnownNames, text: str) -> Iterator[str]:
    """Yield a sentence for every name that points at nothing."""
    for name, member in user.members.items():
        at = _line_of(text, f"members.{name}")
        if member.wire not in known.wires:
            yield f"{at}members.{name}.wire is {member.wire!r}: use one of {_list(known.wires)}"
        if member.family and member.family not in known.families:
            choices = _list(known.families)
            yield f"{at}members.{name}.family is {member.family!r}: use one of {choices}"
    names = known.models | set(user.members)
    for name, pool in user.pools.items():
        at = _line_of(text, f"pools.{name}")
        for unknown in sorted(set(pool.members) - names):
            yield f"{at}pools.{name} names {unknown!r}: use members of {_list(names)}"
    wanted = user.completion.pool
    if wanted != "default" and wanted not in user.pools:
        at = _line_of(text, "completion")
        yield f"{at}completion.pool is {wanted!r}: add [pools.{wanted}]"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "(none)"


def _sentence(error: dict[str, Any], text: str) -> str:
    path = ".".join(str(part) for part in error["loc"])
    table = ".".join(str(part) for part in error["loc"][:2])
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "this key is not known: check its spelling"
    return f"{_line_of(text, table)}{path}: {message}"


def _line_of(text: str, table: str) -> str:
    """Return "line N: " for the header of ``table`` if it stands in ``text``, else ""."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip().replace('"', "").startswith((f"[{table}]", f"[{table.split('.')[0]}]")):
            return f"line {number}: "
    return ""
