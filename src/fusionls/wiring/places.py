"""Where the pools get the settings of a document's project from."""

from pathlib import Path
from typing import Protocol

from fusionls.settings.resolved import Settings


class SettingsPlace(Protocol):
    """Knows the settings of a document's project."""

    @property
    def generation(self) -> int:
        """Changes when any settings may have changed."""

    def settings_for(self, document: Path | None, workspace_folder: Path | None = None) -> Settings:
        """Return them. Never raises."""

    def news(self) -> tuple[str, ...]:
        """Return what is wrong with the files, in sentences, each of them once."""


class Unchanging:
    """The same settings for every document."""

    generation = 0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def settings_for(self, document: Path | None, workspace_folder: Path | None = None) -> Settings:
        """Return the settings."""
        return self._settings

    def news(self) -> tuple[str, ...]:
        """Nothing ever happens."""
        return ()
