"""The settings of each project from all layers, as the files are now.

Order: built in, machine policy, the user's file, the user's ``[projects]`` blocks, the project's file. The
editor's wishes come on top (``narrowing.py``). What a project says is held within what the user said, and
the policy's limits bind everybody, so they are applied last.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from fusionls.settings.names import KnownNames
from fusionls.settings.problems import few
from fusionls.settings.project_folder import ProjectFolder
from fusionls.settings.resolved import Settings
from fusionls.settings.resolving import Layers, resolve
from fusionls.settings.schema import PolicyFile, UserFile
from fusionls.settings.taking import POLICY, user_kind
from fusionls.settings.watching import WatchedFile

# An editor has some hundreds of documents open, in some dozens of folders.
MOST_FOLDERS = 4096
# To follow links costs as much as all the rest, and links are moved rarely.
FOLLOW_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file that has a say, and in sentences what is wrong with it. ``is_good`` if all of it counts."""

    file: Path
    problems: tuple[str, ...]
    is_good: bool


@dataclass(frozen=True, slots=True)
class _Resolved:
    """Settings, and what they were made from."""

    settings: Settings
    generation: int
    chain: tuple[ProjectFolder, ...]


class SettingsSource:
    """Knows the settings of every document.

    Each question looks at the files that may have a say, and reads those that have changed. A file that
    is broken keeps its last good content.
    """

    def __init__(self, known: KnownNames, user_file: Path, policy_file: Path | None = None) -> None:
        """Read the user's file and the machine's policy; ``known`` are the names that both may use."""
        self._known = known
        self._user: WatchedFile[UserFile] = WatchedFile(user_file, user_kind(known))
        self._policy: WatchedFile[PolicyFile] | None = None
        if policy_file is not None:
            self._policy = WatchedFile(policy_file, POLICY)
            self._policy.look()
        self._user.look()
        self._generation = 0
        self._folders: dict[str, ProjectFolder] = {}
        self._reals: dict[str, tuple[float, str]] = {}
        self._resolved: dict[tuple[str, str, str], _Resolved] = {}

    @property
    def generation(self) -> int:
        """A number that changes when any settings may have changed."""
        return self._generation

    def settings_for(self, document: Path | None, workspace_folder: Path | None = None) -> Settings:
        """Return the settings for ``document``, or for the folder if it is not a file. Never raises.

        As long as nothing changes, they are the same object.
        """
        workspace = _whole(workspace_folder)
        path = _whole(document)
        start = os.path.dirname(path) if path else workspace  # noqa: PTH120 - Path costs more
        self._look_at_own_files()
        real = self._real(path or workspace)
        key = (start, real, workspace)
        known = self._resolved.get(key)
        chain = known.chain if known else self._chain(start)
        now_ns = time.monotonic_ns()
        for folder in chain:
            if folder.look(now_ns):
                self._generation += 1
        if known and known.generation == self._generation:
            return known.settings
        layers = Layers(self._policy, self._user, chain)
        settings = resolve(layers, self._known.models, start, real, workspace)
        self._resolved[key] = _Resolved(settings, self._generation, chain)
        return settings

    def news(self) -> tuple[str, ...]:
        """Return what is wrong with the files, in sentences: each once, until its file changes."""
        said = [*(self._policy.take_news() if self._policy else ()), *self._user.take_news()]
        for folder in self._folders.values():
            said += [sentence for file in folder.files for sentence in file.take_news()]
        return tuple(said)

    def reports(self, folder: Path) -> tuple[FileReport, ...]:
        """Return the files that have a say about ``folder``, in the order of the layers."""
        self.settings_for(None, folder)
        above = [file for one in self._chain(_whole(folder)) for file in one.files if file.is_there]
        files = (self._policy, self._user, *reversed(above))
        return tuple(
            FileReport(
                file.file,
                tuple(few((*file.problems, *file.in_vain))),
                all(problem.refused for problem in file.problems),
            )
            for file in files
            if file and (file.block is not None or file.problems)
        )

    def origin(self, settings: Settings, key: str) -> str:
        """Return in which file and line the value of ``key`` was written, like "completion.budget_ms"."""
        place = settings.origins.get(key)
        return place.said() if place else "built in"

    def _look_at_own_files(self) -> None:
        if self._user.look():
            self._generation += 1
        if self._policy and self._policy.look():
            self._generation += 1

    def _real(self, path: str) -> str:
        """Return where ``path`` really lies, empty if that has no influence."""
        if not path or not self._user.block or not self._user.block.projects:
            return ""
        now = time.monotonic()
        known = self._reals.get(path)
        if known is None or now - known[0] > FOLLOW_AGAIN_S:
            if len(self._reals) > MOST_FOLDERS:
                self._reals.clear()
            known = self._reals[path] = (now, _followed(path))
        return known[1]

    def _chain(self, start: str) -> tuple[ProjectFolder, ...]:
        """Return the folders from ``start`` up to the root, looked at for the first time."""
        if len(self._folders) > MOST_FOLDERS or len(self._resolved) > MOST_FOLDERS:
            self._folders.clear()
            self._resolved.clear()
        chain = []
        while start:
            if start not in self._folders:
                self._folders[start] = ProjectFolder(start)
            chain.append(self._folders[start])
            above = os.path.dirname(start)  # noqa: PTH120
            start = above if above != start else ""
        return tuple(chain)


def _whole(path: Path | None) -> str:
    return os.path.abspath(path) if path is not None else ""  # noqa: PTH100 - Path keeps ".."


def _followed(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
