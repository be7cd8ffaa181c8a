"""The layers of one project, one after the other."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from fusionls.settings.checking import leaves
from fusionls.settings.holding import limited, narrowed
from fusionls.settings.merging import over
from fusionls.settings.patterns import absolute, rebased
from fusionls.settings.places import KeyPath, SourceText
from fusionls.settings.problems import shown, spelled
from fusionls.settings.project_folder import ProjectFolder
from fusionls.settings.resolved import Place, Settings
from fusionls.settings.schema import PolicyFile, PrivacyBlock, ProjectBlock, ProjectFile, UserFile
from fusionls.settings.watching import WatchedFile


@dataclass(frozen=True, slots=True)
class Written:
    """A value that stands in a file, under ``path``."""

    source: SourceText
    path: KeyPath

    def said(self) -> str:
        """Return the file and the line."""
        line = self.source.line_of(self.path)
        return shown(str(self.source.file)) + (f":{line}" if line else "")


@dataclass(frozen=True, slots=True)
class Both:
    """A value of two parts."""

    first: Place
    second: Place

    def said(self) -> str:
        """Return both places."""
        return f"{self.first.said()} and {self.second.said()}"


@dataclass(frozen=True, slots=True)
class Layers:
    """The files that have a say; ``chain`` are the folders from the document's own to the root."""

    policy: WatchedFile[PolicyFile] | None
    user: WatchedFile[UserFile]
    chain: tuple[ProjectFolder, ...]


def resolve(
    layers: Layers, models: Collection[str], start: str, real: str, workspace: str
) -> Settings:
    """Return the settings for documents in the folder ``start``.

    ``real`` is where the document really lies; ``models`` are members that need no block. What a
    project's file says in vain is told to that file.
    """
    user = layers.user.block or UserFile()
    blocks = _blocks_around(user, (start, real))
    own = [folder for folder, _, _ in blocks]
    root = _root(layers.chain, own, workspace)
    named = [folder for folder in (*own, workspace) if folder and _is_below(root, folder)]
    origins = _written(user, layers.user.source, ())
    whole: ProjectBlock = user
    for folder, name, block in blocks:
        whole = over(whole, _from_above(block, folder, root))
        origins |= _written(block, layers.user.source, ("projects", name))
    files = (layers.policy, layers.user)
    settings = replace(
        Settings.of(user),
        **{name: getattr(whole, name) for name in ProjectBlock.model_fields},
        root=Path(root) if root else None,
        outermost=Path(min(named, key=len)) if named else None,
        origins=origins,
        files=tuple(file.file for file in files if file and file.block),
    )
    for folder_above in reversed(layers.chain):
        settings = _with_project(settings, folder_above, root, models)
    if layers.policy and layers.policy.block:
        settings = _within_policy(settings, layers.policy.block, layers.policy.source)
    return settings


def _blocks_around(user: UserFile, places: Iterable[str]) -> list[tuple[str, str, ProjectBlock]]:
    """Return the user's blocks for folders around ``places``, with folder and name, the outermost first."""
    found = []
    for name, block in user.projects.items():
        folder = folder_of(name)
        both = (folder, os.path.realpath(folder))
        if any(_is_below(place, around) for place in places if place for around in both):
            found.append((folder, name, block))
    return sorted(found, key=lambda one: one[0].count(os.sep))


def folder_of(name: str) -> str:
    """Return the folder that a ``[projects."PATH"]`` is for."""
    return os.path.normpath(os.path.expanduser(name))  # noqa: PTH111 - Path keeps ".."


def _is_below(place: str, folder: str) -> bool:
    place, folder = os.path.normcase(place), os.path.normcase(folder)
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _root(chain: Iterable[ProjectFolder], own: Collection[str], workspace: str) -> str:
    """Return the nearest folder that has settings, else the workspace folder; "" if there is none."""
    for folder in chain:
        if folder.file is not None or folder.path in own:
            return folder.path
    return workspace


def _from_above(block: ProjectBlock, folder: str, root: str) -> ProjectBlock:
    """Return ``block`` with patterns that mean in ``root`` what they mean in ``folder``."""
    if root == folder or "privacy" not in block.model_fields_set:
        return block
    return block.model_copy(update={"privacy": _rebased(block.privacy, folder, root)})


def _rebased(privacy: PrivacyBlock, folder: str, root: str) -> PrivacyBlock:
    """Return patterns that keep in what those of ``folder`` do: below ``root``, and where links lead."""
    below = _names_below(root, folder)
    folders = dict.fromkeys((folder, os.path.realpath(folder)))
    patterns: dict[str, list[str]] = {}
    for name in {"exclude", "local_paths"} & privacy.model_fields_set:
        written = getattr(privacy, name)
        inner = (
            [one for pattern in written for one in rebased(pattern, below)] if below else written
        )
        outer = [absolute(pattern, around) for around in folders for pattern in written]
        patterns[name] = list(dict.fromkeys((*inner, *outer)))
    return privacy.model_copy(update=patterns)


def _names_below(root: str, folder: str) -> tuple[str, ...]:
    """Return the names on the way from ``folder`` down to ``root``; none if it is not below."""
    if root == folder or not _is_below(root, folder):
        return ()
    return Path(root).relative_to(folder).parts


def _with_project(
    settings: Settings, folder: ProjectFolder, root: str, models: Collection[str]
) -> Settings:
    """Return the settings within those of a project's folder.

    Of a folder above the project's counts what it keeps in: a file in a sub-folder cannot let that out.
    """
    file = folder.file
    if file is None or file.block is None:
        return settings
    rules = file.block
    if folder.path != root:
        rules = ProjectFile(privacy=_rebased(rules.privacy, folder.path, root))
        if "privacy" not in file.block.model_fields_set:
            return settings
    said = narrowed(settings, rules, models)
    source = file.source
    if source is not None:
        file.has_no_effect(replace(p, line=source.line_of(p.path)) for p in said.problems)
    origins = _added(settings.origins, _written(rules, source, (), said.effective))
    return replace(said.settings, files=(*settings.files, file.file), origins=origins)


def _within_policy(settings: Settings, policy: PolicyFile, source: SourceText | None) -> Settings:
    limits = limited(settings, policy)
    changed = [
        path
        for path in leaves(policy)
        if path == ("allowed_hosts",) or _at(settings, path) != _at(limits, path)
    ]
    return replace(limits, origins=_added(settings.origins, _written(policy, source, (), changed)))


def _at(settings: Settings, path: KeyPath) -> object:
    return getattr(getattr(settings, str(path[0])), str(path[1]))


def _written(
    block: BaseModel,
    source: SourceText | None,
    prefix: KeyPath,
    paths: Iterable[KeyPath] | None = None,
) -> dict[str, Place]:
    """Return where the values of ``block`` were written: all of them, or those at ``paths``."""
    if source is None:
        return {}
    found = leaves(block) if paths is None else paths
    return {
        spelled(path): Written(source, (*prefix, *path)) for path in found if path[0] != "projects"
    }


def _added(before: Mapping[str, Place], later: Mapping[str, Place]) -> dict[str, Place]:
    """Return both; where a list has parts from several files, both are named."""
    added = dict(before)
    for key, place in later.items():
        is_list = key in ("privacy.exclude", "privacy.local_paths")
        added[key] = Both(before[key], place) if is_list and key in before else place
    return added
