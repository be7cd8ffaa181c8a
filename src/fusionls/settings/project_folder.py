"""A folder that may have settings for the documents below it."""

import os
import time
from pathlib import Path

from fusionls.settings.schema import ProjectFile
from fusionls.settings.taking import PROJECT, PYPROJECT
from fusionls.settings.watching import FRESH_NS, WatchedFile

OWN_FILE = ".fusionls.toml"
PYPROJECT_FILE = "pyproject.toml"
# A file that appears changes the time of its folder, so most folders are looked at instead of the two files
# that they do not have. Where a file system does not keep that promise, this is how late a file is seen.
LOOK_CLOSELY_NS = 1_000_000_000


class ProjectFolder:
    """A folder and its files: ``.fusionls.toml`` counts, else ``[tool.fusionls]`` of ``pyproject.toml``."""

    def __init__(self, path: str) -> None:
        """Look at the files for the first time."""
        self.path = path
        self._own: WatchedFile[ProjectFile] = WatchedFile(Path(path, OWN_FILE), PROJECT)
        self._pyproject: WatchedFile[ProjectFile] = WatchedFile(
            Path(path, PYPROJECT_FILE), PYPROJECT
        )
        self.files = (self._own, self._pyproject)
        self._seen = 0
        self._look_closely_at = 0
        self._there: tuple[WatchedFile[ProjectFile], ...] = ()
        self.look(time.monotonic_ns())

    def look(self, now_ns: int) -> bool:
        """Read what has changed, and tell whether that may change the settings. Never raises."""
        try:
            changed = os.stat(self.path).st_mtime_ns  # noqa: PTH116 - Path costs more
        except (OSError, ValueError):
            changed = -1
        if changed == self._seen and now_ns < self._look_closely_at:
            # No file can have appeared.
            looked_at = self._there
            if not looked_at:
                return False
        else:
            looked_at = self.files
            self._look_closely_at = now_ns + LOOK_CLOSELY_NS
            # A folder that was changed just now may change again within the same tick of the clock.
            self._seen = changed if abs(time.time_ns() - changed) > FRESH_NS else 0
        # All are looked at, whatever the first one says.
        found = [file.look() for file in looked_at]
        self._there = tuple(file for file in self.files if file.is_there)
        return any(found)

    @property
    def file(self) -> WatchedFile[ProjectFile] | None:
        """The file that counts, None if there is none."""
        return next((file for file in self.files if file.block is not None), None)
