"""Reads the user's settings file, for commands that stop at a mistake in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fusionls.settings.names import KnownNames as KnownNames
from fusionls.settings.problems import SettingsError as SettingsError
from fusionls.settings.problems import few
from fusionls.settings.reading import UnusableError, text_of
from fusionls.settings.schema import UserFile
from fusionls.settings.taking import take_user


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's settings and the file they came from (None if there is none)."""

    user: UserFile
    file: Path | None

    @classmethod
    def built_in(cls) -> Self:
        """Return the settings of somebody who has written none."""
        return cls(UserFile(), None)


def load(file: Path, known: KnownNames) -> Settings:
    """Return the settings in ``file``; the built-in ones if it does not exist.

    Raises SettingsError for a file that cannot be read or is not right.
    """
    try:
        text = text_of(file)
    except UnusableError as error:
        at = f"line {error.line}: " if error.line else ""
        raise SettingsError(file, [f"{at}{error}"]) from error
    if text is None:
        return Settings.built_in()
    taken = take_user(file, text, known)
    if taken.problems or taken.block is None:
        raise SettingsError(file, few(taken.problems))
    return Settings(taken.block, file)
